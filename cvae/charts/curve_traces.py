"""Curves as plotly traces, and how a curve looks: never by its colour alone."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from cvae.charts.base import Palette, pale
from cvae.experiments.smoothing import Line
from cvae.runs.history import SCHEDULES, Curve

LOSSES = ("reconstruction", "kl")
TITLES = {
    "reconstruction": "Reconstruction loss (nats per word)",
    "kl": "KL, unweighted (nats per word)",
    "beta": "KL weight",
    "teacher_forcing": "Teacher forcing (share of words)",
    "learning_rate": "Learning rate",
    "bleu4": "BLEU-4 on the test pairs (0 to 1)",
    "gaussian_score": "Gaussian score (share of draws)",
    "distinct": "Distinct verbs drawn (number)",
    "gaussian_by_distinct": "Gaussian score × distinct verbs (number)",
    "heldout_reconstruction": "Held-out verbs (nats per word)",
    "heldout_kl": "Held-out verbs (nats per word)",
    "heldout": "Held-out exact match (share of conversions)",
    "active_units": "Active units (dimensions of z)",
    "mutual_information": "Mutual information of z and word (nats)",
    "verb_information": "Mutual information of z and verb (nats)",
    "accuracy": "Forms right from their z (share)",
    "accuracy_zero_z": "Forms right from z = 0 (share)",
    "accuracy_other_z": "Forms right from another’s z (share)",
    "rebuilt": "Words rebuilt from their z (share)",
    "tense_fidelity": "Tense fidelity: right in another tense (share)",
    "share": "Share of words",
    "merged": "Merged: two tenses spelled alike (share)",
}
KIND = "heldout_by_kind."
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star")
FLOOR = 0.1
"""Nats at which a logarithmic axis of losses begins; smaller values are drawn there."""
FEW = 2
"""The largest number of curves whose values are shown in all panels at once."""
SPOTS = 14
"""The number of points of each curve that show its name when many curves are drawn."""
NAME = "%{fullData.name}"
"""What stands for the name of a curve in a text that plotly fills in; the name itself may hold signs like these."""
Drawn = Sequence[tuple[Curve, Line]]


@dataclass(frozen=True)
class Axes:
    """The names of a panel's axes, as traces and the layout use them, and of its column's x axis."""

    x: str
    y: str

    def layout(self, name: str) -> str:
        """Return the name of an axis in the layout: `xaxis2` for `x2`."""
        return f"{name[0]}axis{name[1:]}"


def title_of(column: str) -> str:
    """Return the title of a recorded column for a panel, with its unit."""
    if column.startswith(KIND):
        return f"{column.removeprefix(KIND)[:1].upper()}{column.removeprefix(KIND)[1:]} (share right)"
    return TITLES.get(column, column.replace("_", " ").replace(".", " · "))


def short_title(column: str) -> str:
    """Return the title of a recorded column without its unit."""
    return title_of(column).partition(" (")[0]


def style_of(curve: Curve, palette: Palette) -> tuple[str, str, str]:
    """Return colour, dash and marker: curves of one colour differ in dash, and neighbours differ in everything."""
    place = curve.place
    colour = palette.series[place % len(palette.series)]
    dash = DASHES[(place + place // len(palette.series) + curve.variant) % len(DASHES)]
    return colour, dash, SYMBOLS[place % len(SYMBOLS)]


def nothing(axes: Axes) -> dict[str, Any]:
    """Return an invisible trace for a panel without lines, because Plotly draws no axes without a trace."""
    return {"mode": "none", "x": [None], "y": [None], "xaxis": axes.x, "yaxis": axes.y, "showlegend": False}


def few(lines: Drawn, axes: Axes, column: str, palette: Palette, log: bool) -> Iterator[dict[str, Any]]:
    """Yield bands, then faint raw lines, then the lines themselves, with markers where records are sparse."""
    for curve, line in lines:
        if line.low is not None and line.high is not None:
            yield {
                **_band(line.x, line.low, line.high, style_of(curve, palette)[0], axes, log),
                "name": escape(curve.name),
            }
    for curve, line in lines:
        if line.raw is not None:
            colour, _, _ = style_of(curve, palette)
            faint = {"color": colour, "width": 1}
            yield _trace(
                *line.raw, axes, mode="lines", line=faint, opacity=0.3, hoverinfo="skip", name=escape(curve.name)
            )
    whole = short_title(column)
    for curve, line in lines:
        colour, dash, symbol = style_of(curve, palette)
        said = f"{NAME}: %{{y:.4~g}}" if len(lines) > FEW else f"{whole} %{{y:.4~g}} · {NAME}"
        yield _trace(
            line.x,
            np.maximum(line.y, FLOOR) if log else line.y,
            axes,
            name=escape(curve.name),
            mode="lines" if column in (*LOSSES, *SCHEDULES) else "lines+markers",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"color": colour, "symbol": symbol, "size": 5, "maxdisplayed": 24},
            hovertemplate=said + "<extra></extra>",
        )


def _band(x: np.ndarray, low: np.ndarray, high: np.ndarray, colour: str, axes: Axes, log: bool) -> dict[str, Any]:
    """Return the range of the seeds as one closed area; on a logarithmic axis it ends at FLOOR."""
    if log:
        low, high = np.maximum(low, FLOOR), np.maximum(high, FLOOR)
    return _trace(
        np.concatenate([x, x[::-1]]),
        np.concatenate([high, low[::-1]]),
        axes,
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=pale(colour, 0.2),
        hoverinfo="skip",
    )


def many(lines: Drawn, axes: Axes, palette: Palette, x: str) -> Iterator[dict[str, Any]]:
    """Yield one trace for each colour, with gaps between its curves, and an invisible one that names them on hover.

    A browser needs time for every trace and every letter: names at all points would be most of a figure.
    """
    if not lines:
        return
    lines = [(curve, straightened(line)) for curve, line in lines]
    colours = [palette.series[curve.place % len(palette.series)] for curve, _ in lines]
    for colour in dict.fromkeys(colours):
        same = [line for line, own in zip((line for _, line in lines), colours, strict=True) if own == colour]
        yield _trace(
            *_joined(same), axes, mode="lines", line={"color": colour, "width": 1.2}, opacity=0.8, hoverinfo="skip"
        )
    spots = []
    for curve, line in lines:  # evenly spaced points, the last one included
        step = -(-len(line.x) // SPOTS)
        every = slice((len(line.x) - 1) % step, None, step)
        spots.append((escape(curve.name), Line(line.x[every], line.y[every])))
    yield _trace(
        *_joined([line for _, line in spots]),
        axes,
        mode="lines",
        line={"width": 0, "color": palette.text},
        text=np.repeat([name for name, _ in spots], [len(line.x) + 1 for _, line in spots]),
        hovertemplate=f"%{{text}}: %{{y:.4~g}} at {x} %{{x:,.0f}}<extra></extra>",
    )


def _joined(lines: Sequence[Line]) -> tuple[np.ndarray, np.ndarray]:
    """Join the lines to one x and one y array, with a gap after each."""
    gap = [np.nan]
    x = np.concatenate([part for line in lines for part in (line.x, gap)])
    return x, np.concatenate([part for line in lines for part in (line.y, gap)])


def straightened(line: Line) -> Line:
    """Remove points between two others of the same height, which are most of a schedule."""
    same = np.diff(line.y) == 0
    kept = np.ones(len(line.y), dtype=bool)
    kept[1:-1] = ~(same[:-1] & same[1:])
    return Line(line.x[kept], line.y[kept])


def _trace(x: np.ndarray, y: np.ndarray, axes: Axes, **options: Any) -> dict[str, Any]:
    return {"type": "scatter", "x": x, "y": y, "xaxis": axes.x, "yaxis": axes.y, "showlegend": False, **options}


def thin_line(curve: Curve, line: Line, axes: Axes, column: str, palette: Palette) -> dict[str, Any]:
    """Return the trace of a second column of a curve in the same panel: dotted and thin, in the curve's colour."""
    colour, _, _ = style_of(curve, palette)
    said = f"{NAME}, {short_title(column).lower()}: %{{y:.4~g}}<extra></extra>"
    look = {"color": colour, "width": 1.2, "dash": "1px,3px"}
    return _trace(line.x, line.y, axes, name=escape(curve.name), mode="lines", line=look, hovertemplate=said)


def ends(lines: Drawn, axes: Axes, palette: Palette, log: bool, height: int) -> Iterator[dict[str, Any]]:
    """Yield the name of each curve, without its mark, at its last point; names that would overlap are moved apart."""

    def scaled(y: float) -> float:
        return float(np.log10(max(y, FLOOR))) if log else y

    lowest, highest = extremes([line for _, line in lines])
    low = scaled(lowest) if log else 0.0
    span = max(scaled(highest) - low, 1e-9)
    lasts = [(curve, line.x[-1:], float(line.y[-1])) for curve, line in lines if np.isfinite(line.y[-1])]
    heights = [(scaled(y) - low) / span * height for _, _, y in lasts]
    places = [float(x[0]) for _, x, _ in lasts]
    for (curve, x, _), at in zip(lasts, moved_apart(heights, places, palette.size + 2), strict=True):
        name, y = escape(curve.name), low + at / height * span
        look = {"color": style_of(curve, palette)[0], "size": palette.size - 1}
        yield _trace(
            x, np.array([10**y if log else y]), axes, mode="text", name=name, text=[f"  {escape(name_at_end(curve))}"],
            textposition="middle right", textfont=look, cliponaxis=False, hoverinfo="skip",
        )  # fmt: skip


NEAR = 0.3
"""The share of the x axis that a name at the end of a line may take up."""


def extremes(lines: Iterable[Line]) -> tuple[float, float]:
    """Return the lowest and the highest value of lines and bands."""
    drawn = [values for line in lines for values in (line.y, line.low, line.high) if values is not None]
    return float(min(map(np.nanmin, drawn), default=FLOOR)), float(max(map(np.nanmax, drawn), default=1.0))


def name_at_end(curve: Curve) -> str:
    """Return the name of a curve as it stands at its line: without the mark after it."""
    return curve.short or curve.name


def moved_apart(heights: Sequence[float], places: Sequence[float], least: float) -> list[float]:
    """Raise the heights as far as needed so that each is at least `least` above the next lower one.

    places: how far to the right each is; those further apart than NEAR of the furthest are not in each other's way.
    """
    moved, near = dict[int, float](), NEAR * max(places, default=0.0)
    for i in sorted(range(len(heights)), key=lambda i: heights[i]):
        beside = [at for other, at in moved.items() if abs(places[other] - places[i]) <= near]
        moved[i] = max(heights[i], max(beside, default=-np.inf) + least)
    return [moved[i] for i in range(len(heights))]


def grouped(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a trace that is hidden and shown together with its curve's name in the legend."""
    return {**trace, "legendgroup": trace["name"]} if trace.get("name") else trace


def legend_entry(curve: Curve, palette: Palette) -> dict[str, Any]:
    """Return an invisible line for the legend, because a curve may have nothing in some panels."""
    colour, dash, symbol = style_of(curve, palette)
    line, marker = {"color": colour, "width": 2, "dash": dash}, {"color": colour, "symbol": symbol, "size": 5}
    nowhere = {"type": "scatter", "x": [None], "y": [None], "mode": "lines+markers", "showlegend": True}
    return {**nowhere, "name": escape(curve.name), "line": line, "marker": marker}
