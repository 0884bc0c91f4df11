"""Curves of recorded and of running runs, in panels below each other that share one x axis."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import plotly.graph_objects as go

from cvae.charts.base import NOTHING_YET, OwnLook, Palette, pale, surface
from cvae.charts.curve_traces import (
    FEW,
    FLOOR,
    KIND,
    LOSSES,
    Axes,
    ends,
    extremes,
    few,
    grouped,
    legend_entry,
    many,
    name_at_end,
    nothing,
    style_of,
    thin_line,
    title_of,
)
from cvae.experiments.smoothing import MOST_POINTS, Band, Line, largest, line_of
from cvae.runs.history import Curve

LOSSES_AND_SCHEDULES = (*LOSSES, "beta", "teacher_forcing")
X_TITLES = {"epoch": "epoch", "step": "step", "seconds": "seconds of training"}
REPORT_BLEU4 = 0.71943
"""The mean BLEU-4 of the classroom report on its ten test pairs."""
REFERENCES = {"bleu4": (REPORT_BLEU4, f"classroom report: {REPORT_BLEU4:.3f}")}
"""Reference marks for columns: the value that others reached, and its name."""

MANY = 12
"""The number of curves above which they are drawn as bare lines, each named under the pointer."""
MOST_IN_ALL, LEAST = 16_000, 40
"""The most points of a figure, so that a browser draws it at once, and the fewest to which a line is reduced."""
MOST_RATIO = 300
"""The ratio of the ends of a logarithmic axis from which only powers of ten are numbered."""
GAP, HEAD, FOOT, LEGEND = 44, 34, 48, 30
"""Pixels between panels, above the first, below the last, and for a row of the legend."""
SIGN, PHONE = 50, 310
"""Pixels of a line's sign in the legend, and of the panels' width on a phone."""
LABEL, LETTER = 11.5, 0.55
"""The most room for the names at the ends of lines, and that for a letter, in multiples of the font size."""
AT_END = 26
"""The most letters of a name at the end of a line: where one is longer, the names stand in the legend alone."""


@dataclass(frozen=True)
class Look:
    """Options for drawing curves.

    x: epoch, step or seconds. smoothing: 0 to 0.99, of all but schedules. log: the columns on a logarithmic axis.
    x_range: None for all that there is. across: panels side by side, filled column by column. row_height: of one panel
    in pixels; gap: between two of them. legend: names that mute their lines, stacked where the panels are in one column
    and the lines have no labels, which are names at their ends. beside: for a panel's column another one that is drawn
    thin and dotted in the same panel. reference: whether REFERENCES are drawn.
    """

    x: str = "epoch"
    smoothing: float = 0.0
    log: tuple[str, ...] = ()
    x_range: tuple[float, float] | None = None
    across: int = 1
    row_height: int = 150
    gap: int = GAP
    band: Band = "range"
    legend: bool = False
    labels: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)
    reference: bool = True


def draw_curves(curves: Sequence[Curve], panels: Sequence[str], look: Look, palette: Palette) -> go.Figure:
    """Draw all curves in one panel for each recorded column; the height depends on the number of panels.

    In one column it also depends on the names in a legend, which take several rows on a phone.
    """
    if any(len(name_at_end(curve)) > AT_END for curve in curves):
        look = replace(look, labels=False)
    rows = -(-len(panels) // look.across)
    height = HEAD + rows * look.row_height + (rows - 1) * look.gap + FOOT + _legend_height(curves, look, palette)
    layout = _base_layout(height, look, palette, curves)
    traces: list[dict[str, Any]] = []
    most = max(LEAST, min(MOST_POINTS, MOST_IN_ALL // max(1, len(curves) * len(panels))))
    for i, column in enumerate(panels):
        lines = {
            j: line
            for j, curve in enumerate(curves)
            if (line := line_of(curve, column, look.x, look.smoothing, look.band, most)) is not None
        }
        axes = Axes(_axis("x", i // rows), _axis("y", i))
        _add_panel(layout, axes, column, (i % rows, rows), lines.values(), look, palette)
        _mark_sleep(layout, axes, curves, i == 0, look, palette)
        drawn = [(curves[j], line) for j, line in lines.items()]
        if not drawn:
            traces.append(nothing(axes))
        elif len(curves) > MANY:
            traces += many(drawn, axes, palette, look.x)
        else:
            traces += few(drawn, axes, column, palette, column in look.log)
            traces += _beside(curves, column, axes, look, palette, most)
            traces += ends(drawn, axes, palette, column in look.log, look.row_height) if look.labels else []
    for i in range(-(-len(panels) // rows)):
        _add_x(layout, i, rows, min(rows, len(panels) - i * rows), curves, look, palette)
    if look.legend:
        traces = [grouped(trace) for trace in (*traces, *(legend_entry(curve, palette) for curve in curves))]
    return OwnLook({"data": traces, "layout": layout})


def _beside(
    curves: Sequence[Curve], column: str, axes: Axes, look: Look, palette: Palette, most: int
) -> Iterator[dict[str, Any]]:
    """Yield the lines of the column that is drawn beside this one in its panel."""
    if column in look.beside:
        for curve in curves:
            line = line_of(curve, look.beside[column], look.x, look.smoothing, look.band, most)
            if line is not None:
                yield thin_line(curve, line, axes, look.beside[column], palette)


def _axis(letter: str, i: int) -> str:
    return letter if i == 0 else f"{letter}{i + 1}"


def _legend_height(curves: Sequence[Curve], look: Look, palette: Palette) -> int:
    """Return the height of the legend in pixels: one row, or as many as its names take on a phone."""
    if not look.legend:
        return 0
    widest = SIGN + LETTER * palette.size * max((len(curve.name) for curve in curves), default=0)
    in_a_row = len(curves) if look.across > 1 or look.labels else max(1, int(PHONE // widest))
    return LEGEND * -(-len(curves) // max(1, in_a_row))


def _label_room(curves: Sequence[Curve]) -> float:
    """Return the room for the names at the ends of the lines, as a multiple of the font size."""
    longest = max((len(name_at_end(curve)) for curve in curves), default=0)
    return min(LABEL, LETTER * (longest + 3))


def _base_layout(height: int, look: Look, palette: Palette, curves: Sequence[Curve]) -> dict[str, Any]:
    count, legend = len(curves), _legend_height(curves, look, palette)
    layout: dict[str, Any] = {
        **surface(palette),
        "height": height,
        "margin": {
            "l": 52,
            "r": round(_label_room(curves) * palette.size) if look.labels else 10,
            "t": HEAD + legend,
            "b": FOOT,
            "pad": 8,
        },
        "hovermode": "closest" if count > MANY else "x unified",
        "hoversubplots": "axis" if count <= FEW else "single",
        "dragmode": False,  # a finger that scrolls the page must not get caught
        "uirevision": "curves",
        "showlegend": look.legend,
        "annotations": [],
        "shapes": [],
    }
    if look.legend:
        inner = height - HEAD - FOOT - legend
        layout["legend"] = {"orientation": "h", "x": 0, "y": 1 + (HEAD - 6) / inner, "yanchor": "bottom"}
    return layout


def _quiet(palette: Palette, size: int) -> dict[str, Any]:
    """Return the font of the titles and numbers at an axis."""
    return {"color": pale(palette.text, 0.65), "size": size}


def _add_panel(
    layout: dict[str, Any],
    axes: Axes,
    column: str,
    place: tuple[int, int],
    lines: Collection[Line],
    look: Look,
    palette: Palette,
) -> None:
    """Add the panel's y axis, title and reference mark. place: its row, and the number of rows."""
    (row, rows), filled = place, bool(lines)
    inner = rows * look.row_height + (rows - 1) * look.gap
    top = 1 - row * (look.row_height + look.gap) / inner
    axis: dict[str, Any] = {
        "domain": [max(0.0, top - look.row_height / inner), top],
        "anchor": axes.x,
        "gridcolor": palette.line,
        "zeroline": False,
        "nticks": 5,
        "rangemode": "tozero",
        "fixedrange": False,
        "automargin": False,  # or everything is drawn twice, the second time in what the labels leave
        "tickfont": _quiet(palette, palette.size - 1),
    }
    if column in look.log:
        # 1, 2 and 5 of each decade as long as they have room: Plotly's own choice would write one number over the next
        least, highest = extremes(lines)
        axis |= {"type": "log", "tickformat": "~g", "dtick": "D2" if highest < MOST_RATIO * max(least, FLOOR) else 1}
        if least < FLOOR:  # it is drawn there
            axis["labelalias"] = {f"{FLOOR:g}": f"≤ {FLOOR:g}"}
    elif column in ("bleu4", "teacher_forcing") or column.startswith(KIND) or not filled:
        axis |= {"range": [0, 1.05]}
    layout[axes.layout(axes.y)] = axis
    at = {"xref": f"{axes.x} domain", "yref": f"{axes.y} domain", "showarrow": False}
    layout["annotations"].append(
        {**at, "x": 0, "y": 1, "yanchor": "bottom", "yshift": 3, "xanchor": "left", "text": escape(title_of(column))}
    )
    if not filled:
        layout["annotations"].append({**at, **NOTHING_YET})
    elif column in REFERENCES and look.reference:
        value, name = REFERENCES[column]
        line = {"color": palette.text, "width": 1, "dash": "dot"}
        across = {"type": "line", "xref": at["xref"], "x0": 0, "x1": 1, "yref": axes.y, "y0": value, "y1": value}
        layout["shapes"].append({**across, "line": line, "opacity": 0.6, "layer": "below"})
        label = {"x": 1, "xanchor": "right", "y": value, "yref": axes.y, "yanchor": "top", "yshift": -2}
        legible = {"font": {"size": palette.size - 2}, "bgcolor": pale(palette.ground, 0.8), "borderpad": 1}
        layout["annotations"].append({**at, **label, **legible, "text": name})


def _mark_sleep(
    layout: dict[str, Any], axes: Axes, curves: Sequence[Curve], named: bool, look: Look, palette: Palette
) -> None:
    """Mark where the sleep phases of the curves began, with or without a name."""
    at = {"xref": axes.x, "yref": f"{axes.y} domain"}
    for curve in curves:
        run = curve.runs[0]
        if curve.asleep is None or look.x not in run or largest(run["epoch"]) <= curve.asleep:
            continue
        begins = largest(run[look.x][run["epoch"] <= curve.asleep])
        upright = {"type": "line", "x0": begins, "x1": begins, "y0": 0, "y1": 1, "layer": "below"}
        line = {"color": style_of(curve, palette)[0], "width": 1, "dash": "dash"}
        layout["shapes"].append({**at, **upright, "line": line})
        if named:
            label = {**at, "x": begins, "xanchor": "left", "y": 1, "yanchor": "top", "showarrow": False}
            layout["annotations"].append({**label, "text": "sleep phase", "font": _quiet(palette, palette.size - 2)})


def _add_x(
    layout: dict[str, Any], i: int, rows: int, used: int, curves: Sequence[Curve], look: Look, palette: Palette
) -> None:
    """Add the x axis that the panels of one column share."""
    gap = 0.07 + (0.13 * _label_room(curves) / LABEL if look.labels else 0)
    width = (1 - gap * (look.across - 1)) / look.across
    end = max([largest(run[look.x]) for curve in curves for run in curve.runs if look.x in run], default=1.0)
    axis: dict[str, Any] = {
        "domain": [i * (width + gap), i * (width + gap) + width],
        "anchor": _axis("y", i * rows + used - 1),
        "title": {"text": X_TITLES[look.x], "standoff": 6, "font": _quiet(palette, palette.size + 1)},
        "tickfont": _quiet(palette, palette.size - 1),
        "showgrid": False,
        "zeroline": False,
        "nticks": 7,
        "automargin": False,
        "showspikes": True,
        "spikemode": "across",
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": palette.line,
        "range": list(look.x_range or (0.0, 1.01 * end)),
    }
    if i:
        axis["matches"] = "x"
    layout["xaxis" if i == 0 else f"xaxis{i + 1}"] = axis
