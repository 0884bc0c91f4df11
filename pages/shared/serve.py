"""Streamlit's command line, told before the first visitor that the router decides about pages.

Streamlit takes a folder named `pages` for its older way of making pages until `st.navigation` was called once in the
life of a server: the first visitor who opens a link such as /convert would be told that there is no such page.
"""

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    main(prog_name="streamlit")
