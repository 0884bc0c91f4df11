"""The one builder of HTML tables. Cells are HTML: whoever makes them escapes what visitors, models and files say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Cell:
    """A cell with a CSS class of its own."""

    html: str
    css: str = ""


@dataclass(frozen=True)
class Row:
    """One row, with its CSS class and the colour that its dot, bars and new letters take."""

    cells: Sequence[str | Cell]
    css: str = ""
    colour: str = ""


def tense_colour(tense: int) -> str:
    """Return the colour of a tense, by its position in the vocabulary, as CSS."""
    return f"var(--tense-{tense})"


def table(
    css: str,
    rows: Iterable[Row],
    header: Sequence[str] = (),
    *,
    named: bool = True,
    wide: bool = False,
    label: str = "",
) -> str:
    """Return a table of this CSS class.

    named: the first cell of each row is its header. wide: where there is little room it scrolls sideways; with a label
    the keyboard reaches it to do so. Roles are spelled out, and cells know the titles of their columns, because
    style.css lays some tables out as a grid on a phone, where both would be lost.
    """
    head = "".join(f'<th role="columnheader" scope="col">{title}</th>' for title in header)
    thead = f'<thead><tr role="row">{head}</tr></thead>' if header else ""
    body = "".join(_row(row, header, named) for row in rows)
    html = f'<table role="table" class="{css}">{thead}<tbody>{body}</tbody></table>'
    focus = f' tabindex="0" role="group" aria-label="{label}"' if label else ""
    return f'<div class="wide"{focus}>{html}</div>' if wide or label else html


def _row(row: Row, titles: Sequence[str], named: bool) -> str:
    html = ""
    for i, cell in enumerate(row.cells):
        cell = cell if isinstance(cell, Cell) else Cell(cell)
        css = f' class="{cell.css}"' if cell.css else ""
        title = f' data-title="{escape(titles[i])}"' if titles else ""
        if named and i == 0:
            html += f'<th role="rowheader" scope="row"{css}>{cell.html}</th>'
        else:
            html += f'<td role="cell"{title}{css}>{cell.html}</td>'
    css = f' class="{row.css}"' if row.css else ""
    colour = f' style="--tense:{row.colour}"' if row.colour else ""
    return f'<tr role="row"{css}{colour}>{html}</tr>'
