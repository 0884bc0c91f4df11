"""The map of the latent space: places of verbs -> a plotly figure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import Palette, lay_out
from cvae.data.vocabulary import compose
from cvae.inference.latent import REST, classes

SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "x", "star", "pentagon")
GRID = 41
"""Places to click along each side of the map."""
MARGIN = 1.12
OPACITY = 0.7
HEIGHT = 560


@dataclass(frozen=True)
class Mark:
    """A named place on the map."""

    place: tuple[float, float]
    text: str
    symbol: str = "circle-open"


@dataclass(frozen=True)
class Track:
    """A path on the map: its places in order, what is said of each, and whether the word is a new one there."""

    name: str
    places: Sequence[Sequence[float]]
    words: Sequence[str]
    new: Sequence[bool]
    dash: str = "solid"


@dataclass(frozen=True)
class View:
    """The part of the map that is seen, and what is drawn over the verbs. half: 0 shows all verbs around the centre."""

    centre: tuple[float, float] = (0.0, 0.0)
    half: float = 0.0
    marks: Sequence[Mark] = ()
    tracks: Sequence[Track] = ()
    clickable: bool = False
    axes: tuple[str, str] = field(default=("x", "y"))


def reach(places: np.ndarray, centre: tuple[float, float] = (0.0, 0.0)) -> float:
    """Return half the side of the square around a centre that holds all places (N, 2)."""
    return MARGIN * max(float(np.abs(places - np.array(centre)).max(initial=0.0)), 0.5)


def frame(places: Sequence[Sequence[float]]) -> tuple[tuple[float, float], float]:
    """Return the centre and half the side of a square that holds some places (N, 2) with room around them."""
    low, high = np.min(places, 0), np.max(places, 0)
    x, y = ((low + high) / 2).tolist()
    return (x, y), max(0.7 * float((high - low).max()), 0.5)


def verb_map(
    places: np.ndarray,
    paradigms: Sequence[Sequence[str]],
    trait: Sequence[str] | Sequence[float] | None,
    title: str,
    view: View,
    palette: Palette,
) -> go.Figure:
    """Draw verbs at their places (N, 2), coloured by a trait if there is one.

    A clickable map has a grid of unseen points as well.
    """
    figure = go.Figure()
    half = view.half or reach(places)
    if view.clickable:
        figure.add_trace(_grid(view.centre, half, places))
    hover = np.array([escape(compose("  ".join(filter(None, forms)))) for forms in paradigms])
    for trace in _verbs(places, hover, trait, title, palette):
        figure.add_trace(trace)
    for i, track in enumerate(view.tracks):
        figure.add_trace(_track(track, palette.series[i], palette))
    for mark in view.marks:
        _add_mark(figure, mark, palette)
    lay_out(figure, palette)
    x, y = view.centre
    figure.update_xaxes(title=view.axes[0], range=[x - half, x + half], zerolinecolor=palette.line)
    figure.update_yaxes(title=view.axes[1], range=[y - half, y + half], zerolinecolor=palette.line, scaleanchor="x")
    figure.update_layout(
        dragmode=False,  # a finger that scrolls the page must not get caught
        hovermode="closest",
        height=HEIGHT,
        legend={"orientation": "h", "y": -0.13, "itemsizing": "constant"},
        coloraxis={
            "colorscale": palette.scale,
            "colorbar": {"title": title, "orientation": "h", "y": -0.15, "yanchor": "top", "thickness": 8, "len": 0.7},
        },
    )
    return figure


def _grid(centre: tuple[float, float], half: float, places: np.ndarray) -> go.Scatter:
    """Return invisible points, because a click on the empty background of a map is no event.

    They cover half as much again as the view, because a map that is wider than high shows more than the square.
    Near a verb there is none, so that the click is left to the verb.
    """
    wide, high = (np.linspace(-side * half, side * half, round(side * GRID)) for side in (1.5, 1.0))
    x, y = np.meshgrid(centre[0] + wide, centre[1] + high)
    empty = np.ones(x.shape, dtype=bool)
    column, row = (
        np.floor((places[:, i] - centre[i] - ticks[0]) / (ticks[1] - ticks[0])).astype(int)
        for i, ticks in enumerate((wide, high))
    )
    inside = (column >= 0) & (column < len(wide) - 1) & (row >= 0) & (row < len(high) - 1)
    for down, right in ((0, 0), (0, 1), (1, 0), (1, 1)):  # the corners of each verb's cell
        empty[row[inside] + down, column[inside] + right] = False
    return go.Scatter(
        x=x[empty],
        y=y[empty],
        mode="markers",
        name="ground",
        showlegend=False,
        marker={"size": 4, "opacity": 0},
        selected={"marker": {"opacity": 0}},
        unselected={"marker": {"opacity": 0}},
        hovertemplate="decode %{x:.2f}, %{y:.2f}<extra></extra>",
    )


def _verbs(
    places: np.ndarray, hover: np.ndarray, trait: Sequence[str] | Sequence[float] | None, title: str, palette: Palette
) -> list[go.Scattergl]:
    """Return faint dots without a trait, one trace for a quantity, and otherwise one for each class.

    The `customdata` of a point is the number of its verb.
    """
    if trait is None:
        marker = {"size": 5, "color": palette.series[7], "opacity": 0.3}
        return [_dots(places, np.arange(len(places)), hover, "verbs", marker, legend=False)]
    if not isinstance(trait[0], str):
        marker = {"size": 6, "color": list(trait), "coloraxis": "coloraxis", "opacity": OPACITY}
        text = [f"{words}<br>{title}: {value:.3g}" for words, value in zip(hover, trait, strict=True)]
        return [_dots(places, np.arange(len(places)), np.array(text), "verbs", marker, legend=False)]
    names, traces = [str(name) for name in trait], []
    for i, name in enumerate(classes(names)):
        chosen = np.flatnonzero(np.array(names) == name)
        marker = {
            "size": 6 if i % len(SYMBOLS) == 0 else 7,
            "color": palette.series[i % len(palette.series)],
            "symbol": SYMBOLS[i % len(SYMBOLS)],
            "opacity": OPACITY,
        }
        if name == REST:
            marker |= {"size": 5, "color": palette.series[7], "symbol": "circle", "opacity": 0.35}
        traces.append(_dots(places, chosen, hover[chosen], escape(name), marker, legend=True))
    rest_first = sorted(traces, key=lambda trace: trace.name != REST)  # drawn below the others, named after them
    return [trace.update(legendrank=1001 if trace.name == REST else 1000) for trace in rest_first]


def _dots(
    places: np.ndarray, numbers: np.ndarray, text: np.ndarray, name: str, marker: dict[str, Any], legend: bool
) -> go.Scattergl:
    opacity = {"marker": {"opacity": marker["opacity"]}}
    return go.Scattergl(
        x=places[numbers, 0],
        y=places[numbers, 1],
        customdata=numbers,
        text=text,
        mode="markers",
        name=name,
        showlegend=legend,
        marker=marker,
        selected=opacity,
        unselected=opacity,
        hovertemplate="%{text}<extra>%{fullData.name}</extra>",
    )


def _add_mark(figure: go.Figure, mark: Mark, palette: Palette) -> None:
    """Add a ring or a star on a light background, with its name above."""
    for size, width, colour in ((17, 6, palette.ground), (17, 2.5, palette.text)):
        figure.add_scatter(
            x=[mark.place[0]],
            y=[mark.place[1]],
            mode="markers",
            marker={"size": size, "symbol": mark.symbol, "color": colour, "line": {"width": width, "color": colour}},
            showlegend=False,
            hoverinfo="skip",
        )
    if mark.text:
        figure.add_annotation(
            x=mark.place[0],
            y=mark.place[1],
            text=f"<b>{escape(compose(mark.text))}</b>",
            font={"size": 15, "color": palette.text},
            bgcolor=palette.ground,
            opacity=0.9,
            showarrow=False,
            yshift=24,
        )


def _track(track: Track, colour: str, palette: Palette) -> go.Scatter:
    """Return a line with a dot for each step; where the word changes, the dot is large and named."""
    x, y = zip(*track.places, strict=True)
    below = track.dash == "solid"
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers+text",
        name=track.name,
        text=_staggered(track, below),
        customdata=[escape(compose(word)) for word in track.words],
        textposition="bottom center" if below else "top center",
        textfont={"color": palette.text, "size": 13},
        line={"color": colour, "width": 2.5, "dash": track.dash},
        marker={"color": colour, "size": [11 if new else 5 for new in track.new]},
        hovertemplate="step %{pointNumber}: %{customdata}<extra>" + track.name + "</extra>",
    )


def _staggered(track: Track, below: bool) -> list[str]:
    """Return the new words, every second one a line further from the path, so that neighbours do not overlap."""
    shift = {i: "<br>" * (count % 2) for count, i in enumerate(i for i, new in enumerate(track.new) if new)}
    return [
        (shift[i] + word if below else word + shift[i]) if i in shift else ""
        for i, word in enumerate(escape(compose(word)) for word in track.words)
    ]
