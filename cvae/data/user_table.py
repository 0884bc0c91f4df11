"""A table of paradigms that a visitor brings: checked row by row, so that one bad row costs no good one."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cvae.core.errors import BadConfig, BadData, TenseLabError
from cvae.core.settings import MB, limits
from cvae.data.paradigms import HEADERS, Paradigm, Paradigms, decode_text, header_of, names_of, write_paradigms
from cvae.data.vocabulary import (
    ENGLISH_ALPHABET,
    ENGLISH_TENSES,
    MAX_ALPHABET,
    MAX_LETTERS,
    TENSE_TITLES,
    Vocabulary,
    is_letter,
    normalize,
)

MAX_SHOWN = 12
"""Letters of an overlong cell that are quoted back."""
SAMPLE = "sample_german"
"""The shipped table of another language, as `TrainConfig.data`."""

Line = tuple[int, list[str]]


@dataclass(frozen=True)
class Problem:
    """Why a line is left out: its number, counted from 1, and one sentence."""

    line: int
    text: str


@dataclass(frozen=True)
class OwnData:
    """A checked table. paradigms: its good rows, None when there is none; lines: where each was in the file.

    header: whether the columns were named by the first line.
    """

    paradigms: Paradigms | None
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]
    header: bool

    @property
    def text(self) -> str:
        """The good rows as a data file that `read_paradigms` reads. Raises BadData when there are none."""
        if self.paradigms is None:
            raise BadData("No row of this table can be used.")
        return write_paradigms(self.paradigms)

    def preview(self, count: int = 8) -> tuple[Paradigm, ...]:
        """The first good rows."""
        return self.paradigms.rows[:count] if self.paradigms else ()


def read_own_data(content: bytes, header: bool | None = None) -> OwnData:
    """A table of CSV (commas, semicolons or tabs), or of words apart by spaces.

    The columns are named by a line `# tenses: NAME NAME ...`, or by the first line. `header` says whether that names
    them; None finds out: it does when the columns are not four, when a letter outside a-z occurs below, or when its
    cells are the English names. Without names they are the four English tenses.
    Raises BadData for what is wrong with the whole file: its size, its encoding, its names.
    """
    allowed = limits()
    if len(content) > allowed.table_mb * MB:
        raise BadData(f"This file is larger than {allowed.table_mb} MB.")
    headers, lines = _split(decode_text(content, "This file"))
    if not lines:
        raise BadData("There is no verb in this file: write one a line, its forms apart by spaces or commas.")
    tenses = names_of(headers["tenses"]) if "tenses" in headers else None
    if header is None:
        header = tenses is None and _names_columns(lines)
    if header:
        _, names = lines.pop(0)
        tenses = tenses or tuple(" ".join(re.split(r"[\s,;]+", name.strip())) for name in names)
    if len(lines) > (most := allowed.training_rows):
        raise BadData(f"This table has {len(lines):,} rows: at most {most:,} can be trained on here.")
    alphabet = normalize(headers.get("alphabet", "")).replace(" ", "")
    if tenses is None:
        alphabet = alphabet or ENGLISH_ALPHABET
    try:
        Vocabulary(alphabet or "a", tenses or ENGLISH_TENSES)
    except BadConfig as error:
        raise BadData(f"The names of the columns can't be used. {error}") from error
    return _check(lines, tenses or ENGLISH_TENSES, alphabet, header)


def _split(text: str) -> tuple[dict[str, str], list[Line]]:
    """The header lines by name, and the other lines that are no comments as cells."""
    headers: dict[str, str] = {}
    lines: list[Line] = []
    rows = list(enumerate(text.splitlines(), start=1))
    delimiter = _delimiter([line for _, line in rows])
    for number, line in rows:
        line = line.strip()
        if line.startswith("#"):
            key, value = header_of(line)
            if key in HEADERS:
                headers.setdefault(key, value)
        elif line:
            lines.append((number, _cells(line, delimiter)))
    return headers, lines


def _delimiter(lines: Sequence[str]) -> str:
    """What the cells of the table are apart by: what most of its lines contain, or else spaces."""
    body = [line for line in lines if line.strip() and not line.startswith("#")]
    counts = {mark: sum(mark in line for line in body) for mark in ("\t", ";", ",")}
    best = max(counts, key=lambda mark: counts[mark])
    return best if 2 * counts[best] > len(body) else " "


def _cells(line: str, delimiter: str) -> list[str]:
    if delimiter == " ":
        return line.split()
    try:
        [cells] = csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True)
    except (csv.Error, ValueError):
        cells = line.split(delimiter)
    return [cell.strip() for cell in cells]


def _names_columns(lines: Sequence[Line]) -> bool:
    """Whether the first line looks like names of columns, see `read_own_data`."""
    first = tuple(cell.lower() for cell in lines[0][1])
    if first in (ENGLISH_TENSES, tuple(TENSE_TITLES.values())) or len(first) != len(ENGLISH_TENSES):
        return True
    letters = {letter for _, cells in lines[1:] for cell in cells for letter in normalize(cell)}
    return any(is_letter(letter) for letter in letters - set(ENGLISH_ALPHABET) - set("'’-"))


def _check(lines: Sequence[Line], tenses: tuple[str, ...], alphabet: str, header: bool) -> OwnData:
    known, found = set(alphabet), dict.fromkeys(alphabet)
    rows: dict[Paradigm, int] = {}
    problems = []
    for number, cells in lines:
        try:
            row = _row(cells, tenses, known)
            if row in rows:
                raise BadData(f"This row repeats line {rows[row]}.")
            letters = dict.fromkeys("".join(row))
            if len(found | letters) > MAX_ALPHABET:
                new = next(letter for letter in letters if letter not in found)
                raise BadData(f"“{new}” is one letter too many: a table has at most {MAX_ALPHABET} different ones.")
        except TenseLabError as error:
            problems.append(Problem(number, str(error)))
            continue
        found |= letters
        rows[row] = number
    vocabulary = Vocabulary(alphabet or "".join(sorted(found)) or "a", tenses)
    paradigms = Paradigms(tuple(rows), vocabulary) if rows else None
    return OwnData(paradigms, tuple(rows.values()), tuple(problems), header)


def _row(cells: Sequence[str], tenses: tuple[str, ...], known: set[str]) -> Paradigm:
    """The normalized words of one line; of letters in `known`, if that is not empty. Raises BadData or another."""
    if len(cells) != len(tenses):
        columns = "column" if len(cells) == 1 else "columns"
        raise BadData(f"{len(cells)} {columns}, but {len(tenses)} are needed ({', '.join(tenses)}).")
    return tuple(_word(cell, tense, known) for cell, tense in zip(cells, tenses, strict=True))


def _word(cell: str, tense: str, known: set[str]) -> str:
    word = normalize(cell)
    if not word:
        raise BadData(f"The column “{tense}” is empty.")
    quoted = f"“{word if len(word) <= MAX_LETTERS else word[:MAX_SHOWN] + '…'}”"
    odd = next((letter for letter in word if not is_letter(letter) or (known and letter not in known)), None)
    if odd is not None and odd.isspace():
        raise BadData(f"{quoted} is more than one word: leave out the space, or join the words.")
    if odd is not None:
        shown = f"“{odd}”" if odd.isprintable() else f"The character U+{ord(odd):04X}"
        fault = "is not in the alphabet of this table: name the columns first" if is_letter(odd) else "is no letter"
        raise BadData(f"{shown} in {quoted} {fault}.")
    if len(word) > MAX_LETTERS:
        raise BadData(f"{quoted} has {len(word):,} letters: a word has at most {MAX_LETTERS}.")
    return word
