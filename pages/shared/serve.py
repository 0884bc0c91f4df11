"""Streamlit's command line, told before the first visitor that the router decides about pages.

Streamlit takes a folder named `pages` for its older way of making pages until `st.navigation` was called once in the
life of a server: the first visitor who opens a link such as /convert would be told that there is no such page.
"""

import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from threading import Thread

from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.cli import main

NO_SCRIPT = "streamlit.runtime.scriptrunner_utils.script_run_context"
"""The logger of the warning that Streamlit is used outside of the script of a page."""


def prepare_first_answer() -> None:
    """Import what the first page needs, in the order in which it does, and keep what the first answer is made of."""
    for name in ("PIL.Image", "pandas"):
        import_module(name)
    import_module("pages.home.word").warm("open-vocabulary", "went")  # by its name, as the router names the pages


if __name__ == "__main__":
    PagesManager.uses_pages_directory = False
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as in streamlit_app.py, before which torch is imported here
    sys.path.insert(0, str(Path(__file__).parents[2]))
    logging.getLogger(NO_SCRIPT).addFilter(lambda record: False)
    Thread(target=prepare_first_answer, daemon=True).start()
    main(prog_name="streamlit")
