"""The map of the verbs, which decodes in the browser: what is sent to it, and what it tells."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.data.vocabulary import Vocabulary
from cvae.inference.latent import REST, Atlas, Trait, legend_order
from cvae.inference.projection import Embedding, Plane
from cvae.web.picture import read_script, read_style
from pages.shared import figures
from pages.shared.models import Opened, media_url

Files = Mapping[str, str]
"""The addresses of the weights, the points and the names of the verbs: the same while one moves on the map."""
STEPS = 7
"""The number of steps in which a quantity is coloured, each with about as many verbs."""
CLASS_COLOURS, REST_COLOUR = 7, 7


@dataclass(frozen=True)
class Mark:
    """The chosen point. flies: whether the map moves there, unless it was chosen on the map itself."""

    place: tuple[float, float]
    text: str
    flies: bool = False


@dataclass(frozen=True)
class Groups:
    """The number of each verb's group, and the groups' names and colours. are_steps: of a quantity."""

    of: list[int]
    names: list[str]
    colours: list[str]
    are_steps: bool = False


@dataclass(frozen=True)
class Track:
    """A path: its places in order, the word decoded at each, and whether it differs from the one before."""

    name: str
    places: list[list[float]]
    words: list[str]
    is_new: list[bool]
    colour: str
    dash: bool = False


@dataclass(frozen=True)
class Cloud:
    """Many draws of one distribution, at their places."""

    name: str
    places: list[list[float]]
    colour: str


def send_files(opened: Opened, atlas: Atlas) -> Files:
    """Offer the browser what the map is made of, apart from the places of its layout."""
    return {
        "weights": media_url(opened.version[0], "map-weights"),
        "points": media_url(atlas.z.numpy().astype("<f4").tobytes(), "map-points"),
        "names": media_url(json.dumps(atlas.names).encode(), "map-names"),
    }


def show(
    key: str,
    files: Files,
    vocabulary: Vocabulary,
    flat: Plane | Embedding,
    places: np.ndarray,
    label: str,
    *,
    mark: Mark | None = None,
    groups: Groups | None = None,
    tracks: Sequence[Track] = (),
    clouds: Sequence[Cloud] = (),
    on_picked: Callable[[], None] = lambda: None,
) -> None:
    """Show the verbs at their places (N, 2).

    A click puts `{x, y, verb}` under `picked` of the key; verb is the number of the one that was hit, or None.
    """
    data: dict[str, Any] = {
        "files": {**files, "places": media_url(places.astype("<f4").tobytes(), "map-places")},
        "titles": [vocabulary.title(tense) for tense in vocabulary.tenses],
        "plane": None if isinstance(flat, Embedding) else {"centre": flat.centre.tolist(), "axes": flat.axes.tolist()},
        "label": label,
        "mark": mark and asdict(mark),
        "groups": groups and asdict(groups),
        "tracks": [asdict(track) for track in tracks],
        "clouds": [asdict(cloud) for cloud in clouds],
    }
    _component()(key=key, data=data, on_picked_change=on_picked)


def group_verbs(values: Trait) -> Groups:
    """Group the verbs by their class, or by steps of their number."""
    series = figures.palette().series
    if isinstance(values[0], str):
        names = legend_order([str(value) for value in values])
        number = {name: i for i, name in enumerate(names)}
        colours = [series[REST_COLOUR if name == REST else i % CLASS_COLOURS] for i, name in enumerate(names)]
        return Groups([number[str(value)] for value in values], names, colours)
    numbers = np.asarray(values, dtype=float)
    edges = np.unique(np.quantile(numbers, np.linspace(0, 1, STEPS + 1)[1:-1]))
    of = np.searchsorted(edges, numbers)
    used = np.unique(of)
    ends = [(f"{numbers[of == step].min():.3g}", f"{numbers[of == step].max():.3g}") for step in used]
    names = [low if low == high else f"{low} to {high}" for low, high in ends]
    scale = figures.palette().scale
    colours = [scale[round(i * (len(scale) - 1) / max(len(used) - 1, 1))] for i in range(len(used))]
    return Groups(np.searchsorted(used, of).tolist(), names, colours, are_steps=True)


@cache
def _component() -> ComponentRenderer:
    script = read_script("elements", "model", "picture", "map")
    script += (Path(__file__).parent / "canvas.js").read_text(encoding="utf-8")
    style = read_style("picture", "map")
    return st.components.v2.component("verb-map", html='<div class="picture"></div>', css=style, js=script)
