"""The guided tour across the pages, and repairs to the parameters of a link before a page reads them.

A stop of the tour is a page in a state that its link names; any other link leaves the tour.
"""

import math
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

PARAMETER = "tour"
TEXTS = ("word", "verb", "taught", "start", "end", "a", "b", "c")
"""Parameters that hold a word; those may be empty, or `inf`."""


@dataclass(frozen=True)
class Stop:
    """One stop: the page, what to look at, and the parameters of its link."""

    page: str
    title: str
    text: str
    query: dict[str, str]


STOPS = (
    Stop(
        "pages/convert/convert.py",
        "Letter by letter",
        "The decoder writes one letter after the other, and is not sure of each: a column is a step, dark is likely. "
        "Click the **t** in the sixth column: what if *visit* doubled its t?",
        {"word": "visit", "view": "Letter by letter", "step": "6 e"},
    ),
    Stop(
        "pages/latent/latent.py",
        "A verb is a point",
        "Between reading and writing there is only **z**, some numbers. Each verb is a dot at its z. Click a dot, "
        "then the empty ground between two: the decoder has an answer for that, too.",
        {"verb": "sing"},
    ),
    Stop(
        "pages/sample/sample.py",
        "Verbs out of nothing",
        "Training also made the points look like draws from N(0, I). So draw some, and decode them: nobody typed these "
        "verbs. The Gaussian score is the share that are real, in all four tenses.",
        {"number": "50", "seed": "1"},
    ),
    Stop(
        "pages/theory/theory.py",
        "When z says nothing",
        "Weigh the KL divergence too much, or too early, and the encoder gives up: each word gets the same z, and the "
        "decoder babbles by itself. This is posterior collapse.",
        {"section": "Collapse"},
    ),
    Stop(
        "pages/curves/curves.py",
        "See it happen",
        "Recorded trainings, epoch by epoch: the KL weight goes up, KL goes down, and scores follow. Bands are seeds.",
        {},
    ),
    Stop(
        "pages/train/train.py",
        "Your turn",
        "Press **Start**, then move the KL weight while the model learns. The first point comes at once.",
        {},
    ),
)


def offer() -> None:
    """Show the link that starts the tour."""
    _link(1, "Two-minute tour", ":material/tour:")


def show() -> None:
    """Show the stop that the link names above its page; nothing without one."""
    number = st.query_params.get(PARAMETER, "")
    if number not in map(str, range(1, len(STOPS) + 1)):
        return
    i = int(number)
    stop = STOPS[i - 1]
    with st.container(border=True, key="tour"):
        st.markdown(f"**{stop.title}** · stop {i} of {len(STOPS)}  \n{stop.text}")
        with st.container(horizontal=True, gap="medium", vertical_alignment="center"):
            if i > 1:
                _link(i - 1, "Back", ":material/arrow_back:")
            if i < len(STOPS):
                _link(i + 1, f"Next: {STOPS[i].title}", ":material/arrow_forward:")
            st.button("Leave the tour", key="leave-tour", type="tertiary", on_click=_leave)


def _link(number: int, label: str, icon: str) -> None:
    stop = STOPS[number - 1]
    query = stop.query | {PARAMETER: str(number)}
    st.page_link(stop.page, label=label, icon=icon, query_params=query)


def _leave() -> None:
    st.query_params.pop(PARAMETER, None)


def unread() -> dict[str, str]:
    """Return the parameters that no widget has taken up so far: only those may be handed on to a page by code."""
    return {name: value for name, value in st.query_params.items() if name not in st.session_state}


def mend(page: Page) -> None:
    """Reopen the page without the empty choices and infinite numbers of its link.

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
