"""Is a model as often right as it is sure? Reliability in bins of confidence, and the expected calibration error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


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


def reliability(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> list[Bin]:
    """Answers by confidence (N,) in bins of equal width, beside whether each is right (N,).

    The reliability diagram of Guo et al. 2017, section 2. Raises ValueError when a confidence is not within 0 and 1.
    """
    if confidence.shape != right.shape or not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("There must be one confidence between 0 and 1 for each mark.")
    number = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    table = []
    for i in range(bins):
        here = number == i
        means = (float(confidence[here].mean()), float(right[here].mean())) if here.any() else (None, None)
        table.append(Bin(i / bins, (i + 1) / bins, int(here.sum()), *means))
    return table


def calibration_error(table: Sequence[Bin]) -> float:
    """ECE: the distance of confidence and share right, mean over answers. sum_b n_b / n |right_b - confidence_b|.

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
