"""A few conversions to watch during a run: the same words from the first epoch to the last."""

from collections.abc import Sequence
from dataclasses import dataclass

from cvae.inference import convert
from cvae.kinds import kind
from cvae.model import CVAE
from cvae.paradigms import Paradigm
from cvae.training_data import TrainingData
from cvae.vocabulary import Vocabulary

FAVOURITES = ("go", "sing", "walk", "stop", "try", "teach")
"""Verbs that show most in a few lines, where they are trained on."""
NEVER_TRAINED = ("shoot", "marry", "blink")
TRAINED_SHOWN, NEVER_SHOWN, SHOWN = 4, 2, 6
IRREGULAR = ("irregular", "prefixed irregular")


@dataclass(frozen=True)
class Example:
    """A verb whose first form is converted into all tenses; note: what the run knows about it."""

    row: Paradigm
    note: str

    @property
    def word(self) -> str:
        """What the model is given."""
        return self.row[0]


def examples(data: TrainingData) -> list[Example]:
    """Verbs of the training, irregular ones among them, and verbs never trained on; of other tenses, six of all."""
    if data.paradigms.vocabulary != Vocabulary():
        return [Example(row, "trained") for row in data.paradigms.spread(SHOWN).rows]
    rows = data.paradigms.rows
    irregular = favourites([row for row in rows if kind(row) in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    regular = favourites([row for row in rows if kind(row) not in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    never = favourites(data.heldout, NEVER_TRAINED, NEVER_SHOWN)
    groups = ((irregular, "irregular"), (regular, "regular"), (never, "never trained on"))
    return [Example(row, note) for group, note in groups for row in group]


def favourites(rows: Sequence[Paradigm], words: Sequence[str], count: int) -> list[Paradigm]:
    """`count` of these rows: those of the given words first, in their order, then as they come."""
    rank = {word: i for i, word in enumerate(words)}
    return sorted(rows, key=lambda row: rank.get(row[0], len(rank)))[:count]


def converted(model: CVAE, shown: Sequence[Example]) -> tuple[Paradigm, ...]:
    """For each example the word as given, then what the model makes of it in every tense."""
    answers = convert(model, [example.word for example in shown], model.vocabulary.tenses[0])
    return tuple((answer.word, *(form.text for form in answer.forms.values())) for answer in answers)


def changed(before: Sequence[Paradigm], after: Sequence[Paradigm]) -> list[tuple[bool, ...]]:
    """For each row of `converted`, by tense, whether the form is another than before; all False for a new word."""
    known = {row[0]: row for row in before}
    return [tuple(old != new for old, new in zip(known.get(row[0], row), row, strict=True))[1:] for row in after]
