"""Paradigms drawn from the prior, or from the posterior of a word."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from cvae.core.config import MOST_DRAWS
from cvae.core.errors import BadConfig
from cvae.data.batches import in_chunks
from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import MAX_LETTERS
from cvae.inference.conversion import chunk_size, encode, infer_posterior
from cvae.inference.decoding import decode_all_tenses
from cvae.model.cvae import CVAE
from cvae.model.parallel import map_chunks

MAX_TEMPERATURE = 10.0


def draw_prior(model: CVAE, count: int, seed: int, temperature: float = 1.0) -> Tensor:
    """Draw `count` points z = temperature * epsilon, epsilon ~ N(0, I): (count, Z). At temperature 1 this is the prior.

    Row i depends only on the seed and i, so that a longer draw begins with the shorter one. Raises BadConfig.
    """
    if not 1 <= count <= MOST_DRAWS:
        raise BadConfig(f"Draw between 1 and {MOST_DRAWS:,} paradigms, not {count:,}.")
    if not 0 <= temperature <= MAX_TEMPERATURE:
        raise BadConfig(f"The temperature must be between 0 and {MAX_TEMPERATURE:g}, not {temperature:g}.")
    generator = torch.Generator().manual_seed(seed)
    rows = [torch.randn(model.config.z_size, generator=generator) for _ in range(count)]
    return temperature * torch.stack(rows)


def draw_posterior(
    model: CVAE, mean: Tensor, logvar: Tensor, count: int, seed: int, temperature: float = 1.0
) -> Tensor:
    """Draw `count` points z = mu + temperature * sigma * epsilon of a posterior with mean and logvar (Z,) each.

    Returns (count, Z); epsilon is as in `draw_prior`. Raises BadConfig.
    """
    return mean + (0.5 * logvar).exp() * draw_prior(model, count, seed, temperature)


@torch.inference_mode()
def draw_aggregate(model: CVAE, rows: Sequence[Paradigm], count: int, seed: int, temperature: float = 1.0) -> Tensor:
    """Draw `count` points of the aggregate posterior, the mean of q(z | x, c) over all forms of some verbs: (count, Z).

    A form is drawn, then z of its posterior: where the model has its verbs, which is not where N(0, I) is (Hoffman and
    Johnson 2016; Tomczak and Welling 2018 make it the prior). epsilon is as in `draw_prior`. Raises BadConfig.
    """
    if not rows:
        raise BadConfig("The training verbs of this model are not at hand: there is nothing to draw from.")
    epsilon = draw_prior(model, count, seed, temperature)
    words = [(form, name) for row in rows for form, name in zip(row, model.vocabulary.tenses, strict=True) if form]
    generator = torch.Generator().manual_seed(seed)
    chosen = [words[int(torch.randint(len(words), (), generator=generator))] for _ in range(count)]
    parts = [encode(model, *map(list, zip(*part, strict=True))) for part in in_chunks(chosen)]
    mean, logvar = (torch.cat(column) for column in zip(*parts, strict=True))
    return mean + (0.5 * logvar).exp() * epsilon


def sample(model: CVAE, count: int, seed: int = 0, temperature: float = 1.0) -> list[Paradigm]:
    """Decode paradigms from draws of the prior; the same seed gives the same ones. Raises BadConfig."""
    return decode_paradigms(model, draw_prior(model, count, seed, temperature))


def decode_paradigms(model: CVAE, z: Tensor) -> list[Paradigm]:
    """Decode the words at each z (B, Z) in all tenses."""
    decoded = map_chunks(lambda part: decode_all_tenses(model, part), z.split(chunk_size(model.vocabulary)))
    return [tuple(form.text for form in forms) for part in decoded for forms in part]


def count_unended(paradigms: Iterable[Sequence[str]]) -> int:
    """Count the words that did not end: only these are longer than `MAX_LETTERS`."""
    return sum(len(word) > MAX_LETTERS for paradigm in paradigms for word in paradigm)


def describe_unended(paradigms: Sequence[Sequence[str]]) -> str:
    """Say in one sentence how many words were stopped; return an empty text when all ended."""
    count, words = count_unended(paradigms), sum(map(len, paradigms))
    return f"{count:,} of {words:,} words stopped after {MAX_LETTERS + 1} letters: no end came." if count else ""


def draw_around(model: CVAE, word: str, source: str | None, count: int, seed: int, temperature: float = 1.0) -> Tensor:
    """Draw `count` points of the posterior of a word, its tense given or found as in `convert`: (count, Z).

    Raises BadConfig, BadWord or UnknownCharacter.
    """
    inferred = infer_posterior(model, [word], None if source is None else [model.vocabulary.tense(source)])
    return draw_posterior(model, inferred.mean[0], inferred.logvar[0], count, seed, temperature)


def sample_around(
    model: CVAE, word: str, source: str | None, count: int, seed: int = 0, temperature: float = 1.0
) -> list[Paradigm]:
    """Decode paradigms from draws of the posterior of a word, see `draw_around`."""
    return decode_paradigms(model, draw_around(model, word, source, count, seed, temperature))


def sample_aggregate(
    model: CVAE, rows: Sequence[Paradigm], count: int, seed: int = 0, temperature: float = 1.0
) -> list[Paradigm]:
    """Decode paradigms from draws of the aggregate posterior of these verbs, see `draw_aggregate`."""
    return decode_paradigms(model, draw_aggregate(model, rows, count, seed, temperature))
