"""The chosen runs as tables: best and last, what differs between them, the settings of one; and as files."""

from collections.abc import Callable
from functools import partial

import streamlit as st

from cvae.charts.curves import SCORES
from cvae.experiments.groups import difference_table, in_force
from cvae.experiments.summary import reached, records_csv, seconds, summarize
from cvae.runs.history import Curve
from pages.curves.choice import Choice
from pages.latent import parts as latent_parts

SHORT = {
    "bleu4": "BLEU-4", "gaussian_score": "Gaussian", "distinct": "distinct", "heldout": "held-out",
    "reconstruction": "reconstruction", "kl": "KL",
}  # fmt: skip
WHOLE = ("distinct",)
HELP = {
    "table": "Means over the seeds of the best and the last value of each score; ± is one standard deviation over the "
    "seeds. Click a heading to sort.",
    "differs": "Settings that differ between the chosen runs; – where another setting makes one void.",
}


def show(choice: Choice, figure: Callable[[], str]) -> None:
    """Best and last, downloads, differences, settings."""
    st.subheader("Best and last", help=HELP["table"], anchor=False)
    table = summary_table(choice.curves)
    st.dataframe(
        table,
        hide_index=True,
        key="summary",
        height=min(38 + 35 * len(choice.curves), 420),
        column_config={"run": st.column_config.TextColumn(pinned=True, width="medium")} | _formats(table),
    )
    runs = {group.name: group.runs for group in choice.groups}
    with st.container(horizontal=True, gap="small", key="downloads"):
        st.download_button(
            "All records as CSV", partial(records_csv, runs), file_name="tense-lab-runs.csv", mime="text/csv",
            icon=":material/download:", on_click="ignore", key="records-csv",
        )  # fmt: skip
        st.download_button(
            "Figure as HTML", figure, file_name="tense-lab-curves.html", mime="text/html",
            icon=":material/download:", on_click="ignore", key="curves-html",
        )  # fmt: skip
        latent_parts.download_csv(table, "best-and-last")
    st.caption("As a picture (PNG): the camera at the corner of the charts.")
    _show_settings(choice)


def summary_table(curves: list[Curve]) -> dict[str, list[object]]:
    """One row a curve, one column a value; None where nothing was recorded."""
    table: dict[str, list[object]] = {
        "run": [curve.name for curve in curves],
        "seeds": [len(curve.runs) for curve in curves],
        "epochs": [int(reached(curve, "epoch")) for curve in curves],
        "seconds": [round(seconds(curve)) for curve in curves],
    }
    for column in (*SCORES, "reconstruction", "kl"):
        found = [summarize(curve, column) for curve in curves]
        parts = {"best": [one and one.best for one in found], "last": [one and one.last for one in found]}
        parts["±"] = [one and one.spread for one in found]
        for part, values in parts.items():
            if any(value is not None for value in values):
                table[f"{SHORT[column]} {part}"] = values
    return table


def _formats(table: dict[str, list[object]]) -> dict[str, object]:
    return {
        name: st.column_config.NumberColumn(format="%.0f" if name.startswith(WHOLE) else "%.3f")
        for name in table
        if name.endswith((" best", " last", " ±"))
    }


def _show_settings(choice: Choice) -> None:
    """What differs between the chosen runs, and all settings of one."""
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
