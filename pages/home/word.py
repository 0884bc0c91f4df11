"""A word's forms, and its place among common verbs."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from cvae.charts.latent_svg import Near, map_picture
from cvae.core.errors import TenseLabError
from cvae.data.paradigms import Paradigm, read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.inference.latent import Atlas, locate, neighbours, survey
from cvae.inference.word_lists import check_verb, training_paradigms
from cvae.model.cvae import CVAE
from pages.home import home_map
from pages.latent import parts
from pages.shared import forms as shared_forms
from pages.shared import models
from pages.shared.models import Opened

PREFERRED, NEAR, DOTS = "open-vocabulary", 5, 300
BEFORE = "home_place"


def show(word: str) -> None:
    """The table and the map beside each other."""
    models.take_quietly(PREFERRED)
    opened = models.open_model()
    vocabulary = opened.model.vocabulary
    forms, ground = st.columns([6, 5], gap="large", vertical_alignment="center")
    if not word:
        forms.html(shared_forms.empty_table(vocabulary, shared_forms.BRIEF))
        return
    try:
        check_verb(word, vocabulary)
        [conversion] = convert(opened.model, [word], keep_probabilities=True)
    except TenseLabError as error:
        forms.warning(models.plain(str(error)))
        return
    forms.html(shared_forms.brief_table(conversion, vocabulary))
    with ground:
        _draw(opened, conversion.word)


def _draw(opened: Opened, word: str) -> None:
    """The map with the word and the verbs nearest to it, to click; nothing where there are no verbs."""
    atlas = _atlas(opened.model, opened.version, _verbs(opened))
    if not atlas.rows:
        return
    plane, place = parts.plane_of(opened.version, atlas), locate(opened.model, atlas, word)
    near = neighbours(atlas, place.z, NEAR, without=place.verb)
    here, count = parts.point_on(plane, place.z), f"{len(atlas.rows)} verbs"
    picture = map_picture(
        np.asarray(plane.project(atlas.z)), [Near(each.verb, each.name) for each in near], here, word,
        st.session_state.get(BEFORE, here), _describe(word, [each.name for each in near], count),
        parts.palette(),
    )  # fmt: skip
    st.session_state[BEFORE] = here
    caption = f"Where the encoder puts it among {count}: near is what is spelled alike. Click one to go there."
    home_map.show(picture, [atlas.form_of(verb) for verb in range(len(atlas.rows))], caption)


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
