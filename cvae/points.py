"""The points of a run's curves between epochs: some steps in a row as one record."""

from dataclasses import replace

import numpy as np

from cvae.config import TrainConfig
from cvae.training import StepRecord

WORDS = 1024
"""About so many words go into a point: a second or less on one core."""


class Points:
    """Steps in, points out: after the first step of a run, a fixed number of steps, and the last step of an epoch.

    Nothing is left over between two epochs, so that a run resumed there makes the same points.
    """

    def __init__(self, config: TrainConfig):
        self._most = max(1, WORDS // config.batch_size)
        self._steps: list[StepRecord] = []

    def add(self, step: StepRecord) -> StepRecord | None:
        """The point that ends with this step, if one does: losses are means over words, the rest is the step's."""
        self._steps.append(step)
        first, last_of_epoch = step.step == 1, step.epochs == int(step.epochs)
        if not (first or last_of_epoch or len(self._steps) == self._most):
            return None
        steps, self._steps = self._steps, []
        words = np.array([each.words for each in steps])
        losses = words @ np.array([[each.reconstruction, each.kl] for each in steps]) / words.sum()
        return replace(step, words=int(words.sum()), reconstruction=float(losses[0]), kl=float(losses[1]))
