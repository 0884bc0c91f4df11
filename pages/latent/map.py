"""The map of the verbs, and the words decoded at any of its points."""

from collections.abc import Mapping, Sequence
from functools import partial

import streamlit as st

from cvae.core.text import counted
from cvae.evaluation.diagnostics import kl_per_dimension
from cvae.inference.latent import (
    TRAITS,
    Atlas,
    LocatedWord,
    Trait,
    decode_point,
    draw_clouds,
    locate,
    moved,
    neighbours,
    trait,
    traits,
)
from cvae.inference.projection import same_on_map
from pages.latent import canvas, parts
from pages.latent.canvas import Files, Mark
from pages.latent.layout import Layout, explain_map, is_laid_out, layouts, origin_of_z, pick_layout, wait_for_layout
from pages.shared import figures, messages, navigation
from pages.shared.figures import TableColumns
from pages.shared.models import Opened, usual_verb

SLIDERS, PER_ROW = 8, 4
FURTHEST = 20.0
KEY, DENSITY = "verb-map", "density"
POINT = "Point at the map, or drag the ring, to decode that place; click to choose it."
COLOURS = {**TRAITS, DENSITY: "prior and posteriors"}
HELP = {
    "verb": "Any verb in any form. A verb of the map is taken at its own point, any other at the mean of q(z | x).",
    "colour": "The first option is the trait that neighbours on the best layout share most often, compared with "
    "chance. " + parts.HELP["kl"],
    "slider": "Added to this dimension of z. " + parts.HELP["kl"],
    "nearest": parts.HELP["distance"] + " Click one to go there.",
}


def show(opened: Opened, atlas: Atlas, files: Files) -> None:
    """Show the map, the words at the chosen point, its nearest verbs, and sliders for dimensions of z."""
    layout, colour = _ask(opened, atlas)
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
    near = neighbours(atlas, z, without=place.verb if place and not offsets else None)
    with words:
        forms = parts.show_point(opened, decode_point(opened.model, z))
        st.markdown(messages.plain(parts.describe_origin(opened, forms)))
        steps = ", ".join(f"{value:+.1f} in dimension {i}" for i, value in offsets.items())
        shifted = f" Moved from there: {steps}." if steps else ""
        st.caption(messages.plain(origin_of_z(atlas, layout, spot, place) + shifted))
    with around:
        st.markdown("**Nearest verbs**", help=HELP["nearest"])
        with st.container(horizontal=True, gap="small", key="neighbours"):
            for number, item in enumerate(near):  # keys of verbs would be kept for as long as the tab is open
                st.button(
                    f"{messages.plain(item.name)} :small[{item.distance:.1f}]", key=f"near-{number}",
                    on_click=_go_to, args=(atlas, item.verb),
                )  # fmt: skip
    if offsets:
        spot = layout.flat.place_of(z)
    with drawing:
        _draw(opened, atlas, files, layout, colour, Mark(spot, forms[0].text, flies=place is not None))
        st.caption(f"{POINT} {_describe_colour(opened, atlas, layout, colour)}", help=explain_map(atlas, layout))
        if not is_laid_out(opened, atlas):
            wait_for_layout(opened, atlas)
    with below:
        figures.offer_table(
            "map",
            partial(_table, opened, atlas, layout, colour),
            more=lambda: {
                "words": parts.words_table(forms, opened.model.vocabulary),
                "z": {"dimension": list(range(len(z))), "value": [round(value, 6) for value in z.tolist()]},
                "nearest verbs": parts.neighbours_table(near, atlas),
            },
        )


def _ask(opened: Opened, atlas: Atlas) -> tuple[Layout, str]:
    """Ask for layout and colour; the verb to find is read by `_chosen`."""
    best, *_ = layouts(opened, atlas)
    scores = _shared_traits(opened.version, best.name, traits(opened.model.vocabulary), atlas, best)
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="top"):
        st.text_input(
            "Find a verb", key="verb", bind="query-params", placeholder=usual_verb(opened, "walk"),
            help=HELP["verb"], autocomplete="off", on_change=_find, width=160,
        )  # fmt: skip
        layout = pick_layout(opened, atlas)
        colour = st.selectbox(
            "Colour by", [*scores, DENSITY], key="colour", bind="query-params", help=HELP["colour"],
            format_func=COLOURS.__getitem__, width=210,
        )  # fmt: skip
    return layout, colour


@st.cache_data(show_spinner="Comparing neighbours …", max_entries=32)
def _shared_traits(
    version: tuple[str, str], layout: int, names: Sequence[str], _atlas: Atlas, _layout: Layout
) -> Mapping[str, tuple[float, float]]:
    """Return how often neighbours on the map share each trait, and by chance; first what exceeds chance most."""
    scores = {name: same_on_map(canvas.group_verbs(_trait(version, name, _atlas)).of, _layout.places) for name in names}
    return dict(sorted(scores.items(), key=lambda item: -(item[1][0] - item[1][1]) / (1.000001 - item[1][1])))


@st.cache_resource(show_spinner=False, max_entries=32)
def _trait(version: tuple[str, str], name: str, _atlas: Atlas) -> Trait:
    """Return one of TRAITS for every verb: the rules of spelling of thousands of verbs are looked up once."""
    return trait(name, _atlas)


@st.cache_data(show_spinner="Drawing …", max_entries=8)
def _clouds(
    version: tuple[str, str], layout: int, _atlas: Atlas, _layout: Layout
) -> tuple[list[list[float]], list[list[float]], float]:
    """Return the places of draws from the prior and from the posteriors, and the share of the first in between."""
    clouds = draw_clouds(_atlas)
    prior, posterior = (_layout.flat.places_of(points).round(3).tolist() for points in (clouds.prior, clouds.posterior))
    return prior, posterior, clouds.between


def _describe_colour(opened: Opened, atlas: Atlas, layout: Layout, colour: str) -> str:
    """Say in a sentence what the colours show."""
    if colour == DENSITY:
        prior, _, between = _clouds(opened.version, layout.name, atlas, layout)
        return (
            f"Of {len(prior):,} draws from N(0, I), {between:.0%} fall between the verbs: further from "
            f"the nearest verb than 95% of the draws from the verbs’ own posteriors.{parts.note_sleep(opened.info)}"
        )
    shared, chance = _shared_traits(opened.version, layout.name, [colour], atlas, layout)[colour]
    return (
        f"Of a verb’s neighbours on the map, {shared:.0%} share its group ({COLOURS[colour]}); by chance {chance:.0%} "
        "would."
    )


def _chosen(opened: Opened, atlas: Atlas, layout: Layout) -> LocatedWord | None:
    """Return the verb that was asked for, with its place written into x and y; None for a point of the map."""
    text = st.session_state["verb"]
    if not text.strip():
        return None
    with messages.sentences():
        place = locate(opened.model, atlas, text)
    _put_point(*layout.flat.place_of(place.z))
    return place


def _put_point(x: float, y: float) -> None:
    """Write a place into x and y, or the nearest one that these can hold."""
    for name, value in (("x", x), ("y", y)):
        st.session_state[name] = round(max(-FURTHEST, min(FURTHEST, value)), 3)


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


def _sliders(opened: Opened, atlas: Atlas) -> dict[int, float]:
    """Ask what to add to the dimensions with the largest KL; return those that were moved."""
    kl = _kl_of(opened.version, atlas)
    chosen = sorted(range(len(kl)), key=lambda i: -kl[i])[:SLIDERS]
    heading = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    heading.subheader("Move along one dimension", help=HELP["slider"], anchor=False, width="content")
    values = {}
    for row in (chosen[:PER_ROW], chosen[PER_ROW:]):  # row by row, so that a phone and the tab key keep the order
        for i, column in zip(row, st.columns(PER_ROW), strict=False):
            values[i] = column.slider(
                f"z{i} · KL {kl[i]:.2f} nats", -3.0, 3.0, 0.0, 0.1, key=f"z{i}", bind="query-params",
                format="%+.1f",
            )  # fmt: skip
    offsets = {i: value for i, value in values.items() if value}
    heading.button("Reset", key="back", on_click=_put_back, disabled=not offsets, icon=":material/undo:")
    return offsets


@st.cache_resource(show_spinner=False, max_entries=8)
def _kl_of(version: tuple[str, str], _atlas: Atlas) -> list[float]:
    """Return the KL of each dimension of z in nats, over all forms of the verbs."""
    return kl_per_dimension(*_atlas.words).tolist()


def _draw(opened: Opened, atlas: Atlas, files: Files, layout: Layout, colour: str, mark: Mark) -> None:
    """Draw the map, which answers in the browser; a click chooses a point."""
    groups, clouds = None, []
    if colour == DENSITY:
        prior, posterior, _ = _clouds(opened.version, layout.name, atlas, layout)
        series = figures.palette().series
        clouds.append(canvas.Cloud("draws from the prior N(0, I)", prior, series[1]))
        clouds.append(canvas.Cloud("draws from the verbs’ posteriors", posterior, series[0]))
    else:
        groups = canvas.group_verbs(_trait(opened.version, colour, atlas))
    x, y = mark.place
    label = f"Map of {counted(len(atlas.rows), 'verb')} by {layout.title}. Marked: {mark.text} at {x:.2f}, {y:.2f}."
    canvas.show(
        KEY, files, opened.model.vocabulary, layout.flat, layout.places, label,
        mark=mark, groups=groups, clouds=clouds, on_picked=partial(_take_click, atlas),
    )  # fmt: skip


def _table(opened: Opened, atlas: Atlas, layout: Layout, colour: str) -> TableColumns:
    values = {} if colour == DENSITY else {COLOURS[colour]: _trait(opened.version, colour, atlas)}
    return {
        "verb": atlas.names,
        "paradigm": ["  ".join(row) for row in atlas.rows],
        "x": layout.places[:, 0].round(3).tolist(),
        "y": layout.places[:, 1].round(3).tolist(),
        **{title: [each if isinstance(each, str) else round(each, 3) for each in of] for title, of in values.items()},
    }


def _take_click(atlas: Atlas) -> None:
    """Select the z of the verb that was clicked, or the point of the layout at an empty place."""
    spot = st.session_state[KEY]["picked"]
    if not spot:
        return
    if spot["verb"] is not None:
        _go_to(atlas, int(spot["verb"]))
        return
    _put_back()
    st.session_state["verb"] = ""
    _put_point(float(spot["x"]), float(spot["y"]))


def _find() -> None:
    """Show the verb that was typed."""
    navigation.write_back("verb", repeat=True)
    _put_back()


def _go_to(atlas: Atlas, verb: int) -> None:
    """Select a verb of the map."""
    _put_back()
    st.session_state["verb"] = atlas.form_of(verb)


def _leave_verb() -> None:
    """Take x and y as they are typed instead of those of a verb."""
    _put_back()
    st.session_state["verb"] = ""


def _put_back() -> None:
    """Reset all sliders."""
    for name in st.session_state:
        if name[:1] == "z" and name[1:].isdecimal():
            st.session_state[name] = 0.0
