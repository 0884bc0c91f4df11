"""The panels of curves, the controls over them, and the same numbers as tables and files below."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from cvae.charts.base import stand_alone
from cvae.charts.curve_traces import LOSSES, short_title, title_of
from cvae.charts.curves import LOSSES_AND_SCHEDULES, MANY, Look, draw_curves
from cvae.experiments.groups import difference_table, in_force
from cvae.experiments.smoothing import Band
from cvae.experiments.summary import named_with_marks, reached, records_csv, seconds, summarize
from cvae.runs.history import Curve
from cvae.training.records import SCORES
from pages.curves.choice import ChosenRuns
from pages.shared import figures
from pages.shared.figures import legend

KNOWING = ("train", "large")
"""Data files that hold all verbs of the test pairs."""
AXES = ("epoch", "step", "seconds")
BANDS: dict[Band, str] = {"range": "lowest to highest seed", "deviation": "± 1 standard deviation"}
MORE = (
    "learning_rate", "active_units", "mutual_information", "verb_information", "rebuilt", "tense_fidelity", "merged",
    "accuracy", "accuracy_zero_z", "accuracy_other_z",
)  # fmt: skip
ROW = 150
CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"],
    "toImageButtonOptions": {"filename": "tense-lab-curves", "scale": 2},
}
HELP = {
    "table": "Means over the seeds of the best and the last value of each score; ± is one standard deviation over the "
    "seeds. Click a heading to sort.",
    "differs": "Settings that differ between the chosen runs; – where another setting makes it irrelevant.",
    "axis": "Epochs: how many times each word was seen. Steps: updates of the weights. Seconds: of the training.",
    "smoothing": "Exponential moving average, debiased, as in TensorBoard: 0 is off. The raw line stays, faint. "
    "Schedules are never smoothed: they are set, not measured.",
    "log": "Of the reconstruction loss and the KL.",
    "band": "What the shaded band around a mean of several seeds covers.",
    "more": "Further panels, where they were recorded.",
    "span": "The part of the training that is drawn. Tools to zoom in the panels are at the corner of the charts.",
}
SHORT = {
    "bleu4": "BLEU-4", "gaussian_score": "Gaussian", "distinct": "distinct", "heldout": "held-out",
    "reconstruction": "reconstruction", "kl": "KL",
}  # fmt: skip


def show(choice: ChosenRuns) -> None:
    """Show controls, legend and panels, then the tables."""
    look, more = ask(choice, MORE)
    left, right = (*LOSSES_AND_SCHEDULES, *more[::2]), (*SCORES, *more[1::2])
    draw(choice, left, right, look)
    whole = replace(look, across=2, legend=True)
    curves, palette = choice.curves, figures.palette()
    with st.container(key="below"):
        show_tables(choice, lambda: stand_alone(draw_curves(curves, [*left, *right], whole, palette)))


def draw(choice: ChosenRuns, left: Sequence[str], right: Sequence[str], look: Look) -> None:
    """Draw the legend and two columns of panels, which a phone stacks."""
    curves, palette = named_with_marks(choice.curves), figures.palette()
    many = len(curves) > MANY
    st.html(legend(named_with_marks([group.curve() for group in choice.groups]) if many else curves, plain=many))
    for column, panels, side in zip(st.columns(2, gap="medium"), (left, right), ("left", "right"), strict=True):
        if panels:
            figure, alt = draw_curves(curves, panels, look, palette), describe(curves, panels, look.x)
            with column:
                figures.show_curves(figure, f"panels-{side}", alt, CONFIG)
    st.caption(_note(choice, look))


def ask(choice: ChosenRuns, more: Sequence[str] = ()) -> tuple[Look, list[str]]:
    """Ask how to draw the curves and which additional panels to show."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="drawn"):
        axis = st.segmented_control(
            "x axis", AXES, default="epoch", required=True, key="axis", bind="query-params", help=HELP["axis"]
        )
        smoothing = st.slider(
            "Smoothing", 0.0, 0.99, 0.0, 0.01, key="smoothing", bind="query-params", help=HELP["smoothing"]
        )
        log = st.toggle("Log scale", key="log", bind="query-params", help=HELP["log"])
        with st.popover("More", key="more_settings"):
            band: Band = st.radio(
                "Band", list(BANDS), key="band", bind="query-params", format_func=BANDS.__getitem__, help=HELP["band"]
            )
            panels = _ask_panels([name for name in more if name in choice.recorded])
            end = max(1, round(max(reached(curve, axis) for curve in choice.curves)))
            span = st.slider("From … to", 0, end, (0, end), key=f"span_{axis}", help=HELP["span"])
    shown = (float(span[0]), float(span[1])) if span != (0, end) and span[0] < span[1] else None
    logs = LOSSES if log else ()
    return Look(axis, smoothing, logs, shown, band=band, row_height=ROW, reference=know_the_pairs(choice)), panels


def know_the_pairs(choice: ChosenRuns) -> bool:
    """Whether all shown runs were trained on the verbs of the test pairs: or the report's score is no mark."""
    return all(group.settings.get("data") in KNOWING and not group.settings.get("verbs") for group in choice.groups)


def _ask_panels(offered: Sequence[str]) -> list[str]:
    if not offered:
        return []
    return st.pills(
        "Further panels",
        offered,
        selection_mode="multi",
        key="panels",
        bind="query-params",
        format_func=short_title,
        help=HELP["more"],
    )


def describe(curves: Sequence[Curve], panels: Sequence[str], x: str) -> str:
    """Describe the panels in words for screen readers."""
    parts = []
    for column in panels:
        lasts = [f"{curve.name} {found.last:.3g}" for curve in curves[:MANY] if (found := summarize(curve, column))]
        if lasts:
            parts.append(f"{title_of(column)}: last {', '.join(lasts)}")
    return f"{len(curves)} curves over {x}. {'. '.join(parts)}."


def _note(choice: ChosenRuns, look: Look) -> str:
    """Explain what lines and bands mean."""
    if len(choice.curves) > MANY:
        return f"More than {MANY} lines: no bands, raw lines or dashes. Colours repeat; the pointer names each line."
    if choice.each_seed or all(len(group.runs) == 1 for group in choice.groups):
        return "Each line is one run. The scores are measured every few epochs, at the markers."
    covers = {"range": "from the lowest to the highest seed", "deviation": "one standard deviation to each side"}
    return (
        f"Lines are means over the seeds, bands reach {covers[look.band]}; both end where fewer than half of the "
        "seeds continue. The scores are measured every few epochs, at the markers."
    )


def show_tables(choice: ChosenRuns, figure: Callable[[], str]) -> None:
    """Show the best and last values, the downloads, the differences between the runs, and their settings."""
    st.subheader("Best and last", help=HELP["table"], anchor=False)
    table = summary_table(choice.curves)
    numbers: dict[str, ColumnConfig] = {
        name: st.column_config.NumberColumn(format="%.0f" if name.startswith(SHORT["distinct"]) else "%.3f")
        for name in table
        if name.endswith((" best", " last", " ±"))
    }
    st.dataframe(
        table,
        hide_index=True,
        key="summary",
        height=figures.table_height(len(choice.curves), 420),
        column_config={"run": st.column_config.TextColumn(pinned=True, width="medium")} | numbers,
    )
    runs = {group.name: group.runs for group in choice.groups}
    with st.container(horizontal=True, gap="small", key="downloads"):
        figures.download("records-csv", "All records as CSV", "tense-lab-runs.csv", partial(records_csv, runs))
        figures.download("curves-html", "Figure as HTML", "tense-lab-curves.html", figure, "text/html")
        figures.download_csv(table, "best-and-last")
    st.caption("As a picture (PNG): the camera at the corner of the charts.")
    _show_settings(choice)


def summary_table(curves: list[Curve]) -> dict[str, list[object]]:
    """Return one row per curve and one column per value; None where nothing was recorded."""
    table: dict[str, list[object]] = {
        "run": [curve.name for curve in curves],
        "seeds": [len(curve.runs) for curve in curves],
        "epochs": [int(reached(curve, "epoch")) for curve in curves],
        "seconds": [round(seconds(curve)) for curve in curves],
    }
    for column in (*SCORES, "reconstruction", "kl"):
        found = [summarize(curve, column) for curve in curves]
        parts = {
            "best": [each.best if each else None for each in found],
            "last": [each.last if each else None for each in found],
            "±": [each.spread if each else None for each in found],
        }
        for part, values in parts.items():
            if any(value is not None for value in values):
                table[f"{SHORT[column]} {part}"] = list(values)
    return table


def _show_settings(choice: ChosenRuns) -> None:
    """Show how the chosen runs differ, and all settings of one of them."""
    named = {group.name: group.settings for group in choice.groups}
    if len(named) > 1:
        st.subheader("What differs", help=HELP["differs"], anchor=False)
        st.dataframe(difference_table(named), hide_index=True, key="differences")
    with st.expander("All settings of a run", key="settings-of-one"):
        name = st.selectbox("Run", list(named), key="settings_of")
        settings = in_force(named[name])
        st.dataframe(
            {"setting": list(settings), "value": [str(value) for value in settings.values()]},
            hide_index=True,
            key="settings-table",
            height=320,
        )
        seeds = ", ".join(str(run.seed) for group in choice.groups if group.name == name for run in group.runs)
        st.caption(f"Seeds: {seeds}.")
