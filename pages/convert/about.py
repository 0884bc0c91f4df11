"""About a word: as which tense it was read, what the word lists know of it, and the page's tables as numbers."""

import streamlit as st

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import Conversion
from cvae.inference.word_lists import Entry
from pages.shared import figures, forms, models

STANDINGS = {
    "trained": "“{word}” was in the training data.",
    "practised": "“{word}” was among the invented or repeated verbs of the training.",
    "real": "“{word}” is a real verb, but the model was not trained on it.",
    "unlisted": "“{word}” is in no word list: the model has to guess from its letters.",
}

HELP = {
    "tense": "p(tense | word): how well each tense explains the letters.",
    "seen": "Looked up in the verbs that the model was trained on, and in the other verbs of the word lists.",
}


def explain(conversion: Conversion, entry: Entry, vocabulary: Vocabulary) -> None:
    """As which tense the word was read, and what the word lists know about it."""
    read_as, known = st.columns(2, gap="large")
    read_as.subheader("Which tense is it?", help=HELP["tense"], anchor=False)
    if conversion.tense_posterior is None:
        read_as.markdown(f"Read as {models.plain(vocabulary.title(conversion.source))}, as you chose.")
    else:
        read_as.html(forms.tense_posterior(conversion.tense_posterior, conversion.source, vocabulary))
    known.subheader("Has the model seen it?", help=HELP["seen"], anchor=False)
    known.markdown(models.plain(STANDINGS[entry.standing].format(word=conversion.word)))
    elsewhere = {
        vocabulary.title(name)
        for row in entry.rows
        for name, form in zip(vocabulary.tenses, row, strict=True)
        if form == conversion.word
    }
    if elsewhere and vocabulary.title(conversion.source) not in elsewhere:
        known.markdown(models.plain(f"The word lists have it as {' and '.join(sorted(elsewhere))}."))


def offer_forms(conversion: Conversion, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> None:
    """The tables of the page as numbers, to download."""
    header = ["tense", "form", "confidence", "word lists", "rules", "p(tense | word)"]
    posterior = conversion.tense_posterior
    rows = [
        [
            vocabulary.title(name),
            form.text,
            f"{form.confidence:.6f}",
            " or ".join(sorted({row[i] for row in entry.rows})),
            rules[i] if rules else "",
            "" if posterior is None else f"{posterior[i]:.6f}",
        ]
        for i, (name, form) in enumerate(conversion.forms.items())
    ]
    figures.offer_data("forms", f"tense-lab-{conversion.word}", header, rows)
