"""Tense Lab in the browser: `python -m cvae app` serves it."""

import gc
import os
from pathlib import Path

# One word is too little work to share: two threads that wait for each other are slower than one.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.navigation.page import Page

from cvae.core.logs import format_all, tell
from cvae.core.process import return_large_blocks
from cvae.core.settings import limits
from cvae.web import PALETTE
from pages.shared import lecture, navigation, tour

return_large_blocks()
LOOKS = Path(__file__).parent / "pages" / "shared"
HOME = st.Page("pages/home/home.py", title="Home", default=True)

# Each page with whether it shows the picker of models. No icons: Streamlit would fetch them from the internet.
PAGES = {
    HOME: False,
    st.Page("pages/convert/convert.py", title="Convert"): True,
    st.Page("pages/inside/inside.py", title="Inside"): True,
    st.Page("pages/sample/sample.py", title="Sample"): True,
    st.Page("pages/latent/latent.py", title="Latent"): True,
    st.Page("pages/curves/curves.py", title="Curves"): False,
    st.Page("pages/train/train.py", title="Train"): False,
    st.Page("pages/theory/theory.py", title="Theory"): True,
}


def fill(place: DeltaGenerator, page: Page) -> None:
    """Show the model picker and the visitor's active run. Imported late, because both import torch, which is slow."""
    from pages.shared import messages, models
    from pages.train import my_runs

    with messages.sentences(st.error):
        limits()
    with place:
        if PAGES[page]:
            models.pick_checkpoint()
        if page.title != "Train":
            my_runs.show_active()
        my_runs.keep_watching()


@st.cache_resource(show_spinner=False)
def settle(title: str) -> None:
    """Exempt everything that is loaded by now from garbage collection, once for each page.

    A full collection over torch and pandas alone takes 0.2 s, during which no visitor gets an answer.
    """
    gc.collect()
    gc.freeze()


page = st.navigation(list(PAGES), position="top" if lecture.is_on() else "sidebar")
title = "Tense Lab" if page == HOME else f"{page.title} · Tense Lab"
st.set_page_config(page_title=title, page_icon=str(LOOKS / "icon.svg"), layout="wide")
st.logo(str(LOOKS / "logo.svg"), size="large")
if "TENSE_LAB_STYLED" not in os.environ:  # a bare `streamlit run`: our own server has the styles in its page
    st.html(PALETTE)
    st.html(LOOKS / "style.css")
navigation.mend(page)
navigation.run_once("touch", navigation.LET_PAGE_SCROLL)
format_all("streamlit")
if navigation.note_page(page.title):
    tell("page opened", page=page.title)
sidebar = lecture.show_bar()
if page != HOME:  # Home appears before torch is imported
    fill(sidebar, page)
tour.show(page)
page.run()
if page == HOME:
    fill(sidebar, page)
settle(page.title)
