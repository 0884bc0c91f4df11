"""A word's forms, and its place among common verbs."""

from html import escape
from urllib.parse import quote

import numpy as np
import streamlit as st

from cvae.errors import TenseLabError
from cvae.inference import convert
from cvae.latent import Atlas, locate, neighbours, survey
from cvae.lexicon import check_verb, training_paradigms
from cvae.map_picture import map_picture
from cvae.model import CVAE
from cvae.paradigms import Paradigm, read_paradigms
from cvae.vocabulary import Vocabulary
from pages import _forms, _latent_parts, _models
from pages._models import Opened

PREFERRED, NEAR, DOTS = "open-vocabulary", 5, 300
BEFORE = "home_place"


def show(word: str) -> None:
    """The table and the map beside each other."""
    _models.take_quietly(PREFERRED)
    opened = _models.open_model()
    vocabulary = opened.model.vocabulary
    forms, ground = st.columns([6, 5], gap="large", vertical_alignment="center")
    if not word:
        forms.html(_forms.empty_table(vocabulary))
        return
    try:
        check_verb(word, vocabulary)
        [conversion] = convert(opened.model, [word], keep_probabilities=True)
    except TenseLabError as error:
        forms.warning(_models.plain(str(error)))
        return
    forms.html(_forms.brief_table(conversion, vocabulary))
    with ground:
        _draw(opened, conversion.word)


def _draw(opened: Opened, word: str) -> None:
    """The map with the word and the verbs nearest to it, to click; nothing where there are no verbs."""
    atlas = _atlas(opened.model, opened.version, _verbs(opened))
    if not atlas.rows:
        return
    plane, place = _latent_parts.plane_of(opened.version, atlas), locate(opened.model, atlas, word)
    near = [each for each in neighbours(atlas, place.z, NEAR + 1) if each.verb != place.verb][:NEAR]
    here, names = _latent_parts.point_on(plane, place.z), [each.name for each in near]
    svg = map_picture(
        np.asarray(plane.project(atlas.z)), [each.verb for each in near], names, here, word,
        st.session_state.get(BEFORE, here), _latent_parts.palette(),
    )  # fmt: skip
    st.session_state[BEFORE] = here
    alt = f"Map of {len(atlas.rows)} verbs. {word} lies nearest to {', '.join(names)}."
    caption = f"Where the encoder puts it, among {len(atlas.rows)} other verbs: near is what is spelled alike."
    st.html(
        f'<figure class="home-map"><img alt="{escape(alt)}" src="data:image/svg+xml,{quote(svg)}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def _verbs(opened: Opened) -> list[Paradigm]:
    """The commonest verbs, or of another language some that the model was trained on."""
    if opened.model.vocabulary == Vocabulary():
        return list(read_paradigms("commonest").rows)
    rows = sorted(training_paradigms(opened.info))
    return rows[:: -(-len(rows) // DOTS) or 1]


@st.cache_resource(show_spinner=False, max_entries=8)
def _atlas(_model: CVAE, version: tuple[str, int], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)
