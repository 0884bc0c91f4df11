"""How z lives through a run: KL by dimension over the epochs and now, and what accuracy is left without z."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import NOTHING_YET, Palette, lay_out
from cvae.evaluation.diagnostics import Health
from cvae.training.records import EpochRecord

TICKS = (0.0, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
"""Of the colours, which grow with the square root: a dimension that is almost gone can be seen going."""
REPLACED = ("its own z", "z of zeros", "another word’s z")
PATTERNS = ("", "/", ".")
MONO = "Source Code Pro, monospace"


def measured(history: Sequence[EpochRecord]) -> list[EpochRecord]:
    """The records whose z was measured."""
    return [record for record in history if record.kl_per_dimension]


def kl_table(history: Sequence[EpochRecord]) -> tuple[list[int], list[int], np.ndarray]:
    """Epochs (E,), dimensions (Z,) by their newest KL, largest first, and KL in nats (Z, E) in that order."""
    records = measured(history)
    nats = np.array([record.kl_per_dimension for record in records]).T  # (Z, E)
    order = np.argsort(-nats[:, -1], kind="stable").tolist() if records else []
    return [record.epoch for record in records], order, nats[order] if records else np.empty((0, 0))


def kl_heatmap(history: Sequence[EpochRecord], palette: Palette) -> go.Figure:
    """KL of each dimension by epoch, the dimension with most now on top; empty before the first scores."""
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
    """Bars of the newest KL by dimension, and a mark where each one stood at the first scores."""
    records = measured(history)
    _, order, nats = kl_table(history)
    figure = go.Figure()
    if records:
        ranks, now = list(range(1, len(order) + 1)), nats[:, -1]
        figure.add_bar(
            x=ranks,
            y=now,
            customdata=order,
            name=f"epoch {records[-1].epoch}",
            marker={"color": palette.series[0]},
            hovertemplate="z<sub>%{customdata}</sub>: %{y:.3f} nats<extra>%{fullData.name}</extra>",
        )
        figure.add_scatter(
            x=ranks,
            y=nats[:, 0],
            mode="markers",
            name=f"epoch {records[0].epoch}",
            marker={"symbol": "line-ew-open", "size": 9, "color": palette.text},
            hovertemplate="%{y:.3f} nats<extra>%{fullData.name}</extra>",
        )
    lay_out(figure, palette)
    figure.update_layout(height=300, bargap=0.2, legend={"orientation": "h", "y": 1.14})
    figure.update_xaxes(title="dimension, by rank", showgrid=False, range=[0.4, max(len(order), 1) + 0.6])
    figure.update_yaxes(title="KL in nats per word", rangemode="tozero", zerolinecolor=palette.line)
    return figure if records else _nothing_yet(figure)


def accuracy_bars(records: Sequence[tuple[str, EpochRecord]], palette: Palette) -> go.Figure:
    """Shares of forms that come out right with their own z, with zeros and with another word's, for each named run."""
    figure = go.Figure()
    names = [name for name, _ in records]
    for i, what in enumerate(REPLACED):
        shares = [accuracies(record)[i] for _, record in records]
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
    """Axes without figures would show numbers that mean nothing."""
    note = {**NOTHING_YET, "xref": "paper", "yref": "paper"}
    return figure.update_layout(xaxis_visible=False, yaxis_visible=False, annotations=[note])


def accuracies(record: EpochRecord) -> tuple[float | None, float | None, float | None]:
    """In the order of REPLACED."""
    return record.accuracy, record.accuracy_zero_z, record.accuracy_other_z


def kl_bars(health: Health, palette: Palette) -> go.Figure:
    """KL of each dimension in nats, largest first; collapsed ones hatched and pale."""
    order = health.order
    figure = go.Figure()
    for name, wanted, colour, pattern in (
        ("active", True, palette.series[0], ""),
        ("collapsed", False, palette.series[7], "/"),
    ):
        ranks = [rank for rank, i in enumerate(order, start=1) if bool(health.active[i]) == wanted]
        chosen = [order[rank - 1] for rank in ranks]
        figure.add_bar(
            x=ranks,
            y=health.kl[chosen].tolist(),
            customdata=chosen,
            name=name,
            marker={"color": colour, "pattern": {"shape": pattern, "size": 4}},
            hovertemplate="z<sub>%{customdata}</sub>: %{y:.3f} nats<extra>" + name + "</extra>",
        )
    lay_out(figure, palette)
    figure.update_layout(barmode="overlay", bargap=0.2, height=320, legend={"orientation": "h", "y": 1.12})
    figure.update_xaxes(title="dimension, by rank of KL", showgrid=False, range=[0.4, len(order) + 0.6])
    figure.update_yaxes(title="KL in nats per word", gridcolor=palette.line)
    return figure


def aggregate_bands(health: Health, palette: Palette) -> go.Figure:
    """Mean and standard deviation of the aggregate posterior by dimension, over the band of N(0, 1)."""
    order = health.order
    figure = go.Figure()
    figure.add_hrect(y0=-1, y1=1, fillcolor=palette.series[7], opacity=0.16, line_width=0)
    figure.add_scatter(
        x=list(range(1, len(order) + 1)),
        y=health.mean[order].tolist(),
        error_y={"array": health.std[order].tolist(), "color": palette.series[0], "thickness": 1.5, "width": 0},
        customdata=[[i, float(health.std[i])] for i in order],
        mode="markers",
        marker={"color": palette.series[0], "size": 6},
        name="aggregate posterior",
        hovertemplate="z<sub>%{customdata[0]}</sub>: %{y:.2f} ± %{customdata[1]:.2f}<extra></extra>",
        showlegend=False,
    )
    lay_out(figure, palette)
    figure.update_layout(height=300)
    figure.add_annotation(
        x=1, xref="paper", xanchor="right", y=1, yanchor="bottom", text="band: N(0, 1)", showarrow=False
    )
    figure.update_xaxes(title="dimension, by rank of KL", showgrid=False, range=[0.4, len(order) + 0.6])
    limit = max(1.5, 1.1 * float((health.mean.abs() + health.std).max()))
    figure.update_yaxes(
        title="mean ± standard deviation", range=[-limit, limit], gridcolor=palette.line, zerolinecolor=palette.line
    )
    return figure
