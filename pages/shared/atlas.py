"""The encoded verbs behind the maps on Home and Latent, cached for all visitors."""

import streamlit as st

from cvae.data.paradigms import Paradigm, read_paradigms
from cvae.evaluation.diagnostics import Health, examine
from cvae.inference.latent import Atlas, survey
from cvae.inference.projection import Plane, principal_plane
from cvae.inference.word_lists import training_paradigms
from cvae.model.cvae import CVAE
from pages.shared.models import Opened


def atlas_of(opened: Opened) -> Atlas:
    """Return the encoded training verbs, or substitutes with a note. Without any, the page stops with a sentence."""
    rows = training_paradigms(opened.info)
    if not rows and not opened.model.vocabulary.is_english:
        st.info("There is no map: the data that this model was trained on is not at hand.")
        st.stop()
    if not rows:
        st.info("The data that this model was trained on is not at hand: the verbs of the app's own list stand in.")
    return _survey(opened.model, opened.version, sorted(rows) if rows else sorted(read_paradigms("train").rows))


@st.cache_resource(show_spinner="Encoding the verbs …", max_entries=8)
def _survey(_model: CVAE, version: tuple[str, int], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)


@st.cache_resource(show_spinner=False, max_entries=32)
def plane_of(version: tuple[str, int], _atlas: Atlas, first: int = 0) -> Plane:
    """Return the plane of two principal components of the verbs, counted from `first`."""
    return principal_plane(_atlas.z, first)


@st.cache_resource(show_spinner="Measuring …", max_entries=8)
def health_of(version: tuple[str, int], _atlas: Atlas) -> Health:
    """Measure KL and aggregate posterior over all forms of the verbs."""
    return examine(*_atlas.words)
