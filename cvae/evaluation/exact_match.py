"""Conversions of verbs whose forms are known, each marked right or wrong to the letter.

N is the number of verbs, C of tenses; the axes of arrays (N, C, C) are verb, source tense and target tense.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cvae.data.inflection import INFLECTION_CLASSES, inflection_class
from cvae.data.paradigms import Pair
from cvae.data.verbs import Paradigm, VerbSet, spellings
from cvae.data.vocabulary import ENGLISH_FORMS
from cvae.evaluation.baselines import Analogy, rule_paradigm
from cvae.evaluation.metrics import bleu4, gaussian_score, mark_answers, off_diagonal_mean, shares_by_tense_pair
from cvae.inference.conversion import convert
from cvae.inference.sampling import count_unended, decode_paradigms, draw_prior
from cvae.inference.word_lists import real_paradigms
from cvae.model.cvae import CVAE

Answers = list[list[Paradigm]]
"""answers[i][s]: all forms of verb i, as they were made of its form in tense s."""


@dataclass(frozen=True)
class Marked:
    """All forms of some verbs, converted into all tenses. confidence: (N, C, C), or None for a baseline."""

    rows: tuple[Paradigm, ...]
    answers: Answers
    confidence: np.ndarray | None = None

    @cached_property
    def asked(self) -> np.ndarray:
        """The mask of conversions whose two forms are known: (N, C, C)."""
        known = np.array([[bool(form) for form in row] for row in self.rows])
        asked: np.ndarray = known[:, :, None] & known[:, None, :]
        return asked

    @cached_property
    def right(self) -> np.ndarray:
        """The mask of right answers: (N, C, C)."""
        return mark_answers(self.answers, self.rows)

    @cached_property
    def classes(self) -> list[str]:
        """The inflection class of each verb, one of `cvae.data.inflection.INFLECTION_CLASSES`."""
        return [inflection_class(row) for row in self.rows]

    @property
    def matrix(self) -> np.ndarray:
        """Exact match by tense pair: (C, C)."""
        return shares_by_tense_pair(self.right, self.asked)

    @property
    def exact_match(self) -> float:
        """Exact match, the mean over pairs of different tenses."""
        return off_diagonal_mean(self.matrix)

    @property
    def by_class(self) -> dict[str, float]:
        """Exact match of the verbs of each inflection class that occurs."""
        classes = np.array(self.classes)
        return {
            name: off_diagonal_mean(shares_by_tense_pair(self.right[classes == name], self.asked[classes == name]))
            for name in self.verbs_by_class
        }

    @property
    def verbs_by_class(self) -> dict[str, int]:
        """The number of verbs of each inflection class that occurs."""
        counts = Counter(self.classes)
        return {name: counts[name] for name in INFLECTION_CLASSES if counts[name]}

    @property
    def wrong(self) -> list[tuple[int, int, int]]:
        """Verb, source and target tense of each wrong conversion between different tenses, as numbers."""
        return [(i, s, t) for i, s, t in np.argwhere(~self.right & self.asked).tolist() if s != t]

    @property
    def unended(self) -> int:
        """The number of answers that did not end, including those in the source's own tense."""
        return count_unended(forms for sources in self.answers for forms in sources)


def mark(model: CVAE, rows: Sequence[Paradigm]) -> Marked:
    """Convert each form of these verbs with a model that is told its tense, and mark the answers."""
    tenses = model.vocabulary.tenses
    cells = [(i, tense) for i, row in enumerate(rows) for tense, form in enumerate(row) if form]
    conversions = convert(model, [rows[i][tense] for i, tense in cells], [tenses[tense] for _, tense in cells])
    answers = [[("",) * len(tenses) for _ in tenses] for _ in rows]
    confidence = np.ones((len(rows), len(tenses), len(tenses)))
    for (i, tense), conversion in zip(cells, conversions, strict=True):
        answers[i][tense] = tuple(form.text for form in conversion.forms.values())
        confidence[i, tense] = [form.confidence for form in conversion.forms.values()]
    return Marked(tuple(rows), answers, confidence)


def mark_rules(rows: Sequence[Paradigm]) -> Marked:
    """Convert English verbs by the rule baseline, and mark the answers."""
    named = [[(form, ENGLISH_FORMS[tense]) for tense, form in enumerate(row)] for row in rows]
    return Marked(tuple(rows), [[rule_paradigm(*form, ENGLISH_FORMS[: len(row)]) for form in row] for row in named])


def mark_copy(rows: Sequence[Paradigm]) -> Marked:
    """Leave every form of these verbs as it is: the baseline below which nothing was learned."""
    return Marked(tuple(rows), [[(form,) * len(row) for form in row] for row in rows])


def mark_analogy(rows: Sequence[Paradigm], verbs: Sequence[Paradigm]) -> Marked:
    """Convert verbs by analogy with known ones, and mark the answers."""
    analogy = Analogy(verbs)
    return Marked(tuple(rows), [[analogy.paradigm(form, source) for source, form in enumerate(row)] for row in rows])


@dataclass(frozen=True)
class PairResult:
    """One test pair with the model's answer and its BLEU-4."""

    pair: Pair
    answer: str
    bleu4: float


def evaluate_pairs(model: CVAE, pairs: Sequence[Pair]) -> list[PairResult]:
    """Return the answers to test pairs, their source tenses given."""
    conversions = convert(model, [pair.source for pair in pairs], [pair.source_tense for pair in pairs])
    answers = [conversion.forms[pair.target_tense].text for conversion, pair in zip(conversions, pairs, strict=True)]
    return [PairResult(pair, answer, bleu4(answer, pair.target)) for pair, answer in zip(pairs, answers, strict=True)]


def mean_bleu4(results: Sequence[PairResult]) -> float:
    """Return the BLEU-4, mean over pairs."""
    return float(np.mean([result.bleu4 for result in results]))


def evaluate_prior(model: CVAE, known: Iterable[Paradigm], draws: int) -> tuple[float, int]:
    """Return the Gaussian score and the distinct count of `draws` points of the prior."""
    return gaussian_score(decode_paradigms(model, draw_prior(model, draws, seed=0)), VerbSet(known))


def evaluate_tense_finding(model: CVAE, rows: Sequence[Paradigm]) -> tuple[float, int]:
    """Return the share of forms whose tense is found when it is not given, among those of one tense, and their number.

    A form that any verb of the word lists has in another tense, as `put` and `found` are, is left out.
    """
    tenses: dict[str, set[int]] = defaultdict(set)
    for row in real_paradigms(len(model.vocabulary.tenses)) | set(rows):
        for tense in range(len(row)):
            for form in spellings(row, tense):
                tenses[form].add(tense)
    asked = [(form, tense) for row in rows for tense, form in enumerate(row) if len(tenses[form]) == 1]
    found = [conversion.source for conversion in convert(model, [form for form, _ in asked])]
    right = [name == model.vocabulary.tenses[tense] for name, (_, tense) in zip(found, asked, strict=True)]
    return float(np.mean(right)), len(asked)
