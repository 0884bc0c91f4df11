"""Curves: recorded training runs compared, with their seeds and the scores that each reached."""

import streamlit as st

from pages.curves import frontier, mistakes, pairs, panels, story
from pages.curves.choice import choose

VIEWS = {
    "story": ("Story", story.show),
    "curves": ("All panels", panels.show),
    "mistakes": ("Mistakes", mistakes.show),
    "frontier": ("Frontier", frontier.show),
    "pairs": ("Ten pairs", pairs.show),
}

HELP = (
    "Each comparison is of the means over seeds, by a permutation test. Its p is corrected for all comparisons of the "
    "experiment (Holm 1979), so that the same two settings may have another p in another experiment."
)

st.title("Curves", anchor=False)
choice = choose({name: title for name, (title, _) in VIEWS.items()})
if choice.groups:
    VIEWS[choice.view][1](choice)
    if choice.answer:
        st.subheader("What the runs say", anchor=False, help=HELP)
        st.markdown(choice.answer)
else:
    st.caption("Choose an experiment or single runs above.")
