"""Conversion of word lists: a request for each row of `cvae.data.word_table`, and a table of answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from cvae.core.errors import BadData, TenseLabError
from cvae.data.orthography import refuse_remarks
from cvae.data.verbs import MISSING
from cvae.data.vocabulary import Vocabulary
from cvae.data.word_table import COLUMNS, ERROR
from cvae.inference.conversion import Conversion, convert
from cvae.inference.sampling import describe_unended
from cvae.inference.word_lists import check_verb
from cvae.model.cvae import CVAE

AUTO, ALL = "auto", "all"
PIECE = 2_000
"""How many rows are converted at a time, on a cluster, too: which words share a batch decides the last bits of
their probabilities, and both must write the same file."""

Rows = list[list[str]]


@dataclass(frozen=True)
class Request:
    """A row to convert. A source of None is auto, a target of None all tenses. A row with an error is not converted.

    gold: the right answer, one form, or one for each tense where all are asked for; empty when it is not known. A form
    may have several spellings, separated by |.
    """

    word: str
    source: str | None = None
    target: str | None = None
    error: str = ""
    gold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A request with its conversion, which is None where there is an error."""

    request: Request
    conversion: Conversion | None = None

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that were asked for, one or all; none where there is an error."""
        if self.conversion is None:
            return ()
        if self.request.target:
            return (self.conversion.forms[self.request.target].text,)
        return tuple(form.text for form in self.conversion.forms.values())

    @property
    def error(self) -> str:
        """The fault of the row, or of the forms when some did not end; an empty text when there is none."""
        unended = "" if self.conversion is None else describe_unended([self.forms])
        return self.request.error or unended

    @property
    def right(self) -> bool | None:
        """Whether every letter is as in the gold column; None where that is empty or the row has an error.

        A form that is `-` there is one that the verb lacks, whatever is answered.
        """
        if not self.forms or set(self.request.gold) <= {*MISSING}:
            return None
        pairs = zip(self.forms, self.request.gold, strict=True)
        return all(form in gold.split("|") for form, gold in pairs if gold not in MISSING)


def read_request(cells: Mapping[str, str | None], vocabulary: Vocabulary) -> Request:
    """Check one row, whose fault becomes its error. An empty `from` is auto, an empty `to` all."""
    word, source, target, gold = ((cells.get(name) or "").strip() for name in COLUMNS)
    known = None if source.lower() in ("", AUTO) else source
    wanted = None if target.lower() in ("", ALL) else target
    gold = re.sub(r"\s*[|/]\s*", "|", gold)
    parts = [gold] if gold and wanted and " " in vocabulary.alphabet else gold.split()
    right = tuple("|".join(filter(None, map(vocabulary.normalize, part.split("|")))) for part in parts)
    try:
        if error := cells.get(ERROR):
            raise BadData(error)
        word = check_verb(word, vocabulary)
        known, wanted = (tense and vocabulary.tenses[vocabulary.tense(tense)] for tense in (known, wanted))
        count = 1 if wanted else len(vocabulary.tenses)
        refuse_remarks(gold, vocabulary.alphabet)
        if right and len(right) != count:
            every = f"Name a tense in “to”, or give all {count} forms in “gold”, separated by spaces."
            raise BadData("“gold” must be one word, the form in “to”." if wanted else every)
    except TenseLabError as error:
        return Request(word, known, wanted, str(error), right)
    return Request(word, known, wanted, "", right)


def convert_requests(model: CVAE, requests: Sequence[Request]) -> list[Answer]:
    """Convert the words of all requests; the answers are in the order of the requests."""
    good = [request for request in requests if not request.error]
    conversions = iter(convert(model, [r.word for r in good], [r.source for r in good]))
    return [Answer(request, None if request.error else next(conversions)) for request in requests]


def count_right(answers: Sequence[Answer]) -> tuple[int, int]:
    """Count the answers that are right to the letter, and those with a gold answer that could be converted."""
    marks = [answer.right for answer in answers if answer.right is not None]
    return sum(marks), len(marks)


@dataclass(frozen=True)
class AnswerColumns:
    """The columns of an answer table: word, from, to, answer, the tenses, confidence, gold, right and error.

    one: whether there is an answer column, for the requests with one target. tenses: for those without a target.
    scored: whether there are gold answers.
    """

    one: bool
    tenses: tuple[str, ...]
    scored: bool

    @classmethod
    def of(cls, requests: Iterable[Request], vocabulary: Vocabulary) -> Self:
        """Choose the columns that these requests need."""
        needs = {(request.target is None, bool(request.gold)) for request in requests}
        every, scored = any(every for every, _ in needs), any(gold for _, gold in needs)
        return cls(any(not every for every, _ in needs), tuple(vocabulary.tenses) if every else (), scored)

    @property
    def header(self) -> list[str]:
        """The names of the columns."""
        answer, gold = ["answer"] if self.one else [], ["gold", "right"] if self.scored else []
        return ["word", "from", "to", *answer, *self.tenses, "confidence", *gold, "error"]

    def row(self, answer: Answer) -> list[str]:
        """Write an answer as one cell a column."""
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
            *([forms[0] if request.target and forms else ""] if self.one else []),
            *(forms if forms and not request.target else [""] * len(self.tenses)),
            sure,
            *([" ".join(request.gold), right] if self.scored else []),
            answer.error,
        ]  # fmt: skip


def answer_table(answers: Sequence[Answer], vocabulary: Vocabulary) -> tuple[list[str], Rows]:
    """Return the column names and the rows of the answers, see AnswerColumns."""
    columns = AnswerColumns.of((answer.request for answer in answers), vocabulary)
    return columns.header, [columns.row(answer) for answer in answers]
