"""Side by side: one verb in two models, the chosen and another one to begin with, or two verbs."""

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.inference.conversion import convert
from cvae.inference.word_lists import check_verb, look_up
from pages.shared import forms, letters, messages, models, navigation

FIRST = "went"


@st.fragment
def show() -> None:
    """Show two columns, each with a verb, a model and its forms."""
    paths = models.paths()
    chosen = str(st.session_state[navigation.MODEL])
    opened = models.open_file(paths[chosen])
    other = next((name for name in paths if name != chosen and opened.model.vocabulary.is_english), chosen)
    left, right = st.columns(2, gap="large")
    with left:
        word = _show("left", models.usual_verb(opened, FIRST), paths, chosen)
    with right:
        _show("right", word, paths, other)


def _show(side: str, usual: str, paths: Mapping[str, Path], model: str) -> str:
    """Ask for a verb and a model, show its forms, and return the verb: `usual` if none is typed."""
    with st.container(horizontal=True, gap="medium"):
        typed = st.text_input(
            "Verb", key=side, bind="query-params", live="150ms", placeholder=usual, autocomplete="off", width=170
        )
        names = list(paths)
        name = st.selectbox("Model", names, names.index(model), key=f"{side}_model", bind="query-params")
    word, opened = typed.strip() or usual, models.open_file(paths[name])
    vocabulary = opened.model.vocabulary
    try:
        [conversion] = convert(opened.model, [check_verb(word, vocabulary)], keep_probabilities=True)
    except TenseLabError as error:
        st.warning(messages.plain(str(error)))
        return word
    entry = look_up(conversion.word, vocabulary.tense(conversion.source), opened.info)
    chosen = f"{side}_respelled"
    shown, choice = letters.respell(opened, conversion, chosen)
    html = forms.brief_table(shown, entry, vocabulary, choice)
    letters.show(f"{side}-forms", html, letters.subject(opened, conversion), chosen)
    st.caption(messages.plain(forms.LISTINGS[entry.listing].format(word=conversion.word)))
    return word
