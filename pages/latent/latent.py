"""Latent: the space between encoder and decoder as a map, paths, sums and figures."""

import streamlit as st

from cvae.inference.latent import Atlas
from pages.latent import arithmetic, between, canvas, health, map, parts
from pages.shared import models
from pages.shared.models import Opened

VIEWS = {
    "map": ("Map", map.show),
    "between": ("Between", between.show),
    "arithmetic": ("Arithmetic", arithmetic.show),
    "health": ("Health", health.show),
}

with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key="latent-head"):
    st.title("Latent", anchor=False, help=parts.HELP["latent"], width="content")
    views = st.container(width="content")
st.caption("Every verb is a point. Explore the map, and read what the decoder writes where there is no verb.")
opened = models.open_model()
view = views.segmented_control(
    "View",
    list(VIEWS),
    default="map",
    required=True,
    key="latent_view",
    bind="query-params",
    format_func=lambda name: VIEWS[name][0],
    label_visibility="collapsed",
)


@st.fragment
def show_view(name: str, opened: Opened, atlas: Atlas, files: canvas.Files) -> None:
    """Show one view; the browser has the files of the map from before."""
    VIEWS[name][1](opened, atlas, files)


atlas = parts.atlas_of(opened)
show_view(view, opened, atlas, canvas.send_files(opened, atlas))
