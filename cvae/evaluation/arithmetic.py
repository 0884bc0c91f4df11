"""Sums and ways in z: what one would expect of them, and how often it holds for many that are drawn.

On a way from one verb to another one would expect a verb at every step. Two kinds of sums, a − b + c, have an answer
that one can look up. Forms: walking − walk + go = going, where a and b are forms of one verb, and c is a form of
another in the tense of b. Beginnings: export − import + impose = expose, where four verbs are made of two beginnings
and two ends.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import permutations

import torch
from torch import Tensor

from cvae.inference.decoding import decode_forms
from cvae.inference.latent import Atlas, analogy
from cvae.model.cvae import CVAE

SUMS = 500
"""The number of sums of each kind that are measured; there may be fewer sums of beginnings."""
SHORTEST_END, BEGINNINGS = 3, range(1, 5)
"""The fewest letters of an end, and the numbers of letters that a beginning may have."""
WALKS, STEPS = 200, 9
"""The number of ways that are measured, and of points on each, both ends included."""


@dataclass(frozen=True)
class Sum:
    """A sum a − b + c of words, the word to expect, its tense as a number, and the word decoded in this tense."""

    a: str
    b: str
    c: str
    tense: int
    expected: str
    decoded: str = ""

    @property
    def holds(self) -> bool:
        """Whether the expected word was decoded."""
        return self.decoded == self.expected


def point_of(atlas: Atlas, word: str) -> Tensor:
    """Return the posterior mean (Z,) of a form of the atlas, in its tense. Raises KeyError for another word."""
    verb = atlas.by_form[word]
    return atlas.mean[verb, atlas.rows[verb].index(word)]


def expect_sum(atlas: Atlas, a: str, b: str, c: str) -> Sum | None:
    """Return the sum a − b + c with the word to expect; None when it is of neither kind or has unknown words."""
    if not {a, b, c} <= atlas.by_form.keys():
        return None
    rows = [atlas.rows[atlas.by_form[word]] for word in (a, b, c)]
    if rows[0] == rows[1] != rows[2] and a != b and rows[2][rows[1].index(b)] == c:
        tense = rows[0].index(a)
        return Sum(a, b, c, tense, rows[2][tense]) if rows[2][tense] else None
    for length in BEGINNINGS:
        end = a[length:]
        beginning = b.removesuffix(end)
        if len(end) >= SHORTEST_END and beginning != b and c.startswith(beginning) and a != b != c:
            expected = a[:length] + c.removeprefix(beginning)
            if expected in atlas.by_form and expected not in (a, c):
                return Sum(a, b, c, rows[2].index(c), expected)
    return None


def form_sums(atlas: Atlas, count: int = SUMS, seed: int = 0) -> list[Sum]:
    """Draw sums of forms, evenly over verbs and tenses; only forms that no two verbs or tenses share."""
    chance, sums = random.Random(seed), []
    alone = [row for i, row in enumerate(atlas.rows) if len(set(row)) == len(row)
             and all(atlas.by_form.get(form) == i for form in row)]  # fmt: skip
    for _ in range(count if len(alone) > 1 else 0):
        one, other = chance.sample(alone, 2)
        to, since = chance.sample(range(len(one)), 2)
        sums.append(Sum(one[to], one[since], other[since], to, other[to]))
    return sums


def beginning_sums(atlas: Atlas, count: int = SUMS, seed: int = 0) -> list[Sum]:
    """Draw sums of beginnings from all that the first forms of the verbs have; the same seed gives the same sums."""
    ends: dict[str, set[str]] = defaultdict(set)
    for row in atlas.rows:
        for length in BEGINNINGS:
            if len(row[0]) >= length + SHORTEST_END:
                ends[row[0][length:]].add(row[0][:length])
    shared: dict[tuple[str, str], list[str]] = defaultdict(list)
    for end, beginnings in sorted(ends.items()):
        for pair in permutations(sorted(beginnings), 2):
            shared[pair].append(end)
    pairs = sorted(pair for pair, found in shared.items() if len(found) > 1)
    weights = [len(shared[pair]) * (len(shared[pair]) - 1) for pair in pairs]
    chance, sums = random.Random(seed), {}
    for to, since in chance.choices(pairs, weights, k=2 * count) if pairs else ():  # some come twice
        first, second = chance.sample(shared[to, since], 2)
        found = Sum(to + first, since + first, since + second, 0, to + second)
        sums[found.a, found.b, found.c] = found
    return list(sums.values())[:count]


def decode_sums(model: CVAE, atlas: Atlas, sums: Sequence[Sum]) -> list[Sum]:
    """Decode each sum at the point a − b + c of its words' posterior means."""
    if not sums:
        return []
    z = torch.stack([analogy(*(point_of(atlas, word) for word in (each.a, each.b, each.c))) for each in sums])
    forms = decode_forms(model, z, torch.tensor([each.tense for each in sums]))
    return [replace(each, decoded=form.text) for each, form in zip(sums, forms, strict=True)]


def count_whole_walks(
    model: CVAE, atlas: Atlas, way: Callable[[Tensor, Tensor, int], Tensor], count: int = WALKS
) -> int:
    """Count the ways between two verbs on which every word is the first form of a verb of the atlas.

    way: returns the points between two of them, such as `cvae.inference.latent.straight`. The pairs of verbs, and so
    the ends, are the same for each kind of way. Raises ValueError for fewer than two verbs.
    """
    chance, known = random.Random(0), {row[0] for row in atlas.rows}
    pairs = [chance.sample(range(len(atlas.rows)), 2) for _ in range(count)]
    z = torch.cat([way(atlas.z[start], atlas.z[end], STEPS)[1:-1] for start, end in pairs])
    words = [form.text for form in decode_forms(model, z, torch.zeros(len(z), dtype=torch.long))]
    return sum(known.issuperset(words[i : i + STEPS - 2]) for i in range(0, len(words), STEPS - 2))
