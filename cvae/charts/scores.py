"""Figures of scores: the frontier of two scores, rate and distortion, and the running Gaussian score."""

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import Palette, lay_out
from cvae.charts.curve_traces import SYMBOLS, short_title, title_of
from cvae.charts.letters import ACCENT
from cvae.evaluation.metrics import wilson_interval
from cvae.experiments.frontier import Outcome, bounds, frontier, measured, one_weight, paying

HEIGHT = 420
LINES = 7
PLOT = np.array([185, 270])
"""The pixels between the axes on a phone: a name that has room there has room everywhere."""
DOT, LETTER = 7, 0.55
"""The room around a point in pixels, and that for a letter of its name, as a multiple of the font size."""
BEYOND = 1.1
"""Where the axes of rate and distortion end, as a multiple of the largest values of the runs with a KL weight."""


def score_frontier(outcomes: Sequence[Outcome], x: str, y: str, palette: Palette, labels: bool = False) -> go.Figure:
    """Draw each run as a point between two scores, with a stair through the runs that none beats in both."""
    shown = measured(outcomes, x, y, "beta")
    figure = go.Figure()
    if shown:
        places = np.array([[outcome.values[x], outcome.values[y]] for outcome in shown])
        best = places[frontier(places)]
        figure.add_scatter(
            x=best[:, 0],
            y=best[:, 1],
            mode="lines",
            line={"shape": "vh", "color": palette.text, "width": 1, "dash": "dot"},
            opacity=0.5,
            name="no run is better in both",
            hoverinfo="skip",
        )
    _add_points(figure, shown, x, y, palette, labels)
    _lay_out_scores(figure, x, y, palette, shown)
    return figure


def rate_distortion(outcomes: Sequence[Outcome], palette: Palette, labels: bool = False) -> go.Figure:
    """Draw runs whose losses are a bound as points, KL across and reconstruction up, over lines of equal ELBO."""
    shown = bounds(outcomes)
    figure = go.Figure()
    if shown:
        paid = paying(shown)
        rate = np.array([outcome.values["kl"] for outcome in paid])
        distortion = np.array([outcome.values["reconstruction"] for outcome in paid])
        right, top = BEYOND * max(float(rate.max()), 0.1), BEYOND * max(float(distortion.max()), 0.1)
        for i, total in enumerate(levels(np.array([0.0, right + top]))):
            _add_level(figure, total, right, top, palette, named=i == 0)
    _add_points(figure, shown, "kl", "reconstruction", palette, labels)
    _lay_out_scores(figure, "kl", "reconstruction", palette, shown)
    if shown:
        figure.update_xaxes(range=[-0.02 * right, right], title="rate: KL (nats per word)")
        figure.update_yaxes(range=[-0.02 * top, top], title="distortion: reconstruction loss (nats per word)")
    return figure


def levels(totals: np.ndarray) -> list[float]:
    """Return at most LINES round numbers that span the totals: 1, 2 or 5 times a power of ten apart."""
    low, high = float(totals.min()), float(totals.max())
    for step in (factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5)):
        first, last = int(np.floor(low / step)), int(np.ceil(high / step))
        if last - first < LINES:
            return [i * step for i in range(max(first, 1), max(last, 1) + 1)]
    return []


def _add_level(figure: go.Figure, total: float, right: float, top: float, palette: Palette, named: bool) -> None:
    """Add the line KL + reconstruction = total, as far as it is in view, with the total at its upper end.

    named: whether it says in the legend what these numbers are, which at every line would have no room on a phone.
    """
    start, end = max(0.0, total - top), min(total, right)
    if start >= end:
        return
    figure.add_scatter(
        x=[start, end],
        y=[total - start, total - end],
        mode="lines",
        line={"color": palette.line, "width": 1.2},
        hoverinfo="skip",
        name="equal −ELBO (nats per word)",
        legendgroup="levels",
        showlegend=named,
    )
    figure.add_annotation(
        x=start, y=total - start, text=f"{total:g}", showarrow=False, xanchor="left", yanchor="bottom",
        font={"size": palette.size - 2}, opacity=0.75,
    )  # fmt: skip


def _add_points(figure: go.Figure, outcomes: Sequence[Outcome], x: str, y: str, palette: Palette, labels: bool) -> None:
    """Add the runs, one trace for each group in its colour; where final KL weights differ, the colour means these.

    Then there is one trace for each architecture and, if asked for, the name of each group stands beside its points.
    """
    one = one_weight(outcomes)
    kinds: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        kinds.setdefault(outcome.name if one else outcome.architecture, []).append(outcome)
    for i, (kind, some) in enumerate(kinds.items()):
        place = some[0].place if one else i
        symbol, colour = SYMBOLS[place % len(SYMBOLS)], palette.series[place % len(palette.series)]
        weights = {"color": [outcome.values["beta"] for outcome in some], "coloraxis": "coloraxis"}
        figure.add_scatter(
            x=[outcome.values[x] for outcome in some],
            y=[outcome.values[y] for outcome in some],
            mode="markers",
            name=escape(kind),
            legendgroup=escape(kind),
            showlegend=False,
            cliponaxis=False,
            marker={
                "size": 10,
                "symbol": symbol,
                "line": {"width": 1, "color": palette.ground},
                **({"color": colour} if one else weights),
            },
            text=[_hover_text(outcome) for outcome in some],
            hovertemplate="%{text}<extra></extra>",
        )
        figure.add_scatter(  # the legend shows no colour where that means the KL weight
            x=[None], y=[None], mode="markers", name=escape(kind), legendgroup=escape(kind),
            marker={"size": 9, "symbol": symbol, "color": colour if one else palette.text},
        )  # fmt: skip
    if labels and not one:
        _add_labels(figure, outcomes, x, y, palette)


def _add_labels(figure: go.Figure, outcomes: Sequence[Outcome], x: str, y: str, palette: Palette) -> None:
    """Add the name of each group beside its points, where it covers no point and no other name, or nowhere."""
    seen = paying(outcomes) if x == "kl" else outcomes
    every = np.array([[outcome.values[x], outcome.values[y]] for outcome in seen])
    names = np.array([outcome.name for outcome in seen])
    low = np.minimum(every.min(axis=0), [0 if x == "kl" else np.inf, 0])  # where the axes begin
    dots = (every - low) / np.maximum(every.max(axis=0) - low, 1e-9) * PLOT
    taken = [(dot, np.array([DOT, DOT])) for dot in dots]
    for name in dict.fromkeys(names.tolist()):
        own = np.flatnonzero(names == name)
        room = np.array([LETTER * palette.size * len(name), palette.size]) / 2
        for side in np.array([[0, 1], [0, -1], [1, 0], [-1, 0]]):  # above, below, to the right, to the left
            nearest = own[np.argmax(dots[own] @ side)]
            middle = dots[nearest] + side * (room + DOT + 1)
            free = all(any(abs(middle - at) > room + other) for at, other in taken)
            if free and room[0] - DOT <= middle[0] <= PLOT[0] - room[0] + DOT:
                taken.append((middle, room))
                figure.add_annotation(
                    x=every[nearest, 0],
                    y=every[nearest, 1],
                    text=escape(name),
                    showarrow=False,
                    xanchor=("right", "center", "left")[side[0] + 1],
                    xshift=int(side[0] * (DOT + 1)),
                    yshift=int(side[1] * (DOT + 1 + room[1])),
                    font={"size": palette.size - 1},
                )
                break


def _hover_text(outcome: Outcome) -> str:
    """Write all values of an outcome."""
    values = [f"{short_title(name)} {value:.3g}" for name, value in outcome.values.items()]
    return "<br>".join([f"<b>{escape(outcome.name)}</b>, seed {outcome.seed}", escape(outcome.experiment), *values])


def _lay_out_scores(figure: go.Figure, x: str, y: str, palette: Palette, outcomes: Sequence[Outcome]) -> None:
    lay_out(figure, palette)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 8, "r": 8, "t": 56, "b": 8},
        hovermode="closest",
        legend={"orientation": "h", "y": 1.07, "yanchor": "bottom", "x": 0},
    )
    if not one_weight(outcomes):
        figure.update_layout(
            coloraxis={
                "colorscale": palette.scale,
                "cmin": 0,
                "cmax": max(outcome.values["beta"] for outcome in outcomes),
                "colorbar": {"title": {"text": "final KL weight", "side": "right"}, "thickness": 8, "outlinewidth": 0},
            }
        )
    figure.update_xaxes(title=title_of(x), zeroline=False, rangemode="nonnegative")
    figure.update_yaxes(title=title_of(y), zeroline=False, rangemode="tozero")


def running_score(hits: Sequence[bool]) -> tuple[list[str], np.ndarray]:
    """Return column names and rows (N, 4): points drawn, the share that hit so far, its 95% interval (Wilson)."""
    points = np.arange(1, len(hits) + 1)
    sums = np.cumsum(hits)
    low, high = wilson_interval(sums, points)
    return ["points", "share", "low", "high"], np.stack([points, sums / points, low, high], 1)


def score_line(hits: Sequence[bool], title: str = "Gaussian score") -> go.Figure:
    """Draw the share that hit so far, as more is drawn, with its 95% band."""
    _, rows = running_score(hits)
    points, share, low, high = rows.T
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    band = go.Scatter(x=points, y=high, fill="tonexty", fillcolor=f"rgba({ACCENT}, 0.22)", **edge)
    line = go.Scatter(
        x=points,
        y=share,
        mode="lines",
        line={"color": f"rgb({ACCENT})", "width": 2.5},
        customdata=np.stack([low, high], 1),
        hovertemplate="%{y:.2f} after %{x} points<br>95%: %{customdata[0]:.2f} to %{customdata[1]:.2f}<extra></extra>",
    )
    figure = go.Figure([go.Scatter(x=points, y=low, **edge), band, line])
    figure.update_layout(
        height=230,
        margin={"l": 48, "r": 16, "t": 12, "b": 44},
        showlegend=False,
        dragmode=False,
        plot_bgcolor="rgba(0,0,0,0)",
        xaxis={"title": "points drawn", "showgrid": False, "fixedrange": True, "range": [0, len(hits)]},
        yaxis={"title": title, "range": [0, 1.02], "fixedrange": True, "nticks": 5, "zeroline": False},
    )
    return figure
