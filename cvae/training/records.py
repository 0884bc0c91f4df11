"""The records of steps and epochs that training yields, and points, which summarise some steps in a row."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Annotated

import numpy as np

from cvae.core.errors import BadRun
from cvae.core.schema import Count, Most, Nats, Seconds, Share, Within
from cvae.data.vocabulary import MOST_TENSES

Words = Annotated[tuple[Annotated[str, Most(200)], ...], Most(1000)]
"""Words that a model wrote, or that it was given."""
Figures = Annotated[dict[str, Share], Most(MOST_TENSES)]
Beta = Annotated[float, Within(0, 10)]
LearningRate = Annotated[float, Within(0, 10)]

SCORES = ("bleu4", "gaussian_score", "distinct", "heldout")
"""The scores of an EpochRecord that are shown first."""
SHARES = (
    "bleu4", "gaussian_score", "rebuilt", "tense_fidelity", "tense_fidelity_by_target", "accuracy", "accuracy_zero_z",
    "accuracy_other_z", "heldout", "heldout_by_kind", "merged",
)  # fmt: skip
"""The scores of an EpochRecord between 0 and 1, and its tables of such scores."""
HELDOUT = {"reconstruction": "heldout_reconstruction", "kl": "heldout_kl"}
"""The losses on held-out verbs, which are drawn beside those of training."""


@dataclass(frozen=True)
class Knobs:
    """The KL weight, teacher forcing ratio and learning rate of one step."""

    beta: Beta
    teacher_forcing: Share
    learning_rate: LearningRate


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step over `words` words, or a point: losses as in EpochRecord, and the knobs of the (last) step.

    epochs: epochs done, with the fraction of the present one. step: steps done since the run began.
    """

    epochs: Annotated[float, Within(0, 1e6)]
    step: Count
    seconds: Seconds
    words: Count
    reconstruction: Nats
    kl: Nats
    beta: Beta
    teacher_forcing: Share
    learning_rate: LearningRate


@dataclass(frozen=True, slots=True)
class EpochRecord:
    """One epoch: losses are means over its words in nats per word, KL unweighted; knobs are those of its last step.

    seconds: training and scoring since the run began. The scores are None in epochs that were not scored, and where
    there is nothing to score on (no test pairs or held-out verbs for data of other tenses).
    accuracy and its two neighbours, rebuilt, tense_fidelity, merged, mutual_information, verb_information and
    kl_per_dimension are those of `cvae.evaluation.diagnostics`; heldout is exact match on verbs that are not trained
    on, heldout_by_kind the same by inflection class, heldout_reconstruction and heldout_kl are their losses, see
    `cvae.evaluation.likelihood.unseen_losses`; conversions are rows of `cvae.training.scoring.converted`, forced of its
    `spelled_after_true_letters`. pair_answers, pair_scores: the answer to each test pair, and its BLEU-4.
    """

    epoch: Annotated[int, Within(1, 10**6)]
    step: Count
    seconds: Seconds
    beta: Beta
    teacher_forcing: Share
    learning_rate: LearningRate
    reconstruction: Nats
    kl: Nats
    bleu4: Share | None = None
    gaussian_score: Share | None = None
    distinct: Count | None = None
    heldout: Share | None = None
    active_units: Count | None = None
    samples: Annotated[tuple[Words, ...], Most(100)] = ()
    kl_per_dimension: Annotated[tuple[Nats, ...], Most(1024)] = ()
    mutual_information: Annotated[float, Within(-100, 100)] | None = None
    accuracy: Share | None = None
    accuracy_zero_z: Share | None = None
    accuracy_other_z: Share | None = None
    heldout_by_kind: Figures = field(default_factory=dict)
    heldout_reconstruction: Nats | None = None
    heldout_kl: Nats | None = None
    conversions: Annotated[tuple[Words, ...], Most(100)] = ()
    rebuilt: Share | None = None
    tense_fidelity: Share | None = None
    tense_fidelity_by_target: Figures = field(default_factory=dict)
    merged: Share | None = None
    pair_answers: Words = ()
    pair_scores: Annotated[tuple[Share, ...], Most(1000)] = ()
    forced: Annotated[tuple[Words, ...], Most(100)] = ()
    verb_information: Annotated[float, Within(-100, 100)] | None = None

    @property
    def widths(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of samples, conversions, dimensions and pairs that were recorded, and of the words in each."""
        words = tuple((*map(len, rows),) for rows in (self.samples, self.conversions, self.forced))
        figures = (len(self.kl_per_dimension),), (len(self.pair_answers), len(self.pair_scores))
        return *words, *figures


LEARNT, CLOSE = 0.9, 0.1
"""The share of training forms at which a model has learned them, and the largest gap to held-out ones that is small."""


def describe_gap(record: EpochRecord) -> str:
    """Say in a sentence what exact match on training verbs and on held-out ones means, as far as they are known."""
    known, heldout = record.tense_fidelity, record.heldout
    if known is None:
        return ""
    if heldout is None:
        said = f"{known:.0%} of the conversions of training verbs are right"
        return f"{said}; no verb is held out, so new ones are not measured."
    meaning = (
        "it cannot convert its own verbs yet."
        if known < LEARNT
        else "what it learned carries over to new verbs."
        if known - heldout <= CLOSE
        else f"the gap of {100 * (known - heldout):.0f} points is what it has memorized without a rule for new verbs."
    )
    return f"{known:.0%} of the conversions of training verbs are right, {heldout:.0%} of held-out ones: {meaning}"


def check_history(history: Sequence[EpochRecord]) -> None:
    """Check that epochs and steps rise, and that all epochs that recorded words recorded as many. Raises BadRun."""
    check_rising(history, "epoch")
    check_rising(history, "step")
    for record in history:
        answers, scores = len(record.pair_answers), len(record.pair_scores)
        if answers != scores:
            raise BadRun(f"Epoch {record.epoch} recorded {answers} answers to test pairs, and {scores} scores of them.")
    for shapes in zip(*(record.widths for record in history), strict=True):
        if len({shape for shape in shapes if any(shape)}) > 1:
            raise BadRun("Its epochs recorded unequally many words or figures.")


def check_rising(records: Sequence[StepRecord] | Sequence[EpochRecord], name: str) -> None:
    """Check that a column rises from record to record. Raises BadRun."""
    for before, after in pairwise(getattr(record, name) for record in records):
        if before >= after:
            raise BadRun(f"{name} {after:,} comes after {before:,}.")


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
