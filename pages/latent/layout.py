"""How the verbs are laid out in two dimensions, and how a point of the map becomes a z."""

import atexit
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import numpy as np
import streamlit as st

from cvae.core.text import counted
from cvae.inference.latent import Atlas, LocatedWord
from cvae.inference.projection import (
    COMPARED,
    Embedding,
    Plane,
    lay_out_verbs,
    load_embedding,
    plane_through,
    principal_plane,
)
from cvae.inference.tsne import compute_map
from pages.latent import parts
from pages.shared.models import Opened

LEAST = 30
"""The fewest verbs that t-SNE lays out."""
ONE_AT_A_TIME = Lock()
"""Held while verbs are laid out: however many models visitors bring, this takes one core."""
ENDING = Event()
"""Set when the server shuts down."""
TSNE = 0
"""The number of the layout that is no plane; that of a plane is its first component, counted from 1."""
HELP = (
    parts.HELP["pca"] + " The first two show most of that; later ones show what those hide. t-SNE gives up true "
    "distances to keep neighbours together: groups mean something, how far apart they lie does not. The layout that "
    "preserves the most neighbours comes first."
)


@dataclass(frozen=True)
class Layout:
    """The places of the verbs on the map. flat: the projection; kept: the share of neighbours that stay neighbours."""

    name: int
    flat: Plane | Embedding
    places: np.ndarray  # (N, 2)
    kept: float

    @property
    def title(self) -> str:
        """The name of the layout, with the variance that a plane shows."""
        if isinstance(self.flat, Embedding):
            return "t-SNE"
        first, second = self.flat.shares or (0.0, 0.0)
        return f"principal components {self.name} and {self.name + 1} ({first:.0%} and {second:.0%} of the variance)"


def pick_layout(opened: Opened, atlas: Atlas) -> Layout:
    """Ask for the layout; t-SNE is offered once it was computed for this very checkpoint."""
    found = {layout.name: layout for layout in layouts(opened, atlas)}
    name = st.selectbox(
        "Layout", list(found), key="plane", bind="query-params", help=HELP,
        format_func=lambda first: f"PCA {first} and {first + 1}" if first else "t-SNE", width=160,
    )  # fmt: skip
    return found[name]


def layouts(opened: Opened, atlas: Atlas) -> list[Layout]:
    """Return the layouts that there are by now, the one that keeps most neighbours first."""
    planes = range(1, max(2, min(opened.model.config.z_size, 8)), 2)
    laid_out = _laid_out(opened.version, atlas)
    embedding = laid_out.result() if laid_out.done() else None
    found = [_layout(opened.version, name, atlas, embedding) for name in (*planes, *([TSNE] if embedding else []))]
    return sorted(found, key=lambda layout: -layout.kept)


def lay_out(
    opened: Opened, atlas: Atlas, what: str, words: Sequence[LocatedWord]
) -> tuple[Plane | Embedding, np.ndarray]:
    """Ask whether to draw on the plane through these words; return it or the best layout, and the verbs' places there.

    what: the name of the words in the question, which is not asked without any.
    """
    if words and parts.pick_plane(what):
        flat = plane_through(*(word.z for word in words))
        return flat, flat.places_of(atlas.z)
    best, *_ = layouts(opened, atlas)
    return best.flat, best.places


def is_laid_out(opened: Opened, atlas: Atlas) -> bool:
    """Whether the map that is computed in the background is there."""
    return _laid_out(opened.version, atlas).done()


@st.fragment(run_every=2)
def wait_for_layout(opened: Opened, atlas: Atlas) -> None:
    """Say that the t-SNE map is being computed, and run the page again once it is there."""
    if is_laid_out(opened, atlas):
        st.rerun()
    st.caption("The t-SNE map of this model is being computed in the background; it will be offered as a layout.")


@st.cache_resource(show_spinner=False, max_entries=8)
def _laid_out(version: tuple[str, str], _atlas: Atlas) -> "Future[Embedding | None]":
    """Return the t-SNE map that was computed beforehand, or is computed in the background from now on."""
    laid_out: Future[Embedding | None] = Future()
    kept = load_embedding(Path(version[0]), _atlas.z)
    if kept or len(_atlas.rows) < LEAST:
        laid_out.set_result(kept)
    else:
        thread = Thread(target=_lay_out, args=(_atlas.z, laid_out), daemon=True)
        thread.start()
        atexit.register(_stop, thread)
    return laid_out


def _lay_out(z: Any, laid_out: "Future[Embedding | None]") -> None:
    found = None
    try:
        with ONE_AT_A_TIME:
            found = compute_map(z, ENDING.is_set)
    finally:  # a page that waits for it must not wait for ever
        laid_out.set_result(found)


def _stop(thread: Thread) -> None:
    """End a layout with its server, which neither waits for it nor may leave it inside of torch."""
    ENDING.set()
    thread.join()


@st.cache_resource(show_spinner="Comparing the maps …", max_entries=32)
def _layout(version: tuple[str, str], name: int, _atlas: Atlas, _embedding: Embedding | None) -> Layout:
    flat = _embedding if name == TSNE and _embedding else principal_plane(_atlas.z, name - 1)
    return Layout(name, flat, *lay_out_verbs(flat, _atlas.z))


def explain_map(atlas: Atlas, layout: Layout) -> str:
    """Explain what the places on the map mean, and how far its neighbourhoods can be trusted."""
    count = min(COMPARED, len(atlas.rows) - 1)
    return (
        f"{counted(len(atlas.rows), 'verb')} by {layout.title}, each at the mean over its forms’ posterior means. Of "
        f"the {count} verbs nearest to a verb in all dimensions of z, {layout.kept:.0%} are among the {count} nearest "
        "on this map."
    )


def origin_of_z(atlas: Atlas, layout: Layout, spot: tuple[float, float], place: LocatedWord | None) -> str:
    """Explain in one sentence how a point of the map became a z."""
    size = atlas.z.shape[1]
    if place is not None and place.verb is not None:
        return f"z of {place.word}: the mean over its forms’ posterior means, in all {size} dimensions."
    if place is not None:
        drawn = "; drawn among the verbs nearest to it" if layout.name == TSNE else ""
        return f"z of {place.word}, which is not on the map: the mean of q(z | x), in all {size} dimensions{drawn}."
    if isinstance(layout.flat, Embedding):
        names = [atlas.names[i] for i in layout.flat.around(spot)]
        return (
            f"t-SNE has no way back to z. Here z is the mean of the {len(names)} verbs nearest on the map, of which "
            f"nearer ones count for more: {', '.join(names)}."
        )
    x, y = (f"{'−' if value < 0 else '+'} {abs(value):.2f}" for value in spot)
    return (
        f"z = mean {x} u{_subscript(layout.name)} {y} u{_subscript(layout.name + 1)}: the other {max(size - 2, 0)} of "
        f"{size} components stay at the verbs’ mean."
    )


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
