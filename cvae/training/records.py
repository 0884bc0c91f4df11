"""The records of steps and epochs that training yields, and points, which summarise some steps in a row."""

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cvae.data.paradigms import Paradigm

SCORES = ("bleu4", "gaussian_score", "distinct", "heldout")
"""The scores of an EpochRecord that are shown first."""


@dataclass(frozen=True)
class Knobs:
    """The KL weight, teacher forcing ratio and learning rate of one step."""

    beta: float
    teacher_forcing: float
    learning_rate: float


@dataclass(frozen=True)
class StepRecord:
    """One step over `words` words, or a point: losses as in EpochRecord, and the knobs of the (last) step.

    epochs: epochs done, with the fraction of the present one. step: steps done since the run began.
    """

    epochs: float
    step: int
    seconds: float
    words: int
    reconstruction: float
    kl: float
    beta: float
    teacher_forcing: float
    learning_rate: float


@dataclass(frozen=True)
class EpochRecord:
    """One epoch: losses are means over its words in nats per word, KL unweighted; knobs are those of its last step.

    seconds: training and scoring since the run began. The scores are None in epochs that were not scored, and where
    there is nothing to score on (no test pairs or held-out verbs for data of other tenses).
    accuracy and its two neighbours, rebuilt, tense_fidelity, merged, mutual_information and kl_per_dimension are those
    of `cvae.evaluation.diagnostics`; heldout_by_kind is held-out exact match by inflection class; conversions are rows
    of `cvae.training.scoring.converted`. pair_answers, pair_scores: what the model makes of each test pair, its BLEU-4.
    """

    epoch: int
    step: int
    seconds: float
    beta: float
    teacher_forcing: float
    learning_rate: float
    reconstruction: float
    kl: float
    bleu4: float | None = None
    gaussian_score: float | None = None
    distinct: int | None = None
    heldout: float | None = None
    active_units: int | None = None
    samples: tuple[Paradigm, ...] = ()
    kl_per_dimension: tuple[float, ...] = ()
    mutual_information: float | None = None
    accuracy: float | None = None
    accuracy_zero_z: float | None = None
    accuracy_other_z: float | None = None
    heldout_by_kind: dict[str, float] = field(default_factory=dict)
    conversions: tuple[Paradigm, ...] = ()
    rebuilt: float | None = None
    tense_fidelity: float | None = None
    tense_fidelity_by_target: dict[str, float] = field(default_factory=dict)
    merged: float | None = None
    pair_answers: tuple[str, ...] = ()
    pair_scores: tuple[float, ...] = ()

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "EpochRecord":
        """Read a record whose `asdict` was written as JSON, by this version or an earlier one. Raises TypeError."""
        for name in ("samples", "conversions"):
            values = {**values, name: tuple(tuple(words) for words in values.get(name, ()))}
        for name in ("kl_per_dimension", "pair_answers", "pair_scores"):
            values = {**values, name: tuple(values.get(name, ()))}
        return cls(**values)


PER_EPOCH = 10
"""The largest number of points in an epoch."""


class Points:
    """A summary of steps as points: one after the first step of a run, and one for each tenth of an epoch.

    No step is carried over from one epoch to the next, so that a run resumed there makes the same points.
    """

    def __init__(self) -> None:
        self._steps: list[StepRecord] = []
        self._part: int | None = None

    def add(self, step: StepRecord) -> StepRecord | None:
        """Add a step, and return the point that ends with it, if one does: its losses are means over words."""
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
