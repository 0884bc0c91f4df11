"""What the views of the Latent page share: encoded verbs, decoded words, and whether the word lists have them."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from cvae.core.text import counted
from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form
from cvae.inference.latent import Atlas, Neighbour, survey
from cvae.inference.word_lists import Origin, origin, training_paradigms
from cvae.model.checkpoint import CheckpointInfo
from cvae.model.cvae import CVAE
from cvae.training.collapse import FILLED
from pages.shared import letters, models, navigation
from pages.shared.figures import TableColumns
from pages.shared.forms import point_table
from pages.shared.models import Opened

HELP = {
    "latent": "z: the numbers that stand for a verb between the encoder, which reads letters, and the decoder.",
    "pca": "Principal components: the directions in which the verbs’ points lie furthest apart.",
    "kl": "KL divergence of q(z | x) from the prior N(0, I), in nats: how much a dimension tells about the word.",
    "confidence": "The probability of exactly these letters, given z.",
    "distance": "Straight-line distance between two points in all dimensions of z.",
}
LEGEND = f'<p class="legend">Confidence: {HELP["confidence"][0].lower()}{HELP["confidence"][1:]}</p>'
ORIGINS: dict[Origin, str] = {
    "known": "● A verb of the training data.",
    "real": "◐ A real verb that the model was not trained on.",
    "invented": "○ No verb of the word lists has these forms.",
}


def atlas_of(opened: Opened) -> Atlas:
    """Return the encoded training verbs, or substitutes with a note. Without any, the page stops with a sentence."""
    rows, stand_in = models.verbs_at_hand(opened)
    if not rows:
        st.info("There is no map: the data that this model was trained on is not at hand. The ZIP of its run has it.")
        st.stop()
    if stand_in:
        st.info("The data that this model was trained on is not at hand: the verbs of the app’s own list stand in.")
    with st.spinner(f"Encoding {counted(len(rows), 'verb')}, once for all visitors of this model …", show_time=True):
        return _survey(opened.model, opened.version, rows)


def note_sleep(info: CheckpointInfo) -> str:
    """Say that draws are verbs all the same, far from all words, where a sleep phase has made most of them so."""
    score = info.scores.get("gaussian_score") or 0.0
    if not info.training.sleep or score < FILLED:
        return ""
    return (
        f" Still, {score:.0%} of all draws from N(0, I) decode to training verbs: in its sleep phase, the decoder "
        "learned to spell one there."
    )


def warm(model: str) -> None:
    """Encode the training verbs of this model of the app, for every visitor."""
    opened = models.shipped().get(model)
    if opened and (rows := training_paradigms(opened.info)):
        _survey(opened.model, opened.version, sorted(rows))


@st.cache_resource(show_spinner=False, max_entries=8)
def _survey(_model: CVAE, version: tuple[str, str], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)


def ask_words(label: str, value: str, key: str, explanation: str, width: Any = "stretch") -> str:
    """Ask for words, which stay in the address even if the view is still being drawn.

    width: in pixels, or `stretch`.
    """
    return st.text_input(
        label, value, key=key, bind="query-params", help=explanation, autocomplete="off", width=width,
        on_change=navigation.write_back, args=(key, True),
    )  # fmt: skip


def pick_plane(what: str) -> bool:
    """Ask whether to draw on the plane through these points instead of the map."""
    names = {"map": "of the map", "own": f"through the {what}"}
    chosen: str = st.segmented_control(
        "Layout", list(names), default="map", required=True, key=f"plane-{what}", bind="query-params",
        format_func=names.__getitem__,
        help="The map keeps neighbours together; a point that is not a verb is drawn among the verbs nearest to it. "
        "The plane contains all points of this view at their true distances; the verbs are projected onto it.",
    )  # fmt: skip
    return chosen == "own"


def show_point(opened: Opened, conversion: Conversion) -> list[Form]:
    """Show the forms decoded at a point, whose letters can be chosen, one tense in each row; return what is shown."""
    shown, choice = letters.respell(opened, conversion)
    html = point_table(shown, opened.model.vocabulary, choice, across=False) + LEGEND
    letters.show("point-of-map", html, letters.subject(opened, conversion))
    return list(shown.forms.values())


def describe_origin(opened: Opened, forms: Sequence[Form]) -> str:
    """Say whether the decoded forms are those of one verb of the training data, or else of the word lists."""
    trained = training_paradigms(opened.info)
    found = origin(tuple(form.text for form in forms), trained, opened.model.vocabulary)
    if found == "real" and not trained:
        return "◐ A real verb; whether the model was trained on it is not known."
    if found == "invented" and not opened.model.vocabulary.is_english:
        return "○ No verb of the training data."
    return ORIGINS[found]


def neighbours_table(near: Sequence[Neighbour], atlas: Atlas, asked: Sequence[int | None] = ()) -> TableColumns:
    """Return the nearest verbs as columns, with a mark at those that were asked about."""
    table: dict[str, Sequence[Any]] = {
        "verb": [item.name for item in near],
        "distance": [round(item.distance, 2) for item in near],
    }
    if asked:
        table["asked"] = ["✓" if item.verb in asked else "" for item in near]
    return {**table, "paradigm": ["  ".join(atlas.rows[item.verb]) for item in near]}


def words_table(forms: Sequence[Form], vocabulary: Vocabulary) -> TableColumns:
    """Return the decoded words as columns."""
    return {
        "tense": [vocabulary.title(tense) for tense in vocabulary.tenses],
        "form": [form.text for form in forms],
        "confidence": [round(form.confidence, 6) for form in forms],
    }
