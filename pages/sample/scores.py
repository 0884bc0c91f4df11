"""Figures about a draw: the share of known verbs, how it settles as more is drawn, and counts by origin."""

from collections.abc import Sequence, Set

import streamlit as st

from cvae.charts.letters import running_score, score_line
from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.metrics import gaussian_score, wilson_interval
from pages.sample.results import Row
from pages.shared import figures

HELP = {
    "share": "The share of points whose forms are, all of them, those of one verb of the training data. It is called "
    "Gaussian score only where z is drawn from the prior.",
    "interval": "Were the draw repeated without end, the true share would lie in such an interval 95 times out of 100 "
    "(Wilson 1927).",
    "known": "Points whose forms are those of a verb of the training data.",
    "score": "The share of points whose forms are, all of them, those of one verb of the training data.",
    "distinct": "How many different training verbs were hit. A model that says one verb for every z would score 1.",
    "real": "Points whose forms are those of a verb in the word lists that the model was not trained on.",
    "invented": "Points whose forms agree with no verb of the lists.",
}


def show(rows: Sequence[Row], trained: Set[Paradigm], vocabulary: Vocabulary, title: str) -> None:
    """Figures about this draw; those that need the training data only where it is known."""
    marks = [row.origin for row in rows]
    with st.container(horizontal=True, gap="medium", key="scores"):
        if trained:
            score, distinct = gaussian_score([row.paradigm for row in rows], trained)
            low, high = wilson_interval(marks.count("known"), len(rows))
            score_help = HELP["score" if title == "Gaussian score" else "share"]
            st.metric(title, f"{score:.2f}", help=score_help, width="content")
            st.metric("95 % interval", f"{low:.2f} – {high:.2f}", help=HELP["interval"], width="content")
            st.metric("Known", f"{marks.count('known'):,}", help=HELP["known"], width="content")
            st.metric("Distinct", f"{distinct:,}", help=HELP["distinct"], width="content")
        if vocabulary == Vocabulary():
            st.metric("Real, not trained on", f"{marks.count('real'):,}", help=HELP["real"], width="content")
        if any(marks):
            st.metric("Invented", f"{marks.count('invented'):,}", help=HELP["invented"], width="content")
    if not trained:
        st.info("The Gaussian score can't be computed: the data that this model was trained on is not at hand.")


def show_running(rows: Sequence[Row], trained: Set[Paradigm], title: str) -> None:
    """How the score settles as more is drawn."""
    if not trained:
        st.caption("Without the training data there is no score.")
        return
    hits = [row.origin == "known" for row in rows]
    figure, (header, table) = score_line(hits, title), running_score(hits)
    _, share, low, high = table[-1]
    sentence = f"{title} {share:.2f} after {len(hits):,} points; 95 % interval {low:.2f} to {high:.2f}."
    st.markdown(sentence, help=HELP["interval"])
    figures.show(figure, "running", f"Line with a band that narrows. {sentence}")
    figures.offer_data("running", "tense-lab-running-score", header, table.round(6).tolist(), figure)
