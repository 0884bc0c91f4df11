"""Letter by letter: all of the decoder's probabilities for one form, with the letters that were chosen for it."""

from functools import partial

import streamlit as st

from cvae.charts.letters import END, letter_heatmap, letter_name, letter_table, writable_ids
from cvae.data.vocabulary import EOS, MAX_LETTERS, Vocabulary
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form, percent
from pages.shared import figures, letters
from pages.shared.messages import plain
from pages.shared.models import Opened

HELP = (
    "Each column is a step of the decoder: how probable every letter is, given z, the tense and the letters before it. "
    "The frames are the letters that were written, a chosen one included. Colour grows with the square root of the "
    "probability, so that small doubts show. Entropy, in bits, is the doubt at a step: 0 is certain, 1 a coin toss."
)


def show(opened: Opened, conversion: Conversion, shown: Conversion) -> None:
    """Show the heatmap of one tense of `shown`, the conversion with the letters that were chosen."""
    vocabulary = opened.model.vocabulary
    tense = pick_tense(vocabulary)
    form = shown.forms[tense]
    figure, name = letter_heatmap(form, vocabulary, figures.palette().size), f"tense-lab-{conversion.word}-{tense}"
    # The key has the word in it: a new chart for each, so that a click on the same cell counts again.
    key = f"letters-{conversion.word}-{conversion.source}-{tense}-{form.text}"
    st.caption("How probable was each letter? Click a cell, or a letter above, to choose another letter.", help=HELP)
    figures.show(
        figure, key, _describe(form, vocabulary), partial(_choose_clicked, key, opened, conversion, tense, form)
    )
    figures.offer_data("letters", name, *letter_table(form, vocabulary), figure)


def pick_tense(vocabulary: Vocabulary) -> str:
    """Ask for the tense to inspect; all views share this control, so the choice stays when the view changes."""
    return st.segmented_control(
        "Tense",
        vocabulary.tenses,
        default=vocabulary.tenses[-1],
        format_func=lambda name: plain(vocabulary.title(name)),
        required=True,
        key="look",
        bind="query-params",
    )


def _choose_clicked(key: str, opened: Opened, conversion: Conversion, tense: str, form: Form) -> None:
    """Choose the letter of the clicked cell, after the letters that are written before it now."""
    points = st.session_state[key]["selection"]["points"]
    cells = [point["customdata"] for point in points if point.get("customdata")]
    if not cells:  # a second click takes the mark away, not the word
        return
    step, row = map(int, list(cells[-1])[:2])
    if step < min(len(form.text) + form.ended, MAX_LETTERS):  # the longest word has no letter after its end
        letter = letter_name(writable_ids(opened.model.vocabulary)[row], opened.model.vocabulary)
        before = form.text[:step]
        letters.choose(opened, conversion, tense, before if letter == END else before + letter, letter == END)


def _describe(form: Form, vocabulary: Vocabulary) -> str:
    """Describe the heatmap in a sentence for screen readers."""
    assert form.probabilities is not None
    shares = [
        f"{'the end' if i == EOS else vocabulary.letter(i)} {percent(float(step[i]))}"
        for i, step in zip(form.ids, form.probabilities, strict=True)
    ]
    return f"Heatmap of letter probabilities for “{form.text}”, step by step: {', '.join(shares)}."
