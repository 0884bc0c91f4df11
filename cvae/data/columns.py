"""Finding out what the columns of a table of paradigms are: whether its first row names them, and which hold forms.

Triples of lemma, form and features, one form a line, as UniMorph and the SIGMORPHON tasks write them, are pivoted.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import chain, combinations
from statistics import mean, median

from cvae.data.tables import NumberedRow
from cvae.data.vocabulary import (
    ENGLISH_ALPHABET,
    ENGLISH_TENSES,
    MAX_TENSES,
    TENSE_ALIASES,
    TENSE_TITLES,
    clean_name,
    fold_name,
)
from cvae.data.word_table import ALIASES, TENSE_NAMES, unnamed_columns

ENGLISH_NAMES = {
    fold_name(name): code
    for code in ENGLISH_TENSES
    for name in (code, TENSE_TITLES[code], *(tag for tag in TENSE_ALIASES[code] if tag.startswith("vb")))
}
"""The names by which columns are put into the order of the tenses: codes, titles and tags of the Penn Treebank."""
NO_FORMS = frozenset((
    "index", "id", "no", "nr", "number", "rank", "freq", "frequency", "count", "note", "notes", "comment", "comments",
    "gloss", "translation", "meaning", "definition", "source", "class", "pos", "tag", "tags", "features",
    "bedeutung", "übersetzung", "häufigkeit", "traduction", "traducción", "significado",
))  # fmt: skip
"""Names of columns that hold no forms."""
GRAMMAR = frozenset((
    "infinitiv", "infinitif", "infinitivo", "infinito", "infinitief", "präsens", "présent", "presente", "presens",
    "präteritum", "prétérit", "imparfait", "imperfect", "perfekt", "perfect", "partizip", "participe", "participio",
    "future", "futur", "futuro", "imperative", "subjunctive", "vergangenheit", "gegenwart", "grundform", "passé",
    "passato", "pretérito", "инфинитив", "настоящее время", "прошедшее время", "الماضي", "المضارع", "मूल रूप", "原形",
    "sg", "pl", "prs", "pst", "präs", "prät",
))  # fmt: skip
"""Names of tenses in other grammars, by which a header is recognised."""
KNOWN = frozenset({*NO_FORMS, *GRAMMAR, *TENSE_NAMES, *chain(*ALIASES.values())})
TENSE_COLUMNS = frozenset(("from", "to", "from tense", "to tense"))
"""Names of columns by which a list of words to convert is recognised."""
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

    It does when it has known names, see `_are_names`, when one of its cells names a column of numbers, or when it is
    unlike the verbs below it, see `_is_unlike`.
    """
    first, body = rows[0].cells, rows[1 :: max(1, len(rows) // SAMPLED)]
    numbers = any(_is_name(cell) and _filled(body, i) and not holds_forms(body, i) for i, cell in enumerate(first))
    return numbers or _are_names([cell for cell in first if cell]) or _is_unlike(first, body)


def _is_unlike(cells: Sequence[str], body: Sequence[NumberedRow]) -> bool:
    """Return whether a row is unlike the verbs of other rows: a row of names, whatever their language.

    It alone has digits (`V1 V2 V3`), or fewer of its cells than of theirs resemble each other as forms of a verb do. It
    must have longer words then, and no ending of theirs; but where no two cells do, it is no verb such as `be was` or
    `ser soy fui` either: longer words, capitals of its own, a single letter, or more than two words with other endings.
    """
    first, below = _words(cells), [word for row in body for word in _words(row.cells)]
    alike = _alike(first)
    if not first or not below:
        return bool(first) and not alike
    if re.search(r"\d", "".join(first)) and not re.search(r"\d", "".join(below)):
        return True
    longer = mean(map(len, first)) > mean(map(len, below))
    pairs = [pair for row in body for pair in zip(cells, row.cells, strict=False)]
    endings = any(_has_letter(word) and other.endswith(word[-2:]) for word, other in pairs)
    if alike:
        return longer and not endings and 2 * alike < median(_alike(_words(row.cells)) for row in body)
    capitals = all(word[0].isupper() for word in first) and not any(word[0].isupper() for word in below)
    return longer or capitals or min(map(len, first)) == 1 or (len(first) > 2 and not endings)


def _words(cells: Sequence[str]) -> list[str]:
    """Return the cells that are forms or names: not empty ones, and no numbers."""
    return [cell for cell in cells if cell not in EMPTY_CELLS and _has_letter(cell)]


def _are_names(cells: Sequence[str]) -> bool:
    """Return whether a name of grammar is among these cells, or half of them are known names.

    All of them must be known where they are forms of one verb, unlike those of `note notes noting noted`.
    """
    words = [fold_name(cell) for cell in cells]
    known = sum(word in KNOWN for word in words)
    shortest = min(words, key=len)
    stem = shortest[: -(-len(shortest) // 2)]
    inflected = all(word.isalpha() and word.startswith(stem) for word in words)
    return known == len(words) or (not inflected and (2 * known >= len(words) or not GRAMMAR.isdisjoint(words)))


def _alike(cells: Sequence[str]) -> float:
    """Return the share of pairs of cells that have half of the shorter one in common, in one piece."""
    pairs = list(combinations([cell.casefold()[:COMPARED] for cell in cells[:8]], 2))
    alike = 0
    for one, other in pairs:
        common, shorter = SequenceMatcher(None, one, other, autojunk=False), min(len(one), len(other))
        alike += shorter > 1 and 2 * common.find_longest_match().size >= shorter
    return alike / len(pairs) if pairs else 0.0


def _is_name(cell: str) -> bool:
    """Return whether a cell above numbers names them, as the empty one above an index does: it is no number itself."""
    return not cell or (cell not in EMPTY_CELLS and (_has_letter(cell) or not any(map(str.isdigit, cell))))


def is_word_list(rows: Sequence[NumberedRow], header: bool) -> bool:
    """Return whether these are words to convert with the tenses that are wanted, `word,to`, and not verbs."""
    names = {*map(fold_name, rows[0].cells)} if header else set()
    if not names.isdisjoint(ALIASES["word"]) and not names.isdisjoint(TENSE_COLUMNS):
        return True
    return len(rows) > header and all(unnamed_columns(row.cells) for row in rows[header:])


def holds_forms(rows: Sequence[NumberedRow], place: int) -> bool:
    """Return whether a column has letters in any cell: an index, frequencies, shares and dates have none."""
    return any(map(_has_letter, _filled(rows, place)))


def _filled(rows: Sequence[NumberedRow], place: int) -> list[str]:
    """Return the cells of a column that are not empty."""
    return [row.cells[place] for row in rows if place < len(row.cells) and row.cells[place] not in EMPTY_CELLS]


def _has_letter(cell: str) -> bool:
    """Return whether a cell has a letter, or a mark that some scripts write in place of one."""
    return any(unicodedata.category(sign)[0] in "LM" for sign in cell)


def columns_of_forms(
    names: Sequence[str] | None, rows: Sequence[NumberedRow], width: int
) -> tuple[list[Column], list[str]]:
    """Return the columns that hold forms, and the names of those left out: notes, and columns without letters.

    Four columns without names are the English tenses if nearly all rows are spelled a-z; other columns without a name
    are numbered. Columns under the names of the English tenses are put into the order of these.
    """
    columns, left_out = [], []
    for place in range(width):
        name = names[place] if names and place < len(names) else ""
        if fold_name(name) in NO_FORMS or not holds_forms(rows, place):
            left_out.append(name or f"column {place + 1}")
        else:
            columns.append(Column(place, name or f"form {place + 1}"))
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
        triples = sum(is_triple(row, place) and FEATURES.fullmatch(row.cells[place]) is not None for row in body)
        if body and 10 * triples >= 9 * len(body):
            return place
    return None


def names_triples(row: NumberedRow, place: int) -> bool:
    """Return whether a row names the columns of the triples below it, whose features stand at this place."""
    return is_triple(row, place) and not FEATURES.fullmatch(row.cells[place]) and _are_names(row.cells[:3])


def is_triple(row: NumberedRow, place: int) -> bool:
    """Return whether a row has three cells, or four: behind the features, UniMorph may write the segments of a form."""
    return len(row.cells) == 3 or (len(row.cells) == 4 and place == 2)


def pivot(rows: Sequence[NumberedRow], place: int) -> tuple[list[str], list[NumberedRow], list[str]]:
    """Turn triples into a table of paradigms: its column names, one row for each lemma, and the columns chosen.

    place: that of the features in a row; the lemma is the first of its cells.
    The columns are the lemma and all features, the commonest first; alternatives are separated by |. Eight columns are
    chosen at most: the commonest, and the lemma unless one of these holds the same words.
    """
    forms: dict[str, dict[str, dict[str, None]]] = {}
    lines: dict[str, int] = {}
    for row in rows:
        lemma, form = row.cells[0], row.cells[3 - place]
        forms.setdefault(lemma, {}).setdefault(clean_name(row.cells[place]), {})[form] = None
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
