"""What is known about words without a model: the word lists, and verbs that have no such forms."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from cvae.core.config import Augmentation
from cvae.core.errors import BadData, BadWord
from cvae.data.dataset import augmentation_rows, split_verbs
from cvae.data.paradigms import DATA, data_path, read_paradigms, read_text
from cvae.data.verbs import Paradigm, VerbSet, all_spellings, evenly_spaced, spellings
from cvae.data.vocabulary import ENGLISH_FORMS, ENGLISH_TENSES, Vocabulary
from cvae.inference.conversion import Conversion
from cvae.model.checkpoint import CheckpointInfo

MODALS = frozenset(["could", "may", "might", "must", "ought", "shall", "should", "would"])
"""Modal verbs but for `can` and `will`, which are also verbs like others: canned, willed."""
OTHER_FORMS_OF_BE = frozenset(["am", "are", "were", "been"])
BE = ("be", "is", "being", "was", "been")

REAL = ("train", "large", "heldout", "unseen")
"""The word lists of real verbs; `commonest` is a part of one."""

KEPT = 16
"""The number of word lists that are cached for each purpose, since there may be any number of models."""

Origin = Literal["known", "real", "invented"]
"""The origin of a paradigm: in the training data, a real verb outside it, or in no word list."""

Listing = Literal["trained", "practised", "real", "unlisted", "unknown"]
"""The list of a word: the training data, its augmentation, the real verbs outside both, or no word list.

It is unknown where the training data is not at hand.
"""


@dataclass(frozen=True)
class Entry:
    """The verbs of the word lists that a word is a form of; none when it is unlisted."""

    listing: Listing
    rows: tuple[Paradigm, ...] = ()

    def forms(self, tense: int) -> list[str]:
        """Return all forms of these verbs in a tense: several where verbs share a form, as `lie` and `lay` do."""
        return sorted({form for row in self.rows for form in spellings(row, tense)})


def check_verb(text: str, vocabulary: Vocabulary) -> str:
    """Normalize a word that can be conjugated; an English infinitive, `to walk`, loses its particle.

    Raises BadWord or UnknownCharacter with a sentence.
    """
    if not vocabulary.is_english:
        return vocabulary.check(text)
    word = vocabulary.check(re.sub(r"^\s*to\s+(?=\S+\s*$)", "", text, flags=re.IGNORECASE))
    if word in MODALS:
        raise BadWord(f"“{word}” is a modal verb: it has no third person and no progressive, so there is no paradigm.")
    shown = BE[: len(vocabulary.tenses)]
    if word in OTHER_FORMS_OF_BE and word not in shown:
        raise BadWord(
            f"“{word}” is a form of “be” beyond those shown here: try {', '.join(shown[:-1])} or {shown[-1]}."
        )
    return word


@cache
def real_paradigms(tenses: int = len(ENGLISH_TENSES)) -> frozenset[Paradigm]:
    """Return all verbs of the English word lists, in the first four or all five tenses."""
    names = ENGLISH_FORMS[:tenses]
    lists = (read_paradigms(name) for name in REAL)
    return frozenset(row for rows in lists for row in rows.in_tenses(names).rows if all(row))


def choose_words(rows: Sequence[Paradigm], count: int) -> list[tuple[str, int]]:
    """Choose a word with its tense from each of at most `count` verbs, evenly spaced, whose tenses come in turn."""
    known = [[(form, tense) for tense, form in enumerate(row) if form] for row in evenly_spaced(rows, count)]
    return [forms[i % len(forms)] for i, forms in enumerate(known)]


def training_paradigms(info: CheckpointInfo) -> frozenset[Paradigm]:
    """Return the real verbs that a checkpoint was trained on: its data, and word lists among its augmentation.

    There are none when the file of the data is not at hand or has changed since.
    """
    training = info.training
    data = training.data, training.verbs, training.heldout, str(info.data.get("fingerprint")), info.folder
    more = tuple(part for part in training.augmentation if part.data in REAL)
    return _training_paradigms(*data, more, info.vocabulary)


def describe_training(info: CheckpointInfo) -> tuple[str, int]:
    """Return the names of the real verbs that a checkpoint was trained on, and their number; 0 if it is not known."""
    lists = dict.fromkeys(part.data for part in info.training.augmentation if part.data in REAL)
    names = dict.fromkeys((info.data.get("name", "unknown data"), *lists))
    return ", ".join(names), len(training_paradigms(info)) or info.data.get("paradigms", 0)


@lru_cache(maxsize=KEPT)
def _training_paradigms(
    name: str, verbs: int, heldout: float, fingerprint: str, folder: Path | None,
    parts: tuple[Augmentation, ...], vocabulary: Vocabulary,
) -> frozenset[Paradigm]:  # fmt: skip
    try:
        paradigms, never = split_verbs(name, verbs, heldout, folder)
    except BadData:
        return frozenset()
    if not paradigms.has_fingerprint(fingerprint):
        return frozenset()
    rows = set(paradigms.rows)
    for part in parts:
        with suppress(BadData):
            rows.update(row for row in augmentation_rows(part, vocabulary, never) if all(row))
    return frozenset(rows)


def held_out(info: CheckpointInfo) -> tuple[Paradigm, ...]:
    """Return the verbs of its data that a checkpoint's training held out; none when the data is not at hand."""
    training = info.training
    try:
        return split_verbs(training.data, training.verbs, training.heldout, info.folder)[1] if training.heldout else ()
    except BadData:
        return ()


def practised_rows(word: str, info: CheckpointInfo) -> list[Paradigm]:
    """Return the verbs among the augmentation of a model's training that have this word as a form.

    Of each list only the lines with this word are read: all 70,000 invented verbs would take a second, and 60 MB. Those
    of the setting `invented` are not looked up: hardly anybody types their stems, pieces of several others.
    """
    found: list[Paradigm] = []
    for part in info.training.augmentation:
        with suppress(BadData):
            if word in _words(part.data):
                rows = augmentation_rows(part, info.vocabulary, held_out(info), having=word)
                found += (row for row in rows if all(row) and word in all_spellings([row]))
    return found


@lru_cache(maxsize=KEPT)
def _words(source: str) -> frozenset[str]:
    """Return everything between the separators of a list of paradigms."""
    return frozenset(re.split(r"[\s,;|]+", read_text(data_path(source))))


@cache
def listed_words() -> frozenset[str]:
    """Return every word of the lists that come with the library, real and invented."""
    return frozenset().union(*(_words(path.stem) for path in DATA.glob("*.txt")))


def origin(paradigm: Paradigm, trained: frozenset[Paradigm], vocabulary: Vocabulary) -> Origin:
    """Tell where a sampled paradigm comes from: it must have all forms of a verb of the lists."""
    if paradigm in verb_set(trained):
        return "known"
    return "real" if vocabulary.is_english and paradigm in real_paradigms(len(paradigm)) else "invented"


verb_set = lru_cache(maxsize=KEPT)(VerbSet)
"""Return the VerbSet of a frozenset of verbs."""


@lru_cache(maxsize=KEPT)
def rows_by_form(rows: frozenset[Paradigm]) -> dict[str, tuple[Paradigm, ...]]:
    """Return for every form the paradigms that have it in any tense, sorted."""
    found: dict[str, list[Paradigm]] = {}
    for row in sorted(rows):
        for form in all_spellings([row]):
            found.setdefault(form, []).append(row)
    return {form: tuple(having) for form, having in found.items()}


def look_up(word: str, tense: int, info: CheckpointInfo) -> Entry:
    """Find the verbs that have this word in this tense, or else in any, in the list nearest to the training data.

    An invented verb of the augmentation is not a verb of a word list: having been practised does not make it right.
    Where the training data is not at hand, the listing is "unknown", whatever other lists know of the word.
    """
    training = training_paradigms(info)
    trained = rows_by_form(training).get(word, ())
    if own := tuple(row for row in trained if word in spellings(row, tense)):
        return Entry("trained", own)
    real = real_paradigms(len(info.vocabulary.tenses)) if info.vocabulary.is_english else frozenset()
    found: dict[Listing, Sequence[Paradigm]] = {
        "trained": trained,
        "practised": practised_rows(word, info),
        "real": rows_by_form(real).get(word, ()),
    }
    exact = [listing for listing, rows in found.items() if any(word in spellings(row, tense) for row in rows)]
    listing: Listing = [*exact, *(listing for listing, rows in found.items() if rows), "unlisted"][0]
    rows = found.get("real" if listing == "practised" else listing, ())
    rows = tuple(row for row in rows if word in spellings(row, tense)) or tuple(rows)
    return Entry(listing if training else "unknown", rows)


LONGEST = 63
"""The largest number of letters of a word of the list: the bits of an integer of the search, less one."""


class NearestVerb:
    """The verb of a list, the first of the alphabet among equals, whose forms are nearest to some others.

    A missing form is as far from a word as the word has letters.
    """

    def __init__(self, rows: Iterable[Paradigm]):
        self.rows = sorted({row for row in rows if all(len(form) <= LONGEST for form in row)})
        self.known = frozenset(self.rows)
        self.columns = [Distances(forms) for forms in zip(*self.rows, strict=True)]

    def find(self, forms: Paradigm) -> tuple[Paradigm, int]:
        """Return the nearest verb and the summed distance of its forms, tense by tense. The list must not be empty."""
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
        self.last = np.uint64(1) << np.maximum(self.lengths - 1, 0).astype(np.uint64)
        self.places = {letter: np.zeros(len(words), dtype=np.uint64) for letter in set("".join(words))}
        for i, word in enumerate(words):
            for place, letter in enumerate(word):
                self.places[letter][i] |= np.uint64(1 << place)

    def to(self, word: str) -> np.ndarray:
        """Return the distance from each word of the list."""
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
        return np.where(self.lengths == 0, len(word), distances)


def describe_lost(conversion: Conversion) -> str:
    """Say in one sentence that a word is not decoded from its own z, if so; see `Conversion.comes_back`."""
    word, own = conversion.word, conversion.forms[conversion.source].text
    if own == word:
        return ""
    tenses = tuple(conversion.forms)
    if tenses in (ENGLISH_TENSES, ENGLISH_FORMS):
        tense, rows = tenses.index(conversion.source), rows_by_form(real_paradigms(len(tenses))).get(word, ())
        if any(row[tense] == own and word in spellings(row, tense) for row in rows):
            return f"“{word}” is read as another spelling of “{own}”."
    return f"“{word}” is beyond this model: its own z is decoded into “{own}”. Its forms are probably wrong."
