"""Curves: recorded runs beside each other, with their seeds, and what each of them bought."""

import streamlit as st

from pages.curves import frontier, mistakes, panels, story
from pages.curves.choice import choose

VIEWS = {
    "story": ("Story", story.show),
    "curves": ("All panels", panels.show),
    "mistakes": ("Mistakes", mistakes.show),
    "frontier": ("Frontier", frontier.show),
}

st.title("Curves", anchor=False)
choice = choose()
view = st.segmented_control(
    "View",
    list(VIEWS),
    default="story",
    required=True,
    key="chart",
    bind="query-params",
    format_func=lambda name: VIEWS[name][0],
    label_visibility="collapsed",
)
if choice.groups:
    VIEWS[view][1](choice)
    if choice.answer:
        st.subheader("What the runs say", anchor=False)
        st.markdown(choice.answer)
else:
    st.caption("Choose an experiment or single runs above.")
