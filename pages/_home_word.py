"""A word's forms, and its place among common verbs."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cvae.errors import TenseLabError
from cvae.inference import convert
from cvae.latent import Atlas, locate, neighbours, survey
from cvae.lexicon import check_verb, training_paradigms
from cvae.map_picture import Near, map_picture
from cvae.model import CVAE
from cvae.paradigms import Paradigm, read_paradigms
from cvae.vocabulary import Vocabulary
from pages import _forms, _home_map, _latent_parts, _models
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
        forms.html(_forms.empty_table(vocabulary, _forms.BRIEF))
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
    near = neighbours(atlas, place.z, NEAR, without=place.verb)
    here, count = _latent_parts.point_on(plane, place.z), f"{len(atlas.rows)} verbs"
    picture = map_picture(
        np.asarray(plane.project(atlas.z)), [Near(each.verb, each.name) for each in near], here, word,
        st.session_state.get(BEFORE, here), _describe(word, [each.name for each in near], count),
        _latent_parts.palette(),
    )  # fmt: skip
    st.session_state[BEFORE] = here
    caption = f"Where the encoder puts it among {count}: near is what is spelled alike. Click one to go there."
    _home_map.show(picture, [atlas.form_of(verb) for verb in range(len(atlas.rows))], caption)


def _describe(word: str, near: Sequence[str], count: str) -> str:
    return f"Map of {count}. {word} lies nearest to {', '.join(near)}."


def _verbs(opened: Opened) -> list[Paradigm]:
    """The commonest verbs, or of another language some that the model was trained on."""
    if opened.model.vocabulary == Vocabulary():
        return list(read_paradigms("commonest").rows)
    rows = sorted(training_paradigms(opened.info))
    return rows[:: -(-len(rows) // DOTS) or 1]


@st.cache_resource(show_spinner=False, max_entries=8)
def _atlas(_model: CVAE, version: tuple[str, int], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)
