"""Figures of what z carries: KL by dimension, in a run or a model, accuracy without z, and the aggregate posterior."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import MONO, NOTHING_YET, Palette, lay_out
from cvae.evaluation.diagnostics import Health
from cvae.training.records import EpochRecord

TICKS = (0.0, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Ticks of the colour scale, which grows with the square root of the KL, so that a dimension is seen to collapse."""
REPLACED = ("its own z", "z of zeros", "another word’s z")
PATTERNS = ("", "/", ".")


def measured_records(history: Sequence[EpochRecord]) -> list[EpochRecord]:
    """Return the records in which z was measured."""
    return [record for record in history if record.kl_per_dimension]


def kl_table(history: Sequence[EpochRecord]) -> tuple[list[int], list[int], np.ndarray]:
    """Return epochs (E,), dimensions (Z,) sorted by falling newest KL, and their KL in nats (Z, E)."""
    records = measured_records(history)
    nats = np.array([record.kl_per_dimension for record in records]).T  # (Z, E)
    order = np.argsort(-nats[:, -1], kind="stable").tolist() if records else []
    return [record.epoch for record in records], order, nats[order] if records else np.empty((0, 0))


def kl_heatmap(history: Sequence[EpochRecord], palette: Palette) -> go.Figure:
    """Draw the KL of each dimension by epoch, the largest newest KL on top; empty before the first scores."""
    epochs, order, nats = kl_table(history)
    most = float(nats.max(initial=1.0))
    ticks = [tick for tick in TICKS if tick <= most]
    figure = go.Figure()
    if epochs:
        figure.add_heatmap(
            x=[str(epoch) for epoch in epochs],  # names, not numbers: the newest epoch may not be a full step away
            y=list(range(1, len(order) + 1)),
            z=np.sqrt(nats),
            zmin=0,
            zmax=most**0.5,
            customdata=np.stack([nats, np.tile(np.array(order)[:, None], len(epochs))], 2),
            colorscale=[palette.ground, *palette.scale],
            colorbar={
                "title": {"text": "nats", "side": "top"},
                "tickvals": [tick**0.5 for tick in ticks],
                "ticktext": [f"{tick:g}" for tick in ticks],
                "thickness": 10,
                "outlinewidth": 0,
            },
            ygap=1,
            hovertemplate="epoch %{x}, z<sub>%{customdata[1]}</sub>: %{customdata[0]:.3f} nats<extra></extra>",
        )
    lay_out(figure, palette)
    figure.update_layout(height=300)
    figure.update_xaxes(title="epoch", type="category", showgrid=False, zeroline=False, nticks=10, tickangle=0)
    height = max(len(order), 1) + 0.5
    figure.update_yaxes(title="dimension, by rank", range=[height, 0.5], showgrid=False, zeroline=False)
    return figure if epochs else _nothing_yet(figure)


def kl_now(history: Sequence[EpochRecord], palette: Palette) -> go.Figure:
    """Draw the newest KL of each dimension as bars, with a mark at its KL of the first scored epoch."""
    records = measured_records(history)
    _, order, nats = kl_table(history)
    figure = go.Figure()
    if records:
        ranks = list(range(1, len(order) + 1))
        _add_bars(figure, ranks, nats[:, -1].tolist(), order, f"epoch {records[-1].epoch}", palette.series[0])
        figure.add_scatter(
            x=ranks,
            y=nats[:, 0],
            mode="markers",
            name=f"epoch {records[0].epoch}",
            marker={"symbol": "line-ew-open", "size": 9, "color": palette.text},
            hovertemplate="%{y:.3f} nats<extra>%{fullData.name}</extra>",
        )
    _lay_out_ranks(figure, palette, len(order), "KL in nats per word")
    return figure if records else _nothing_yet(figure)


def kl_bars(health: Health, palette: Palette) -> go.Figure:
    """Draw the KL of each dimension as bars, largest first; collapsed dimensions are hatched and pale."""
    figure = go.Figure()
    for name, wanted, colour, pattern in (
        ("active", True, palette.series[0], ""),
        ("collapsed", False, palette.series[7], "/"),
    ):
        ranks = [rank for rank, i in enumerate(health.order, start=1) if health.active[i] == wanted]
        chosen = [health.order[rank - 1] for rank in ranks]
        _add_bars(figure, ranks, [health.kl[i] for i in chosen], chosen, name, colour, pattern)
    _lay_out_ranks(figure, palette, len(health.order), "KL in nats per word")
    return figure


def _add_bars(
    figure: go.Figure,
    ranks: list[int],
    nats: list[float],
    dimensions: list[int],
    name: str,
    colour: str,
    shape: str = "",
) -> None:
    """Add a bar of KL for each of these dimensions of z, at its rank."""
    figure.add_bar(
        x=ranks,
        y=nats,
        customdata=dimensions,
        name=name,
        marker={"color": colour, "pattern": {"shape": shape, "size": 4}},
        hovertemplate="z<sub>%{customdata}</sub>: %{y:.3f} nats<extra>%{fullData.name}</extra>",
    )


def _lay_out_ranks(figure: go.Figure, palette: Palette, count: int, title: str) -> None:
    """Lay out a figure whose x axis shows the `count` dimensions of z by rank of their KL."""
    lay_out(figure, palette)
    figure.update_layout(height=300, barmode="overlay", bargap=0.2, legend={"orientation": "h", "y": 1.14})
    figure.update_xaxes(title="dimension, by rank of KL", showgrid=False, range=[0.4, max(count, 1) + 0.6])
    figure.update_yaxes(title=title, rangemode="tozero", zerolinecolor=palette.line)


def accuracy_bars(records: Sequence[tuple[str, EpochRecord]], palette: Palette) -> go.Figure:
    """Draw the share of right forms with their own z, with zeros and with the z of another word, for each run."""
    figure = go.Figure()
    names = [name for name, _ in records]
    for i, what in enumerate(REPLACED):
        shares = [
            (record.accuracy, record.accuracy_zero_z, record.accuracy_other_z)[i]  # in the order of REPLACED
            for _, record in records
        ]
        figure.add_bar(
            x=names,
            y=shares,
            name=what,
            text=["" if share is None else f"{share:.0%}" for share in shares],
            textposition="outside",
            cliponaxis=False,
            marker={"color": palette.series[(0, 7, 1)[i]], "pattern": {"shape": PATTERNS[i], "size": 5}},
            hovertemplate="%{y:.1%} right with %{fullData.name}<extra>%{x}</extra>",
        )
    lay_out(figure, palette)
    figure.update_layout(
        height=300, barmode="group", bargap=0.35, bargroupgap=0.08, legend={"orientation": "h", "y": 1.16}
    )
    figure.update_xaxes(showgrid=False, type="category", tickfont={"family": MONO})
    figure.update_yaxes(
        title="forms right to the letter",
        range=[0, 1.08],
        tickformat=".0%",
        tickvals=[0, 0.5, 1],
        zerolinecolor=palette.line,
    )
    return figure if records else _nothing_yet(figure)


def _nothing_yet(figure: go.Figure) -> go.Figure:
    """Hide the axes, whose numbers would mean nothing, behind a note that nothing was recorded yet."""
    note = {**NOTHING_YET, "xref": "paper", "yref": "paper"}
    return figure.update_layout(xaxis_visible=False, yaxis_visible=False, annotations=[note])


def aggregate_bands(health: Health, palette: Palette) -> go.Figure:
    """Draw mean and standard deviation of the aggregate posterior by dimension, over the band of N(0, 1)."""
    order = health.order
    figure = go.Figure()
    figure.add_hrect(y0=-1, y1=1, fillcolor=palette.series[7], opacity=0.16, line_width=0)
    figure.add_scatter(
        x=list(range(1, len(order) + 1)),
        y=[health.mean[i] for i in order],
        error_y={"array": [health.std[i] for i in order], "color": palette.series[0], "thickness": 1.5, "width": 0},
        customdata=[[i, health.std[i]] for i in order],
        mode="markers",
        marker={"color": palette.series[0], "size": 6},
        name="aggregate posterior",
        hovertemplate="z<sub>%{customdata[0]}</sub>: %{y:.2f} ± %{customdata[1]:.2f}<extra></extra>",
        showlegend=False,
    )
    _lay_out_ranks(figure, palette, len(order), "mean ± standard deviation")
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=1, yanchor="bottom", text="band: N(0, 1)", showarrow=False
    )
    limit = max(1.5, 1.1 * max(abs(mean) + std for mean, std in zip(health.mean, health.std, strict=True)))
    figure.update_yaxes(range=[-limit, limit])
    return figure
