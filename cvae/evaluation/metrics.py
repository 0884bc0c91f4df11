"""Scores of decoded words: BLEU-4, Gaussian score with its interval, exact match."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvae.data.verbs import Paradigm, VerbSet, spellings


def bleu4(output: str, target: str) -> float:
    """Return BLEU over letters as the classroom report computes it, 0 to 1.

    NLTK's `sentence_bleu` (Papineni et al. 2002) with smoothing method 1 (Chen and Cherry 2014), four equal weights,
    or three of 0.33 when the target has three letters.
    """
    # Imported here because nltk is slow to import, and only scoring needs it.
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    weights = (0.33,) * 3 if len(target) == 3 else (0.25,) * 4
    return float(sentence_bleu([target], output, weights=weights, smoothing_function=SmoothingFunction().method1))


def gaussian_score(sampled: Sequence[Paradigm], known: VerbSet) -> tuple[float, int]:
    """Return the share of the sampled paradigms that have all forms of a known verb, and the number of these verbs."""
    hits = [verb for verb in map(known.find, sampled) if verb]
    return len(hits) / len(sampled), len(set(hits))


def is_prior(verb: str | None, aggregate: bool, temperature: float) -> bool:
    """Return whether z is drawn from N(0, I) as it is, not around verbs or with another spread."""
    return not verb and not aggregate and temperature == 1


def score_title(of_prior: bool) -> str:
    """Return the name of the share that `gaussian_score` finds, which is that score only of draws from N(0, I)."""
    return "Gaussian score" if of_prior else "Share known"


def wilson_interval(hits: np.ndarray | int, draws: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
    """Return the 95% score interval of a share of `hits` among `draws` (at least 1): its lower and upper ends.

    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n) with z = 1.96 (Wilson 1927; method 3 of Newcombe 1998).
    """
    n = np.asarray(draws, dtype=float)
    p, z = np.asarray(hits) / n, 1.959964
    middle, half = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return np.clip((middle - half) / scale, 0, 1), np.clip((middle + half) / scale, 0, 1)


def mark_answers(answers: Sequence[Sequence[Paradigm]], truth: Sequence[Paradigm]) -> np.ndarray:
    """Return which conversions are right to the letter: (N verbs, C source tenses, C target tenses), bool.

    answers[i][s] are all forms of verb i as converted from its form in tense s; any spelling of a form is right.
    """
    right = [
        [[word in spellings(row, t) for word, t in zip(forms, range(len(row)), strict=True)] for forms in sources]
        for sources, row in zip(answers, truth, strict=True)
    ]
    return np.array(right, dtype=bool)


def shares_by_tense_pair(right: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Return the share of right answers among those that were asked for, by tense pair: (N, C, C) twice -> (C, C).

    It is NaN where nothing was asked for.
    """
    count = asked.sum(0)
    return np.where(count > 0, (right & asked).sum(0) / np.maximum(count, 1), np.nan)


def off_diagonal(tenses: int) -> np.ndarray:
    """Return the mask of the pairs of different tenses: (C, C), bool."""
    return ~np.eye(tenses, dtype=bool)


def off_diagonal_mean(matrix: np.ndarray) -> float:
    """Return the mean over pairs of different tenses of shares by tense pair (C, C): exact match, held-out or known.

    Shares that are NaN, because no verb has both forms, are left out.
    """
    return float(np.nanmean(matrix[off_diagonal(len(matrix))]))


BINS = 10
"""The number of bins of a reliability diagram."""


@dataclass(frozen=True)
class Bin:
    """Answers whose confidence is above `low` and at most `high` (0 belongs to the first bin).

    confidence: their mean confidence; right: the share that is right. Both are None when there is no answer.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[Bin]:
    """Sort answers by confidence (N,) into bins of equal width, with the share that is right (N,) in each.

    The reliability diagram of Guo et al. 2017, section 2. Raises ValueError when a confidence is not within 0 and 1.
    """
    if confidence.shape != right.shape or not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("There must be one confidence between 0 and 1 for each mark.")
    number = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    table = []
    for i in range(BINS):
        here = number == i
        means = (float(confidence[here].mean()), float(right[here].mean())) if here.any() else (None, None)
        table.append(Bin(i / BINS, (i + 1) / BINS, int(here.sum()), *means))
    return table


def calibration_error(table: Sequence[Bin]) -> float:
    """Return the ECE, sum_b n_b / n |right_b - confidence_b|, the distance of confidence from the share right.

    Guo et al. 2017, equation 3 (Naeini et al. 2015). Raises ValueError when there is no answer.
    """
    answers = sum(row.count for row in table)
    if not answers:
        raise ValueError("There is no answer to measure the calibration of.")
    gaps = (
        row.count * abs(row.right - row.confidence)
        for row in table
        if row.right is not None and row.confidence is not None
    )
    return sum(gaps) / answers
