"""Curves: recorded runs beside each other, with their seeds, and what each of them bought."""

import streamlit as st

from pages.curves import frontier, mistakes, panels
from pages.curves.choice import choose

VIEWS = {
    "curves": ("Curves", panels.show),
    "mistakes": ("Mistakes", mistakes.show),
    "frontier": ("Frontier", frontier.show),
}

st.title("Curves", anchor=False)
st.caption("Recorded trainings beside each other, with their seeds: what a schedule or a cell did, epoch by epoch.")
choice = choose()
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
