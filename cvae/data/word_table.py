"""Reading lists of words to convert: tables with columns `word[,from[,to[,gold]]]`, or words alone."""

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from cvae.core.errors import BadData
from cvae.core.text import listed
from cvae.data.tables import (
    FOREIGN,
    NumberedRow,
    find_delimiter,
    named_delimiter,
    number_lines,
    refuse_if_far_beyond,
    split_lines,
    split_rows,
)
from cvae.data.vocabulary import TENSE_ALIASES, TENSE_TITLES, fold_name

COLUMNS = ("word", "from", "to", "gold")
ERROR = "error"
"""The key under which a row that can't be read keeps the reason."""
ALIASES = {
    "word": ("word", "words", "verb", "verbs", "lemma", "base", "base form", "infinitive", "form", "source form"),
    "from": ("from", "from tense", "source", "source tense"),
    "to": ("to", "to tense", "target", "target tense"),
    "gold": ("gold", "expected", "right answer", "correct"),
}
ALONE = ("word", "words")
"""The first lines of a list that name its only column: others, such as `base` or `form`, are words to convert."""
TENSE_NAMES = frozenset(map(fold_name, chain(TENSE_TITLES, TENSE_TITLES.values(), *TENSE_ALIASES.values())))
"""The usual names of the English tenses, by which the rows of a table without column names are recognised."""
UNNAMED = {2: ("word", "to"), 3: ("word", "from", "to"), 4: COLUMNS}
"""The columns of a table without names, by their number: a single tense is the one that is wanted."""
NO_WORD = "There is no word in this list: write one a line."

Cells = dict[str, str]


@dataclass(frozen=True)
class WordList:
    """The rows of a word list by column, and sentences that say how the list was understood."""

    rows: tuple[Cells, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WordColumns:
    """The columns of a word list: the place of each known one, and the names of those left out."""

    places: dict[str, int]
    left_out: tuple[str, ...]
    width: int
    named: bool = True

    def describe(self) -> Iterator[str]:
        """Yield sentences that say how the columns were understood."""
        if not self.named:
            yield f"The columns have no names; they are taken for: {', '.join(self.places)}."
        else:
            columns = "columns" if self.width > 1 else "column"
            yield f"The first row names the {columns}: {', '.join(self.places)}."
        if self.left_out:
            yield f"Columns left out: {listed(self.left_out)}."

    def cells(self, row: NumberedRow) -> Cells:
        """Return one row by column; cells that are missing at its end are empty, and cells too many are an error."""
        found = {name: row.cells[place] if place < len(row.cells) else "" for name, place in self.places.items()}
        if any(row.cells[self.width :]):
            found[ERROR] = f"Line {row.line} has {len(row.cells)} cells, but there are {self.width} columns."
        return found


def read_words(text: str, limit: int | None = None, spaces: bool = False) -> WordList:
    """Return the words of a table whose first row names its columns or whose rows hold tenses, or words alone.

    Words alone are separated by spaces, commas, semicolons or line ends; with `spaces`, because a model's words may
    contain spaces, by commas, semicolons, tabs or line ends. Raises BadData for columns that can't be used, for a list
    without a word, and for more than `limit` rows.
    """
    if limit:
        refuse_if_far_beyond(limit, text, "that can be converted here")
    rows, layout = _open(io.StringIO(text, newline=""), spaces)
    kept = tuple(islice(rows, limit))
    if rest := sum(1 for _ in rows):
        raise BadData(f"This list has {len(kept) + rest:,} rows: at most {limit:,} can be converted here.")
    if not kept:
        raise BadData(NO_WORD)
    return WordList(kept, tuple(layout.describe()) if layout else ())


def read_rows(file: Iterable[str], spaces: bool = False) -> Iterator[Cells]:
    """Yield the rows of a word list of any length, which are those of `read_words`. Raises BadData.

    The lines must keep their line ends as they are, as those of a file that is opened with `newline=""` do.
    """
    rows, _ = _open(file, spaces)
    first = next(rows, None)
    if first is None:
        raise BadData(NO_WORD)
    yield first
    yield from rows


def _open(file: Iterable[str], spaces: bool) -> tuple[Iterator[Cells], WordColumns | None]:
    """Return the rows below the names of the columns, and the columns, or all words if there are none.

    The first row tells the delimiter: it is the one that occurs there most often.
    """
    named, lines = named_delimiter(number_lines(file))
    first = next(lines, (1, ""))
    delimiter = named or find_delimiter([first[1]], otherwise=",")
    names = split_lines([first], delimiter)
    alone = not names or (len(names[0].cells) == 1 and fold_name(names[0].cells[0]) not in ALONE)
    layout = None if alone else find_columns(names[0].cells) or unnamed_columns(names[0].cells)
    lines = lines if not names or (layout and layout.named) else chain([first], lines)
    if layout:
        return (layout.cells(row) for row in split_rows(lines, delimiter) if any(row.cells)), layout
    mark = re.compile(rf"[,;{FOREIGN}\t\r\n]+" if spaces else rf"[\s,;{FOREIGN}]+")
    words = (word.strip() for _, line in lines for word in mark.split(line))
    return ({"word": word} for word in words if word), None


def unnamed_columns(cells: Sequence[str]) -> WordColumns | None:
    """Return the layout of a table whose first row is a word and the names of tenses, or None when it is not one."""
    columns = UNNAMED.get(len(cells))
    tenses = [cell for name, cell in zip(columns or (), cells, strict=False) if name in ("from", "to")]
    if not columns or not all(fold_name(cell) in TENSE_NAMES | {"auto", "all"} for cell in tenses):
        return None
    return WordColumns({name: place for place, name in enumerate(columns)}, (), len(cells), named=False)


def find_columns(names: Sequence[str]) -> WordColumns | None:
    """Return the layout that these names of columns give, or None when they are words themselves. Raises BadData."""
    usual = {alias: column for column, aliases in ALIASES.items() for alias in aliases}
    known = [usual.get(fold_name(name)) for name in names]
    if "word" not in known:
        if names and all(known):
            raise BadData("The first line must name the columns: word, and if you like from, to and gold.")
        return None
    places: dict[str, int] = {}
    for place, (name, column) in enumerate(zip(names, known, strict=True)):
        if column is None:
            continue
        exact = name.strip().lower() == column
        if exact and column in places and names[places[column]].strip().lower() == column:
            raise BadData(f"Two columns are named “{column}”: rename one of them.")
        if column not in places or exact:
            places[column] = place
    width = max((i + 1 for i, name in enumerate(names) if name.strip()), default=0)
    left_out = [name.strip() or "the index" for i, name in enumerate(names[:width]) if i not in places.values()]
    return WordColumns({name: places[name] for name in COLUMNS if name in places}, tuple(left_out), width)
