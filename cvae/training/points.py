"""The points of a run's curves between epochs: some steps in a row as one record."""

import math
from dataclasses import replace

import numpy as np

from cvae.training.records import StepRecord

PER_EPOCH = 10
"""Points of an epoch, at most."""


class Points:
    """Steps in, points out: after the first step of a run, and in each tenth of an epoch.

    Nothing is left over between two epochs, so that a run resumed there makes the same points.
    """

    def __init__(self) -> None:
        self._steps: list[StepRecord] = []
        self._part: int | None = None

    def add(self, step: StepRecord) -> StepRecord | None:
        """The point that ends with this step, if one does: losses are means over words, the rest is the step's."""
        part = math.floor(step.epochs * PER_EPOCH)
        begun = (math.ceil(step.epochs) - 1) * PER_EPOCH if self._part is None else self._part
        self._part = part
        self._steps.append(step)
        if part == begun and step.step > 1:
            return None
        steps, self._steps = self._steps, []
        words = np.array([each.words for each in steps])
        losses = words @ np.array([[each.reconstruction, each.kl] for each in steps]) / words.sum()
        return replace(step, words=int(words.sum()), reconstruction=float(losses[0]), kl=float(losses[1]))
