"""The health of z by dimension -> plotly figures."""

import plotly.graph_objects as go

from cvae.charts.base import Palette, lay_out
from cvae.evaluation.diagnostics import Health


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
