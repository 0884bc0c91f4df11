"""One experiment as one story: four panels on one screen, names at the lines, what they say below."""

from collections.abc import Sequence

import streamlit as st

from cvae.charts.curve_traces import LOSSES
from cvae.charts.curves import MANY, Look, draw_curves
from cvae.experiments.summary import last_values, named_with_marks
from cvae.runs.history import Curve
from pages.curves import panels as curves_panels
from pages.curves.choice import Choice
from pages.shared import figures

PANELS = {
    "annealing": ("kl", "active_units", "beta", "rebuilt"),
    "annealing-weight": ("kl", "reconstruction", "beta", "rebuilt"),
    "tense-leak": ("rebuilt", "bleu4", "tense_fidelity", "gaussian_score"),
    "teacher-forcing": ("kl", "gaussian_score", "teacher_forcing", "rebuilt"),
}
"""The four panels of an experiment, down the left column and then down the right one."""
USUAL = ("kl", "gaussian_score", "reconstruction", "rebuilt")
EARLIER = {"rebuilt": "accuracy"}
"""What earlier versions recorded in place of a column."""
BESIDE = {"rebuilt": "accuracy_other_z", "accuracy": "accuracy_other_z"}
ROW = 180
APART = 5
"""KL is drawn on a logarithmic axis when final KL weights, or final KLs, are so many times apart."""


def show(choice: Choice) -> None:
    """The panels; on a phone under each other."""
    recorded = {name for group in choice.groups for run in group.runs for name in run.columns}
    wanted = PANELS.get(choice.groups[0].experiment, USUAL)
    panels = [EARLIER.get(name, name) if name not in recorded else name for name in wanted]
    curves, palette = named_with_marks(choice.curves), figures.palette()
    log = ("kl",) if far_apart(choice.curves) else ()
    for name, across in (("wide", 2), ("narrow", 1)):
        look = Look(
            log=log, across=across, row_height=ROW, legend=len(curves) <= MANY, labels=len(curves) <= MANY,
            beside=BESIDE, reference=curves_panels.know_the_pairs(choice),
        )  # fmt: skip
        with st.container(key=f"story-{name}"):
            st.plotly_chart(
                draw_curves(curves, panels, look, palette),
                theme=None,
                key=f"story-chart-{name}",
                alt=curves_panels.describe(curves, panels, "epoch"),
                config=curves_panels.CONFIG,
            )
    st.caption(
        "Lines are means over the seeds, bands reach from the lowest to the highest seed. Dotted: the same words "
        "spelled from another verb’s z. Click a name above the panels to mute it, twice to see it alone."
    )


def far_apart(curves: Sequence[Curve]) -> bool:
    """Whether the curves' KLs need a logarithmic axis to be seen beside each other."""
    ends = [
        values for column in ("beta", *LOSSES[1:]) if (values := [v for c in curves for v in last_values(c, column)])
    ]
    return any(max(values) > APART * max(min(values), 1e-9) for values in ends)
