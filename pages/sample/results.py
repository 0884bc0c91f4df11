"""What the sample page draws: paradigms, where each comes from, how far from the training, and all that as a CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import streamlit as st

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import sample, sample_around
from cvae.inference.distance import NearestVerb
from cvae.inference.tables import write_table
from cvae.inference.word_lists import Origin, origin, training_paradigms
from cvae.model.cvae import CVAE
from pages.shared.models import Opened

MARKS: dict[Origin, str] = {"known": "● known", "real": "◐ real", "invented": "○ invented"}


@dataclass(frozen=True)
class Row:
    """One point: where its paradigm comes from, and the nearest verb of the training data, where that is known.

    distance: letters to add, drop or replace in all forms together (Levenshtein).
    """

    point: int
    origin: Origin | None
    paradigm: Paradigm
    nearest: str = ""
    distance: int | None = None


@dataclass(frozen=True)
class Draw:
    """What is drawn. verb: around which one, read in the tense `source` (None: any); empty for the prior."""

    number: int
    seed: int
    temperature: float
    verb: str = ""
    source: str | None = None


def draw(opened: Opened, wanted: Draw) -> list[Row]:
    """Decoded points; the same draw gives the same rows. Raises BadWord or UnknownCharacter."""
    paradigms = _sample(
        opened.model, opened.version, wanted.number, wanted.seed, wanted.temperature, wanted.verb, wanted.source
    )
    trained = training_paradigms(opened.info)
    if not trained and opened.model.vocabulary != Vocabulary():
        return [Row(i, None, paradigm) for i, paradigm in enumerate(paradigms, start=1)]
    return [
        Row(i, origin(paradigm, trained), paradigm, *(_nearest(paradigm, trained) if trained else ()))
        for i, paradigm in enumerate(paradigms, start=1)
    ]


@st.cache_data(show_spinner="Decoding …", max_entries=64)
def _sample(
    _model: CVAE, version: tuple[str, int], number: int, seed: int, temperature: float, verb: str, source: str | None
) -> list[Paradigm]:
    if verb:
        return sample_around(_model, verb, source, number, seed, temperature)
    return sample(_model, number, seed, temperature)


@lru_cache(maxsize=20_000)
def _nearest(paradigm: Paradigm, trained: frozenset[Paradigm]) -> tuple[str, int]:
    """The base form of the nearest training verb, and its distance."""
    row, distance = _verbs(trained).find(paradigm)
    return row[0], distance


@lru_cache(maxsize=4)
def _verbs(trained: frozenset[Paradigm]) -> NearestVerb:
    return NearestVerb(trained)


def columns(rows: Sequence[Row], vocabulary: Vocabulary) -> dict[str, list]:
    """The rows as columns of a table."""
    table: dict[str, list] = {"point": [row.point for row in rows]}
    if any(row.origin for row in rows):
        table["origin"] = [MARKS[row.origin] if row.origin else "" for row in rows]
    for i, tense in enumerate(vocabulary.tenses):
        table[vocabulary.title(tense)] = [row.paradigm[i] for row in rows]
    if any(row.distance is not None for row in rows):
        table["nearest"] = [row.nearest for row in rows]
        table["distance"] = [row.distance for row in rows]
    return table


def as_csv(rows: Sequence[Row], vocabulary: Vocabulary) -> bytes:
    """The rows as CSV, with nothing in it that a spreadsheet takes for a formula."""
    header = ["point", "origin", *vocabulary.tenses, "nearest", "distance"]
    cells = [
        [row.point, row.origin or "", *row.paradigm, row.nearest, "" if row.distance is None else row.distance]
        for row in rows
    ]
    return write_table(header, cells).encode()
