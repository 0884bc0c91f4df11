"""Tense Lab in the browser: `streamlit run streamlit_app.py`."""

import gc
import os
from pathlib import Path

# One word is too little work to share: two threads that wait for each other answer later than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import streamlit as st

from cvae.core.logs import format_all, tell
from cvae.core.process import return_large_blocks
from cvae.core.settings import limits
from pages.shared import navigation
from pages.shared import navigation as shared_navigation

return_large_blocks()
LOOKS = Path(__file__).parent / "pages" / "shared"
HOME = st.Page("pages/home/home.py", title="Home", default=True)

# Each page with the checkpoint that suits it best, or None where no model is picked.
# No icons: a page's icon would be fetched from the internet.
PAGES = {
    HOME: None,
    st.Page("pages/convert/convert.py", title="Convert"): "open-vocabulary",
    st.Page("pages/sample/sample.py", title="Sample"): "classroom",
    st.Page("pages/latent/latent.py", title="Latent"): "classroom",
    st.Page("pages/curves/curves.py", title="Curves"): None,
    st.Page("pages/train/train.py", title="Train"): None,
    st.Page("pages/theory/theory.py", title="Theory"): "classroom",
}


def fill_sidebar(page: st.Page) -> None:
    """The model of the page, and a run that goes on. Imported late: both bring torch, which takes its time."""
    from pages.shared import messages, models
    from pages.train import runs

    with messages.sentences(st.error):
        limits()
    with st.sidebar:
        if PAGES[page]:
            models.pick_checkpoint(PAGES[page])
        if page.title != "Train":
            runs.show_active()


@st.cache_resource(show_spinner=False)
def settle(title: str) -> None:
    """Once for each page: what is loaded by now stays, so that Python's collection of garbage may pass it over.

    Looking through torch and pandas alone takes 0.2 s, in which nobody is answered.
    """
    gc.collect()
    gc.freeze()


page = st.navigation(list(PAGES))
title = "Tense Lab" if page == HOME else f"{page.title} · Tense Lab"
st.set_page_config(page_title=title, page_icon=str(LOOKS / "icon.svg"), layout="wide")
st.logo(str(LOOKS / "logo.svg"), size="large")
st.html(LOOKS / "style.css")
shared_navigation.mend(page)
format_all("streamlit")
if st.session_state.get(shared_navigation.SEEN) != page.title:
    st.session_state[shared_navigation.SEEN] = page.title
    tell("page opened", page=page.title)
if page != HOME:  # which shows itself before torch is there
    fill_sidebar(page)
navigation.show()
page.run()
if page == HOME:
    fill_sidebar(page)
settle(page.title)
