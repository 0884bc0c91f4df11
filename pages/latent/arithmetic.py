"""Arithmetic in z: a − b + c, and the mean of several verbs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cvae.charts.latent_map import Mark, View, frame, verb_map
from cvae.core.errors import BadWord
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import Form
from cvae.inference.latent import Atlas, LocatedWord, analogy, centre, decode_point, locate, neighbours
from cvae.inference.projection import plane_through
from pages.latent import parts
from pages.shared import figures, messages
from pages.shared.figures import TableColumns
from pages.shared.models import Opened, plane_of

SUMS = {"analogy": "a − b + c", "mean": "Mean of a set"}
EXAMPLES = [("export", "import", "impose"), ("walk", "talk", "take"), ("include", "conclude", "construct")]
MAX_SET = 50
HELP = {
    "verb": "Any verb in any form, invented ones too.",
    "set": f"Up to {MAX_SET} verbs, with spaces or commas between.",
    "sum": "The points of the verbs are added and subtracted in z, number by number; the result is decoded.",
    "nearest": parts.HELP["distance"] + " As with word vectors, the nearest is often one of the verbs asked about.",
}


def show(opened: Opened, atlas: Atlas) -> None:
    """Show the sum, decoded, with its nearest verbs and its place on the map."""
    kind = st.segmented_control(
        "Sum", list(SUMS), default="analogy", required=True, key="sum", bind="query-params", help=HELP["sum"],
        format_func=SUMS.__getitem__,
    )  # fmt: skip
    texts = (
        _ask_three(opened.model.vocabulary, atlas) if kind == "analogy" else _ask_set(opened.model.vocabulary, atlas)
    )
    with messages.sentences():
        if not 1 <= len(texts) <= MAX_SET:
            raise BadWord(f"Give between 1 and {MAX_SET} verbs, not {len(texts)}.")
        places = [locate(opened.model, atlas, text) for text in texts]
    points = [place.z for place in places]
    z = analogy(*points) if kind == "analogy" else centre(points)
    vocabulary, near = opened.model.vocabulary, neighbours(atlas, z)
    forms = decode_point(opened.model, z)
    reading, drawing = st.columns([5, 6], gap="large")
    with reading:
        st.html(parts.point_table(forms, vocabulary))
        st.markdown(messages.plain(parts.describe_origin(forms, atlas, vocabulary)))
        st.markdown("**Nearest verbs**", help=HELP["nearest"])
        table = parts.neighbours_table(near, atlas, [place.verb for place in places])
        st.dataframe(table, hide_index=True, key="table-nearest")
    with drawing:
        _draw(opened, atlas, places, z, forms, kind, table)


def _ask_three(vocabulary: Vocabulary, atlas: Atlas) -> list[str]:
    """Ask for a, b and c, and offer sums to click."""
    rows = atlas.rows
    known = EXAMPLES if vocabulary.is_english else [tuple(rows[i % len(rows)][0] for i in range(3))]
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="bottom"):
        texts = [
            st.text_input(label, value, key=key, bind="query-params", help=HELP["verb"], autocomplete="off", width=180)
            for label, key, value in zip(("a", "− b", "+ c"), "abc", known[0], strict=True)
        ]
    with st.container(horizontal=True, gap="small", key="examples"):
        for a, b, c in known:
            st.button(
                messages.plain(f"{a} − {b} + {c}"), key=f"example-{a}-{b}-{c}", on_click=st.session_state.update,
                args=({"a": a, "b": b, "c": c},),
            )  # fmt: skip
    return texts


def _ask_set(vocabulary: Vocabulary, atlas: Atlas) -> list[str]:
    """Ask for a set of verbs."""
    value = "sing ring bring" if vocabulary.is_english else " ".join(atlas.names[:3])
    text = st.text_input("Verbs", value, key="set", bind="query-params", help=HELP["set"], autocomplete="off")
    return text.replace(",", " ").split()


def _draw(
    opened: Opened,
    atlas: Atlas,
    places: Sequence[LocatedWord],
    z: Any,
    forms: Sequence[Form],
    kind: str,
    near: TableColumns,
) -> None:
    """Draw the summands and the result among all verbs."""
    words = [form.text for form in forms]
    plane, axes = plane_of(opened.version, atlas), ("component 1", "component 2")
    if kind == "analogy" and parts.pick_plane("three verbs"):
        a, b, c = places
        plane, axes = plane_through(b.z, a.z, c.z), ("from b to a", "across, towards c")
    signs = ["", "− ", "+ "] if kind == "analogy" else [""] * len(places)
    names = [*(sign + place.word for sign, place in zip(signs, places, strict=True)), f"= {words[0]}"]
    spots = [plane.place_of(point) for point in (*(place.z for place in places), z)]
    marks = [Mark(spot, name) for spot, name in zip(spots, names, strict=True)]
    marks[-1] = replace(marks[-1], symbol="star")
    middle, half = frame(spots)
    figure = verb_map(
        plane.places_of(atlas.z), atlas.rows, None, "", View(middle, half, marks, axes=axes),
        figures.palette(),
    )  # fmt: skip
    x, y = ([round(spot[i], 3) for spot in spots] for i in range(2))
    alt = f"Map with {', '.join(place.word for place in places)}, and the result, decoded as {', '.join(words)}."
    more = {"words": parts.words_table(forms, opened.model.vocabulary), "nearest verbs": near}
    figures.chart(figure, "arithmetic", alt, {"verb": names, "x": x, "y": y}, more=more)
