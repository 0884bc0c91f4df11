"""The schedules of runs that have not begun: KL weight, teacher forcing and learning rate over the epochs."""

from collections.abc import Sequence

import plotly.graph_objects as go

from cvae.charts.base import Palette, lay_out
from cvae.charts.curve_traces import DASHES, TITLES
from cvae.core.config import TrainConfig
from cvae.training.records import Knobs
from cvae.training.schedules import scheduled_knobs

POINTS = 400
HEIGHT = 160
HEADROOM = 1.12


def planned(config: TrainConfig) -> tuple[list[float], list[Knobs]]:
    """Return epochs and their knobs at evenly spaced moments of a run, and where a cycle ends and the next begins."""
    knobs = scheduled_knobs(config)
    starts = [i / config.kl.cycles for i in range(1, config.kl.cycles)] if config.kl.kind == "cyclical" else []
    progress = sorted({*(i / POINTS for i in range(POINTS + 1)), *starts, *(start - 1e-6 for start in starts)})
    return [x * config.epochs for x in progress], [knobs(x) for x in progress]


def schedule_panel(field: str, configs: Sequence[tuple[str, TrainConfig]], palette: Palette) -> go.Figure:
    """Draw one of the fields of `Knobs` over the epochs, a curve for each named run."""
    figure = go.Figure()
    most = 0.0
    for i, (name, config) in enumerate(configs):
        epochs, knobs = planned(config)
        values = [getattr(now, field) for now in knobs]
        most = max(most, *values)
        figure.add_scatter(
            x=epochs,
            y=values,
            mode="lines",
            name=name,
            showlegend=False,
            line={"color": palette.series[i % len(palette.series)], "dash": DASHES[i % len(DASHES)], "width": 2.5},
            hovertemplate="%{y:.3g}<extra>%{fullData.name}</extra>",
        )
    lay_out(figure, palette)
    title = {"text": TITLES[field], "x": 0, "xref": "paper", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(
        height=HEIGHT, hovermode="x unified", title={**title, "font": {"size": palette.size + 1, "weight": 400}}
    )
    end = max((config.epochs for _, config in configs), default=1)
    figure.update_xaxes(title="epoch", showgrid=False, zeroline=False, range=[0, end])
    figure.update_yaxes(range=[0, HEADROOM * (most or 1.0)], nticks=4, zerolinecolor=palette.line)
    return figure
