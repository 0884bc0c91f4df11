"""The tense leak: why a model can rebuild every word and convert none."""

import math

import streamlit as st

from cvae.charts.curve_traces import short_title, title_of
from cvae.charts.curves import Look, draw_curves
from cvae.core.errors import BadRun
from cvae.core.settings import curves_folder
from cvae.runs.history import Curve, RecordedRun, read_run
from pages.shared import figures
from pages.theory import parts

LEAKING = "annealing/monotonic-seed0"
"""A recorded run whose z carries the tense at first."""
SHARES = ("rebuilt", "tense_fidelity")


def show() -> None:
    """Show what leaks, what it costs, a recorded run in which it is seen, and what helps."""
    st.header("The tense leak", anchor=False)
    st.markdown(
        "Under the `same-tense` objective a word is read and spelled in the same tense $c$. Nothing in the "
        "reconstruction loss asks the decoder to use the $c$ that it is given: when $z$ holds the tense, too, the "
        "loss is as low. **Then, at worst, every word is rebuilt and none is converted**: asked for the past of "
        "*abandon*, the decoder finds the tense of *abandon* in its $z$, and spells *abandon*. The report’s table has "
        "such errors."
    )
    st.markdown(
        f"Only the KL works against it. To hold the tense in $z$ once more costs up to $\\ln 4 = {math.log(4):.2f}$ "
        "nats. While the KL weight is low that is cheap; as it rises, the tense is pushed out of $z$."
    )
    st.latex(r"I(z; x, c) = \underbrace{I(z; c)}_{\text{paid for, of no use}} + I(z; x \mid c)")
    st.subheader("A recorded run, rebuilt against converted", anchor=False)
    try:
        _show_run(read_run(curves_folder() / LEAKING))
    except BadRun:
        st.caption("The run that shows it is not recorded here.")
    st.markdown(
        "**What helps**: `cross-tense` asks for another tense of the verb than the one that was read, so that the "
        "source’s tense in $z$ is of no use. Or give the decoder $c$ beside every letter, not in its first state "
        "alone. *Tense fidelity*, the share of right conversions of training verbs to another tense, is the score that "
        "shows a leak; *rebuilt* and the reconstruction loss do not."
    )
    parts.link("pages/curves/curves.py", "The leak and its cures, over seeds", {"experiment": "tense-leak"})


def _show_run(run: RecordedRun) -> None:
    """Show both shares over the epochs, beside the KL weight."""
    shares = [
        Curve(short_title(name).partition(":")[0], ({**run.columns, "share": run.columns[name]},), i)
        for i, name in enumerate(SHARES)
        if name in run.columns
    ]
    look = Look(labels=True, row_height=200)
    for column, curves, panel in zip(
        st.columns(2, gap="medium"), (shares, [Curve("KL weight", (run.columns,), 2)]), ("share", "beta"), strict=True
    ):
        figure = draw_curves(curves, [panel], look, figures.palette())
        alt = f"{title_of(panel)} over the epochs of a recorded run."
        with column:
            figures.show_curves(figure, f"leak-{panel}", alt)
    st.caption(
        "One recorded run at the report’s size, whose KL weight rises to 0.4 over the first half: it rebuilds nearly "
        "all words long before it converts them."
    )
