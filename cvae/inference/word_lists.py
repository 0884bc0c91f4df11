"""What is known about words besides the model: the word lists, and verbs that have no such forms."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from cvae.core.errors import BadData, BadWord
from cvae.data.paradigms import Paradigm, read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.model.checkpoint import CheckpointInfo

MODALS = frozenset(["can", "could", "may", "might", "must", "ought", "shall", "should", "will", "would"])
OTHER_FORMS_OF_BE = frozenset(["am", "are", "were", "been"])

KEPT = 16
"""Word lists that are kept at hand for each purpose: there may be any number of models."""

Origin = Literal["known", "real", "invented"]
"""Of a paradigm: in the training data, a real verb outside it, or in no word list."""

Standing = Literal["trained", "practised", "real", "unlisted"]
"""Of a word: in the training data, in its augmentation, a real verb outside both, or in no word list."""


@dataclass(frozen=True)
class Entry:
    """What the word lists know about a word: the verbs that it is a form of (none when it is unlisted)."""

    standing: Standing
    rows: tuple[Paradigm, ...] = ()


def check_verb(text: str, vocabulary: Vocabulary) -> str:
    """The normalized word, when it can be conjugated. Raises BadWord or UnknownCharacter with a sentence."""
    word = vocabulary.check(text)
    if vocabulary == Vocabulary() and word in MODALS:
        raise BadWord(f"“{word}” is a modal verb: it has no third person and no progressive, so there is no paradigm.")
    if vocabulary == Vocabulary() and word in OTHER_FORMS_OF_BE:
        raise BadWord(f"“{word}” is a form of “be” beyond the four shown here: try be, is, being or was.")
    return word


@cache
def real_paradigms() -> frozenset[Paradigm]:
    """All verbs of the English word lists."""
    return frozenset(row for name in ("train", "large", "heldout") for row in read_paradigms(name).rows)


def training_paradigms(info: CheckpointInfo) -> frozenset[Paradigm]:
    """The verbs a checkpoint was trained on; empty when that file is not at hand or has changed since."""
    training = info.training
    return _paradigms(training.data, training.verbs, str(info.data.get("fingerprint")), info.folder)


@lru_cache(maxsize=KEPT)
def _paradigms(name: str, verbs: int, fingerprint: str, folder: Path | None) -> frozenset[Paradigm]:
    try:
        paradigms = read_paradigms(name, folder).spread(verbs)
    except BadData:
        return frozenset()
    return frozenset(paradigms.rows) if paradigms.fingerprint() == fingerprint else frozenset()


@lru_cache(maxsize=KEPT)
def _augmentation(names: tuple[str, ...], vocabulary: Vocabulary) -> frozenset[Paradigm]:
    rows: set[Paradigm] = set()
    for name in names:
        with suppress(BadData):
            paradigms = read_paradigms(name)
            rows.update(paradigms.rows if paradigms.vocabulary == vocabulary else ())
    return frozenset(rows)


def origin(paradigm: Paradigm, trained: frozenset[Paradigm]) -> Origin:
    """Where a sampled paradigm comes from: all of its forms must agree with a verb of the lists."""
    if paradigm in trained:
        return "known"
    return "real" if paradigm in real_paradigms() else "invented"


@lru_cache(maxsize=KEPT)
def rows_by_form(rows: frozenset[Paradigm]) -> dict[str, tuple[Paradigm, ...]]:
    """For every form, the paradigms that have it in any tense, sorted."""
    found: dict[str, list[Paradigm]] = {}
    for row in sorted(rows):
        for form in dict.fromkeys(row):
            found.setdefault(form, []).append(row)
    return {form: tuple(having) for form, having in found.items()}


def look_up(word: str, tense: int, info: CheckpointInfo) -> Entry:
    """The verbs that have this word in this tense, or else in any tense, from the list nearest to the training."""
    practised = _augmentation(tuple(part.data for part in info.training.augmentation), info.vocabulary)
    real = real_paradigms() if info.vocabulary == Vocabulary() else frozenset()
    lists: tuple[tuple[Standing, frozenset[Paradigm]], ...] = (
        ("trained", training_paradigms(info)),
        ("practised", practised),
        ("real", real),
    )
    found = [(standing, rows_by_form(rows).get(word, ())) for standing, rows in lists]
    for standing, rows in found:
        if exact := tuple(row for row in rows if row[tense] == word):
            return Entry(standing, exact)
    return next((Entry(standing, rows) for standing, rows in found if rows), Entry("unlisted"))


LONGEST = 63
"""A word of the list has at most as many letters as an integer of the search has bits, less one."""


class NearestVerb:
    """The verb of a list, the first of the alphabet among equals, whose forms are nearest to some others."""

    def __init__(self, rows: Iterable[Paradigm]):
        self.rows = sorted({row for row in rows if all(0 < len(form) <= LONGEST for form in row)})
        self.known = frozenset(self.rows)
        self.columns = [Distances(forms) for forms in zip(*self.rows, strict=True)]

    def find(self, forms: Paradigm) -> tuple[Paradigm, int]:
        """The verb, and the sum of the distances of its forms, tense by tense. The list must not be empty."""
        if forms in self.known:
            return forms, 0
        distances = np.sum([column.to(form) for column, form in zip(self.columns, forms, strict=True)], axis=0)
        best = int(distances.argmin())
        return self.rows[best], int(distances[best])


class Distances:
    """The Levenshtein distances from a list of words to another word: the fewest letters to add, drop or replace.

    Myers' bit-parallel search (1999, in the form of Hyyrö 2003): bit i of a 64-bit integer is row i of the table of
    edit distances, and numpy treats all words of the list at once. A word against 5,000 others takes half a
    millisecond.
    """

    def __init__(self, words: Sequence[str]):
        self.lengths = np.array([len(word) for word in words], dtype=np.int64)
        self.last = np.uint64(1) << (self.lengths - 1).astype(np.uint64)
        self.places = {letter: np.zeros(len(words), dtype=np.uint64) for letter in set("".join(words))}
        for i, word in enumerate(words):
            for place, letter in enumerate(word):
                self.places[letter][i] |= np.uint64(1 << place)

    def to(self, word: str) -> np.ndarray:
        """One distance for each word of the list."""
        one, nowhere = np.uint64(1), np.zeros(len(self.lengths), dtype=np.uint64)
        distances, less, more = self.lengths.copy(), nowhere, ~nowhere  # more: one letter down costs one more
        for letter in word:
            match = self.places.get(letter, nowhere)
            diagonal = (((match & more) + more) ^ more) | match | less
            right_more, right_less = less | ~(diagonal | more), more & diagonal
            distances += (right_more & self.last) != 0
            distances -= (right_less & self.last) != 0
            right_more, right_less = (right_more << one) | one, right_less << one
            more, less = right_less | ~(diagonal | right_more), right_more & diagonal
        return distances
