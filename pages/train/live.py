"""A running training run, refreshed every second or so: status, figures, curves, and decoded words."""

from collections.abc import Sequence
from dataclasses import replace
from html import escape

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.curve_traces import LOSSES
from cvae.charts.curves import LOSSES_AND_SCHEDULES, SCORES, Look, draw_curves
from cvae.runs.history import Curve, vocabulary_of, watch_run
from cvae.runs.queue import full_title
from cvae.runs.run import Run
from pages.shared import figures, messages
from pages.train import collapse, my_runs, steering, tables
from pages.train.my_runs import Shown

TICK, FIRST_TICK, STILL = 1.5, 0.4, "still"
"""Seconds between two looks, and between those before the first point is there."""
PANELS = {"left": (*LOSSES_AND_SCHEDULES, "learning_rate"), "right": SCORES}
ROWS = {"left": 80, "right": 111}
"""Heights of the panels: both columns are equally high. At the left is what changes at every look."""
MOST_UNDER = 6
HELP = {
    "live": "Pauses the drawing, not the training, so that you can inspect the curves with the pointer.",
    "span": "The part of the run that is drawn.",
    "under": "Other runs of this session to draw in the same panels.",
    "smoothing": "Of losses and scores: exponential moving average, debiased; the raw line stays, faint.",
}


def show_head(shown: Sequence[Shown]) -> None:
    """Show status, buttons and figures, and refresh them."""
    was = [_state(each) for each in shown]
    st.fragment(_tick_head, run_every=_every(shown))([each.run for each in shown], was)


def show_curves_and_words(shown: Sequence[Shown]) -> None:
    """Ask how to draw the curves, then draw and refresh them and the words."""
    look, under = ask_view(shown)
    every = None if all(each.waits for each in shown) else _every(shown)  # the head tells when one has begun
    st.fragment(_tick_curves, run_every=every)([each.run for each in shown], look, under)


def _every(shown: Sequence[Shown]) -> float | None:
    """The seconds between two refreshes; None when nothing changes any more or the visitor paused the view."""
    if st.session_state.get(STILL) or not any(each.standing.active for each in shown):
        return None
    return TICK if all(each.watched.points or each.standing.position for each in shown) else FIRST_TICK


def _state(shown: Shown) -> tuple[bool, bool, bool]:
    """What the layout of the page depends on: whether the run is active, has begun, and has a model."""
    return shown.standing.active, bool(shown.watched.points), shown.run.model_path.is_file()


def ask_view(shown: Sequence[Shown]) -> tuple[Look, list[str]]:
    """Ask how the curves are drawn, and which other runs to overlay."""
    epochs = max(each.watched.progress.epochs for each in shown)
    ids = [each.id for each in shown]
    others = [run_id for run_id in my_runs.ids() if run_id not in ids and my_runs.exists(run_id)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="view-of-run"):
        st.toggle("Pause live view", key=STILL, help=HELP["live"])
        span = st.slider("Epochs shown", 0, epochs, (0, epochs), key=f"span-{ids[0]}", help=HELP["span"])
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.0, 0.01, key="smoothing_live", help=HELP["smoothing"])
        log = st.toggle("Log scale", key="log_live")
        under = []
        if others:
            under = st.multiselect(
                "Overlay", others, key="under", max_selections=MOST_UNDER, format_func=_name_of, help=HELP["under"]
            )
    low, high = span if span[0] < span[1] else (0, epochs)
    return Look("epoch", smoothing, LOSSES if log else (), (float(low), float(high))), under


def _name_of(run_id: str) -> str:
    return f"{full_title(my_runs.run_of(run_id))} · {run_id[:4]}"


def _tick_head(runs: list[Run], was: list[tuple[bool, bool, bool]]) -> None:
    """Refresh the head; rerun the page when a run gets its first point or model, or ends."""
    my_runs.advance()
    with messages.sentences(st.error):
        shown = my_runs.look_at(runs)
    show_state(shown)
    st.html(tables.figures_table(shown, figures.palette().series))
    if [_state(each) for each in shown] != was:
        st.rerun(scope="app")


def _tick_curves(runs: list[Run], look: Look, under: list[str]) -> None:
    """Refresh curves, words and the verdict on z."""
    with messages.sentences(st.error):
        shown = my_runs.look_at(runs)
        palette = figures.palette()
        show_curves(shown, look, under, palette)
        looked_at = _pick(shown)
        show_words(looked_at)
        collapse.show(shown, looked_at, palette)


def show_state(shown: Sequence[Shown]) -> None:
    """Show status, progress and buttons."""
    share = sum(each.watched.progress.share for each in shown) / len(shown)
    with st.container(key="run-state"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for each in shown:
                icon, colour, word = tables.STATES[each.standing.status]
                st.badge(f"{each.letter} {word}".strip(), icon=f":material/{icon}:", color=colour)
            st.markdown(f"**{messages.plain(shown[0].title)}**")
        worst = min(shown, key=lambda each: list(tables.STATES).index(each.standing.status))
        failed = [each for each in shown if each.standing.status in ("failed", "interrupted")]
        st.progress(share)
        st.caption(messages.plain(tables.sentence((failed or [worst])[0])))
        steering.show_buttons(shown)


def show_curves(shown: Sequence[Shown], look: Look, under: Sequence[str], palette: Palette) -> None:
    """Draw losses and schedules at the left and scores at the right, over the same axis of epochs."""
    curves = [Curve(each.name, (each.watched.columns,), each.place) for each in shown]
    for place, run_id in enumerate(under, start=2):
        curves.append(Curve(_name_of(run_id), (watch_run(my_runs.run_of(run_id)).columns,), place))
    if len(curves) > 1:
        st.html(figures.legend(curves))
    names = tuple(curve.name for curve in curves)
    news = {
        "left": tuple(len(each.watched.points) for each in shown),
        "right": tuple(len(each.watched.scored) for each in shown),
    }
    for column, side in zip(st.columns(2, gap="medium"), PANELS, strict=True):
        version = (*(each.id for each in shown), *under, *names, *news[side])
        figure = _figure(side, version, replace(look, row_height=ROWS[side]), palette, curves)
        alt = _describe(shown, side)
        column.plotly_chart(figure, theme=None, key=f"live-{side}", config={"displayModeBar": False}, alt=alt)


@st.cache_data(show_spinner=False, max_entries=64)
def _figure(side: str, version: tuple[object, ...], look: Look, palette: Palette, _curves: list[Curve]) -> go.Figure:
    """One column of panels, cached until there is something new in it."""
    return draw_curves(_curves, PANELS[side], look, palette)


def _describe(shown: Sequence[Shown], side: str) -> str:
    """Describe the figure in words for screen readers."""
    what = "Losses, KL weight, teacher forcing and learning rate" if side == "left" else "Scores"
    facts = []
    for each in shown:
        points = each.watched.points
        if points:
            last = points[-1]
            facts.append(
                f"{each.name}: epoch {last.epochs:.1f}, reconstruction {last.reconstruction:.2f}, KL {last.kl:.2f}, "
                f"KL weight {last.beta:.2f}."
            )
    return f"{what} over the epochs. {' '.join(facts) or 'Nothing was recorded yet.'}"


def _pick(shown: Sequence[Shown]) -> Shown:
    """Ask which of two runs to inspect."""
    if len(shown) == 1:
        return shown[0]
    letter = st.segmented_control(
        "Words and z of", [each.letter for each in shown], default=shown[0].letter, required=True, key="looked-at"
    )
    return next(each for each in shown if each.letter == letter)


def show_words(shown: Shown) -> None:
    """Show the latest conversions and samples."""
    scored, vocabulary = shown.watched.scored, vocabulary_of(shown.run)
    said = f"after epoch {scored[-1].epoch}; marked: new since epoch {scored[-2].epoch}" if len(scored) > 1 else ""
    with st.container(key="run-words"):
        left, right = st.columns([1.2, 1], gap="medium")
        left.markdown("**The same verbs, converted**")
        left.html(tables.conversions(scored, vocabulary))
        right.markdown("**The same points of the prior, decoded**")
        right.html(tables.samples(scored, vocabulary))
        first = f"after epoch {scored[-1].epoch}" if scored else "after the first scores"
        st.html(f'<p class="legend">What it says {escape(said or first)}.</p>')
