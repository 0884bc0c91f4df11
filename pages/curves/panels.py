"""The curves themselves: how they are drawn, the panels, and below them the same as tables and files."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from html import escape

import streamlit as st

from cvae.charts.base import Palette, stand_alone
from cvae.charts.curve_traces import style_of, title_of
from cvae.charts.curves import LOSSES_AND_SCHEDULES, MANY, SCORES, Look, draw_curves
from cvae.experiments.summary import reached, summarize
from cvae.runs.history import Curve
from pages.curves import tables
from pages.curves.choice import Choice
from pages.latent import parts as latent_parts

AXES = ("epoch", "step", "seconds")
BANDS = {"range": "lowest to highest seed", "deviation": "± 1 standard deviation"}
MORE = ("learning_rate", "active_units", "mutual_information", "accuracy", "accuracy_zero_z", "accuracy_other_z")
STROKES = {"dash": (6, 4), "dot": (2, 3), "dashdot": (7, 3, 2, 3), "longdash": (11, 4)}
"""Pixels drawn and left out, in turns."""
GLYPHS = {
    "circle": "●", "diamond": "◆", "square": "■", "triangle-up": "▲", "cross": "✚", "x": "✖", "star": "★",
}  # fmt: skip
ROW = 150
CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"],
    "toImageButtonOptions": {"filename": "tense-lab-curves", "scale": 2},
}
HELP = {
    "axis": "Epochs: how often every word was seen. Steps: changes of the weights. Seconds: as the run was trained.",
    "smoothing": "Exponential moving average, debiased, as in TensorBoard: 0 is off. The raw line stays, faint. "
    "Schedules are never smoothed: they are set, not measured.",
    "log": "Of the reconstruction loss and the KL.",
    "band": "What the shaded band around a mean of several seeds covers.",
    "more": "Further panels, where they were recorded.",
    "span": "The part of the training that is drawn. Tools to zoom in the panels are at the corner of the charts.",
}


def show(choice: Choice) -> None:
    """Controls, legend, panels; then the tables."""
    look, more = ask(choice, MORE)
    left, right = (*LOSSES_AND_SCHEDULES, *more[::2]), (*SCORES, *more[1::2])
    draw(choice, left, right, look)
    whole = replace(look, across=2, legend=True)
    page = partial(_as_page, choice.curves, [*left, *right], whole, latent_parts.palette())
    with st.container(key="below"):
        tables.show(choice, page)


def draw(choice: Choice, left: Sequence[str], right: Sequence[str], look: Look) -> None:
    """Legend and two columns of panels, which a phone shows under each other."""
    curves, palette = choice.curves, latent_parts.palette()
    many = len(curves) > MANY
    st.html(legend([group.curve() for group in choice.groups] if many else curves, plain=many))
    for column, panels, side in zip(st.columns(2, gap="medium"), (left, right), ("left", "right"), strict=True):
        if panels:
            figure, alt = draw_curves(curves, panels, look, palette), describe(curves, panels, look.x)
            column.plotly_chart(figure, theme=None, key=f"panels-{side}", alt=alt, config=CONFIG)
    st.caption(_note(choice, look))


def _as_page(curves: Sequence[Curve], panels: Sequence[str], look: Look, palette: Palette) -> str:
    return stand_alone(draw_curves(curves, panels, look, palette))


def ask(choice: Choice, more: Sequence[str] = ()) -> tuple[Look, list[str]]:
    """How to draw, and which of these panels besides the usual ones."""
    recorded = {name for group in choice.groups for run in group.runs for name in run.columns}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="drawn"):
        axis = st.segmented_control(
            "Over", AXES, default="epoch", required=True, key="axis", bind="query-params", help=HELP["axis"]
        )
        smoothing = st.slider(
            "Smoothing", 0.0, 0.99, 0.0, 0.01, key="smoothing", bind="query-params", help=HELP["smoothing"]
        )
        log = st.toggle("Log losses", key="log", bind="query-params", help=HELP["log"])
        with st.popover("More", key="more_settings"):
            band = st.radio(
                "Band", list(BANDS), key="band", bind="query-params", format_func=BANDS.get, help=HELP["band"]
            )
            panels = _ask_panels([name for name in more if name in recorded])
            end = max(1, round(max(reached(curve, axis) for curve in choice.curves)))
            span = st.slider("From … to", 0, end, (0, end), key=f"span_{axis}", help=HELP["span"])
    shown = (float(span[0]), float(span[1])) if span != (0, end) and span[0] < span[1] else None
    return Look(axis, smoothing, log, shown, band=band, row_height=ROW), panels


def _ask_panels(offered: Sequence[str]) -> list[str]:
    if not offered:
        return []
    return st.pills(
        "Further panels",
        offered,
        selection_mode="multi",
        key="panels",
        bind="query-params",
        format_func=lambda name: title_of(name).partition(" (")[0],
        help=HELP["more"],
    )


def legend(curves: Sequence[Curve], plain: bool = False) -> str:
    """Every curve's line and marker in its colour, and its name: HTML that wraps where there is little room.

    plain: as many lines are drawn, without dashes and markers.
    """
    palette = latent_parts.palette()
    entries = []
    for curve in curves:
        colour, dash, symbol = style_of(curve, palette)
        glyph = "" if plain else f'<span style="color:{colour}" aria-hidden="true">{GLYPHS[symbol]}</span> '
        seeds = f' <span class="quiet">{len(curve.runs)} seeds</span>' if len(curve.runs) > 1 else ""
        entries.append(
            f'<li><span class="stroke" style="background:{_stroke(colour, "" if plain else dash)}"></span>'
            f"{glyph}{escape(curve.name)}{seeds}</li>"
        )
    return f'<ul class="curves">{"".join(entries)}</ul>'


def _stroke(colour: str, dash: str) -> str:
    """A line of that colour and dash as a CSS background."""
    stops, at = [], 0
    for i, length in enumerate(STROKES.get(dash, (40,))):
        stops.append(f"{colour if i % 2 == 0 else 'transparent'} {at}px {at + length}px")
        at += length
    return f"repeating-linear-gradient(90deg, {', '.join(stops)})"


def describe(curves: Sequence[Curve], panels: Sequence[str], x: str) -> str:
    """The panels in words, for those who can't see them."""
    parts = []
    for column in panels:
        lasts = [f"{curve.name} {found.last:.3g}" for curve in curves[:MANY] if (found := summarize(curve, column))]
        if lasts:
            parts.append(f"{title_of(column)}: last {', '.join(lasts)}")
    return f"{len(curves)} curves over {x}. {'. '.join(parts)}."


def _note(choice: Choice, look: Look) -> str:
    """What the lines and bands are."""
    if len(choice.curves) > MANY:
        return f"More than {MANY} lines: no bands, raw lines or dashes. Colours repeat; the pointer names each line."
    if choice.each_seed or all(len(group.runs) == 1 for group in choice.groups):
        return "Each line is one run. The scores are measured every few epochs, at the markers."
    covers = {"range": "from the lowest to the highest seed", "deviation": "one standard deviation to each side"}
    return (
        f"Lines are means over the seeds, bands reach {covers[look.band]}, as far as at least half of the seeds have "
        "got. The scores are measured every few epochs, at the markers."
    )
