"""The figures of the theory page. Colours come from outside, see `cvae.charts.base.Palette`; never colour alone."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import Palette, lay_out, pale
from pages.theory.worlds import Estimate, bound, normal_density, slip_density, true_posterior

WIDEST = 4.5
"""The distance from 0 up to which a density is drawn, in units of z."""
FINE = 301
LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "xanchor": "left"}


def density_chart(mu: float, sigma: float, palette: Palette) -> go.Figure:
    """Draw q = N(mu, sigma^2) over the prior N(0, 1)."""
    z = np.linspace(-WIDEST, WIDEST, FINE)
    figure = go.Figure()
    _line(figure, z, normal_density(z), "prior p = N(0, 1)", palette.series[7], dash="dash")
    _line(figure, z, normal_density(z, mu, sigma), "q = N(μ, σ²)", palette.series[0], fill=True)
    return _lay_out(figure, palette, "z", "density", height=280)


def running_chart(estimate: Estimate, exact: float, palette: Palette) -> go.Figure:
    """Draw a Monte Carlo estimate as its draws grow, with two standard errors each way, and the exact value."""
    draws, mean, error = estimate.running.T
    figure = go.Figure()
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    figure.add_scatter(x=draws, y=mean - 2 * error, **edge)
    figure.add_scatter(x=draws, y=mean + 2 * error, fill="tonexty", fillcolor=pale(palette.series[1], 0.2), **edge)
    _line(figure, draws, mean, "Monte Carlo ± 2 standard errors", palette.series[1])
    _line(figure, draws[[0, -1]], np.array([exact, exact]), "closed form", palette.text, dash="dash")
    _lay_out(figure, palette, "draws", "KL in nats", height=280)
    figure.update_xaxes(type="log", dtick=1, range=[0.25, np.log10(draws[-1]) + 0.04])
    return figure


def bound_chart(x: float, noise: float, mu: float, sigma: float, palette: Palette) -> go.Figure:
    """Draw the ELBO for every mean of q under log p(x), which no q changes, and mark the gap at mu."""
    here = bound(x, noise, mu, sigma)
    centre, _ = true_posterior(x, noise)
    means = np.linspace(-3, 3, FINE)
    elbos = np.array([bound(x, noise, mean, sigma).elbo for mean in means.tolist()])
    figure = go.Figure()
    top = np.full(2, here.log_p)
    _line(figure, means[[0, -1]], top, "log p(x)", palette.text, dash="dash")
    _line(figure, means, elbos, "ELBO", palette.series[0])
    figure.add_scatter(
        x=[mu, mu],
        y=[here.elbo, here.log_p],
        mode="lines+markers",
        line={"color": palette.series[1], "width": 4},
        marker={"size": 9, "symbol": "line-ew", "line": {"width": 3, "color": palette.series[1]}},
        name="gap = KL(q ‖ p(z|x))",
        hovertemplate=f"gap {here.gap:.3f} nats<extra></extra>",
    )
    _lay_out(figure, palette, "μ of q", "nats", height=330)
    figure.update_yaxes(range=[min(here.elbo, here.log_p - 4) - 0.4, here.log_p + 0.5])
    figure.add_vline(x=centre, line={"color": palette.series[7], "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=centre, y=0, yref="paper", yanchor="bottom", xanchor="left", text=" true mean", showarrow=False
    )
    return figure


def draws_chart(epsilon: np.ndarray, mu: float, sigma: float, palette: Palette) -> go.Figure:
    """Draw the same epsilons below, and above where mu + sigma * epsilon takes them."""
    z = mu + sigma * epsilon
    figure = go.Figure()
    ends = np.full(len(z), np.nan)
    figure.add_scatter(
        x=np.stack([epsilon, z, ends], 1).ravel(),
        y=np.tile([0.0, 1.0, np.nan], len(z)),
        mode="lines",
        line={"color": palette.line, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )
    rows = (("ε ~ N(0, 1)", epsilon, 0.0, 7, "circle"), ("z = μ + σε", z, 1.0, 0, "diamond"))
    for name, places, height, colour, mark in rows:
        figure.add_scatter(
            x=places,
            y=np.full(len(places), height),
            mode="markers",
            marker={"size": 8, "color": palette.series[colour], "symbol": mark},
            name=name,
            hovertemplate="%{x:.2f}<extra>" + name + "</extra>",
        )
    _lay_out(figure, palette, "ε and z", "", height=240)
    figure.update_yaxes(visible=False, range=[-0.25, 1.25])
    figure.update_xaxes(range=[-WIDEST - 1.5, WIDEST + 1.5])
    return figure


def sampler_chart(palette: Palette) -> go.Figure:
    """Draw the prior, and the wider density that the report's sampler draws from."""
    z = np.linspace(-6, 6, FINE)
    figure = go.Figure()
    _line(figure, z, normal_density(z), "N(0, 1)", palette.series[7], dash="dash")
    _line(figure, z, slip_density(z), "the report’s sampler", palette.series[1], fill=True)
    return _lay_out(figure, palette, "one dimension of z", "density", height=260)


def schedule_chart(progress: Sequence[float], values: Sequence[float], name: str, palette: Palette) -> go.Figure:
    """Draw a schedule over a whole run, from 0 to 100% of the steps."""
    figure = go.Figure()
    figure.add_scatter(
        x=[100 * share for share in progress],
        y=values,
        mode="lines",
        line={"color": palette.series[0], "width": 3},
        name=name,
        showlegend=False,
        hovertemplate="%{y:.3f} at %{x:.0f}%<extra></extra>",
    )
    _lay_out(figure, palette, "progress of the run in %", name, height=280)
    figure.update_xaxes(range=[0, 101])
    figure.update_yaxes(range=[0, 1.08 * max(1e-3, *values)])
    return figure


def kept_chart(variances: Sequence[float], kept: Sequence[float], palette: Palette) -> go.Figure:
    """Draw the KL of each direction of the data, naming those that have collapsed."""
    figure = go.Figure()
    names = [f"{variance:g}" for variance in variances]
    figure.add_bar(
        x=names,
        y=list(kept),
        text=["collapsed" if value <= 0 else f"{value:.2f}" for value in kept],
        textposition="outside",
        cliponaxis=False,
        marker={"color": palette.series[0]},
        hovertemplate="variance %{x}: %{y:.3f} nats<extra></extra>",
        showlegend=False,
    )
    _lay_out(figure, palette, "variance of a direction of the data", "KL in nats", height=300)
    figure.update_xaxes(type="category", showgrid=False)
    figure.update_yaxes(range=[0, max(1.0, 1.25 * max(kept))])
    figure.update_layout(bargap=0.35)
    return figure


def free_bits_chart(floor: float, dimensions: Sequence[float], palette: Palette) -> go.Figure:
    """Draw the cost of a dimension against its KL, with the dimensions (KL in nats) of a model."""
    largest = max(1.0, 1.1 * max([*dimensions, floor]))
    kl = np.linspace(0, largest, FINE)
    figure = go.Figure()
    _line(figure, kl, kl, "without free bits", palette.series[7], dash="dash")
    _line(figure, kl, np.maximum(kl, floor), "with free bits", palette.series[0])
    below = [value < floor for value in dimensions]
    groups = (("dimensions under the floor", True, 1, "circle-open"), ("dimensions over it", False, 2, "diamond"))
    for name, wanted, colour, mark in groups:
        chosen = [value for value, under in zip(dimensions, below, strict=True) if under == wanted]
        figure.add_scatter(
            x=chosen,
            y=[max(value, floor) for value in chosen],
            mode="markers",
            marker={"size": 10, "symbol": mark, "color": palette.series[colour], "line": {"width": 2}},
            name=name,
            hovertemplate="KL %{x:.3f}, cost %{y:.3f} nats<extra></extra>",
        )
    _lay_out(figure, palette, "KL of a dimension in nats", "cost in nats", height=330)
    figure.update_xaxes(range=[-0.03 * largest, largest])
    figure.update_yaxes(range=[-0.03 * largest, largest])
    return figure


def _line(
    figure: go.Figure, x: np.ndarray, y: np.ndarray, name: str, colour: str, dash: str = "solid", fill: bool = False
) -> None:
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        name=name,
        line={"color": colour, "width": 2.5, "dash": dash},
        fill="tozeroy" if fill else None,
        fillcolor=pale(colour, 0.15) if fill else None,
        hovertemplate="%{y:.3f} at %{x:.2f}<extra>" + name + "</extra>",
    )


def _lay_out(figure: go.Figure, palette: Palette, x: str, y: str, height: int) -> go.Figure:
    """Lay out the figure as all others; a finger that scrolls must not get caught."""
    lay_out(figure, palette)
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        legend=LEGEND,
        dragmode=False,
        hovermode="closest",
    )
    style = {"zerolinecolor": palette.line, "fixedrange": True}
    figure.update_xaxes(title=x, **style)
    figure.update_yaxes(title=y, **style)
    return figure
