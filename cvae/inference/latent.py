"""The latent space of some verbs: their points, the neighbours of a point, paths between points, and their traits.

N is the number of verbs, C of tenses, Z the width of z.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from cvae.data.batches import in_chunks
from cvae.data.inflection import IRREGULAR, inflection_class
from cvae.data.verbs import Paradigm, headword
from cvae.data.vocabulary import Vocabulary, ending
from cvae.inference.conversion import CHUNK, Conversion, encode
from cvae.inference.decoding import Form, decode_all_tenses, decode_forms
from cvae.inference.word_lists import check_verb
from cvae.model.cvae import CVAE
from cvae.model.objective import kl_divergence

MAX_VERBS = 7000
"""The number of verbs to which longer lists are evenly thinned, which bounds the memory and time of a click."""


@dataclass(frozen=True)
class Atlas:
    """Verbs with the posteriors of all their forms. The z of a verb is the mean of its forms' posterior means.

    Where a form is missing, mean and logvar are NaN.
    """

    rows: tuple[Paradigm, ...]
    mean: Tensor  # (N, C, Z)
    logvar: Tensor  # (N, C, Z)

    @cached_property
    def z(self) -> Tensor:
        """The point of each verb, (N, Z)."""
        return self.mean.nanmean(1)

    @cached_property
    def words(self) -> tuple[Tensor, Tensor]:
        """The mean and logvar of all W words, (W, Z) each."""
        known = ~self.mean[..., 0].isnan()
        return self.mean[known], self.logvar[known]

    @cached_property
    def by_form(self) -> dict[str, int]:
        """The verb that a form belongs to; where several share it, the one that has it in the earliest tense."""
        found: dict[str, int] = {}
        for forms in zip(*self.rows, strict=True):
            for i, form in enumerate(forms):
                if form:
                    found.setdefault(form, i)
        return found

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The first form of each verb, with its last form where two verbs begin alike: `lie (lay)`."""
        first = [headword(row) for row in self.rows]
        count = Counter(first)
        pairs = zip(first, self.rows, strict=True)
        return tuple(f"{name} ({headword(row[::-1])})" if count[name] > 1 else name for name, row in pairs)

    def form_of(self, verb: int) -> str:
        """Return a form by which to find this verb: one of no other verb, if there is any."""
        row = self.rows[verb]
        return next((form for form in row if form and self.by_form[form] == verb), headword(row))


@torch.inference_mode()
def survey(model: CVAE, rows: Sequence[Paradigm]) -> Atlas:
    """Encode all forms of these verbs, of at most `MAX_VERBS` of them."""
    rows = tuple(rows)[:: -(-len(rows) // MAX_VERBS)]
    tenses = model.vocabulary.tenses
    words = [word for row in rows for word in row]
    known = [i for i, word in enumerate(words) if word]
    order = sorted(known, key=lambda i: len(words[i]))  # by length, so that little is padded
    mean, logvar = (torch.full((len(words), model.config.z_size), torch.nan) for _ in range(2))
    for chunk in in_chunks(order, CHUNK):
        mean[chunk], logvar[chunk] = encode(model, [words[i] for i in chunk], [tenses[i % len(tenses)] for i in chunk])
    shape = len(rows), len(tenses), -1
    return Atlas(rows, mean.view(shape), logvar.view(shape))


@dataclass(frozen=True)
class Clouds:
    """Draws of z from the prior N(0, I) and from the aggregate posterior, (B, Z) each.

    between: the share of draws from the prior that fall between the verbs: further from the nearest verb than `WITHIN`
    of the draws from the aggregate posterior are.
    """

    prior: Tensor
    posterior: Tensor
    between: float


WITHIN = 0.95


def draw_clouds(atlas: Atlas, count: int = 1000) -> Clouds:
    """Draw from the prior, and from the posteriors of all forms of all verbs; the draws are always the same."""
    generator = torch.Generator().manual_seed(0)
    mean, logvar = atlas.words
    rows = torch.randint(len(mean), (count,), generator=generator)
    prior, epsilon = (torch.randn(count, mean.size(1), generator=generator) for _ in range(2))
    posterior = mean[rows] + (0.5 * logvar[rows]).exp() * epsilon
    far, near = (torch.cdist(points, atlas.z).min(1).values for points in (prior, posterior))
    return Clouds(prior, posterior, float((far > near.quantile(WITHIN)).float().mean()))


@dataclass(frozen=True)
class LocatedWord:
    """A word with its point in z; `verb` is its index in the atlas, or None for a word that is not in it."""

    word: str
    z: Tensor  # (Z,)
    verb: int | None


def locate(model: CVAE, atlas: Atlas, text: str) -> LocatedWord:
    """Find the point of a word: that of its verb when it is a form in the atlas, otherwise the mean of q(z | x).

    Raises BadWord or UnknownCharacter.
    """
    word = check_verb(text, model.vocabulary)
    verb = atlas.by_form.get(word)
    if verb is not None:
        return LocatedWord(atlas.names[verb], atlas.z[verb], verb)
    return LocatedWord(word, encode(model, [word], None)[0][0], None)


@dataclass(frozen=True)
class Neighbour:
    """A verb of the atlas, and the distance of its point from another point in z."""

    verb: int
    name: str
    distance: float


def neighbours(atlas: Atlas, z: Tensor, count: int = 8, without: int | None = None) -> list[Neighbour]:
    """Return the verbs whose points are nearest to z (Z,), nearest first, `without` the verb at z itself."""
    distances = (atlas.z - z).norm(dim=1)
    if without is not None:
        distances[without] = torch.inf
    others = len(distances) - (without is not None)
    near = distances.topk(min(count, others), largest=False)
    return [Neighbour(i, atlas.names[i], d) for d, i in zip(near.values.tolist(), near.indices.tolist(), strict=True)]


def moved(z: Tensor, offsets: dict[int, float]) -> Tensor:
    """Add an offset to some dimensions of z (Z,)."""
    z = z.clone()
    for dimension, offset in offsets.items():
        z[dimension] += offset
    return z


def decode_point(model: CVAE, z: Tensor) -> Conversion:
    """Decode z (Z,) in every tense, with the probabilities: a conversion without a word, of variance 0."""
    [forms] = decode_all_tenses(model, z[None], keep_probabilities=True)
    by_tense = dict(zip(model.vocabulary.tenses, forms, strict=True))
    return Conversion("", "", by_tense, z, torch.full_like(z, -torch.inf))


def straight(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Return `steps` points on the line from start to end, both included: (Z,), (Z,) -> (steps, Z)."""
    t = torch.linspace(0, 1, steps)[:, None]
    return torch.lerp(start, end, t)


def spherical(start: Tensor, end: Tensor, steps: int) -> Tensor:
    """Return `steps` points on the arc from start to end around the origin: (Z,), (Z,) -> (steps, Z).

    The direction turns evenly (slerp: Shoemake 1985; for latent spaces White 2016), and the length goes evenly from the
    one to the other. Where no direction is defined, at the origin or between opposite points, it is a straight line.
    """
    lengths = start.norm(), end.norm()
    if min(lengths) < 1e-6:
        return straight(start, end, steps)
    a, b = start / lengths[0], end / lengths[1]
    angle = math.acos(max(-1.0, min(1.0, float(a @ b))))
    if angle < 1e-3 or angle > math.pi - 1e-3:
        return straight(start, end, steps)
    t = torch.linspace(0, 1, steps)[:, None]
    direction: Tensor = (torch.sin((1 - t) * angle) * a + torch.sin(t * angle) * b) / math.sin(angle)
    return direction * torch.lerp(lengths[0], lengths[1], t)


def decode_along(model: CVAE, points: Tensor, tense: str) -> list[Form]:
    """Decode the word at each point (B, Z) in one tense, with its probabilities. Raises BadWord for another tense."""
    tenses = torch.full((len(points),), model.vocabulary.tense(tense))
    return decode_forms(model, points, tenses, keep_probabilities=True)


def flips(words: Sequence[str]) -> list[bool]:
    """Return for each word of a path whether it differs from the one before."""
    return [i > 0 and words[i - 1] != word for i, word in enumerate(words)]


def analogy(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """Return a - b + c: the step from b to a, taken from c."""
    return a - b + c


def centre(points: Sequence[Tensor]) -> Tensor:
    """Return the mean of several points (Z,)."""
    return torch.stack(list(points)).mean(0)


ENDINGS = 9
"""The number of endings that have a colour of their own; the rest share one."""
REST = "other"
Trait = list[str] | list[float]
"""The class or the number of each verb."""
TRAITS = {
    "regular": "regular or irregular",
    "rule": "spelling rule",
    "ending": "ending",
    "first": "first letter",
    "length": "length in letters",
    "kl": "KL in nats",
}


def traits(vocabulary: Vocabulary) -> list[str]:
    """Return the traits that verbs of this vocabulary have: those of English spelling only where it is English."""
    english = ("regular", "rule")
    return [name for name in TRAITS if name not in english or vocabulary.is_english]


def trait(name: str, atlas: Atlas) -> Trait:
    """Return one of TRAITS for every verb of the atlas.

    Letters and lengths are those of its first form, and its KL is the mean over its forms.
    """
    bases = [headword(row) for row in atlas.rows]
    if name == "regular":
        return ["irregular" if inflection_class(row) in IRREGULAR else "regular" for row in atlas.rows]
    if name == "rule":
        return [inflection_class(row) for row in atlas.rows]
    if name == "ending":
        endings = [f"-{ending(base)}" for base in bases]
        common = {name for name, _ in Counter(endings).most_common(ENDINGS)}
        return [name if name in common else REST for name in endings]
    if name == "first":
        return [base[0] for base in bases]
    if name == "length":
        return [float(len(base)) for base in bases]
    kl: list[float] = kl_divergence(atlas.mean, atlas.logvar).sum(2).nanmean(1).tolist()
    return kl


def legend_order(values: Sequence[str]) -> list[str]:
    """Return the classes of a legend in order: the most common first, single letters alphabetically, REST last."""
    counts = Counter(values)
    if all(len(name) == 1 for name in counts):
        return sorted(counts)
    return sorted(counts, key=lambda name: (name == REST, -counts[name], name))
