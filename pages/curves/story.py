"""One experiment as one story: four panels on one screen, names at the lines, what they say below."""

from collections.abc import Sequence

import streamlit as st

from cvae.charts.base import OwnLook, Palette
from cvae.charts.curves import MANY, Look, draw_curves
from cvae.experiments.smoothing import largest
from cvae.experiments.summary import last_values, named_with_marks
from cvae.runs.history import Curve
from pages.curves import panels as curves_panels
from pages.curves.choice import ChosenRuns
from pages.shared import figures, navigation, tour

PANELS = {
    "annealing": ("kl", "active_units", "beta", "rebuilt"),
    "annealing-weight": ("kl", "reconstruction", "beta", "rebuilt"),
    "tense-leak": ("rebuilt", "bleu4", "tense_fidelity", "gaussian_score"),
    "teacher-forcing": ("kl", "gaussian_score", "teacher_forcing", "rebuilt"),
}
"""The four panels of an experiment, down the left column and then down the right one."""
USUAL = ("kl", "gaussian_score", "reconstruction", "rebuilt")
EARLIER = {"rebuilt": "accuracy"}
"""The columns that earlier versions recorded instead of these."""
BESIDE = {"rebuilt": "accuracy_other_z", "accuracy": "accuracy_other_z"}
ROWS = {"wide": (2, 172), "narrow": (1, 100)}
"""The panels side by side, and the height of one in pixels: all four fit on one screen, even on that of a phone."""
REPLAYS = "replays"
REPLAY = """
let wait = 50;
const timer = setInterval(() => {
  const plots = document.querySelectorAll("[class*=st-key-story-] .overplot");
  if (!plots.length && (wait -= 1)) return;
  clearInterval(timer);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const shown = ["100%", "0%"].map((right) => ({ clipPath: `inset(-100% ${right} -100% -10%)` }));
  for (const plot of plots) plot.animate(shown, 6000);
}, 200);
"""
"""Draws the lines from the first epoch to the last, in all panels at the same pace."""
APART = 5
"""The ratio of KLs, or of final KL weights, above which KL is drawn on a logarithmic axis."""


def show(choice: ChosenRuns) -> None:
    """Show the panels, in one column on a phone."""
    wanted = PANELS.get(choice.groups[0].experiment, USUAL)
    panels = [name if name in choice.recorded else EARLIER.get(name, name) for name in wanted]
    curves, palette = named_with_marks(choice.curves), figures.palette()
    # What tells these curves from all others that are kept: the columns of a run are read once.
    identity = tuple((curve.name, curve.place, curve.variant, *map(id, curve.runs)) for curve in curves)
    log, few = ("kl",) if far_apart(choice.curves) else (), len(curves) <= MANY
    for name, (across, usual) in ROWS.items():
        height = usual * palette.size // 13
        look = Look(
            log=log, across=across, row_height=height, gap=32, legend=few, labels=few and name == "wide",
            beside=BESIDE, reference=curves_panels.know_the_pairs(choice),
        )  # fmt: skip
        with st.container(key=f"story-{name}"):
            figures.show_curves(
                _drawn(identity, curves, tuple(panels), look, palette)[0],
                f"story-chart-{name}",
                curves_panels.describe(curves, panels, "epoch"),
                curves_panels.CONFIG,
            )
    times = st.session_state.get(REPLAYS, 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Replay", key="replay", icon=":material/replay:", on_click=st.session_state.update,
            args=({REPLAYS: times + 1},),
        )  # fmt: skip
        st.caption(
            f"{_seeds(choice)} Thin dotted lines: the same words decoded from another verb’s z. Click a name to hide "
            "its lines, double-click to see them alone."
        )
    if times or tour.PARAMETER in st.query_params:
        navigation.run_once(f"replay {times} of {choice.groups[0].experiment}", REPLAY)


@st.cache_resource(show_spinner=False, max_entries=64)
def _drawn(
    identity: tuple[object, ...], _curves: Sequence[Curve], panels: tuple[str, ...], look: Look, palette: Palette
) -> tuple[OwnLook, Sequence[Curve]]:
    """Draw the panels once for all visitors. The curves are kept, so that no other columns get their identity."""
    return draw_curves(_curves, panels, look, palette), _curves


def _seeds(choice: ChosenRuns) -> str:
    """Return what lines and bands stand for."""
    counts = {len(group.runs) for group in choice.groups}
    if counts == {1}:
        return "Each line is one run: with a single seed of each, a difference may be chance."
    if choice.each_seed:
        return "Each line is one run."
    seeds = " to ".join(str(count) for count in sorted({min(counts), max(counts)}))
    return f"Lines are means over {seeds} seeds; bands span the lowest to the highest."


def far_apart(curves: Sequence[Curve]) -> bool:
    """Whether the KLs need a logarithmic axis to be seen beside each other."""
    weights = [value for curve in curves for value in last_values(curve, "beta")]
    kls = [value for curve in curves for value in last_values(curve, "kl")]
    highest = max([largest(run["kl"]) for curve in curves for run in curve.runs if "kl" in run], default=0.0)
    spread = (weights, [*kls, highest])
    return any(values and max(values) > APART * max(min(values), 1e-9) for values in spread)
