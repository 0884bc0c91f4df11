"""The parts that all figures share.

Colours come from the caller, so that a figure fits its page or stands alone; those of letters fit both themes.
"""

from base64 import b64decode
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

MONO = "Source Code Pro, DejaVu Sans Mono, Menlo, Consolas, monospace"
NOTHING_YET = {"text": "nothing recorded", "x": 0.5, "y": 0.5, "showarrow": False, "opacity": 0.6}
"""The note in the middle of a panel where there is nothing to draw; the figure adds the names of the axes."""

DIGITS = {"x": 6, "y": 5}
"""The significant digits that are sent of each coordinate: more than can be read off, but few to load."""


@dataclass(frozen=True)
class Palette:
    """The colours of a figure: text, background, faint lines, an accent and the series; and the size of its text."""

    text: str
    ground: str
    line: str
    accent: str
    series: tuple[str, ...]
    size: int = 13  # pixels

    @property
    def scale(self) -> list[str]:
        """The colour scale of a quantity; its hues differ on light and on dark ground, and for colour-blind readers."""
        return [self.series[i % len(self.series)] for i in (6, 1, 9, 8)]


class OwnLook(go.Figure):  # type: ignore[misc]  # plotly tells no types
    """A figure that takes nothing from a template: for `st.plotly_chart(..., theme=None)`, which draws it once.

    Streamlit hands every figure to plotly twice. The second time plotly redraws what seems to have changed: every
    template, every array that is not a plain list and, without a `datarevision`, every plain list, too.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the specification that becomes JSON."""
        spec: dict[str, Any] = super().to_dict()
        spec["layout"].pop("template", None)
        spec["layout"]["datarevision"] = 0
        for trace in spec["data"]:
            for name, digits in DIGITS.items():
                if isinstance(array := trace.get(name), dict):  # packed by plotly; None stands for NaN
                    values = np.frombuffer(b64decode(array["bdata"]), dtype=np.dtype(array["dtype"]))
                    rounded = significant(values.astype(float), digits).tolist()
                    trace[name] = [number if number == number else None for number in rounded]
        return spec


def significant(values: np.ndarray, digits: int) -> np.ndarray:
    """Round values to this many significant digits, which makes them short as text."""
    with np.errstate(divide="ignore", invalid="ignore"):
        behind_point = digits - 1 - np.nan_to_num(np.floor(np.log10(np.abs(values))), posinf=0, neginf=0)
    scale, whole = 10.0 ** np.abs(behind_point), behind_point < 0
    rounded: np.ndarray = np.where(whole, np.round(values / scale) * scale, np.round(values * scale) / scale)
    return rounded


def surface(palette: Palette) -> dict[str, Any]:
    """Return the part of a layout that all figures share: background, font and hover label."""
    said = {"color": palette.text, "family": MONO, "size": palette.size - 1}
    return {
        "paper_bgcolor": palette.ground,
        "plot_bgcolor": palette.ground,
        "font": {"color": palette.text, "family": "Source Sans, sans-serif", "size": palette.size},
        "hoverlabel": {"namelength": -1, "bgcolor": palette.ground, "bordercolor": palette.line, "font": said},
    }


def lay_out(figure: go.Figure, palette: Palette) -> None:
    """Style a figure without boxes, with faint lines, on the background of the page."""
    figure.update_layout(**surface(palette), margin={"l": 8, "r": 8, "t": 24, "b": 8})
    fonts = {"tickfont_size": palette.size - 1, "title_font_size": palette.size + 1}  # Streamlit has sizes of its own
    figure.update_layout(legend_font_size=palette.size - 1)
    figure.update_xaxes(showgrid=True, gridcolor=palette.line, zeroline=True, **fonts)
    figure.update_yaxes(showgrid=True, gridcolor=palette.line, zeroline=True, **fonts)


def pale(colour: str, share: float) -> str:
    """Return a colour #rrggbb as one that lets the background show through."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {share})"


def stand_alone(figure: go.Figure) -> str:
    """Write the figure as one HTML file that works offline."""
    html: str = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False, "responsive": True})
    return html
