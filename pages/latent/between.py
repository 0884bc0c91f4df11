"""The decoded words along paths between two verbs."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from cvae.data.vocabulary import Vocabulary, compose
from cvae.inference.latent import Atlas, LocatedWord, decode_along, flips, locate, spherical, straight
from cvae.inference.projection import Embedding, Plane, plane_through
from cvae.model.cvae import CVAE
from pages.latent import canvas, parts
from pages.latent.canvas import Files, Track
from pages.latent.layout import layouts
from pages.shared import figures, messages
from pages.shared.models import Opened
from pages.shared.tables import Cell, Row, table

WAYS = {"straight": straight, "spherical": spherical}
LINES = {"straight": "straight line", "spherical": "arc"}
HELP = {
    "verb": "Any verb in any form, invented ones too.",
    "steps": "The number of points, including both ends.",
    "ways": "Straight: the line through z. Spherical: along an arc around the origin, so that the length of z stays "
    "between those of the two verbs; a Gaussian in many dimensions has almost nothing near its centre.",
}


def show(opened: Opened, atlas: Atlas, files: Files) -> None:
    """Show two paths between two verbs, as a table and on the map."""
    start, end, tense, steps = _ask(opened.model.vocabulary, atlas)
    with messages.sentences():
        places = [locate(opened.model, atlas, text) for text in (start, end)]
    reading, drawing = st.columns([2, 3], gap="large")
    with drawing:
        flat = plane_through(places[0].z, places[1].z) if parts.pick_plane("verbs") else layouts(opened, atlas)[0].flat
    tracks = [_walk(opened.model, name, places, flat, tense, steps) for name in WAYS]
    with reading:
        st.markdown("**Step by step**", help=HELP["ways"])
        st.html(_steps_table(tracks))
        st.caption(messages.plain(_summary(tracks)))
    with drawing:
        alt = "The paths on the map. " + " ".join(f"{t.name.capitalize()}: {', '.join(t.words)}." for t in tracks)
        verbs = flat.places_of(atlas.z)
        canvas.show("between-map", files, opened.model.vocabulary, flat, verbs, alt, tracks=tracks)
        figures.offer_data("between", "tense-lab-between", *figures.as_rows(_table(tracks)))


def _walk(
    model: CVAE, name: str, places: Sequence[LocatedWord], flat: Plane | Embedding, tense: str, steps: int
) -> Track:
    """Decode the points of one path."""
    points = WAYS[name](places[0].z, places[1].z, steps)
    words = [form.text for form in decode_along(model, points, tense)]
    colour = figures.palette().series[list(WAYS).index(name)]
    return Track(name, flat.places_of(points).tolist(), words, flips(words), colour, dash=name == "spherical")


def _ask(vocabulary: Vocabulary, atlas: Atlas) -> tuple[str, str, str, int]:
    """Ask for the two verbs, the tense and the number of steps."""
    first, last = ("walk", "sing") if vocabulary.is_english else (atlas.names[0], atlas.names[-1])
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="bottom"):
        start, end = (
            st.text_input(label, value, key=key, bind="query-params", help=HELP["verb"], autocomplete="off", width=170)
            for label, value, key in (("From", first, "start"), ("To", last, "end"))
        )
        tense = st.selectbox(
            "Tense", vocabulary.tenses, key="tense", bind="query-params", format_func=vocabulary.title, width=190
        )
        steps = st.slider("Steps", 3, 25, 9, key="steps", bind="query-params", help=HELP["steps"], width=170)
    return start, end, tense, steps


def _steps_table(tracks: Sequence[Track]) -> str:
    """Return the decoded words, one step a row; a word that differs from the previous one is bold and marked."""
    last = len(tracks[0].words) - 1
    rows = [
        Row([f"{i / last:.0%}", *(_cell(track.words[i], track.is_new[i]) for track in tracks)]) for i in range(last + 1)
    ]
    return table("steps", rows, ["Position", *(track.name.capitalize() for track in tracks)])


def _cell(word: str, new: bool) -> Cell:
    mark = "<i>◂ new</i>" if new else ""
    return Cell(
        f'<span class="decoded" dir="auto">{escape(compose(word)) or "–"}</span>{mark}', "flip" if new else "same"
    )


def _summary(tracks: Sequence[Track]) -> str:
    """Return a sentence for each path: how often the decoded word changes, and where first."""
    sentences = []
    for track in tracks:
        new = [i for i, is_new in enumerate(track.is_new) if is_new]
        changes = {0: "never changes", 1: "changes once"}.get(len(new), f"changes {len(new)} times")
        where = f", {'first ' if len(new) > 1 else ''}at {new[0] / (len(track.is_new) - 1):.0%}" if new else ""
        sentences.append(f"Along the {LINES[track.name]} the word {changes}{where}.")
    return " ".join(sentences)


def _table(tracks: Sequence[Track]) -> figures.TableColumns:
    """Return the table of the chart: words, whether they changed, and where they are drawn."""
    steps = len(tracks[0].words)
    table: dict[str, Sequence[object]] = {
        "step": list(range(steps)),
        "way": [round(i / (steps - 1), 3) for i in range(steps)],
    }
    for track in tracks:
        table[track.name] = list(track.words)
        table[f"{track.name}: new"] = ["✓" if new else "" for new in track.is_new]
        for axis, values in zip("xy", zip(*track.places, strict=True), strict=True):
            table[f"{track.name}: {axis}"] = [round(value, 3) for value in values]
    return table
