"""Alternatives: the likeliest words that beam search finds, and how often each answer comes when z is drawn."""

from collections.abc import Hashable

import streamlit as st

from cvae.data.vocabulary import Vocabulary
from cvae.inference.alternatives import BEAM_WIDTH, DRAWS, as_tree, drawn_answers, likeliest_words
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import percent
from cvae.inference.sampling import describe_unended
from cvae.model.cvae import CVAE
from pages.convert.heatmap import pick_tense
from pages.shared import figures, forms, letters
from pages.shared.models import Opened, ask_seed

HELP = {
    "beam": f"Beam search keeps the {BEAM_WIDTH} likeliest beginnings at every step, at the mean of q(z | x). "
    "Words that begin alike share a branch; its share is the probability of all the words found on it.",
    "draws": "The encoder reads a word as a cloud q(z | x), not as a point. Here z is drawn from it again and again, "
    "and each is decoded: where answers differ, the encoder is unsure of the word.",
    "seed": "The same seed gives the same draws.",
}


def show(opened: Opened, conversion: Conversion) -> None:
    """Show the likeliest words and the drawn answers for one tense."""
    vocabulary, word, of = opened.model.vocabulary, conversion.word, letters.subject(opened, conversion)
    tense = pick_tense(vocabulary)
    colour = vocabulary.tense(tense)
    left, right = st.columns(2, gap="large")
    with left:
        st.subheader("Likeliest words", help=HELP["beam"], anchor=False)
        found = _likeliest(of, tense, opened.model, conversion)
        rest = 1 - sum(share for _, share in found)
        letters.show("tree", forms.tree(as_tree(found), tense, colour), of)
        st.caption(f"All other words: {percent(max(rest, 0))}. Click a branch to show it above.")
    with right:
        st.subheader(f"{DRAWS} draws of z", help=HELP["draws"], anchor=False)
        answers = st.container()
        seed = ask_seed("draws_seed", help=HELP["seed"], width=160)
        drawn = [(text, count / DRAWS) for text, count in _drawn(of, tense, seed, opened.model, conversion)]
        answers.html(forms.shares(drawn, colour, word))
    if unended := describe_unended([[text for text, _ in (*found, *drawn)]]):
        st.caption(unended)
    _offer(found, drawn, word, tense, vocabulary)


def _offer(
    found: list[tuple[str, float]], drawn: list[tuple[str, float]], word: str, tense: str, vocabulary: Vocabulary
) -> None:
    rows = [
        [how, vocabulary.title(tense), text, f"{share:.6f}"]
        for how, answers in (("beam search", found), ("draws", drawn))
        for text, share in answers
    ]
    figures.offer_data(
        "alternatives", f"tense-lab-{word}-{tense}-alternatives", ["found by", "tense", "form", "share"], rows
    )


@st.cache_data(show_spinner=False, max_entries=256)
def _likeliest(of: Hashable, tense: str, _model: CVAE, _conversion: Conversion) -> list[tuple[str, float]]:
    return likeliest_words(_model, _conversion, tense)


@st.cache_data(show_spinner=False, max_entries=256)
def _drawn(of: Hashable, tense: str, seed: int, _model: CVAE, _conversion: Conversion) -> list[tuple[str, int]]:
    return drawn_answers(_model, _conversion, tense, seed=seed)
