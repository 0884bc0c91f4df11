"""Inside: the model at work on one word, as a picture that answers in the browser."""

from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.data.vocabulary import Vocabulary
from cvae.web.picture import excerpts, read_script, read_style
from pages.shared import models
from pages.shared.models import Opened

KEY, WORD, SOURCE, TENSE = "inside-picture", "word", "from", "to"
FIRST = "went"
SHELL = Path(__file__).parent / "inside.js"


@cache
def _component() -> ComponentRenderer:
    script = read_script("elements", "model", "picture") + SHELL.read_text(encoding="utf-8")
    return st.components.v2.component(KEY, html='<div class="picture"></div>', css=read_style("picture"), js=script)


def _tense_in_link(name: str, vocabulary: Vocabulary) -> int | None:
    """Return the number of the tense that the link names, or None where the model has none of that name."""
    asked = st.query_params.get(name)
    return vocabulary.tenses.index(asked) if asked in vocabulary.tenses else None


def _keep_in_link() -> None:
    """Put what the picture shows into the address bar, at once: each change of the address is a step of Back."""
    told = st.session_state[KEY]["shown"]
    st.query_params.update({name: str(told[name]) for name in (WORD, SOURCE, TENSE)})


@st.fragment
def show_picture(opened: Opened, weights: str) -> None:
    """Show the picture of the chosen model; the browser fetches its weights once, and decodes by itself."""
    vocabulary = opened.model.vocabulary
    data = {
        "weights": weights,
        "titles": [vocabulary.title(tense) for tense in vocabulary.tenses],
        "tenses": list(vocabulary.tenses),
        "code": excerpts(),
        "word": st.query_params.get(WORD) or models.usual_verb(opened, FIRST),
        "source": _tense_in_link(SOURCE, vocabulary),
        "tense": _tense_in_link(TENSE, vocabulary),
    }
    _component()(key=KEY, data=data, on_shown_change=_keep_in_link)


st.title("Inside the model", anchor=False)
st.caption(
    "Type a verb and watch it pass through the network. Then drag a dot of z, or click another letter: the decoder "
    "writes the rest again. All of it runs in your browser."
)
opened = models.open_model()
show_picture(opened, models.media_url(opened.version[0], f"{KEY}-weights"))
st.page_link(
    "pages/theory/theory.py", label="The same step by step, with its formulas", icon=":material/arrow_forward:",
    query_params={"section": "One word"} | models.chosen(),
)  # fmt: skip
