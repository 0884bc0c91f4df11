"""What z is worth: the posteriors of a fixed sample of verbs, and their forms spelled with and without z."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cvae.core.config import Objective
from cvae.data.paradigms import Paradigm, evenly_spaced
from cvae.evaluation.diagnostics import active_units, kl_per_dimension, mutual_information
from cvae.inference.conversion import encode, spell
from cvae.model.cvae import CVAE

VERBS = 100
"""Verbs of the sample: 400 English forms tell an accuracy to about two points, in a fraction of a second."""
SIGNIFICANT = 4
"""Digits of a KL that are worth a place in a history."""


@dataclass(frozen=True)
class Probe:
    """Nats by dimension of z, and in all about the word; shares of forms that come out right to the letter.

    accuracy: with the posterior mean of the form; accuracy_zero_z: with zeros instead; accuracy_other_z: with the mean
    of another verb, None when there is only one.
    """

    kl_per_dimension: tuple[float, ...]
    active_units: int
    mutual_information: float
    accuracy: float
    accuracy_zero_z: float
    accuracy_other_z: float | None


@torch.inference_mode()
def probe(model: CVAE, rows: Sequence[Paradigm], objective: Objective) -> Probe:
    """Probe the model on at most VERBS of these verbs, evenly spaced.

    Each form is asked for as it is trained: itself under `same-tense`, else the verb in another tense, a different one
    from verb to verb.
    """
    chosen = evenly_spaced(rows, VERBS)
    tenses = len(model.vocabulary.tenses)
    words = [word for row in chosen for word in row]
    mean, logvar = encode(model, words, list(model.vocabulary.tenses) * len(chosen))  # (N, Z), N = verbs * C
    verb, source = torch.arange(len(words)) // tenses, torch.arange(len(words)) % tenses
    step = torch.zeros_like(verb) if objective == "same-tense" else 1 + verb % (tenses - 1)
    target = (source + step) % tenses
    truth = [chosen[v][t] for v, t in zip(verb.tolist(), target.tolist(), strict=True)]
    without = spelled(model, torch.zeros(tenses, mean.size(1)), torch.arange(tenses))
    other = spelled(model, mean.roll(tenses, 0), target) if len(chosen) > 1 else None
    return Probe(
        kl_per_dimension=tuple(shorten(value) for value in kl_per_dimension(mean, logvar).tolist()),
        active_units=active_units(mean),
        mutual_information=max(0.0, mutual_information(mean, logvar)[0]),  # an estimate can fall below 0
        accuracy=share_right(spelled(model, mean, target), truth),
        accuracy_zero_z=share_right([without[t] for t in target.tolist()], truth),
        accuracy_other_z=None if other is None else share_right(other, truth),
    )


def spelled(model: CVAE, z: Tensor, tense: Tensor) -> list[str]:
    """The likeliest letters of z (B, Z) in tenses (B,)."""
    return [model.vocabulary.decode(ids) for ids in spell(model, z, tense).ids.tolist()]


def share_right(answers: Iterable[str], truth: Iterable[str]) -> float:
    """The share of answers that are right to the letter."""
    return float(np.mean([answer == true for answer, true in zip(answers, truth, strict=True)]))


def shorten(value: float) -> float:
    """Rounded to the digits that a reader can use."""
    return float(f"{value:.{SIGNIFICANT}g}")
