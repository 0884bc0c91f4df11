"""Curves of runs in panels that share one x axis, under each other; for recorded runs and for running ones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cvae.charts import Palette
from cvae.curves import SCHEDULES, Curve
from cvae.smoothing import MOST_POINTS, Band, Line, line_of

LOSSES = ("reconstruction", "kl")
LOSSES_AND_SCHEDULES = (*LOSSES, "beta", "teacher_forcing")
SCORES = ("bleu4", "gaussian_score", "distinct", "heldout")
TITLES = {
    "reconstruction": "Reconstruction loss (nats per word)",
    "kl": "KL, unweighted (nats per word)",
    "beta": "KL weight",
    "teacher_forcing": "Teacher forcing (share of words)",
    "learning_rate": "Learning rate",
    "bleu4": "BLEU-4 on the test pairs (0 to 1)",
    "gaussian_score": "Gaussian score (share of draws)",
    "distinct": "Distinct verbs drawn (number)",
    "heldout": "Held-out exact match (share of conversions)",
    "active_units": "Active units (dimensions of z)",
    "mutual_information": "Mutual information of z and word (nats)",
    "accuracy": "Words rebuilt from their z (share)",
    "accuracy_zero_z": "Words rebuilt from z = 0 (share)",
    "accuracy_other_z": "Words rebuilt from another’s z (share)",
}
KIND = "heldout_by_kind."
X_TITLES = {"epoch": "epoch", "step": "step", "seconds": "seconds of training"}
REFERENCES = {"bleu4": (0.719, "classroom report: 0.719")}
"""Marks of what others reached: value and name."""

DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")
MANY = 12
"""More curves than this are drawn without bands, raw lines and markers, and named one by one under the pointer."""
FEW = 3
"""Up to so many curves are read off in all panels at once."""
MOST_IN_ALL = 40_000
"""Points of a figure, so that a browser draws it at once."""
GAP, HEAD, FOOT, LEGEND = 44, 34, 48, 30
"""Pixels between panels, above the first, below the last, and for a row of the legend."""


@dataclass(frozen=True)
class Look:
    """How curves are drawn.

    x: epoch, step or seconds. smoothing: 0 to 0.99, of all but schedules. log: of the losses. x_range: None for all
    that there is. across: panels side by side, filled column by column. row_height: of one panel in pixels.
    """

    x: str = "epoch"
    smoothing: float = 0.0
    log: bool = False
    x_range: tuple[float, float] | None = None
    across: int = 1
    row_height: int = 150
    band: Band = "range"
    legend: bool = False


@dataclass(frozen=True)
class Axes:
    """Where a panel is: the names of its axes, as traces and as the layout have them, and its column's x axis."""

    x: str
    y: str

    def layout(self, name: str) -> str:
        """`x2` -> `xaxis2`."""
        return f"{name[0]}axis{name[1:]}"


def title_of(column: str) -> str:
    """What a recorded column is called on a panel, with its unit."""
    if column.startswith(KIND):
        return f"{column.removeprefix(KIND)[:1].upper()}{column.removeprefix(KIND)[1:]} (share right)"
    return TITLES.get(column, column.replace("_", " ").replace(".", " · "))


def style_of(curve: Curve, palette: Palette) -> tuple[str, str, str]:
    """Colour, dash and marker: curves that share a colour differ in dash, and neighbours differ in everything."""
    place = curve.place
    colour = palette.series[place % len(palette.series)]
    dash = DASHES[(place + place // len(palette.series) + curve.variant) % len(DASHES)]
    return colour, dash, SYMBOLS[place % len(SYMBOLS)]


def draw_curves(curves: Sequence[Curve], panels: Sequence[str], look: Look, palette: Palette) -> go.Figure:
    """All curves in a panel for each of the recorded columns. The height depends on the number of panels alone."""
    rows = -(-len(panels) // look.across)
    height = HEAD + rows * look.row_height + (rows - 1) * GAP + FOOT + (LEGEND if look.legend else 0)
    layout = _frame(height, look, palette, len(curves))
    traces: list[dict[str, Any]] = []
    most = max(60, min(MOST_POINTS, MOST_IN_ALL // max(1, len(curves) * len(panels))))
    for i, column in enumerate(panels):
        lines = {
            j: line
            for j, curve in enumerate(curves)
            if (line := line_of(curve, column, look.x, look.smoothing, look.band, most)) is not None
        }
        axes = Axes(_axis("x", i // rows), _axis("y", i))
        _add_panel(layout, axes, column, (i % rows, rows, height), bool(lines), look, palette)
        paint = _many if len(curves) > MANY else _few
        traces += paint([(curves[j], line) for j, line in lines.items()], axes, column, look, palette)
    for i in range(-(-len(panels) // rows)):
        _add_x(layout, i, rows, min(rows, len(panels) - i * rows), curves, look, palette)
    if look.legend:
        traces += [_legend_entry(curve, palette) for curve in curves]
    return go.Figure({"data": traces, "layout": layout})


def _axis(letter: str, i: int) -> str:
    return letter if i == 0 else f"{letter}{i + 1}"


def _frame(height: int, look: Look, palette: Palette, count: int) -> dict[str, Any]:
    layout = {
        "height": height,
        "paper_bgcolor": palette.ground,
        "plot_bgcolor": palette.ground,
        "font": {"color": palette.text, "family": "Source Sans, sans-serif", "size": 13},
        "margin": {"l": 52, "r": 10, "t": HEAD + (LEGEND if look.legend else 0), "b": FOOT},
        "hovermode": "closest" if count > MANY else "x unified",
        "hoversubplots": "axis" if count <= FEW else "single",
        "hoverlabel": {"namelength": -1},
        "dragmode": False if look.x_range else "zoom",
        "uirevision": "curves",
        "showlegend": look.legend,
        "annotations": [],
        "shapes": [],
    }
    if look.legend:
        inner = height - HEAD - FOOT - LEGEND
        layout["legend"] = {"orientation": "h", "x": 0, "y": 1 + (HEAD - 6) / inner, "yanchor": "bottom"}
    return layout


def _add_panel(
    layout: dict[str, Any],
    axes: Axes,
    column: str,
    place: tuple[int, int, int],
    filled: bool,
    look: Look,
    palette: Palette,
) -> None:
    """The panel's y axis, title and reference mark. place: its row, the number of rows, the figure's height."""
    row, rows, height = place
    inner = rows * look.row_height + (rows - 1) * GAP
    top = 1 - row * (look.row_height + GAP) / inner
    axis: dict[str, Any] = {
        "domain": [max(0.0, top - look.row_height / inner), top],
        "anchor": axes.x,
        "gridcolor": palette.line,
        "zeroline": False,
        "nticks": 5,
        "rangemode": "tozero",
        "fixedrange": False,
    }
    if look.log and column in LOSSES:
        axis |= {"type": "log", "dtick": 1, "exponentformat": "power"}
    elif column in ("bleu4", "teacher_forcing") or not filled:
        axis |= {"range": [0, 1.05]}
    layout[axes.layout(axes.y)] = axis
    at = {"xref": f"{axes.x} domain", "yref": f"{axes.y} domain", "showarrow": False}
    layout["annotations"].append(
        {**at, "x": 0, "y": 1, "yanchor": "bottom", "yshift": 3, "xanchor": "left", "text": escape(title_of(column))}
    )
    if not filled:
        layout["annotations"].append({**at, "x": 0.5, "y": 0.5, "text": "not recorded yet", "opacity": 0.6})
    elif column in REFERENCES:
        value, name = REFERENCES[column]
        line = {"color": palette.text, "width": 1, "dash": "dot"}
        across = {
            "type": "line",
            "xref": f"{axes.x} domain",
            "x0": 0,
            "x1": 1,
            "yref": axes.y,
            "y0": value,
            "y1": value,
        }
        layout["shapes"].append({**across, "line": line, "opacity": 0.6, "layer": "below"})
        label = {"x": 1, "xanchor": "right", "y": value, "yref": axes.y, "yanchor": "bottom", "opacity": 0.8}
        layout["annotations"].append({**at, **label, "text": name, "font": {"size": 11}})


def _add_x(
    layout: dict[str, Any], i: int, rows: int, used: int, curves: Sequence[Curve], look: Look, palette: Palette
) -> None:
    """The x axis that the panels of one column share."""
    gap = 0.07
    width = (1 - gap * (look.across - 1)) / look.across
    axis: dict[str, Any] = {
        "domain": [i * (width + gap), i * (width + gap) + width],
        "anchor": _axis("y", i * rows + used - 1),
        "title": {"text": X_TITLES[look.x], "standoff": 6},
        "showgrid": False,
        "zeroline": False,
        "nticks": 7,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": palette.line,
        "range": list(look.x_range or _extent(curves, look.x)),
    }
    if i:
        axis["matches"] = "x"
    layout["xaxis" if i == 0 else f"xaxis{i + 1}"] = axis


def _extent(curves: Sequence[Curve], x: str) -> tuple[float, float]:
    ends = [np.nanmax(run[x]) for curve in curves for run in curve.runs if len(run.get(x, ()))]
    return 0.0, float(max(ends, default=1.0)) * 1.01


def _few(
    lines: Sequence[tuple[Curve, Line]], axes: Axes, column: str, look: Look, palette: Palette
) -> Iterator[dict[str, Any]]:
    """Bands below, raw lines faint, then the lines themselves, with markers where records are sparse."""
    for curve, line in lines:
        if line.low is not None:
            yield _band(line, style_of(curve, palette)[0], axes, look.log and column in LOSSES)
    for curve, line in lines:
        if line.raw is not None:
            colour, _, _ = style_of(curve, palette)
            faint = {"color": colour, "width": 1}
            yield _trace(*line.raw, axes, mode="lines", line=faint, opacity=0.3, hoverinfo="skip")
    whole = title_of(column).partition(" (")[0]
    for curve, line in lines:
        colour, dash, symbol = style_of(curve, palette)
        name = escape(curve.name)
        said = f"{name}: %{{y:.4~g}}" if len(lines) > FEW else f"{whole} %{{y:.4~g}} · {name}"
        sparse = column not in SCHEDULES and len(line.x) <= 80
        yield _trace(
            line.x,
            line.y,
            axes,
            name=name,
            mode="lines+markers" if sparse and column not in LOSSES else "lines",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"color": colour, "symbol": symbol, "size": 5},
            hovertemplate=said + "<extra></extra>",
        )


def _band(line: Line, colour: str, axes: Axes, log: bool) -> dict[str, Any]:
    """The seeds' spread as one closed area; on a log axis it ends at the least value above 0."""
    low, high = line.low, line.high
    if log:
        floor = np.min(high[high > 0], initial=1.0)
        low, high = np.maximum(low, floor), np.maximum(high, floor)
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return _trace(
        np.concatenate([line.x, line.x[::-1]]),
        np.concatenate([high, low[::-1]]),
        axes,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=f"rgba({red}, {green}, {blue}, 0.2)",
        hoverinfo="skip",
    )


def _many(
    lines: Sequence[tuple[Curve, Line]], axes: Axes, column: str, look: Look, palette: Palette
) -> Iterator[dict[str, Any]]:
    """One trace a colour, with gaps between its curves: a browser takes its time for every trace."""
    hover = f"%{{text}}: %{{y:.4~g}} at {look.x} %{{x:,.0f}}<extra></extra>"
    styled = sorted(lines, key=lambda item: item[0].place % len(palette.series))
    for _, same in groupby(styled, key=lambda item: item[0].place % len(palette.series)):
        items = list(same)
        colour, dash, _ = style_of(items[0][0], palette)
        text = [name for curve, line in items for name in [escape(curve.name)] * (len(line.x) + 1)]
        yield _trace(
            np.concatenate([np.append(line.x, np.nan) for _, line in items]),
            np.concatenate([np.append(line.y, np.nan) for _, line in items]),
            axes,
            text=text,
            mode="lines",
            line={"color": colour, "width": 1.2, "dash": dash},
            opacity=0.8,
            hovertemplate=hover,
        )


def _trace(x: np.ndarray, y: np.ndarray, axes: Axes, **options: Any) -> dict[str, Any]:
    return {"type": "scatter", "x": x, "y": y, "xaxis": axes.x, "yaxis": axes.y, "showlegend": False, **options}


def _legend_entry(curve: Curve, palette: Palette) -> dict[str, Any]:
    """A line that is nowhere, for the legend alone: a curve may have nothing in some of the panels."""
    colour, dash, symbol = style_of(curve, palette)
    line, marker = {"color": colour, "width": 2, "dash": dash}, {"color": colour, "symbol": symbol, "size": 5}
    nowhere = {"type": "scatter", "x": [None], "y": [None], "mode": "lines+markers", "showlegend": True}
    return {**nowhere, "name": escape(curve.name), "line": line, "marker": marker}
