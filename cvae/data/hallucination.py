"""Invented verbs for any language: the stem of a verb is replaced by pieces of other stems in all its forms.

Such words teach a model to copy stems that it has never seen. Anastasopoulos and Neubig 2019, "Pushing the limits of
low-resource morphological inflection", section 3, call it data hallucination and take random letters; Liu and Hulden
2022, "Can a Transformer Pass the Wug Test?", take substrings.
"""

import random
from collections.abc import Sequence

from cvae.data.verbs import Paradigm, Verb, all_spellings, spellings
from cvae.data.vocabulary import MAX_LETTERS

SHORTEST = 3
"""The fewest letters of a stem that is replaced. Its first and last letter stay, because they decide the endings."""
PIECE = 4
"""The most letters of a piece."""


def common_stem(verb: Paradigm) -> str:
    """Return the longest substring that all forms of a verb have in common, the leftmost among equals."""
    shortest, *others = sorted(all_spellings([verb]), key=lambda form: (len(form), form))
    for length in range(len(shortest), 0, -1):
        for start in range(len(shortest) - length + 1):
            piece = shortest[start : start + length]
            if all(piece in form for form in others):
                return piece
    return ""


def invent_verbs(rows: Sequence[Paradigm], count: int, seed: int, longer: int) -> list[Paradigm]:
    """Invent `count` verbs like these, the same ones from the same seed; none where no verb has a stem long enough.

    Each has the endings of one of the verbs, and a stem with one letter less to `longer` more, all as often.
    """
    stems = [(row, stem) for row in rows if len(stem := common_stem(row)) >= SHORTEST]
    dice, invented = random.Random(seed), list[Paradigm]()
    for _ in range(count if stems else 0):
        row, stem = dice.choice(stems)
        length, inner = max(1, len(stem) - 2 + dice.randint(-1, longer)), ""
        while len(inner) < length:
            other, size = dice.choice(stems)[1], dice.randint(1, PIECE)
            start = dice.randrange(max(1, len(other) - size + 1))
            inner += other[start : start + size]
        new = stem[0] + inner[:length] + stem[-1]
        cells = [[form.replace(stem, new, 1) for form in spellings(row, tense)] for tense in range(len(row))]
        if max(len(form) for cell in cells for form in cell) <= MAX_LETTERS:
            invented.append(Verb(cells))
    return invented
