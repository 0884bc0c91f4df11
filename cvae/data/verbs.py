"""Verbs in all their tenses: paradigms with their spellings, and sets of them."""

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeVar

from cvae.core.errors import BadData
from cvae.data.vocabulary import Vocabulary

MISSING = ("", "-")
"""The values of a cell where a verb has no form in a tense, or none is known."""

LONG_ENOUGH = 6
"""Letters of a base form that is recognized inside another word."""

Paradigm = tuple[str, ...]
"""One form for each tense; empty where there is none."""

Row = TypeVar("Row")


class Verb(tuple[str, ...]):
    """A paradigm with all spellings: as a tuple, it holds the first one of each cell, and "" for an empty cell.

    The first spelling is what a model learns to write; all are read, and all count as right.
    """

    cells: tuple[tuple[str, ...], ...]

    def __new__(cls, cells: Sequence[Sequence[str]]) -> Self:
        verb = super().__new__(cls, (cell[0] if cell else "" for cell in cells))
        verb.cells = tuple(map(tuple, cells))
        return verb

    def __getnewargs__(self) -> tuple[tuple[tuple[str, ...], ...]]:
        # Copying and pickling call `__new__` with these arguments: the cells, not the forms.
        return (self.cells,)


def spellings(row: Paradigm, tense: int) -> tuple[str, ...]:
    """Return all spellings of a verb's form in a tense, the preferred one first; none where the form is missing."""
    if isinstance(row, Verb):
        return row.cells[tense]
    return (row[tense],) if row[tense] else ()


def headword(row: Paradigm) -> str:
    """Return the form by which a verb is called: the first one that it has."""
    return next(filter(None, row), "")


def all_spellings(rows: Iterable[Paradigm]) -> set[str]:
    """Return every spelling of every form of these verbs."""
    return {form for row in rows for tense in range(len(row)) for form in spellings(row, tense)}


def as_cells(row: Paradigm) -> list[str]:
    """Return the cells of a row as they are written to a file: `a|b` for two spellings, `-` for none."""
    return ["|".join(spellings(row, tense)) or MISSING[-1] for tense in range(len(row))]


def verb_of(cells: Sequence[Sequence[str]]) -> Paradigm:
    """Return the verb with these spellings in each tense. Raises BadData for fewer than two forms."""
    if sum(map(bool, cells)) < 2:
        raise BadData("A verb needs at least two forms: otherwise there is nothing to convert.")
    return Verb(cells) if any(len(cell) != 1 for cell in cells) else tuple(cell[0] for cell in cells)


def contains(row: Paradigm, other: Paradigm) -> bool:
    """Return whether a verb is another one with something before it, so that all forms end alike: `overshot`, `shot`.

    A base form of at least LONG_ENOUGH letters may also stand anywhere inside.
    """
    inside = len(other[0]) >= LONG_ENOUGH and other[0] in row[0]
    return row[0] != other[0] and (inside or all(map(str.endswith, row, other)))


class KeptVerbs:
    """Verbs that are kept out of training: no other verb may share a spelling with one or, see `contains`, hold one."""

    def __init__(self, rows: Iterable[Paradigm]):
        rows = tuple(rows)
        self._verbs = {base: row for row in rows for base in spellings(row, 0)}
        self._forms = all_spellings(rows)
        self._lengths = {len(base) for base in self._verbs if len(base) >= LONG_ENOUGH}

    def refuse(self, row: Paradigm) -> bool:
        """Return whether a verb must not be trained on."""
        base = row[0]
        pieces = (base[i : i + size] for size in self._lengths for i in range(len(base) - size + 1))
        ends = (self._verbs.get(base[i:]) for i in range(len(base)))
        return (
            not self._forms.isdisjoint(all_spellings([row]))
            or any(piece in self._verbs for piece in pieces)
            or any(end is not None and contains(row, end) for end in ends)
        )


class VerbSet:
    """A set of verbs. A paradigm is in it when it has all the forms of one of them."""

    def __init__(self, rows: Iterable[Paradigm]):
        verbs: dict[tuple[int, ...], dict[Paradigm, Paradigm]] = {}  # by the tenses that a verb has, and its forms
        for row in rows:
            tenses = tuple(tense for tense, form in enumerate(row) if form)
            verbs.setdefault(tenses, {})[tuple(filter(None, row))] = row
        self._verbs = dict(sorted(verbs.items(), key=lambda item: -len(item[0])))

    def find(self, row: Paradigm) -> Paradigm | None:
        """Return the verb that a paradigm has all forms of, the one with most forms among several."""
        found = (verbs.get(tuple(row[tense] for tense in tenses)) for tenses, verbs in self._verbs.items())
        return next(filter(None, found), None)

    def __contains__(self, row: object) -> bool:
        return isinstance(row, tuple) and self.find(row) is not None


@dataclass(frozen=True)
class Paradigms:
    """Verbs in all their tenses: `rows[i][t]` is verb i in tense `vocabulary.tenses[t]`."""

    rows: tuple[Paradigm, ...]
    vocabulary: Vocabulary

    def __len__(self) -> int:
        return len(self.rows)

    def spread(self, count: int) -> "Paradigms":
        """Choose `count` of the verbs at even distances, see `evenly_spaced`, or all of them when `count` is 0."""
        return replace(self, rows=tuple(evenly_spaced(self.rows, count))) if count else self

    def hold_out(self, share: float) -> tuple["Paradigms", tuple[Paradigm, ...]]:
        """Split off a share of the verbs, evenly spaced among those that share no spelling with another verb."""
        if not share:
            return self, ()
        owners = Counter(form for row in self.rows for form in all_spellings([row]))
        alone = [row for row in self.rows if all(owners[form] == 1 for form in all_spellings([row]))]
        heldout = tuple(evenly_spaced(alone, round(share * len(self))))
        kept = set(self.rows) - set(heldout)
        return replace(self, rows=tuple(row for row in self.rows if row in kept)), heldout

    def in_tenses(self, tenses: tuple[str, ...]) -> "Paradigms":
        """Return the same verbs in other tenses, by name: cells of tenses that this file lacks are empty."""
        if tenses == self.vocabulary.tenses:
            return self
        places = [self.vocabulary.tenses.index(name) if name in self.vocabulary.tenses else None for name in tenses]
        rows = (Verb([() if place is None else spellings(row, place) for place in places]) for row in self.rows)
        return Paradigms(tuple(rows), replace(self.vocabulary, tenses=tenses))

    def fingerprint(self, accents: Literal["NFC", "NFD"] = "NFC") -> str:
        """Return the SHA-256 of the tenses and rows, which identifies the data that a checkpoint was trained on."""
        tenses = unicodedata.normalize(accents, " ".join(self.vocabulary.tenses))
        lines = [tenses, *(" ".join(as_cells(row)) for row in self.rows)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def has_fingerprint(self, fingerprint: object) -> bool:
        """Return whether this data has a fingerprint; older ones may be of tenses whose accents are decomposed."""
        return self.fingerprint() == fingerprint or self.fingerprint("NFD") == fingerprint


def evenly_spaced(rows: Sequence[Row], count: int) -> Sequence[Row]:
    """Choose at most `count` rows at even distances, so that an alphabetical list gives verbs of all sorts."""
    return [rows[i * len(rows) // count] for i in range(count)] if count < len(rows) else rows
