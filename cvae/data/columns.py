"""Finding out what the columns of a table of paradigms are: whether its first row names them, and which hold forms.

Triples of lemma, form and features, one form a line, as UniMorph and the SIGMORPHON tasks write them, are pivoted.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, combinations
from statistics import mean, median

from cvae.data.tables import NumberedRow
from cvae.data.vocabulary import ENGLISH_ALPHABET, ENGLISH_TENSES, MAX_TENSES, TENSE_ALIASES, TENSE_TITLES, fold_name
from cvae.data.word_table import ALIASES, TENSE_NAMES

ENGLISH_NAMES = {
    fold_name(name): code
    for code in ENGLISH_TENSES
    for name in (code, TENSE_TITLES[code], *(tag for tag in TENSE_ALIASES[code] if tag.startswith("vb")))
}
"""The names by which columns are put into the order of the tenses: codes, titles and tags of the Penn Treebank."""
NO_FORMS = frozenset((
    "index", "id", "no", "nr", "number", "rank", "freq", "frequency", "count", "note", "notes", "comment", "comments",
    "gloss", "translation", "meaning", "definition", "source", "class", "pos", "tag", "tags", "features",
))  # fmt: skip
"""Names of columns that hold no forms."""
GRAMMAR = frozenset((
    "infinitiv", "infinitif", "infinitivo", "infinito", "infinitief", "präsens", "présent", "presente", "presens",
    "präteritum", "prétérit", "imparfait", "imperfect", "perfekt", "perfect", "partizip", "participe", "participio",
    "future", "futur", "futuro", "imperative", "subjunctive",
))  # fmt: skip
"""Names of tenses in other grammars, by which a header is recognised."""
KNOWN = frozenset({*NO_FORMS, *GRAMMAR, *TENSE_NAMES, *chain(*ALIASES.values())})
EMPTY_CELLS = frozenset(("", "-", "--", "---", "–", "—", "?", "n/a", "N/A", "#N/A", "NA", "NaN", "nan", "None", "null"))
"""The values of a cell where a verb has no form, as people write them."""
FEATURES = re.compile(r"[A-Z][A-Z0-9.+/*{}()-]*(?:[;|,][^\s;|,]+)+|[A-Z]+\.[A-Z.]+")
"""A bundle of features such as `V;IND;PST;3;SG`."""
LEMMA = "lemma"
SAMPLED = 20
"""The number of rows with which the first one is compared."""
COMPARED = 40
"""The number of letters that are compared of each cell."""


@dataclass(frozen=True)
class Column:
    """A column of forms: its place in a row, and its name."""

    place: int
    name: str


def first_row_names(rows: Sequence[NumberedRow]) -> bool:
    """Return whether the first row looks like names of columns.

    It does when half of its cells are known names and not forms of one of them, when a column below it holds nothing
    but numbers, or when its cells do not resemble each other as forms of one verb do: no two of them, or fewer than in
    other rows and longer words.
    """
    first = [cell for cell in rows[0].cells if cell]
    body = rows[1 :: max(1, len(rows) // SAMPLED)]
    if _are_names(first):
        return True
    if body and any(holds_numbers(body, i) and not cell.isdigit() for i, cell in enumerate(rows[0].cells)):
        return True
    alike = _alike(first)
    if not alike or not body:
        return not alike
    longer = mean(map(len, first)) > mean(len(cell) for row in body for cell in row.cells)
    return longer and 2 * alike < median(_alike(row.cells) for row in body)


def _are_names(cells: Sequence[str]) -> bool:
    """Return whether half of these cells are known names: all, or others than `note notes noting noted`."""
    words = [fold_name(cell) for cell in cells]
    known = sum(word in KNOWN for word in words)
    shortest = min(words, key=len)
    stem = shortest[: -(-len(shortest) // 2)]
    inflected = all(word.isalpha() and word.startswith(stem) for word in words)
    return 2 * known >= len(words) and (known == len(words) or not inflected)


def _alike(cells: Sequence[str]) -> float:
    """Return the share of pairs of cells that have half of the shorter one in common, in one piece."""
    pairs = list(combinations([cell.casefold()[:COMPARED] for cell in cells if cell not in EMPTY_CELLS][:8], 2))
    alike = 0
    for one, other in pairs:
        common, shorter = SequenceMatcher(None, one, other, autojunk=False), min(len(one), len(other))
        alike += shorter > 1 and 2 * common.find_longest_match().size >= shorter
    return alike / len(pairs) if pairs else 0.0


def holds_numbers(rows: Sequence[NumberedRow], place: int) -> bool:
    """Return whether a column holds numbers and nothing else, as an index or a frequency does."""
    cells = [row.cells[place] for row in rows if place < len(row.cells) and row.cells[place]]
    return bool(cells) and all(cell.replace(".", "", 1).isdigit() for cell in cells)


def columns_of_forms(
    names: Sequence[str] | None, rows: Sequence[NumberedRow], width: int
) -> tuple[list[Column], list[str]]:
    """Return the columns that hold forms, and the names of those left out: numbers, notes, columns without a cell.

    Four columns without names are the English tenses if nearly all rows are spelled a-z, others are numbered. Columns
    under the names of the English tenses are put into the order of these.
    """
    columns, left_out = [], []
    for place in range(width):
        name = (names[place] if names and place < len(names) else "").strip()
        empty = not any(row.cells[place] not in EMPTY_CELLS for row in rows if place < len(row.cells))
        if name and fold_name(name) not in NO_FORMS and not empty and not holds_numbers(rows, place):
            columns.append(Column(place, " ".join(name.split())))
        elif not names and not empty and not holds_numbers(rows, place):
            columns.append(Column(place, f"form {place + 1}"))
        else:
            left_out.append(name or f"column {place + 1}")
    if len(columns) < 2:  # a table of two columns with nothing else to read says so row by row
        columns = [Column(i, (names[i] if names and i < len(names) else "") or f"form {i + 1}") for i in range(width)]
        left_out = []
    return _in_english_order(columns, names is None, rows), left_out


def _in_english_order(columns: list[Column], unnamed: bool, rows: Sequence[NumberedRow]) -> list[Column]:
    if unnamed and len(columns) == len(ENGLISH_TENSES) and is_plain_english(rows):
        return [Column(column.place, tense) for column, tense in zip(columns, ENGLISH_TENSES, strict=True)]
    codes = {ENGLISH_NAMES.get(fold_name(column.name)): column.place for column in columns}
    if not unnamed and len(columns) == len(codes) and set(codes) == set(ENGLISH_TENSES):
        return [Column(codes[tense], tense) for tense in ENGLISH_TENSES]
    return columns


def is_plain_english(rows: Sequence[NumberedRow]) -> bool:
    """Return whether nine of ten rows are spelled with the letters a-z alone; missing forms do not count."""
    spelled = [set("".join(cell for cell in row.cells if cell not in EMPTY_CELLS).lower()) for row in rows]
    return 10 * sum(letters <= set(ENGLISH_ALPHABET + "/|") for letters in spelled) >= 9 * len(rows)


def features_column(rows: Sequence[NumberedRow]) -> int | None:
    """Return the column of the features if these rows are triples, which nine of ten rows must look like, or None.

    A first row that names the columns does not count.
    """
    for place in (2, 1):
        body = rows[names_triples(rows[0], place) :] if rows else ()
        triples = sum(len(row.cells) == 3 and FEATURES.fullmatch(row.cells[place]) is not None for row in body)
        if body and 10 * triples >= 9 * len(body):
            return place
    return None


def names_triples(row: NumberedRow, place: int) -> bool:
    """Return whether a row names the columns of the triples below it, whose features stand at this place."""
    return len(row.cells) == 3 and not FEATURES.fullmatch(row.cells[place]) and _are_names(row.cells)


def pivot(rows: Sequence[NumberedRow], place: int) -> tuple[list[str], list[NumberedRow], list[str]]:
    """Turn triples into a table of paradigms: its column names, one row for each lemma, and the columns chosen.

    place: that of the features in a row; the lemma is the first of its three cells.
    The columns are the lemma and all features, the commonest first; alternatives are separated by |. Eight columns are
    chosen at most: the commonest, and the lemma unless one of these holds the same words.
    """
    forms: dict[str, dict[str, dict[str, None]]] = {}
    lines: dict[str, int] = {}
    for row in rows:
        lemma, form = row.cells[0], row.cells[3 - place]
        forms.setdefault(lemma, {}).setdefault(row.cells[place], {})[form] = None
        lines.setdefault(lemma, row.line)
    common = [name for name, _ in Counter(name for cells in forms.values() for name in cells).most_common()]
    table = [
        NumberedRow(lines[lemma], (lemma, *("|".join(cells.get(name, ())) for name in common)))
        for lemma, cells in forms.items()
    ]
    same = any(_repeats_lemma(table, i) for i in range(1, min(len(common), MAX_TENSES) + 1))
    chosen = common[:MAX_TENSES] if same else [LEMMA, *common[: MAX_TENSES - 1]]
    return [LEMMA, *common], table, chosen


def _repeats_lemma(table: Sequence[NumberedRow], place: int) -> bool:
    """Return whether nearly all words of a column are the lemma."""
    pairs = [(row.cells[0], row.cells[place]) for row in table if row.cells[place]]
    return 20 * sum(lemma == form for lemma, form in pairs) >= 19 * len(pairs)
