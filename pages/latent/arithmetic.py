"""Arithmetic in z: a − b + c, and the mean of several verbs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from cvae.core.errors import BadWord
from cvae.evaluation.arithmetic import Sum, beginning_sums, decode_sums, expect_sum, form_sums, point_of
from cvae.evaluation.metrics import wilson_interval
from cvae.inference.decoding import Form
from cvae.inference.latent import Atlas, LocatedWord, analogy, centre, decode_point, locate, neighbours
from cvae.inference.word_lists import check_verb
from cvae.model.cvae import CVAE
from pages.latent import canvas, parts
from pages.latent.canvas import Files, Track
from pages.latent.layout import lay_out
from pages.shared import figures, messages
from pages.shared.figures import TableColumns
from pages.shared.models import Opened

SUMS = {"analogy": "a − b + c", "mean": "Mean of a set"}
EXAMPLES = [("walking", "walk", "go"), ("export", "import", "impose"), ("include", "conclude", "construct")]
"""Sums that are offered where they hold, before those that were drawn."""
OFFERED = 4
DRAWN = {
    "forms": "two forms of a verb and one of another, as in walking − walk + go = going",
    "beginnings": "verbs made of two beginnings and two ends, as in export − import + impose = expose",
}
MAX_SET = 50
HELP = {
    "verb": "Any verb in any form, invented ones too.",
    "set": f"Up to {MAX_SET} verbs, separated by spaces or commas.",
    "sum": "The points of the words are added and subtracted in z, number by number; the result is decoded. In a − b + "
    "c each form of a verb is at its own posterior mean, in the mean of a set each verb at the mean of its forms.",
    "held": "Sums of training verbs, drawn at random; a sum holds if the decoder writes exactly the "
    "expected form. In parentheses: 95% interval (Wilson 1927).",
    "nearest": parts.HELP["distance"] + " As with word vectors, the nearest is often one of the verbs asked about.",
}


def show(opened: Opened, atlas: Atlas, files: Files) -> None:
    """Show the sum, decoded, with its nearest verbs and its place on the map."""
    kind = st.segmented_control(
        "Sum", list(SUMS), default="analogy", required=True, key="sum", bind="query-params", help=HELP["sum"],
        format_func=SUMS.__getitem__,
    )  # fmt: skip
    if kind == "analogy":
        texts = _ask_three(opened, atlas)
    else:
        usual = "sing ring bring" if opened.model.vocabulary.is_english else " ".join(atlas.names[:3])
        text = parts.ask_words("Verbs", usual, "set", HELP["set"])
        texts = text.replace(",", " ").split()
    with messages.sentences():
        if not 1 <= len(texts) <= MAX_SET:
            raise BadWord(f"Give between 1 and {MAX_SET} verbs, not {len(texts)}.")
        words = [check_verb(text, opened.model.vocabulary) for text in texts]
    places = [locate(opened.model, atlas, word) for word in words]
    if kind == "analogy":  # each form at its own posterior mean
        places = [
            replace(place, word=word, z=point_of(atlas, word) if word in atlas.by_form else place.z)
            for place, word in zip(places, words, strict=True)
        ]
    points = [place.z for place in places]
    z = analogy(*points) if kind == "analogy" else centre(points)
    near = neighbours(atlas, z)
    reading, drawing = st.columns([5, 6], gap="large")
    with reading:
        decoded = decode_point(opened.model, z)
        forms = parts.show_point(opened, decoded)
        expected = expect_sum(atlas, *words) if kind == "analogy" else None
        if kind == "analogy":
            _compare(opened, atlas, list(decoded.forms.values()), expected)
        st.markdown(messages.plain(parts.describe_origin(opened, forms)))
        st.markdown("**Nearest verbs**", help=HELP["nearest"])
        table = parts.neighbours_table(near, atlas, [place.verb for place in places])
        st.dataframe(table, hide_index=True, key="table-nearest")
    with drawing:
        _draw(opened, atlas, files, places, z, forms, kind, table, expected.tense if expected else 0)


def _compare(opened: Opened, atlas: Atlas, forms: Sequence[Form], expected: Sum | None) -> None:
    """Say what one would expect of this sum, and how often sums of its kind hold."""
    if expected:
        sign = "✓" if forms[expected.tense].text == expected.expected else "≠"
        st.markdown(f"Expected: **{messages.plain(expected.expected)}** {sign}")
    held, said = _held(opened.model, opened.version, atlas), []
    for name, what in DRAWN.items():
        if sums := held[name]:
            count = sum(each.holds for each in sums)
            low, high = wilson_interval(count, len(sums))
            said.append(f"{count / len(sums):.1%} ({low:.1%} to {high:.1%}) of {len(sums)} sums of {what}")
    if said:
        st.caption(f"The expected form is written in {'; in '.join(said)}.", help=HELP["held"])


@st.cache_data(show_spinner="Adding …", max_entries=8)
def _held(_model: CVAE, version: tuple[str, str], _atlas: Atlas) -> dict[str, list[Sum]]:
    """Return the examples and the drawn sums, each decoded."""
    known = [found for words in EXAMPLES if (found := expect_sum(_atlas, *words))]
    sums = {"examples": known, "beginnings": beginning_sums(_atlas), "forms": form_sums(_atlas)}
    return {name: decode_sums(_model, _atlas, drawn) for name, drawn in sums.items()}


def _ask_three(opened: Opened, atlas: Atlas) -> list[str]:
    """Ask for a, b and c, and offer sums to click, which hold."""
    rows, held = atlas.rows, _held(opened.model, opened.version, atlas)
    holding = [(each.a, each.b, each.c) for sums in held.values() for each in sums if each.holds]
    # An example may have been drawn, too.
    known = [*dict.fromkeys(holding)][:OFFERED] or [
        (atlas.form_of(0), atlas.form_of(1 % len(rows)), atlas.form_of(2 % len(rows)))
    ]
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="bottom"):
        texts = [
            parts.ask_words(label, value, key, HELP["verb"], width=180)
            for label, key, value in zip(("a", "− b", "+ c"), "abc", known[0], strict=True)
        ]
    with st.container(horizontal=True, gap="small", key="examples"):
        for a, b, c in known:
            st.button(
                messages.plain(f"{a} − {b} + {c}"), key=f"example-{a}-{b}-{c}", on_click=st.session_state.update,
                args=({"a": a, "b": b, "c": c},),
            )  # fmt: skip
    return texts


def _draw(
    opened: Opened,
    atlas: Atlas,
    files: Files,
    places: Sequence[LocatedWord],
    z: Any,
    forms: Sequence[Form],
    kind: str,
    near: TableColumns,
    tense: int,
) -> None:
    """Draw the step from b to a and the same one from c, or the ways from the verbs to their mean."""
    flat, verbs = lay_out(opened, atlas, "three verbs", [places[i] for i in (1, 0, 2)] if kind == "analogy" else [])
    *spots, end = [list(flat.place_of(point)) for point in (*(place.z for place in places), z)]
    words, result, colours = [place.word for place in places], f"= {forms[tense].text}", figures.palette().series
    if kind == "analogy":
        words = [words[0], f"− {words[1]}", f"+ {words[2]}"]
        tracks = [
            Track("the step from b to a", [spots[1], spots[0]], [words[1], words[0]], [True] * 2, colours[1]),
            Track("the same step from c", [spots[2], end], [words[2], result], [True] * 2, colours[0]),
        ]
    else:
        tracks = [
            Track("" if i else "to the mean", [spot, end], [word, result], [True] * 2, colours[0])
            for i, (spot, word) in enumerate(zip(spots, words, strict=True))
        ]
    decoded = ", ".join(form.text for form in forms)
    alt = f"Map with {', '.join(place.word for place in places)}, and the result, decoded as {decoded}."
    canvas.show("sum-map", files, opened.model.vocabulary, flat, verbs, alt, tracks=tracks)
    x, y = ([round(spot[i], 3) for spot in (*spots, end)] for i in range(2))
    figures.offer_table(
        "arithmetic",
        lambda: {"verb": [*words, result], "x": x, "y": y},
        more=lambda: {"words": parts.words_table(forms, opened.model.vocabulary), "nearest verbs": near},
    )
