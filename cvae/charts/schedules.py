"""The schedules of runs that have not begun: KL weight, teacher forcing and learning rate over the epochs."""

from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from cvae.charts.base import Palette, lay_out
from cvae.core.config import TrainConfig
from cvae.training.records import Knobs
from cvae.training.schedules import scheduled_knobs

PANELS = (("beta", "KL weight"), ("teacher_forcing", "teacher forcing"), ("learning_rate", "learning rate"))
"""Fields of `Knobs`, and what they are called."""
DASHES = ("solid", "dash", "dot", "dashdot")
POINTS = 401
HEIGHT = 360
HEADROOM = 1.12


def planned(config: TrainConfig, points: int = POINTS) -> tuple[list[float], list[Knobs]]:
    """Return epochs, and the knobs as they will be there, at evenly spaced moments of the run."""
    knobs = scheduled_knobs(config)
    progress = [i / (points - 1) for i in range(points)]
    return [x * config.epochs for x in progress], [knobs(x) for x in progress]


def schedule_panels(configs: Sequence[tuple[str, TrainConfig]], palette: Palette) -> go.Figure:
    """Draw three panels over one axis of epochs, with a curve for each named run."""
    figure = make_subplots(
        rows=len(PANELS),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=0.16,
        subplot_titles=[title for _, title in PANELS],
    )
    for i, (name, config) in enumerate(configs):
        epochs, knobs = planned(config)
        for row, (field, title) in enumerate(PANELS, start=1):
            figure.add_scatter(
                x=epochs,
                y=[getattr(now, field) for now in knobs],
                mode="lines",
                name=name,
                legendgroup=name,
                showlegend=row == 1 and len(configs) > 1,
                line={
                    "color": palette.series[i % len(palette.series)],
                    "dash": DASHES[i % len(DASHES)],
                    "width": 2.5,
                },
                hovertemplate=f"{title} %{{y:.3g}}<extra>{name}</extra>",
                row=row,
                col=1,
            )
    lay_out(figure, palette)
    figure.update_layout(
        height=HEIGHT, hovermode="x unified", legend={"orientation": "h", "y": 1.17, "x": 1, "xanchor": "right"}
    )
    figure.update_xaxes(showgrid=False, zeroline=False, range=[0, max((c.epochs for _, c in configs), default=1)])
    figure.update_xaxes(title="epoch", row=len(PANELS), col=1)
    figure.update_annotations(x=0, xanchor="left", font={"size": 13, "color": palette.text})
    for row, (field, _) in enumerate(PANELS, start=1):
        most = max((getattr(now, field) for _, config in configs for now in planned(config)[1]), default=1.0)
        figure.update_yaxes(range=[0, HEADROOM * (most or 1.0)], nticks=4, zerolinecolor=palette.line, row=row, col=1)
    return figure
