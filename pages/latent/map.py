"""The map of the verbs, and the words decoded at any of its points."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import streamlit as st

from cvae.charts.latent_map import Mark, View, reach, verb_map
from cvae.inference.conversion import Form
from cvae.inference.latent import (
    TRAITS,
    Atlas,
    LocatedWord,
    Neighbour,
    Trait,
    decode_point,
    locate,
    moved,
    neighbours,
    trait,
    traits,
)
from pages.latent import parts
from pages.latent.layout import Layout, describe_map, origin_of_z, pick_layout
from pages.shared import figures, messages
from pages.shared.figures import TableColumns
from pages.shared.models import Opened, health_of

SLIDERS, PER_ROW = 8, 4
FURTHEST = 20.0
ZOOMS = {1: "all", 2: "2x", 4: "4x", 8: "8x"}
FLY = 4
HELP = {
    "verb": "Any verb in any form. One of the map is taken at its own point, another at the mean of q(z | x).",
    "zoom": "Around the chosen point. Tools to drag the map are at its corner.",
    "colour": parts.HELP["kl"],
    "slider": "Added to this dimension of z. " + parts.HELP["kl"],
    "nearest": parts.HELP["distance"] + " Click one to go there.",
}


def show(opened: Opened, atlas: Atlas) -> None:
    """Show the map, the words at the chosen point, its nearest verbs, and sliders for dimensions of z."""
    layout, colour, zoom = _ask(opened, atlas)
    place = _chosen(opened, atlas, layout)
    drawing, reading = st.columns([4, 3], gap="medium")
    with reading:
        words = st.container()
        spot = _coordinates()
        around = st.container()
    start = place.z if place else layout.flat.point_at(spot)
    offsets = _sliders(opened, atlas)
    below = st.container()
    z = moved(start, offsets)
    forms = decode_point(opened.model, z)
    near = neighbours(atlas, z, without=place.verb if place and not offsets else None)
    with words:
        st.html(parts.point_table(forms, opened.model.vocabulary))
        st.markdown(messages.plain(parts.describe_origin(forms, atlas, opened.model.vocabulary)))
        st.caption(messages.plain(origin_of_z(atlas, layout, spot, place) + _steps(offsets)))
    with around:
        _show_neighbours(atlas, near)
    if offsets:
        spot = layout.flat.place_of(z)
    with drawing:
        _draw(atlas, layout, (colour, zoom), Mark(spot, forms[0].text), below, _beside(opened, atlas, forms, z, near))


def _ask(opened: Opened, atlas: Atlas) -> tuple[Layout, str, int]:
    """Ask for layout, trait and zoom; the verb to find is read by `_chosen`."""
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="top"):
        st.text_input(
            "Find a verb", key="verb", bind="query-params", placeholder="walk", help=HELP["verb"], autocomplete="off",
            on_change=_fly, width=160,
        )  # fmt: skip
        colour = st.selectbox(
            "Colour by", traits(opened.model.vocabulary), key="colour", bind="query-params", help=HELP["colour"],
            format_func=TRAITS.__getitem__, width=180,
        )  # fmt: skip
        layout = pick_layout(opened, atlas)
        zoom = st.segmented_control(
            "Zoom", list(ZOOMS), default=1, required=True, key="zoom", bind="query-params", help=HELP["zoom"],
            format_func=ZOOMS.__getitem__, width="content",
        )  # fmt: skip
    return layout, colour, zoom


def _chosen(opened: Opened, atlas: Atlas, layout: Layout) -> LocatedWord | None:
    """Return the verb that was asked for, with its place written into x and y; None for a point of the map."""
    text = st.session_state["verb"]
    if not text.strip():
        return None
    with messages.sentences():
        place = locate(opened.model, atlas, text)
    for name, value in zip("xy", layout.flat.place_of(place.z), strict=True):
        st.session_state[name] = round(max(-FURTHEST, min(FURTHEST, value)), 2)
    return place


def _coordinates() -> tuple[float, float]:
    """Ask for x and y on the map, as an alternative to clicking."""
    with st.container(horizontal=True, gap="small", key="coordinates"):
        x, y = (
            st.number_input(
                name, -FURTHEST, FURTHEST, 0.0, 0.1, key=name, bind="query-params", on_change=_leave_verb
            )
            for name in "xy"
        )  # fmt: skip
    return x, y


def _steps(offsets: dict[int, float]) -> str:
    """Say how far z was moved; empty if it was not."""
    steps = ", ".join(f"{value:+.1f} in dimension {i}" for i, value in offsets.items())
    return f" Moved from there: {steps}." if steps else ""


def _show_neighbours(atlas: Atlas, near: Sequence[Neighbour]) -> None:
    """Show the nearest verbs as buttons."""
    st.markdown("**Nearest verbs**", help=HELP["nearest"])
    with st.container(horizontal=True, gap="small", key="neighbours"):
        for item in near:
            st.button(
                f"{messages.plain(item.name)} :small[{item.distance:.1f}]", key=f"near-{item.verb}",
                on_click=_go_to, args=(atlas, item.verb),
            )  # fmt: skip


def _sliders(opened: Opened, atlas: Atlas) -> dict[int, float]:
    """Ask what to add to the dimensions with the largest KL; return those that were moved."""
    health = health_of(opened.version, atlas)
    chosen = health.order[:SLIDERS]
    heading = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    heading.subheader("Move along one dimension", help=HELP["slider"], anchor=False, width="content")
    values = {}
    for row in (chosen[:PER_ROW], chosen[PER_ROW:]):  # row by row, so that a phone and the tab key keep the order
        for i, column in zip(row, st.columns(PER_ROW, gap="medium"), strict=False):
            values[i] = column.slider(
                f"z{i} · KL {health.kl[i]:.2f} nats", -3.0, 3.0, 0.0, 0.1, key=f"z{i}", bind="query-params",
                format="%+.1f",
            )  # fmt: skip
    offsets = {i: value for i, value in values.items() if value}
    heading.button("Reset", key="back", on_click=_put_back, disabled=not offsets, icon=":material/undo:")
    return offsets


def _beside(
    opened: Opened, atlas: Atlas, forms: Sequence[Form], z: Any, near: Sequence[Neighbour]
) -> dict[str, TableColumns]:
    """Return the tables of what is shown beside the map, to download."""
    return {
        "words": parts.words_table(forms, opened.model.vocabulary),
        "z": {"dimension": list(range(len(z))), "value": [round(value, 6) for value in z.tolist()]},
        "nearest verbs": parts.neighbours_table(near, atlas),
    }


def _draw(
    atlas: Atlas, layout: Layout, how: tuple[str, int], mark: Mark, below: Any, more: dict[str, TableColumns]
) -> None:
    """Draw the map, which can be clicked, and put its data below."""
    colour, zoom = how
    places, values, title = layout.places, trait(colour, atlas), TRAITS[colour]
    centre, half = (mark.place if zoom > 1 else (0.0, 0.0)), reach(places) / zoom
    view = View(centre, half, [mark], clickable=True, axes=layout.axes)
    figure = verb_map(places, atlas.rows, values, title, view, figures.palette())
    x, y = mark.place
    alt = (
        f"Map of {len(atlas.rows):,} verbs by {layout.title}, coloured by {title}. "
        f"Marked: {mark.text} at {x:.2f}, {y:.2f}. The fields x and y choose a point without a mouse."
    )
    click = {"selection_mode": "points", "on_select": partial(_take_click, atlas)}
    figures.chart(figure, "map", alt, _table(atlas, places, title, values), below, more, **click)
    st.caption(describe_map(atlas, layout))


def _table(atlas: Atlas, places: np.ndarray, title: str, values: Trait) -> TableColumns:
    return {
        "verb": atlas.names,
        "paradigm": ["  ".join(row) for row in atlas.rows],
        "x": places[:, 0].round(3).tolist(),
        "y": places[:, 1].round(3).tolist(),
        title: values if isinstance(values[0], str) else [round(value, 3) for value in values],
    }


def _take_click(atlas: Atlas) -> None:
    """Select the z of the verb that was clicked, or the point of the layout at an empty place."""
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
    """Select a verb of the map."""
    _put_back()
    st.session_state["verb"] = atlas.form_of(verb)


def _fly() -> None:
    _put_back()
    if st.session_state["verb"].strip() and st.session_state["zoom"] == 1:
        st.session_state["zoom"] = FLY


def _leave_verb() -> None:
    _put_back()
    st.session_state["verb"] = ""


def _put_back() -> None:
    """Reset all sliders."""
    for name in st.session_state:
        if name[:1] == "z" and name[1:].isdecimal():
            st.session_state[name] = 0.0
