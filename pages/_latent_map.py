"""The map of the verbs, and the words at any of its points."""

from functools import partial
from typing import Any

import streamlit as st

from cvae.latent import Atlas, Place, Plane, decode_point, locate, moved, neighbours
from cvae.map_charts import Mark, View, reach, verb_map
from cvae.traits import TRAITS, Trait, trait, traits
from pages import _latent_parts, _models
from pages._models import Opened

SLIDERS, PER_ROW = 8, 4
FURTHEST = 20.0
ZOOMS = {1: "all", 2: "2x", 4: "4x", 8: "8x"}
FLY = 4
HELP = {
    "verb": "Any verb in any form. One of the map is taken at its own point, another at the mean of q(z | x).",
    "zoom": "Around the chosen point. Tools to drag the map are at its corner.",
    "plane": _latent_parts.HELP["pca"] + " The first two lie furthest apart; later ones show what those hide.",
    "colour": _latent_parts.HELP["kl"],
    "slider": "Added to this dimension of z. " + _latent_parts.HELP["kl"],
    "nearest": _latent_parts.HELP["distance"] + " Click one to go there.",
}


def show(opened: Opened, atlas: Atlas) -> None:
    """The map with the word at the chosen point, its neighbours, and a slider a dimension."""
    plane, colour, zoom = _ask(opened, atlas)
    place = _chosen(opened, atlas, plane)
    drawing, reading = st.columns([8, 5], gap="medium")
    with reading:
        words = st.container()
        x, y = _coordinates()
        around = st.container()
    start = place.z if place else plane.lift([[x, y]])[0]
    offsets = _sliders(opened, atlas)
    below = st.container()
    z = moved(start, offsets)
    with words:
        first_word = _read_point(opened, atlas, z, place, offsets)
    with around:
        _show_neighbours(atlas, z)
    with drawing:
        _draw(atlas, plane, (colour, zoom), first_word, z, below)


def _ask(opened: Opened, atlas: Atlas) -> tuple[Plane, str, int]:
    """Plane, trait and zoom; the verb to fly to is read by `_chosen`."""
    pairs = list(range(1, max(2, min(opened.model.config.z_size, 8)), 2))
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="bottom"):
        st.text_input(
            "Find a verb", key="verb", bind="query-params", placeholder="walk", help=HELP["verb"], autocomplete="off",
            on_change=_fly, width=180,
        )  # fmt: skip
        colour = st.selectbox(
            "Colour by", traits(opened.model.vocabulary), key="colour", bind="query-params", help=HELP["colour"],
            format_func=TRAITS.get, width=180,
        )  # fmt: skip
        first = st.selectbox(
            "Plane", pairs, key="plane", bind="query-params", help=HELP["plane"], width=190,
            format_func=lambda i: f"components {i} and {i + 1}",
        )  # fmt: skip
        zoom = st.segmented_control(
            "Zoom", list(ZOOMS), default=1, required=True, key="zoom", bind="query-params", help=HELP["zoom"],
            format_func=ZOOMS.get,
        )  # fmt: skip
    return _latent_parts.plane_of(opened.version, atlas, first - 1), colour, zoom


def _chosen(opened: Opened, atlas: Atlas, plane: Plane) -> Place | None:
    """The verb that was asked for, its place written into x and y; None for a point of the plane."""
    text = st.session_state["verb"]
    if not text.strip():
        return None
    with _models.sentences():
        place = locate(opened.model, atlas, text)
    for name, value in zip("xy", _latent_parts.point_on(plane, place.z), strict=True):
        st.session_state[name] = round(max(-FURTHEST, min(FURTHEST, value)), 2)
    return place


def _coordinates() -> tuple[float, float]:
    """x and y on the map, for those who don't click."""
    with st.container(horizontal=True, gap="small", key="coordinates"):
        x, y = (
            st.number_input(
                name, -FURTHEST, FURTHEST, 0.0, 0.1, key=name, bind="query-params", on_change=_leave_verb
            )
            for name in "xy"
        )  # fmt: skip
    return x, y


def _read_point(opened: Opened, atlas: Atlas, z: Any, place: Place | None, offsets: dict[int, float]) -> str:
    """The words at z, and how z came about; returns the first word."""
    vocabulary = opened.model.vocabulary
    forms = decode_point(opened.model, z)
    st.html(_latent_parts.forms_table(forms, vocabulary))
    st.markdown(_models.plain(_latent_parts.standing(forms, atlas, vocabulary)))
    st.caption(_models.plain(_origin_of_z(opened, place, offsets)))
    return forms[0].text


def _show_neighbours(atlas: Atlas, z: Any) -> None:
    """The nearest verbs, to click."""
    st.markdown("**Nearest verbs**", help=HELP["nearest"])
    near = neighbours(atlas, z)
    with st.container(horizontal=True, gap="small", key="neighbours"):
        for item in near:
            st.button(
                f"{_models.plain(item.name)} :small[{item.distance:.1f}]", key=f"near-{item.verb}",
                on_click=_go_to, args=(atlas, item.verb),
            )  # fmt: skip


def _origin_of_z(opened: Opened, place: Place | None, offsets: dict[int, float]) -> str:
    """In one sentence, how a point of the plane became a z."""
    size = opened.model.config.z_size
    if place is None:
        first = st.session_state["plane"]
        x, y = st.session_state["x"], st.session_state["y"]
        text = (
            f"z = centre {x:+.2f} · component {first} {y:+.2f} · component {first + 1}: the other "
            f"{max(size - 2, 0)} of {size} components stay at the verbs' mean."
        )
    elif place.verb is not None:
        text = f"z of {place.word}: the mean over its forms' posterior means, in all {size} dimensions."
    else:
        text = f"z of {place.word}, which is not on the map: the mean of q(z | x), in all {size} dimensions."
    steps = ", ".join(f"{value:+.1f} in dimension {i}" for i, value in offsets.items())
    return text + (f" Moved from there: {steps}." if steps else "")


def _sliders(opened: Opened, atlas: Atlas) -> dict[int, float]:
    """What is added to the dimensions that tell most, largest KL first; only those that were moved."""
    health = _latent_parts.health_of(opened.version, atlas)
    chosen = health.order[:SLIDERS]
    heading = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    heading.subheader("Move along one dimension", help=HELP["slider"], anchor=False, width="content")
    values = {}
    for row in (chosen[:PER_ROW], chosen[PER_ROW:]):  # row by row, so that a phone and the tab key keep the order
        for i, column in zip(row, st.columns(PER_ROW, gap="medium"), strict=False):
            values[i] = column.slider(
                f"z{i} · KL {float(health.kl[i]):.2f}", -3.0, 3.0, 0.0, 0.1, key=f"z{i}", bind="query-params",
                format="%+.1f",
            )  # fmt: skip
    offsets = {i: value for i, value in values.items() if value}
    heading.button("Put back", key="back", on_click=_put_back, disabled=not offsets, icon=":material/undo:")
    return offsets


def _draw(atlas: Atlas, plane: Plane, how: tuple[str, int], word: str, z: Any, below: Any) -> None:
    """The map, which can be clicked; its data go below."""
    colour, zoom = how
    places, values, title = plane.project(atlas.z).numpy(), trait(colour, atlas), TRAITS[colour]
    spot, first = _latent_parts.point_on(plane, z), st.session_state["plane"]
    axes = tuple(f"component {first + i} · {share:.0%} of the variance" for i, share in enumerate(plane.shares))
    centre, half = (spot if zoom > 1 else (0.0, 0.0)), reach(places) / zoom
    view = View(centre, half, [Mark(spot, word)], clickable=True, axes=axes)
    figure = verb_map(places, atlas.rows, values, title, view, _latent_parts.palette())
    alt = (
        f"Map of {len(atlas.rows):,} verbs on two principal components, coloured by {title}. "
        f"Marked: {word} at {spot[0]:.2f}, {spot[1]:.2f}. The fields x and y choose a point without a mouse."
    )
    click = {"selection_mode": "points", "on_select": partial(_take_click, atlas)}
    _latent_parts.chart(figure, "map", alt, _table(atlas, places, title, values), below, **click)
    st.caption(
        f"{len(atlas.rows):,} verbs, each at the mean over its forms' posterior means. "
        "Click a verb or the empty ground to decode that point."
    )


def _table(atlas: Atlas, places: Any, title: str, values: Trait) -> _latent_parts.Table:
    return {
        "verb": atlas.names,
        "paradigm": ["  ".join(row) for row in atlas.rows],
        "x": places[:, 0].round(3).tolist(),
        "y": places[:, 1].round(3).tolist(),
        title: values if isinstance(values[0], str) else [round(value, 3) for value in values],
    }


# What the visitor does


def _take_click(atlas: Atlas) -> None:
    """A verb goes to the verb's own z, the empty ground to the plane."""
    points = st.session_state["chart-map"]["selection"]["points"]
    if not points:
        return
    point = points[0]
    verb = point.get("customdata")
    if isinstance(verb, list):
        verb = verb[0] if verb else None
    if verb is not None:
        _go_to(atlas, int(verb))
        return
    _put_back()
    st.session_state.update(verb="", x=round(point["x"], 2), y=round(point["y"], 2))


def _go_to(atlas: Atlas, verb: int) -> None:
    """To a verb, by a form that belongs to no other; two verbs that share all forms share a point, too."""
    _put_back()
    row = atlas.rows[verb]
    st.session_state["verb"] = next((form for form in row if atlas.by_form[form] == verb), row[0])


def _fly() -> None:
    _put_back()
    if st.session_state["verb"].strip() and st.session_state["zoom"] == 1:
        st.session_state["zoom"] = FLY


def _leave_verb() -> None:
    _put_back()
    st.session_state["verb"] = ""


def _put_back() -> None:
    """All sliders to the middle."""
    for name in st.session_state:
        if name[:1] == "z" and name[1:].isdecimal():
            st.session_state[name] = 0.0
