"""Invented verbs for any language: the stem of a verb is replaced by other letters in all its forms.

Such words teach a model to copy stems that it has never seen (Anastasopoulos and Neubig 2019, "Pushing the limits of
low-resource morphological inflection", section 3, who call it data hallucination).
"""

import random
from collections.abc import Sequence

from cvae.data.verbs import Paradigm, Verb, all_spellings, spellings
from cvae.data.vocabulary import MAX_LETTERS

SHORTEST = 3
"""The fewest letters of a stem that is replaced. Its first and last letter stay, because they decide the endings."""


def common_stem(verb: Paradigm) -> str:
    """Return the longest substring that all forms of a verb have in common, the leftmost among equals."""
    shortest, *others = sorted(all_spellings([verb]), key=lambda form: (len(form), form))
    for length in range(len(shortest), 0, -1):
        for start in range(len(shortest) - length + 1):
            piece = shortest[start : start + length]
            if all(piece in form for form in others):
                return piece
    return ""


def invent_verbs(rows: Sequence[Paradigm], count: int, seed: int) -> list[Paradigm]:
    """Invent `count` verbs like these, the same ones from the same seed; none where no verb has a stem long enough.

    Each has the endings of one of the verbs, with one letter less to two more in its stem. Letters come as often as in
    the stems of all verbs.
    """
    stems = [(row, stem) for row in rows if len(stem := common_stem(row)) >= SHORTEST]
    letters = "".join(stem[1:-1] for _, stem in stems)
    dice, invented = random.Random(seed), list[Paradigm]()
    for _ in range(count if stems else 0):
        row, stem = dice.choice(stems)
        inner = "".join(dice.choices(letters, k=max(1, len(stem) - 2 + dice.randint(-1, 2))))
        new = stem[0] + inner + stem[-1]
        cells = [[form.replace(stem, new, 1) for form in spellings(row, tense)] for tense in range(len(row))]
        if max(len(form) for cell in cells for form in cell) <= MAX_LETTERS:
            invented.append(Verb(cells))
    return invented
