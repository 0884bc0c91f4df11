"""Figures and tables with text for screen readers, their numbers, downloads, the palette and the legend."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette, stand_alone
from cvae.charts.curve_traces import style_of
from cvae.core.files import write_table
from cvae.core.text import counted
from cvae.runs.history import Curve
from pages.shared import lecture

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
"""The header and the rows of a table."""
TableColumns = Mapping[str, Sequence[Any]]
LARGE = 19
"""The size of words in figures on a projector, in pixels."""
QUIET = {"displayModeBar": False}
STROKES = {"dash": (6, 4), "dot": (2, 3), "dashdot": (7, 3, 2, 3), "longdash": (11, 4)}
"""The lengths of strokes and gaps in pixels."""
GLYPHS = {
    "circle": "●", "diamond": "◆", "square": "■", "triangle-up": "▲", "cross": "✚", "x": "✖", "star": "★",
}  # fmt: skip


def show(figure: go.Figure, key: str, alt: str, on_select: Callable[[], None] | None = None) -> None:
    """Show a figure. `on_select` is called on a click; the selection is stored under `key`."""
    st.plotly_chart(
        _in_size(figure),
        key=key,
        on_select=on_select or "ignore",
        selection_mode="points",
        config=QUIET,
        alt=alt,
    )


def show_curves(figure: go.Figure, key: str, alt: str, config: dict[str, Any] = QUIET) -> None:
    """Show a figure of `draw_curves`, which has its sizes and colours already: Streamlit's theme would change them."""
    st.plotly_chart(figure, theme=None, key=key, alt=alt, config=config)


def as_columns(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    """Return a table as its columns, each under its title."""
    return {title: [row[i] for row in rows] for i, title in enumerate(header)}


def offer_data(
    key: str,
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    figure: go.Figure | None = None,
) -> None:
    """Show an expander with the numbers as a table, and downloads: CSV, and the figure as a page of its own."""
    _offer(key, name, lambda: (header, rows), figure, dict)


def _offer(
    key: str, name: str, make: Callable[[], Table], figure: go.Figure | None, more: Callable[[], Mapping[str, Table]]
) -> None:
    """Show the expander; what is in it is made when it is opened: a table costs more than all the rest of a page."""
    expander = st.expander("Numbers and downloads", key=f"{key}-data", on_change="rerun")
    if not expander.open:
        return
    with expander:
        header, rows = make()
        st.dataframe(as_columns(header, rows), hide_index=True, key=f"{key}-table", height=table_height(len(rows), 320))
        with st.container(horizontal=True, gap="small"):
            csv_button(f"{key}-csv", name, header, rows)
            if figure is not None:
                download(f"{key}-html", "Figure as HTML", f"{name}.html", partial(stand_alone, figure), "text/html")
            for title, (other_header, other_rows) in more().items():
                label = f"{title.capitalize()} as CSV"
                csv_button(f"{key}-{title}-csv", f"{name}-{title.replace(' ', '-')}", other_header, other_rows, label)


def table_height(rows: int, most: int) -> int:
    """Return the height of a table in pixels: that of its rows and its header, at most `most`, where it scrolls."""
    return min(38 + 35 * rows, most)


def csv_button(
    key: str, name: str, header: Sequence[str], rows: Sequence[Sequence[object]], label: str = "CSV"
) -> None:
    """Offer a table to download as CSV."""
    download(key, label, f"{name}.csv", lambda: write_table(header, rows).encode())


def download(key: str, label: str, file_name: str, make: Callable[[], str | bytes], mime: str = "text/csv") -> None:
    """Show a button that downloads what `make` returns once it is clicked."""
    icon = ":material/download:"
    st.download_button(label, make, file_name=file_name, mime=mime, icon=icon, on_click="ignore", key=key)


def palette() -> Palette:
    """Return the colours of the theme that the visitor sees."""
    theme = st.context.theme.type or "light"
    text, ground, line, accent, series = (
        st.get_option(f"theme.{theme}.{name}")
        for name in ("textColor", "backgroundColor", "borderColor", "primaryColor", "chartCategoricalColors")
    )
    return Palette(text, ground, line, accent, tuple(series), LARGE if lecture.is_on() else Palette.size)


def chart(figure: go.Figure, name: str, alt: str, table: TableColumns) -> None:
    """Show a chart with its text alternative, and below it its data as a table and as files."""
    config = {"displaylogo": False, "scrollZoom": False, "toImageButtonOptions": {"filename": f"tense-lab-{name}"}}
    st.plotly_chart(_in_size(figure), key=f"chart-{name}", alt=alt, config=config)
    offer_table(name, lambda: table, figure)


def offer_table(
    name: str,
    make: Callable[[], TableColumns],
    figure: go.Figure | None = None,
    more: Callable[[], Mapping[str, TableColumns]] = dict,
) -> None:
    """Offer columns as `offer_data` offers rows; make, more: return them where they are asked for."""
    _offer(
        name,
        f"tense-lab-{name}",
        lambda: _as_rows(make()),
        figure,
        lambda: {title: _as_rows(table) for title, table in more().items()},
    )


def _in_size(figure: go.Figure) -> go.Figure:
    """Return the figure, taller in lecture mode, where its words need more room."""
    if not lecture.is_on():
        return figure
    return go.Figure(figure).update_layout(height=(figure.layout.height or 450) * LARGE // Palette.size)


def download_csv(table: TableColumns, name: str) -> None:
    """Offer columns to download as CSV."""
    header, rows = _as_rows(table)
    csv_button(f"csv-{name}", f"tense-lab-{name}", header, rows, f"Download {counted(len(rows), 'row')} as CSV")


def _as_rows(table: TableColumns) -> Table:
    """Return columns as a header and rows."""
    return list(table), list(zip(*table.values(), strict=True))


def legend(curves: Sequence[Curve], plain: bool = False) -> str:
    """Return every curve's line and marker in its colour, and its name: HTML that wraps where there is little room.

    plain: as many lines are drawn, without dashes and markers.
    """
    colours = palette()
    entries = []
    for curve in curves:
        colour, dash, symbol = style_of(curve, colours)
        glyph = "" if plain else f'<span style="color:{colour}" aria-hidden="true">{GLYPHS[symbol]}</span> '
        seeds = f' <span class="quiet">{len(curve.runs)} seeds</span>' if len(curve.runs) > 1 else ""
        entries.append(
            f'<li><span class="stroke" style="background:{_stroke(colour, "" if plain else dash)}"></span>'
            f"{glyph}{escape(curve.name)}{seeds}</li>"
        )
    return f'<ul class="curves">{"".join(entries)}</ul>'


def _stroke(colour: str, dash: str) -> str:
    """Return a line of that colour and dash as a CSS background."""
    stops, at = [], 0
    for i, length in enumerate(STROKES.get(dash, (40,))):
        stops.append(f"{colour if i % 2 == 0 else 'transparent'} {at}px {at + length}px")
        at += length
    return f"repeating-linear-gradient(90deg, {', '.join(stops)})"
