"""Latent: the space between the encoder and the decoder, as a map, as ways through it, and as figures."""

import streamlit as st

from pages import _latent_arithmetic, _latent_between, _latent_health, _latent_map, _latent_parts, _models

VIEWS = {
    "map": ("Map", _latent_map.show),
    "between": ("Between", _latent_between.show),
    "arithmetic": ("Arithmetic", _latent_arithmetic.show),
    "health": ("Health", _latent_health.show),
}

st.title("Latent", anchor=False, help=_latent_parts.HELP["latent"])
st.caption("Every verb is a point. Walk among them, and read what the decoder says where no verb has ever been.")
opened = _models.open_model()
view = st.segmented_control(
    "View",
    list(VIEWS),
    default="map",
    required=True,
    key="view",
    bind="query-params",
    format_func=lambda name: VIEWS[name][0],
    label_visibility="collapsed",
)
_, show = VIEWS[view]
show(opened, _latent_parts.atlas_of(opened))
