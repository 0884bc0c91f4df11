"""A word's forms, and its place among common verbs."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from html import escape
from pathlib import Path

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.charts.latent_svg import Near, map_picture
from cvae.core.errors import TenseLabError
from cvae.core.text import counted
from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import Vocabulary, compose
from cvae.inference.conversion import Conversion, convert
from cvae.inference.latent import Atlas, locate, neighbours, survey
from cvae.inference.projection import Plane, principal_plane
from cvae.inference.word_lists import check_verb, look_up, training_paradigms
from pages.shared import figures, forms, letters, messages, models, navigation
from pages.shared.models import Opened

NEAR, DOTS = 5, 300
BUSIEST, WIDEST = 12, 3.0
"""The dimensions of z in the small picture of the model, and the largest value that has room there."""
BEFORE = "home_place"
KEY, WORD = "home-map", "typed"
PARTS = Path(__file__).parent


def show(word: str) -> None:
    """Show the table of forms and the map beside each other."""
    models.take_quietly()
    opened = models.open_model()
    vocabulary = opened.model.vocabulary
    answer, ground = st.columns([6, 5], gap="large", vertical_alignment="center")
    if not word:
        with answer:
            letters.show("forms", forms.empty_table(vocabulary, brief=True))
        return
    try:
        [conversion] = convert(opened.model, [check_verb(word, vocabulary)], keep_probabilities=True)
    except TenseLabError as error:
        answer.warning(messages.plain(str(error)))
        return
    entry = look_up(conversion.word, vocabulary.tense(conversion.source), opened.info)
    shown, choice = letters.respell(opened, conversion)
    with answer:
        letters.show("forms", forms.brief_table(shown, entry, vocabulary, choice), letters.subject(opened, conversion))
    listed, name = forms.LISTINGS[entry.listing].format(word=conversion.word), st.session_state[navigation.MODEL]
    answer.caption(messages.plain(f"{listed} Model: {name}."))
    with ground:
        _draw(opened, conversion.word)
    _show_model(shown, vocabulary)


def _show_model(conversion: Conversion, vocabulary: Vocabulary) -> None:
    """Show the model at work on the word, small, with the way to the large picture."""
    tense = next(tense for tense in vocabulary.tenses if tense != conversion.source)
    form = conversion.forms[tense].text
    mean, sigma = conversion.mean.numpy(), np.exp(conversion.logvar.numpy() / 2)
    with st.container(horizontal=True, vertical_alignment="center", key="home-model"):
        st.html(model_picture(conversion.word, form, mean, sigma), width="content")
        st.page_link(
            "pages/inside/inside.py", label="Look inside", icon=":material/arrow_forward:",
            icon_position="right", query_params={"word": conversion.word} | models.chosen(),
        )  # fmt: skip


def model_picture(word: str, form: str, mean: np.ndarray, sigma: np.ndarray) -> str:
    """Return the model at work, small: a word, the encoder, the busiest dimensions of q(z | x), the decoder, a form.

    mean and sigma: (Z,). A bar reaches one sigma to each side of the mean, up to `WIDEST`; the band behind is N(0, 1).
    """
    busiest = np.argsort(-(mean**2 + sigma**2 - 1 - 2 * np.log(sigma)))[:BUSIEST]
    bars = "".join(
        f'<i style="bottom:{50 + 50 * low / WIDEST:.0f}%;height:{max(50 * (high - low) / WIDEST, 6):.0f}%;'
        f'left:{100 * (i + 0.25) / len(busiest):.1f}%;width:{50 / len(busiest):.1f}%"></i>'
        for i, z in enumerate(busiest)
        for low, high in [np.clip([mean[z] - sigma[z], mean[z] + sigma[z]], -WIDEST, WIDEST)]
    )
    label = f"The model at work: the encoder reads {word}, z is a point, the decoder writes {form}."
    return (
        f'<div class="model" role="img" aria-label="{escape(compose(label))}"><b>{escape(compose(word))}</b> → '
        f'<span>encoder</span> → <span class="z">{bars}</span> → <span>decoder</span> → '
        f"<b>{escape(compose(form))}</b></div>"
    )


def warm(model: str, word: str) -> None:
    """Load the models, read the word lists and encode the verbs of the map: kept for every visitor."""
    opened = models.shipped().get(model)
    if opened is None:
        return  # the page says what is wrong
    with suppress(TenseLabError):  # an installation may have its own model of this name
        [conversion] = convert(opened.model, [word], keep_probabilities=True)
        look_up(word, opened.model.vocabulary.tense(conversion.source), opened.info)
    _survey(opened, opened.version)


def _draw(opened: Opened, word: str) -> None:
    """Draw the map with the word and its nearest verbs, which can be clicked; nothing if there are no verbs."""
    found = _survey(opened, opened.version)
    if found is None:
        return
    atlas, plane = found
    place = locate(opened.model, atlas, word)
    near = [Near(each.verb, each.name) for each in neighbours(atlas, place.z, NEAR, without=place.verb)]
    here, count = plane.place_of(place.z), counted(len(atlas.rows), "verb")
    alt = f"Map of {count}. {word} lies nearest to {', '.join(each.name for each in near)}."
    before = st.session_state.get(BEFORE, here)
    picture = map_picture(plane.places_of(atlas.z), near, here, word, before, alt, figures.palette())
    st.session_state[BEFORE] = here
    data = {
        "svg": picture.svg,
        "spots": picture.spots,
        "verbs": [atlas.form_of(verb) for verb in range(len(atlas.rows))],
        "caption": f"Where the encoder puts it among {count}; verbs spelled alike lie close together. Click one to go "
        "there.",
    }
    _component()(key=KEY, data=data, on_verb_change=take_verb)


@st.cache_resource(show_spinner=False, max_entries=8)
def _survey(_opened: Opened, version: tuple[str, str]) -> tuple[Atlas, Plane] | None:
    """Encode the commonest English verbs, or for another language a sample of the training verbs; None without any."""
    if _opened.model.vocabulary.is_english:
        rows: Sequence[Paradigm] = read_paradigms("commonest").in_tenses(_opened.model.vocabulary.tenses).rows
    else:
        trained = sorted(training_paradigms(_opened.info))
        rows = trained[:: -(-len(trained) // DOTS) or 1]
    if not rows:
        return None
    atlas = survey(_opened.model, rows)
    return atlas, principal_plane(atlas.z)


def take_verb() -> None:
    """Put the clicked verb into the word box."""
    if verb := st.session_state[KEY]["verb"]:
        st.session_state[WORD] = verb


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        KEY,
        html='<figure><div class="map"></div><figcaption></figcaption></figure>',
        css=(PARTS / "home_map.css").read_text(encoding="utf-8"),
        js=(PARTS / "home_map.js").read_text(encoding="utf-8"),
    )
