"""Curves: recorded runs beside each other, with their seeds, and what each of them bought."""

import streamlit as st

from pages import _curves_choice, _curves_frontier, _curves_mistakes, _curves_panels, _models

VIEWS = {
    "curves": ("Curves", _curves_panels.show),
    "mistakes": ("Mistakes", _curves_mistakes.show),
    "frontier": ("Frontier", _curves_frontier.show),
}

_models.enter_by_the_router()
st.title("Curves", anchor=False)
st.caption("Recorded trainings beside each other, with their seeds: what a schedule or a cell did, epoch by epoch.")
choice = _curves_choice.choose()
view = st.segmented_control(
    "View",
    list(VIEWS),
    default="curves",
    required=True,
    key="chart",
    bind="query-params",
    format_func=lambda name: VIEWS[name][0],
    label_visibility="collapsed",
)
if choice.groups:
    VIEWS[view][1](choice)
else:
    st.caption("Choose an experiment or single runs above.")
