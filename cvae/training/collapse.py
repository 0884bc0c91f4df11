"""The judgement of z from the history of a run: whether z is in use, the reason, and what to try."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cvae.evaluation.diagnostics import VERBS, describe_activity
from cvae.training.records import EpochRecord

State = Literal["waiting", "healthy", "thinning", "collapsed"]

EARLY = 3
"""The epoch from which an unused z is a collapse: every model begins with one."""
ENOUGH = 0.75
"""The share of the nats that tell all verbs of the probe apart; with less, the decoder confuses groups of verbs."""
NOTHING = math.log(1.5)
"""Nats about the word below which z hardly tells two words apart, even where a dimension counts as active."""
FALL = 0.9
"""A mutual information below this share of the run's best is a fall, not noise."""
FAR = 2.0
"""Nats between the aggregate posterior and N(0, I) above which most draws of the prior land where no word is."""
HALF = 0.5
"""The share of right forms below which a decoder has not yet learned to spell what z says."""
FILLED = 0.5
"""The share of draws of the prior that are verbs from which a decoder has learned to spell where no word is, too."""
HEAVY = 0.3
"""The KL weight at which models of these words begin to lose dimensions."""


@dataclass(frozen=True)
class Judgement:
    """The state of z, the reason for this verdict, and what to try, in full sentences."""

    state: State
    reason: str
    advice: str


def has_collapsed(active_units: float | None, verb_information: float | None) -> bool:
    """Return whether z says nothing about the verb: no dimension is active, or they hold hardly any nats about it.

    None stands for what was not measured. A dimension counts as active by the variance of its mean (`active_units`),
    which a mean that moves a little without saying anything can reach, too.
    """
    return active_units == 0 or (verb_information is not None and verb_information < NOTHING)


def nats_of_verb(record: EpochRecord) -> float:
    """Return what z tells about the verb, in nats; of older histories, what it tells about the word, tense included."""
    nats = record.mutual_information if record.verb_information is None else record.verb_information
    return nats or 0.0


def judge(history: Sequence[EpochRecord], verbs: int = VERBS) -> Judgement:
    """Judge z by the newest scored epoch of a run that trains on this number of verbs."""
    scored = [record for record in history if record.mutual_information is not None and record.active_units is not None]
    if not scored:
        return Judgement("waiting", "Nothing was measured yet.", "Wait for the first scores.")
    now, told = scored[-1], [nats_of_verb(record) for record in scored]
    if now.epoch >= EARLY and has_collapsed(now.active_units, told[-1]):
        return _collapsed(now, max(told))
    if now.active_units == 0:
        return Judgement("waiting", "No dimension of z is in use yet, as at the start of every run.", "Let it run.")
    probed = max(2, min(verbs, VERBS))
    if told[-1] >= ENOUGH * math.log(probed):
        return _healthy(now, probed, max(probed, verbs))
    if len(told) == 1 or told[-1] > max(told[:-1]):
        more = ", more than ever before" if len(told) > 1 else ""
        return Judgement(
            "healthy",
            f"z is filling: {_apart(told[-1], probed)}{more}.",
            "Let it run, and keep the KL weight low until the verbs are told apart.",
        )
    return _thinning(now, max(told), probed)


def _apart(nats: float, probed: int) -> str:
    """Explain mutual information: I nats tell exp(I) equally likely verbs apart."""
    count = probed if nats >= math.log(probed) else max(1, round(math.exp(nats)))
    if count == probed:
        return f"it tells all {probed} verbs of the probe apart"
    return f"it tells about {count} of {probed} verbs apart" if count > 1 else "it hardly tells two verbs apart"


def _use(now: EpochRecord) -> str:
    return describe_activity(now.active_units or 0, len(now.kl_per_dimension))


def _collapsed(now: EpochRecord, best: float) -> Judgement:
    nats = nats_of_verb(now)
    said = f"z holds only {nats:.2f} nats about the verb." if now.active_units else _use(now)
    reason = f"{said} KL is {now.kl:.2f} nats, and the decoder writes without using z."
    if best > 1:
        reason += f" At its best, z held {best:.1f} nats about the verb."
    if now.beta >= HEAVY:
        why = f"At a KL weight of {now.beta:.2f} each nat of KL costs more than it saves early in training. "
        return Judgement("collapsed", reason, why + "Lower the weight to 0.02, then raise it slowly.")
    return Judgement(
        "collapsed",
        reason,
        "Hide letters from the decoder (letter dropout 0.2), so that it needs z, or make its hidden size smaller; "
        "then hold the KL weight at 0 for some epochs.",
    )


def _thinning(now: EpochRecord, best: float, probed: int) -> Judgement:
    nats = nats_of_verb(now)
    reason = f"z holds {nats:.1f} nats about the verb: {_apart(nats, probed)}. "
    fallen = nats < FALL * best
    reason += f"It was {best:.1f} nats at best." if fallen else "It has stopped growing there."
    if now.accuracy is not None:
        reason += f" {now.accuracy:.0%} of the forms are right."
    if now.beta >= HEAVY:
        return Judgement("thinning", reason, f"Halve the KL weight of {now.beta:.2f}, and watch z refill.")
    return Judgement(
        "thinning",
        reason,
        "Train longer or faster, give z more dimensions, or hide letters from the decoder so that it needs z more.",
    )


def _healthy(now: EpochRecord, probed: int, verbs: int) -> Judgement:
    nats = nats_of_verb(now)
    reason = f"{_use(now)} z holds {nats:.1f} nats about the verb: {_apart(nats, probed)}."
    if now.accuracy is not None and now.accuracy_zero_z is not None:
        reason += f" With z, {now.accuracy:.0%} of the forms are right, with zeros {now.accuracy_zero_z:.0%}."
    if now.accuracy is not None and now.accuracy < HALF:
        return Judgement(
            "healthy", reason, "Let it run: z tells the verbs apart, and the decoder is still learning to spell."
        )
    # Both of the same words, those of the probe: z may hold as many nats more as tell its verbs from all the others.
    kl = sum(now.kl_per_dimension)
    idle = kl - (now.mutual_information or 0.0) - math.log(verbs / probed)
    if idle > FAR and (now.gaussian_score or 0.0) < FILLED:
        return Judgement(
            "healthy",
            f"{reason} But at least {idle:.0f} of the {kl:.0f} nats of KL tell no words apart.",
            "Raise the KL weight: the posteriors move towards the prior, and draws from it land on words more often.",
        )
    return Judgement("healthy", reason, "Nothing is wrong. Raise the KL weight a little, and see which dimensions go.")
