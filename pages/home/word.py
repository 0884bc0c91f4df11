"""A word's forms, and its place among common verbs."""

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.charts.latent_svg import Near, Picture, map_picture
from cvae.core.errors import TenseLabError
from cvae.data.paradigms import Paradigm, read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import Conversion, convert
from cvae.inference.latent import Atlas, locate, neighbours, survey
from cvae.inference.word_lists import check_verb, look_up, training_paradigms
from cvae.model.cvae import CVAE
from pages.shared import figures, forms, letters, messages, models
from pages.shared.models import Opened, plane_of

NEAR, DOTS = 5, 300
BEFORE = "home_place"
KEY, WORD = "home-map", "typed"
PARTS = Path(__file__).parent


def show(word: str, preferred: str) -> None:
    """Show the table of forms and the map beside each other, by the model that was picked or else the preferred one."""
    models.take_quietly(preferred)
    opened = models.open_model()
    vocabulary = opened.model.vocabulary
    answer, ground = st.columns([6, 5], gap="large", vertical_alignment="center")
    if not word:
        with answer:
            letters.show("forms", forms.empty_table(vocabulary, brief=True))
        return
    try:
        check_verb(word, vocabulary)
        [conversion] = convert(opened.model, [word], keep_probabilities=True)
    except TenseLabError as error:
        answer.warning(messages.plain(str(error)))
        return
    entry = look_up(conversion.word, vocabulary.tense(conversion.source), opened.info)
    shown, choice = letters.respell(opened, conversion)
    with answer:
        letters.show("forms", forms.brief_table(shown, entry, vocabulary, choice), letters.subject(opened, conversion))
    listed, name = forms.LISTINGS[entry.listing].format(word=conversion.word), st.session_state[models.CHOICE]
    answer.caption(messages.plain(f"{listed} Model: {name}."))
    with ground:
        _draw(opened, conversion.word)
    _show_model(shown, vocabulary)


def suggest(preferred: str, english: Sequence[str]) -> list[str]:
    """Return words to try with the model of the page."""
    models.take_quietly(preferred)
    return models.suggest(models.open_model(), english)


def _show_model(conversion: Conversion, vocabulary: Vocabulary) -> None:
    """Show the model at work on the word, small, with the way to the large picture."""
    tense = next(tense for tense in vocabulary.tenses if tense != conversion.source)
    form = conversion.forms[tense].text
    mean, sigma = conversion.mean.numpy(), (conversion.logvar / 2).exp().numpy()
    with st.container(horizontal=True, vertical_alignment="center", key="home-model"):
        st.html(forms.model_picture(conversion.word, form, mean, sigma), width="content")
        st.page_link(
            "pages/inside/inside.py", label="Look inside", icon=":material/arrow_forward:",
            icon_position="right", query_params={"word": conversion.word},
        )  # fmt: skip


def warm(preferred: str, word: str) -> None:
    """Load the models, read the word lists and encode the verbs of the map: kept for every visitor."""
    opened = models.shipped().get(preferred)
    if opened is None:
        return  # the page says what is wrong
    with suppress(TenseLabError):  # an installation may have its own model of this name
        [conversion] = convert(opened.model, [word], keep_probabilities=True)
        look_up(word, opened.model.vocabulary.tense(conversion.source), opened.info)
    plane_of(opened.version, _atlas(opened.model, opened.version, _verbs(opened)))


def _draw(opened: Opened, word: str) -> None:
    """Draw the map with the word and its nearest verbs, which can be clicked; nothing if there are no verbs."""
    atlas = _atlas(opened.model, opened.version, _verbs(opened))
    if not atlas.rows:
        return
    plane, place = plane_of(opened.version, atlas), locate(opened.model, atlas, word)
    near = neighbours(atlas, place.z, NEAR, without=place.verb)
    here, count = plane.place_of(place.z), f"{len(atlas.rows)} verbs"
    picture = map_picture(
        plane.places_of(atlas.z), [Near(each.verb, each.name) for each in near], here, word,
        st.session_state.get(BEFORE, here), _describe(word, [each.name for each in near], count),
        figures.palette(),
    )  # fmt: skip
    st.session_state[BEFORE] = here
    caption = f"Where the encoder puts it among {count}; verbs spelled alike lie close together. Click one to go there."
    show_map(picture, [atlas.form_of(verb) for verb in range(len(atlas.rows))], caption)


def _describe(word: str, near: Sequence[str], count: str) -> str:
    return f"Map of {count}. {word} lies nearest to {', '.join(near)}."


def _verbs(opened: Opened) -> list[Paradigm]:
    """The commonest verbs of English; for another language, a sample of the verbs the model was trained on."""
    if opened.model.vocabulary.is_english:
        return list(read_paradigms("commonest").in_tenses(opened.model.vocabulary.tenses).rows)
    rows = sorted(training_paradigms(opened.info))
    return rows[:: -(-len(rows) // DOTS) or 1]


@st.cache_resource(show_spinner=False, max_entries=8)
def _atlas(_model: CVAE, version: tuple[str, str], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)


def show_map(picture: Picture, verbs: Sequence[str], caption: str) -> None:
    """Show the picture over its caption. `verbs` are the words that the word box takes for a click on each spot."""
    data = {"svg": picture.svg, "spots": picture.spots, "verbs": list(verbs), "caption": caption}
    _component()(key=KEY, data=data, on_verb_change=take_verb)


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
