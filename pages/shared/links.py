"""What is wrong with the link that a page was opened by, and can be mended."""

import math

import streamlit as st
from streamlit.navigation.page import Page

SEEN = "page_seen"
"""In the session's state once the router has run: the title of the page that it led to."""
TEXTS = ("word", "verb", "taught", "start", "end", "a", "b", "c")
"""Parameters that hold a word; those may be empty, or `inf`."""


def unread() -> dict[str, str]:
    """The parameters that no widget has taken up so far: only those may be handed on to a page by code."""
    return {name: value for name, value in st.query_params.items() if name not in st.session_state}


def mend(page: Page) -> None:
    """Open the page anew without the empty choices and endless numbers of its link.

    Streamlit 1.67 gives None for the first, also where a choice is required, and an OverflowError for the others.
    """
    asked = unread()
    good = {name: value for name, value in asked.items() if _can_be_read(name, value)}
    if good != asked:
        st.switch_page(page, query_params=good)


def _can_be_read(name: str, value: str) -> bool:
    if name in TEXTS:
        return True
    try:
        return math.isfinite(float(value))
    except ValueError:
        return bool(value)
