"""The guided tour across the pages.

A stop of the tour is a page in a state that its link names; any other link leaves the tour.
"""

import json
from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from cvae.core.settings import training_is_on
from pages.shared import navigation

PARAMETER = "tour"


@dataclass(frozen=True)
class Stop:
    """One stop: the page, what to look at, the parameters of its link, and a CSS selector of what is lit.

    No page has two stops: what the browser's Back button shows is the stop of its page.
    """

    page: str
    title: str
    text: str
    query: dict[str, str | tuple[str, ...]]
    target: str


STOPS = (
    Stop(
        "pages/convert/convert.py",
        "Letter by letter",
        "*frink* is not a verb, so the model has to guess. The bar below the **a** of *frank* shows that it is in "
        "doubt there: click it, choose **u** or **o**, and the rest respells itself.",
        {"word": "frink"},
        ".st-key-forms",
    ),
    Stop(
        "pages/inside/inside.py",
        "Inside the model",
        "The encoder reads the word, its mean is taken as the point z, and the decoder writes from it. Drag a dot of "
        "z: the letters follow.",
        {"word": "went"},
        ".stBidiComponent",
    ),
    Stop(
        "pages/latent/latent.py",
        "A verb is a point",
        "Each verb is a dot at its z. Click a dot, then the empty ground between two: the decoder has an answer for "
        "that, too.",
        {"verb": "sing"},
        ".st-key-verb-map",
    ),
    Stop(
        "pages/sample/sample.py",
        "Verbs out of nothing",
        "Draw points from N(0, I) and decode them: nobody typed these verbs. At the end of its training, the decoder "
        "learned from such points, too. The Gaussian score is the share that are training verbs, in all tenses.",
        {"number": "50", "seed": "1"},
        ".st-key-scores",
    ),
    Stop(
        "pages/curves/curves.py",
        "When z says nothing",
        "Two KL schedules are replayed, each the mean of five runs. Held at a weight of 1, the KL stays at 0: each "
        "word gets the same z, and none is rebuilt from it. This is posterior collapse.",
        {"experiment": "annealing-weight", "runs": ("constant, KL weight 1", "monotonic, KL weight to 0.4")},
        ".stMain .stPlotlyChart",
    ),
    Stop(
        "pages/train/train.py",
        "Your turn",
        "Press **Start**, then move the KL weight while the model learns. The first point comes at once.",
        {},
        ".st-key-start-run, .st-key-cockpit .stBidiComponent",
    ),
)


LIGHT = """
let seen = false, moved = false;
for (const way of ["wheel", "touchmove", "pointerdown", "keydown"]) {
  addEventListener(way, () => { moved = true; }, { once: true });
}
const timer = setInterval(() => {
  const bar = document.querySelector(".st-key-tour");
  const target = [...document.querySelectorAll(TARGET)].find((each) => each.checkVisibility());
  if (seen && !bar?.textContent.includes("STOP")) return clearInterval(timer);
  if (!target || !bar) return;
  target.dataset.lit = seen = true;
  const { top, bottom } = target.getBoundingClientRect();
  const below = parseFloat(getComputedStyle(bar).getPropertyValue("--top")) + bar.offsetHeight + 12;
  if (moved || Math.abs(top - below) < 2 || (top >= below && bottom <= innerHeight)) return;
  target.style.scrollMarginTop = `${below}px`;
  target.scrollIntoView({ block: "start" });
}, 300);
"""
"""Lights the target of a stop as often as it is drawn anew, and keeps it in sight below the bar while the page still
grows, until the visitor moves it."""


def offer() -> None:
    """Show the link that starts the tour."""
    _link(1, "Two-minute tour", ":material/tour:")


def show(page: Page) -> None:
    """Show the stop of this page while the tour goes on: a bar that stays, and what it speaks of lit below it."""
    place = st.empty()  # always there: where the elements below move up, each is shown twice for a moment
    stops = STOPS if training_is_on() else STOPS[:-1]  # there is no Start where it is off
    numbers = {stop.page.split("/")[1].title(): number for number, stop in enumerate(stops, start=1)}
    i = numbers.get(page.title)
    if PARAMETER not in st.query_params or i is None:
        return
    stop = stops[i - 1]
    with place.container(border=True, key="tour", gap="xsmall"):
        st.markdown(f"**{stop.title}** · stop {i} of {len(stops)}  \n{stop.text}")
        with st.container(horizontal=True, gap="small", vertical_alignment="center"):
            if i > 1:
                _link(i - 1, "Back", ":material/arrow_back:")
            if i < len(stops):
                _link(i + 1, f"Next: {stops[i].title}", ":material/arrow_forward:")
            st.button("Leave the tour", key="leave-tour", type="tertiary", icon=":material/close:", on_click=_leave)
        script = LIGHT.replace("TARGET", json.dumps(stop.target)).replace("STOP", f"stop {i} of")
        navigation.run_once(f"stop {i}", script)


def _link(number: int, label: str, icon: str) -> None:
    stop = STOPS[number - 1]
    query = stop.query | {PARAMETER: str(number)}
    st.page_link(stop.page, label=label, icon=icon, query_params=query)


def _leave() -> None:
    st.query_params.pop(PARAMETER, None)
