"""Measures of z: how much of it is in use, and how far the aggregate posterior is from the prior."""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from cvae.core.config import Objective
from cvae.data.verbs import Paradigm, evenly_spaced, spellings
from cvae.data.vocabulary import MAX_TENSES
from cvae.evaluation.metrics import mark_answers, off_diagonal, off_diagonal_mean, shares_by_tense_pair
from cvae.inference.conversion import encode
from cvae.inference.decoding import decode_forms
from cvae.model.cvae import CVAE
from cvae.model.objective import kl_divergence

ACTIVE_VARIANCE = 0.01
DRAWS = 512
"""The number of points of the aggregate posterior at which its distance from N(0, I) is measured."""
BLOCK = 2048
"""The number of words whose densities are taken at once: what they need stays in the processor's cache."""


def active_units(mean: Tensor) -> int:
    """Count the dimensions of z that tell words apart: Var over words of the posterior mean (N, Z) above 0.01.

    Burda, Grosse and Salakhutdinov 2016, in the experiments, where the representation of the latent space is described.
    """
    return int(active_dimensions(mean).sum())


def active_dimensions(mean: Tensor) -> Tensor:
    """Return for each dimension whether it is active, by the rule of `active_units`: (N, Z) -> (Z,), bool."""
    return mean.var(0) > ACTIVE_VARIANCE


def kl_per_dimension(mean: Tensor, logvar: Tensor) -> Tensor:
    """Return the KL of each dimension in nats, mean over words: (N, Z) twice -> (Z,). The sum is the KL of the loss."""
    return kl_divergence(mean, logvar).mean(0)


def aggregate_moments(mean: Tensor, logvar: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and standard deviation (Z,) of the aggregate posterior, the average of all q(z | x), by dimension.

    They would be 0 and 1 if it were N(0, I). Var z = E[sigma^2] + Var[mu], the law of total variance.
    """
    return mean.mean(0), (logvar.exp().mean(0) + mean.var(0, correction=0)).sqrt()


@torch.inference_mode()
def mutual_information(mean: Tensor, logvar: Tensor, draws: int = DRAWS) -> tuple[float, float]:
    """Estimate I(z; word) = E[log q(z | x) - log q(z)] in nats, with its standard error: at most ln N for N words.

    q(z) is the equal mixture of the N Gaussians (N, Z); one z is drawn from each of `draws` of them. The rest of the KL
    is KL(q(z) || N(0, I)), the distance of the aggregate posterior: Hoffman and Johnson 2016, "ELBO surgery".
    Both densities are taken at the same z in double precision. The variances of a run whose KL costs nothing are so
    small that z rounded to single precision is hundreds of standard deviations away from where it was drawn.
    """
    generator = Generator().manual_seed(0)
    mean, logvar = mean.double(), logvar.double()
    chosen = torch.randperm(len(mean), generator=generator)[:draws]
    noise = torch.randn(len(chosen), mean.size(1), generator=generator)
    z = mean[chosen] + (0.5 * logvar[chosen]).exp() * noise
    # Log densities, without the constant that all share. One z at a time: squares multiplied out into matrix products
    # would cancel where the variances are small.
    precision, squares = (-logvar).exp(), mean.new_empty(len(z), len(mean))
    for first in range(0, len(mean), BLOCK):
        words = slice(first, first + BLOCK)
        apart = torch.empty_like(mean[words])
        for i, point in enumerate(z):
            torch.sub(point, mean[words], out=apart)
            squares[i, words] = apart.square_().mul_(precision[words]).sum(1)
    logs = -0.5 * (squares + logvar.sum(1))  # (B, N)
    own = logs.gather(1, chosen[:, None])[:, 0]
    gains = own - (logs.logsumexp(1) - math.log(len(mean)))
    error = gains.std().item() / math.sqrt(len(gains)) if len(gains) > 1 else math.nan
    return min(gains.mean().item(), math.log(len(mean))), error


@dataclass(frozen=True)
class Health:
    """The information that z carries about some words, with one number for each of its Z dimensions.

    kl: in nats. active: whether the dimension tells words apart. mean, std: of the aggregate posterior.
    information, error: I(z; word) in nats and its standard error. words: the number of words.
    """

    kl: tuple[float, ...]
    active: tuple[bool, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    information: float
    error: float
    words: int

    @property
    def order(self) -> list[int]:
        """The dimensions of z, sorted by falling KL."""
        return sorted(range(len(self.kl)), key=lambda i: -self.kl[i])

    @property
    def active_units(self) -> int:
        """The number of active dimensions."""
        return sum(self.active)

    @property
    def total_kl(self) -> float:
        """The KL of a word in nats, summed over the dimensions."""
        return sum(self.kl)

    @property
    def distance(self) -> float:
        """KL(q(z) || N(0, I)) in nats: what the KL holds besides the information."""
        return max(0.0, self.total_kl - self.information)


@torch.inference_mode()
def examine(mean: Tensor, logvar: Tensor) -> Health:
    """Measure what the posteriors (N, Z) of N words carry."""
    columns = (kl_per_dimension(mean, logvar), active_dimensions(mean), *aggregate_moments(mean, logvar))
    kl, active, means, stds = (tuple(column.tolist()) for column in columns)
    return Health(kl, active, means, stds, *mutual_information(mean, logvar), len(mean))


def describe_activity(active: int, width: int) -> str:
    """Say in one sentence how many of the `width` dimensions of z are active, by `active_units`."""
    if active == 0 and width == 1:
        return "The one dimension is not active: z has collapsed, and says the same of every word."
    if active == 0:
        return f"None of the {width} dimensions is active: z has collapsed, and says the same of every word."
    if active == width == 1:
        return "The one dimension is active: it tells words apart."
    if active == width:
        return f"All {width} dimensions are active: each tells words apart."
    rest = "the other one has" if width - active == 1 else f"the other {width - active} have"
    return f"{active} of {width} dimensions {'is' if active == 1 else 'are'} active; {rest} collapsed to the prior."


VERBS = 100
"""The verbs of a probe: 400 English forms determine an accuracy to about two points, in a fraction of a second."""

SIGNIFICANT = 4
"""The number of significant digits of a KL in a history."""


@dataclass(frozen=True)
class Probe:
    """Measures of z on a sample: nats in each dimension and about the word, and shares of forms right to the letter.

    verb_information: I(z; word | tense), the mean over the tenses of what z tells about the word among those of one
    tense, at most the logarithm of the number of verbs. mutual_information holds what z tells about the tense as well.
    accuracy: asked for as in training, with the posterior mean of the form; accuracy_zero_z: with zeros instead;
    accuracy_other_z: with the mean of another verb, None when there is only one.
    rebuilt: forms that come back in their own tense; tense_fidelity: right conversions to another tense, of all and by
    target tense, which tell whether the decoder heeds the tense or reads it from z.
    merged: of the z of verbs with two words for two tenses, the share that gives one for both, of the worst such pair.
    """

    kl_per_dimension: tuple[float, ...]
    active_units: int
    mutual_information: float
    verb_information: float
    accuracy: float
    accuracy_zero_z: float
    accuracy_other_z: float | None
    rebuilt: float
    tense_fidelity: float | None
    tense_fidelity_by_target: dict[str, float]
    merged: float


@torch.inference_mode()
def probe(model: CVAE, rows: Sequence[Paradigm], objective: Objective) -> Probe:
    """Probe the model on at most VERBS of these verbs, evenly spaced, and on fewer of more than 8 tenses.

    Each form is asked for as it is trained: itself under `same-tense`, else the verb in another tense, a different one
    from verb to verb.
    """
    tenses = len(model.vocabulary.tenses)
    chosen = evenly_spaced(rows, VERBS * MAX_TENSES // max(MAX_TENSES, tenses))
    forms = np.array(chosen)  # (N, C)
    known = forms != ""
    # 1. Encode the W forms that there are. Word i is the form of verb[i] in tense source[i].
    verb, source = known.nonzero()
    mean, logvar = encode(model, forms[known].tolist(), [model.vocabulary.tenses[s] for s in source])  # (W, Z)
    # 2. Decode each in all tenses that its verb has.
    word, tense = known[verb].nonzero()
    answers = np.full((*known.shape, tenses), "", dtype=object)  # verb, source, target
    answers[verb[word], source[word], tense] = spelled(model, mean[word], torch.from_numpy(tense))
    # 3. Ask for one tense of each, with its own z, with none, and with that of the verb before it.
    target = source if objective == "same-tense" else other_tenses(known)
    truth = [spellings(chosen[v], t) for v, t in zip(verb.tolist(), target.tolist(), strict=True)]
    without = spelled(model, torch.zeros(tenses, mean.size(1)), torch.arange(tenses))
    place = np.cumsum(known).reshape(known.shape) - 1  # of each word
    before = np.where(known[verb - 1, source], place[verb - 1, source], place[verb - 1, known.argmax(1)[verb - 1]])
    other = spelled(model, mean[before], torch.from_numpy(target)) if len(chosen) > 1 else None
    return Probe(
        kl_per_dimension=tuple(float(f"{nats:.{SIGNIFICANT}g}") for nats in kl_per_dimension(mean, logvar).tolist()),
        active_units=active_units(mean),
        mutual_information=max(0.0, mutual_information(mean, logvar)[0]),  # an estimate can fall below 0
        verb_information=information_within(mean, logvar, source),
        accuracy=share_right(answers[verb, source, target], truth),
        accuracy_zero_z=share_right([without[t] for t in target], truth),
        accuracy_other_z=None if other is None else share_right(other, truth),
        **fidelity(answers, chosen, model.vocabulary.tenses),
    )


def information_within(mean: Tensor, logvar: Tensor, group: np.ndarray) -> float:
    """Return I(z; word | group) in nats, at least 0, of words with posteriors (W, Z), each in one group (W,)."""
    total = 0.0
    for name in np.unique(group):
        members = torch.from_numpy(group == name)
        total += max(0.0, mutual_information(mean[members], logvar[members])[0]) * int(members.sum())
    return total / len(group)


def other_tenses(known: np.ndarray) -> np.ndarray:
    """Choose for each of the W forms that verbs have (N, C) another tense that its verb has, if any: (W,).

    It is one further in the list for the first verb, two for the second, and so on.
    """
    targets = []
    for i, row in enumerate(known):
        tenses = row.nonzero()[0]
        targets.append(np.roll(tenses, -1 - i % max(1, len(tenses) - 1)))
    return np.concatenate(targets)


def fidelity(answers: np.ndarray, rows: Sequence[Paradigm], tenses: Sequence[str]) -> dict[str, Any]:
    """Return fields of a Probe from the answers (N, C, C) by verb, source and target tense, and N verbs.

    Only forms that a verb has are asked for.
    """
    forms = np.array(rows)  # (N, C)
    known = forms != ""
    asked, right = known[:, :, None] & known[:, None], mark_answers(answers.tolist(), rows)
    shares = shares_by_tense_pair(right, asked)
    between = off_diagonal(len(tenses)) & asked.any(0)
    merged, pairs = (np.zeros((len(tenses), len(tenses))) for _ in range(2))
    for row, mask, answered in zip(forms, known, answers, strict=True):
        among = np.ix_(mask, mask)
        made, differ = answered[among], row[mask, None] != row[mask]
        merged[among] += ((made[:, :, None] == made[:, None]) & differ).sum(0)
        pairs[among] += len(made) * differ
    by_target = {name: float(shares[between[:, t], t].mean()) for t, name in enumerate(tenses) if between[:, t].any()}
    return {
        "rebuilt": float(np.nanmean(shares.diagonal())),
        "tense_fidelity": off_diagonal_mean(shares) if by_target else None,
        "tense_fidelity_by_target": by_target,
        "merged": float((merged / np.maximum(pairs, 1)).max()),
    }


def spelled(model: CVAE, z: Tensor, tense: Tensor) -> list[str]:
    """Decode the words at z (B, Z) in tenses (B,) greedily."""
    return [form.text for form in decode_forms(model, z, tense)]


def share_right(answers: Iterable[str], truth: Iterable[Collection[str]]) -> float:
    """Return the share of answers that are one of the true spellings."""
    return float(np.mean([answer in true for answer, true in zip(answers, truth, strict=True)]))
