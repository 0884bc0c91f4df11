"""The mistakes that children make: held-out verbs by kind, and what a run said of the same verbs over its epochs."""

import streamlit as st

from pages._curves_choice import Choice


def show(choice: Choice) -> None:
    st.caption("…")
