"""The results of the Sample page: decoded draws, where each comes from, their scores, and the CSV file."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import streamlit as st

from cvae.charts.scores import running_score, score_line
from cvae.core.files import write_table
from cvae.core.text import counted
from cvae.data.verbs import Paradigm, headword
from cvae.data.vocabulary import Vocabulary, compose
from cvae.evaluation.metrics import gaussian_score, is_prior, score_title, wilson_interval
from cvae.inference.sampling import decode_paradigms, draw_aggregate, draw_around, draw_prior
from cvae.inference.word_lists import NearestVerb, Origin, origin, real_paradigms, training_paradigms, verb_set
from cvae.model.cvae import CVAE
from pages.shared import figures
from pages.shared.models import Opened

MARKS: dict[Origin, str] = {"known": "● known", "real": "◐ real", "invented": "○ invented"}
HELP = {
    "share": "The share of points whose forms are all those of one verb of the training data. It is called "
    "Gaussian score only where z is drawn from N(0, I), with a spread of 1.",
    "interval": "If the draw were repeated many times, 95 of 100 such intervals would contain the true share "
    "(Wilson 1927).",
    "known": "Points whose forms are those of a verb of the training data.",
    "score": "The share of points whose forms are all those of one verb of the training data.",
    "distinct": "How many different training verbs were hit: 1 where the model writes the same verb for every z.",
    "listed": "Points whose forms are those of a verb in the word lists.",
    "real": "Points whose forms are those of a verb in the word lists that the model was not trained on.",
    "invented": "Points whose forms agree with no verb of the lists.",
}


@dataclass(frozen=True)
class DrawnPoint:
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
    """The settings of a draw. verb: the verb to draw around, read in the tense `source` (None: any), or empty.

    aggregate: from the posteriors of all training verbs instead.
    """

    number: int
    seed: int
    temperature: float
    verb: str = ""
    source: str | None = None
    aggregate: bool = False

    @property
    def of_prior(self) -> bool:
        """Whether z is drawn from N(0, I) as it is."""
        return is_prior(self.verb, self.aggregate, self.temperature)


def decode_draw(opened: Opened, wanted: Draw) -> tuple[Any, list[DrawnPoint]]:
    """Decode the wanted points; the same draw gives the same rows. Return z (number, Z), too.

    Raises BadWord or UnknownCharacter.
    """
    trained = training_paradigms(opened.info)
    z, paradigms = _sample(opened.model, opened.version, wanted, trained)
    if not trained and not opened.model.vocabulary.is_english:
        return z, [DrawnPoint(i, None, paradigm) for i, paradigm in enumerate(paradigms, start=1)]
    return z, [
        DrawnPoint(
            i,
            origin(paradigm, trained, opened.model.vocabulary),
            paradigm,
            *(_nearest(paradigm, trained) if trained else ()),
        )
        for i, paradigm in enumerate(paradigms, start=1)
    ]


@st.cache_data(show_spinner="Decoding …", max_entries=64)
def _sample(
    _model: CVAE, version: tuple[str, str], wanted: Draw, _trained: frozenset[Paradigm]
) -> tuple[Any, list[Paradigm]]:
    settings = wanted.number, wanted.seed, wanted.temperature
    if wanted.verb:
        z = draw_around(_model, wanted.verb, wanted.source, *settings)
    elif wanted.aggregate:
        z = draw_aggregate(_model, sorted(_trained), *settings)
    else:
        z = draw_prior(_model, *settings)
    return z, decode_paradigms(_model, z)


@lru_cache(maxsize=2_000)
def _nearest(paradigm: Paradigm, trained: frozenset[Paradigm]) -> tuple[str, int]:
    """Return the base form of the nearest training verb, and its distance."""
    row, distance = _verbs(trained).find(paradigm)
    return headword(row), distance


@lru_cache(maxsize=4)
def _verbs(trained: frozenset[Paradigm]) -> NearestVerb:
    return NearestVerb(trained)


def results_table(rows: Sequence[DrawnPoint], vocabulary: Vocabulary) -> dict[str, list[object]]:
    """Return the rows as the columns of a table."""
    table: dict[str, list[object]] = {"point": [row.point for row in rows]}
    if any(row.origin for row in rows):
        table["origin"] = [MARKS[row.origin] if row.origin else "" for row in rows]
    for i, tense in enumerate(vocabulary.tenses):
        table[vocabulary.title(tense)] = [compose(row.paradigm[i]) for row in rows]
    if any(row.distance is not None for row in rows):
        table["nearest"] = [compose(row.nearest) for row in rows]
        table["distance"] = [row.distance for row in rows]
    return table


def as_csv(rows: Sequence[DrawnPoint], vocabulary: Vocabulary) -> bytes:
    """Return the rows as CSV, with no cell that a spreadsheet would take for a formula."""
    header = ["point", "origin", *vocabulary.tenses, "nearest", "distance"]
    cells = [
        [row.point, row.origin or "", *row.paradigm, row.nearest, "" if row.distance is None else row.distance]
        for row in rows
    ]
    return write_table(header, cells).encode()


def has_others(trained: frozenset[Paradigm], vocabulary: Vocabulary) -> bool:
    """Return whether the word lists have verbs that are not among these training verbs."""
    return vocabulary.is_english and not real_paradigms(len(vocabulary.tenses)) <= trained


def show_scores(
    rows: Sequence[DrawnPoint], trained: frozenset[Paradigm], vocabulary: Vocabulary, of_prior: bool
) -> None:
    """Show the scores of this draw; some need the training data and appear only where it is known."""
    marks = [row.origin for row in rows]
    with st.container(horizontal=True, gap="medium", key="scores"):
        if trained:
            score, distinct = gaussian_score([row.paradigm for row in rows], verb_set(trained))
            low, high = wilson_interval(marks.count("known"), len(rows))
            score_help = HELP["score" if of_prior else "share"]
            st.metric(score_title(of_prior), f"{score:.2f}", help=score_help, width="content")
            st.metric("95% interval", f"{low:.2f} – {high:.2f}", help=HELP["interval"], width="content")
            st.metric("Known", f"{marks.count('known'):,}", help=HELP["known"], width="content")
            st.metric("Distinct", f"{distinct:,}", help=HELP["distinct"], width="content")
        if has_others(trained, vocabulary):
            label, name = ("Real, not trained on", "real") if trained else ("Real", "listed")
            st.metric(label, f"{marks.count('real'):,}", help=HELP[name], width="content")
        if any(marks):
            st.metric("Invented", f"{marks.count('invented'):,}", help=HELP["invented"], width="content")
    if not trained:
        st.info("The Gaussian score can’t be computed: the data that this model was trained on is not at hand.")


def show_running(rows: Sequence[DrawnPoint], trained: Set[Paradigm], of_prior: bool) -> None:
    """Show how the score settles as more points are drawn."""
    if not trained:
        st.caption("Without the training data there is no score.")
        return
    title, hits = score_title(of_prior), [row.origin == "known" for row in rows]
    figure, (header, table) = score_line(hits, title), running_score(hits)
    _, share, low, high = table[-1]
    sentence = f"{title} {share:.2f} after {counted(len(hits), 'point')}; 95% interval {low:.2f} to {high:.2f}."
    st.markdown(sentence, help=HELP["interval"])
    figures.show(figure, "running", f"Line with a band that narrows. {sentence}")
    figures.offer_data("running", "tense-lab-running-score", header, table.round(6).tolist(), figure)
