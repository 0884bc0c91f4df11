"""Word lists as CSV: columns `word[,from[,to[,gold]]]` in; forms, a confidence and an error for each row out."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Self, TextIO

from cvae.core.errors import BadData, TenseLabError
from cvae.core.files import write_table
from cvae.data.vocabulary import Vocabulary, normalize
from cvae.inference.conversion import Conversion, convert
from cvae.inference.sampling import describe_unended
from cvae.inference.word_lists import check_verb
from cvae.model.cvae import CVAE

COLUMNS = ("word", "from", "to", "gold")
AUTO, ALL = "auto", "all"

Table = list[list[str]]


@dataclass(frozen=True)
class Request:
    """One row that came in; source None is auto, target None all tenses. A row with an error is not converted.

    gold: the right answer, one form, or one for each tense where all are asked for; empty when it is not known.
    """

    word: str
    source: str | None = None
    target: str | None = None
    error: str = ""
    gold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A request and what came of it: no conversion where there is an error."""

    request: Request
    conversion: Conversion | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """What was asked for: one form, or all; none where there is an error."""
        if self.conversion is None:
            return ()
        if self.request.target:
            return (self.conversion.forms[self.request.target].text,)
        return tuple(form.text for form in self.conversion.forms.values())

    @property
    def error(self) -> str:
        """What is wrong with the row, or with the words that it became: some did not end."""
        unended = "" if self.conversion is None else describe_unended([self.forms])
        return self.request.error or unended

    @property
    def right(self) -> bool | None:
        """Whether every letter is as in the gold column; None where that is empty or the row has an error."""
        return self.forms == self.request.gold if self.forms and self.request.gold else None


def read_table(text: str) -> list[dict[str, str]]:
    """The cells of a CSV by row and column. Commas, semicolons or tabs apart.

    Raises BadData when the columns are wrong or there is no row.
    """
    return list(read_rows(io.StringIO(text, newline="")))


def read_rows(file: TextIO) -> Iterator[dict[str, str]]:
    """As `read_table`, row by row, from a file that can be read again from its start. Raises BadData."""
    first = next((line for line in file if line.strip()), "")
    delimiter = next((mark for mark in "\t;" if mark in first and "," not in first), ",")
    file.seek(0)
    rows = _read_cells(file, delimiter)
    header = [cell.strip().lower() for cell in next(rows, [])]
    check_columns(header)
    row = None
    for row in rows:
        yield _as_cells(header, row)
    if row is None:
        raise BadData("There is no word below the column names.")


def check_columns(header: Sequence[str]) -> None:
    """Raises BadData when these can't be the columns of a word list."""
    if not _is_header(header):
        raise BadData("The first line must name the columns: word, and if you like from, to and gold.")


def read_words(text: str, limit: int | None = None) -> list[dict[str, str]]:
    """Like `read_table`, but words alone will do, apart by spaces, commas, semicolons or lines.

    Raises BadData also for more than `limit` rows.
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    if _is_header([cell.strip().lower() for cell in re.split("[,;\t]", first)]):
        rows = read_rows(io.StringIO(text, newline=""))
    else:
        rows = ({"word": found[0]} for found in re.finditer(r"[^\s,;]+", text))
    kept = list(islice(rows, limit))
    if rest := sum(1 for _ in rows):
        raise BadData(f"These are {len(kept) + rest:,} rows, but {limit:,} is the most: leave some out.")
    return kept


def _is_header(cells: Sequence[str]) -> bool:
    return "word" in cells and not set(cells) - set(COLUMNS) and len(set(cells)) == len(cells)


def _read_cells(file: TextIO, delimiter: str) -> Iterator[list[str]]:
    """Rows that are not empty. Raises BadData."""
    try:
        for row in csv.reader(file, delimiter=delimiter, strict=True):
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error as error:
        raise BadData(f"This is not a CSV file: {error}.") from error


def _as_cells(header: list[str], row: list[str]) -> dict[str, str]:
    """One row by column; a wrong number of cells is told in a column of its own."""
    cells = {name: cell.strip() for name, cell in zip(header, row, strict=False)}
    if len(row) != len(header):
        cells["error"] = f"This row has {len(row)} cells, not {len(header)}."
    return cells


def read_requests(text: str, vocabulary: Vocabulary) -> list[Request]:
    """The rows of a CSV, each checked by itself. Raises BadData when the columns are wrong or there is no row."""
    return [read_request(cells, vocabulary) for cells in read_table(text)]


def read_request(cells: Mapping[str, str | None], vocabulary: Vocabulary) -> Request:
    """One row, checked; whatever is wrong with it is its error. An empty `from` is auto, an empty `to` all."""
    word, source, target, gold = ((cells.get(name) or "").strip() for name in COLUMNS)
    known, wanted = (None if source in ("", AUTO) else source), (None if target in ("", ALL) else target)
    right = tuple(normalize(gold).split())
    try:
        if error := cells.get("error"):
            raise BadData(error)
        word = check_verb(word, vocabulary)
        for tense in (known, wanted):
            if tense is not None:
                vocabulary.tense(tense)
        count = 1 if wanted else len(vocabulary.tenses)
        if right and len(right) != count:
            raise BadData("“gold” must be one word, the form in “to”." if wanted else _all_gold(count))
    except TenseLabError as error:
        return Request(word, known, wanted, str(error), right)
    return Request(word, known, wanted, "", right)


def _all_gold(count: int) -> str:
    return f"Name a tense in “to”, or give all {count} forms in “gold”, apart by spaces."


def convert_requests(model: CVAE, requests: Sequence[Request]) -> list[Answer]:
    """One answer for each request, in their order."""
    good = [request for request in requests if not request.error]
    conversions = iter(convert(model, [r.word for r in good], [r.source for r in good]))
    return [Answer(request, None if request.error else next(conversions)) for request in requests]


def score(answers: Sequence[Answer]) -> tuple[int, int]:
    """How many answers are right to the letter, and how many have a gold answer and could be converted."""
    marks = [answer.right for answer in answers if answer.right is not None]
    return sum(marks), len(marks)


@dataclass(frozen=True)
class Columns:
    """Those of an answer table: word, from, to, answer (where a target was given), the tenses (where none was),
    confidence, gold and right (where there is a gold answer), error."""

    one: bool
    tenses: tuple[str, ...]
    scored: bool

    @classmethod
    def of(cls, requests: Iterable[Request], vocabulary: Vocabulary) -> Self:
        """What these requests need."""
        needs = {(request.target is None, bool(request.gold)) for request in requests}
        every, scored = any(every for every, _ in needs), any(gold for _, gold in needs)
        return cls(any(not every for every, _ in needs), tuple(vocabulary.tenses) if every else (), scored)

    @property
    def header(self) -> list[str]:
        """The names."""
        answer, gold = ["answer"] if self.one else [], ["gold", "right"] if self.scored else []
        return ["word", "from", "to", *answer, *self.tenses, "confidence", *gold, "error"]

    def row(self, answer: Answer) -> list[str]:
        """An answer's cells."""
        return _answer_row(answer, self.one, len(self.tenses), self.scored)


def answer_table(answers: Sequence[Answer], vocabulary: Vocabulary) -> tuple[list[str], Table]:
    """Column names and rows; see Columns."""
    columns = Columns.of((answer.request for answer in answers), vocabulary)
    return columns.header, [columns.row(answer) for answer in answers]


def _answer_row(answer: Answer, one: bool, tenses: int, scored: bool) -> list[str]:
    request, conversion, forms = answer.request, answer.conversion, answer.forms
    sure = ""
    if conversion:
        shown = [conversion.forms[request.target]] if request.target else conversion.forms.values()
        sure = f"{min(form.confidence for form in shown):.4f}"
    right = {True: "yes", False: "no", None: ""}[answer.right]
    return [
        request.word,
        conversion.source if conversion else request.source or AUTO,
        request.target or ALL,
        *([forms[0] if request.target and forms else ""] if one else []),
        *(forms if forms and not request.target else [""] * tenses),
        sure,
        *([" ".join(request.gold), right] if scored else []),
        answer.error,
    ]  # fmt: skip


def write_answers(answers: Sequence[Answer], vocabulary: Vocabulary) -> str:
    """The answer table as CSV."""
    return write_table(*answer_table(answers, vocabulary))
