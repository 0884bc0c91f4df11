"""How the verbs are laid out in two dimensions, and how a point of the map becomes a z."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from cvae.inference.latent import Atlas, LocatedWord
from cvae.inference.projection import COMPARED, Embedding, Plane, lay_out_verbs, load_embedding
from pages.latent import parts
from pages.shared.models import Opened, plane_of

TSNE = 0
"""The layout that is no plane; a plane goes by the number of its first component, counted from 1."""
HELP = (
    parts.HELP["pca"] + " The first two lie furthest apart; later ones show what those hide. t-SNE, where it "
    "was computed beforehand, gives up true distances to keep neighbours together: groups mean something, how far "
    "apart they lie does not."
)


@dataclass(frozen=True)
class Layout:
    """The places of the verbs on the map. flat: the projection; kept: the share of neighbours that stay neighbours."""

    name: int
    flat: Plane | Embedding
    places: np.ndarray  # (N, 2)
    kept: float

    @property
    def axes(self) -> tuple[str, str]:
        """The titles of the two axes."""
        if isinstance(self.flat, Embedding):
            return "t-SNE, no unit", "t-SNE, no unit"
        first, second = (
            f"u{_subscript(self.name + i)}: component {self.name + i} · {share:.0%} of the variance"
            for i, share in enumerate(self.flat.shares or (0.0, 0.0))
        )
        return first, second

    @property
    def title(self) -> str:
        """The name of the layout for screen readers."""
        return "t-SNE" if self.name == TSNE else f"principal components {self.name} and {self.name + 1}"


def pick_layout(opened: Opened, atlas: Atlas) -> Layout:
    """Ask for the layout; t-SNE is offered only where it was computed for this very checkpoint."""
    embedding = _embedding(opened.version, atlas)
    planes = list(range(1, max(2, min(opened.model.config.z_size, 8)), 2))
    name = st.selectbox(
        "Layout", [*planes, *([TSNE] if embedding else [])], key="plane", bind="query-params", help=HELP, width=160,
        format_func=lambda first: f"PCA {first} and {first + 1}" if first else "t-SNE",
    )  # fmt: skip
    return _layout(opened.version, atlas, name)


@st.cache_resource(show_spinner=False, max_entries=8)
def _embedding(version: tuple[str, str], _atlas: Atlas) -> Embedding | None:
    return load_embedding(Path(version[0]), _atlas.z)


@st.cache_resource(show_spinner=False, max_entries=32)
def _layout(version: tuple[str, str], _atlas: Atlas, name: int) -> Layout:
    embedding = _embedding(version, _atlas) if name == TSNE else None
    flat = embedding or plane_of(version, _atlas, name - 1)
    return Layout(name, flat, *lay_out_verbs(flat, _atlas.z))


def describe_map(atlas: Atlas, layout: Layout) -> str:
    """Say what the map shows, and how far its neighbourhoods can be trusted."""
    count = min(COMPARED, len(atlas.rows) - 1)
    return (
        f"{len(atlas.rows):,} verbs, each at the mean over its forms' posterior means. Of the {count} verbs nearest to "
        f"one in all of z, {layout.kept:.0%} are among the {count} nearest on this map. "
        "Click a verb or the empty ground to decode that point."
    )


def origin_of_z(atlas: Atlas, layout: Layout, spot: tuple[float, float], place: LocatedWord | None) -> str:
    """Explain in one sentence how a point of the map became a z."""
    size = atlas.z.shape[1]
    if place is not None and place.verb is not None:
        return f"z of {place.word}: the mean over its forms' posterior means, in all {size} dimensions."
    if place is not None:
        drawn = "; drawn among the verbs nearest to it" if layout.name == TSNE else ""
        return f"z of {place.word}, which is not on the map: the mean of q(z | x), in all {size} dimensions{drawn}."
    if isinstance(layout.flat, Embedding):
        names = [atlas.names[i] for i in layout.flat.around(spot)]
        return (
            f"t-SNE has no way back to z. Here z is the mean of the {len(names)} verbs nearest on the map, the nearer "
            f"the heavier: {', '.join(names)}."
        )
    x, y = (f"{'−' if value < 0 else '+'} {abs(value):.2f}" for value in spot)
    return (
        f"z = mean {x} u{_subscript(layout.name)} {y} u{_subscript(layout.name + 1)}: the other {max(size - 2, 0)} of "
        f"{size} components stay at the verbs' mean."
    )


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
