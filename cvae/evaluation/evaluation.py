"""Scores of a model on the ten test pairs, the prior and the held-out verbs."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from cvae.data.paradigms import Pair, Paradigm
from cvae.evaluation.exact_match import mark
from cvae.evaluation.metrics import bleu4, gaussian_score
from cvae.inference.conversion import convert, decode_paradigms, draw_prior
from cvae.inference.word_lists import real_paradigms
from cvae.model.cvae import CVAE


@dataclass(frozen=True)
class PairResult:
    """One test pair with the model's answer and its BLEU-4."""

    pair: Pair
    answer: str
    bleu4: float


def evaluate_pairs(model: CVAE, pairs: Sequence[Pair]) -> list[PairResult]:
    """The answers to test pairs, their source tenses given."""
    conversions = convert(model, [pair.source for pair in pairs], [pair.source_tense for pair in pairs])
    answers = [conversion.forms[pair.target_tense].text for conversion, pair in zip(conversions, pairs, strict=True)]
    return [PairResult(pair, answer, bleu4(answer, pair.target)) for pair, answer in zip(pairs, answers, strict=True)]


def mean_bleu4(results: Sequence[PairResult]) -> float:
    """BLEU-4, mean over pairs."""
    return float(np.mean([result.bleu4 for result in results]))


def evaluate_prior(model: CVAE, known: Collection[Paradigm], draws: int, seed: int = 0) -> tuple[float, int]:
    """Gaussian score and distinct count of `draws` points of the prior."""
    return gaussian_score(decode_paradigms(model, draw_prior(model, draws, seed)), set(known))


def evaluate_conversions(model: CVAE, rows: Sequence[Paradigm]) -> np.ndarray:
    """Exact match by tense pair (C, C) of these verbs, each of their forms converted into all tenses."""
    return mark(model, rows).matrix


def evaluate_tense_finding(model: CVAE, rows: Sequence[Paradigm]) -> tuple[float, int]:
    """Share of forms whose tense is found when it is not told, and of how many: those that name one tense alone.

    A form that any verb of the word lists has in another tense, as `put` and `found` are, is left out.
    """
    tenses: dict[str, set[int]] = defaultdict(set)
    for row in real_paradigms() | set(rows):
        for tense, form in enumerate(row):
            tenses[form].add(tense)
    asked = [(form, tense) for row in rows for tense, form in enumerate(row) if len(tenses[form]) == 1]
    found = [conversion.source for conversion in convert(model, [form for form, _ in asked])]
    right = [name == model.vocabulary.tenses[tense] for name, (_, tense) in zip(found, asked, strict=True)]
    return float(np.mean(right)), len(asked)
