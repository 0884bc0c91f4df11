"""The first page's map: a click on it takes the verb nearest to it, and so does Enter on a name."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.charts.latent_svg import Picture

KEY, WORD = "home-map", "typed"
PARTS = Path(__file__).parent


def show(picture: Picture, verbs: Sequence[str], caption: str) -> None:
    """The picture over its caption. verbs: what the word box gets for a click on each spot."""
    data = {"svg": picture.svg, "spots": picture.spots, "verbs": list(verbs), "caption": caption}
    _component()(key=KEY, data=data, on_verb_change=take)


def take() -> None:
    """The clicked verb becomes the word of the page."""
    if verb := st.session_state[KEY]["verb"]:
        st.session_state[WORD] = verb


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component(
        KEY,
        html='<figure><div class="map"></div><figcaption></figcaption></figure>',
        css=(PARTS / "home_map.css").read_text(),
        js=(PARTS / "home_map.js").read_text(),
    )
