"""What all figures share. Colours come from outside, so that a figure fits its page and also stands alone."""

from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

NOTHING_YET = {"text": "not recorded yet", "x": 0.5, "y": 0.5, "showarrow": False, "opacity": 0.6}
"""In the middle of axes, which the figure names, as long as there is nothing to draw on them."""


@dataclass(frozen=True)
class Palette:
    """The colours of a figure: of words, ground, faint lines, one accent, and the series."""

    text: str
    ground: str
    line: str
    accent: str
    series: tuple[str, ...]

    @property
    def scale(self) -> list[str]:
        """Of a quantity: hues that stay apart on light and on dark ground, and for colour-blind eyes."""
        return [self.series[i % len(self.series)] for i in (6, 1, 9, 8)]


def surface(palette: Palette) -> dict[str, Any]:
    """Of a layout what no figure has otherwise: the page's ground, its letters, what is said under the pointer."""
    said = {"color": palette.text, "family": "Source Code Pro, monospace"}
    return {
        "paper_bgcolor": palette.ground,
        "plot_bgcolor": palette.ground,
        "font": {"color": palette.text, "family": "Source Sans, sans-serif", "size": 13},
        "hoverlabel": {"namelength": -1, "bgcolor": palette.ground, "font": said},
    }


def lay_out(figure: go.Figure, palette: Palette) -> None:
    """No boxes, faint lines, the page's ground."""
    figure.update_layout(**surface(palette), margin={"l": 8, "r": 8, "t": 24, "b": 8})
    figure.update_xaxes(showgrid=True, gridcolor=palette.line, zeroline=True)
    figure.update_yaxes(showgrid=True, gridcolor=palette.line, zeroline=True)


def pale(colour: str, share: float) -> str:
    """A colour #rrggbb that lets the ground through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def stand_alone(figure: go.Figure) -> str:
    """The figure as one HTML file that needs nothing from the internet."""
    html: str = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True})
    return html
