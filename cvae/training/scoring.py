"""A few conversions to watch during a run: the same words from the first epoch to the last."""

from collections.abc import Sequence

from cvae.data.dataset import TrainingData
from cvae.data.inflection import kind
from cvae.data.paradigms import Paradigm, evenly_spaced
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.model.cvae import CVAE

FAVOURITES = ("go", "sing", "walk", "stop", "try", "teach")
"""Verbs that show most in a few lines, where they are trained on."""
NEVER_TRAINED = ("shoot", "marry", "blink")
TRAINED_SHOWN, NEVER_SHOWN, SHOWN = 4, 2, 6
IRREGULAR = ("irregular", "prefixed irregular")


def examples(data: TrainingData) -> Sequence[Paradigm]:
    """Irregular and regular verbs of the training, then verbs never trained on; of other tenses, SHOWN of all verbs."""
    rows = data.paradigms.rows
    if data.paradigms.vocabulary != Vocabulary():
        return evenly_spaced(rows, SHOWN)
    irregular = favourites([row for row in rows if kind(row) in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    regular = favourites([row for row in rows if kind(row) not in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    return [*irregular, *regular, *favourites(data.heldout, NEVER_TRAINED, NEVER_SHOWN)]


def favourites(rows: Sequence[Paradigm], words: Sequence[str], count: int) -> list[Paradigm]:
    """`count` of these rows: those of the given words first, in their order, then as they come."""
    rank = {word: i for i, word in enumerate(words)}
    return sorted(rows, key=lambda row: rank.get(row[0], len(rank)))[:count]


def converted(model: CVAE, shown: Sequence[Paradigm]) -> tuple[Paradigm, ...]:
    """For each verb its first form, as it is given, then what the model makes of that in every tense."""
    answers = convert(model, [row[0] for row in shown], model.vocabulary.tenses[0])
    return tuple((answer.word, *(form.text for form in answer.forms.values())) for answer in answers)


def changed(before: Sequence[Paradigm], after: Sequence[Paradigm]) -> list[tuple[bool, ...]]:
    """For each row of `converted`, by tense, whether the form is another than before; all False for a new word."""
    known = {row[0]: row for row in before}
    return [tuple(old != new for old, new in zip(known.get(row[0], row), row, strict=True))[1:] for row in after]
