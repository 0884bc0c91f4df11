"""The decoded words along paths between two verbs."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from cvae.charts.latent_map import Mark, Track, View, frame, verb_map
from cvae.data.vocabulary import Vocabulary, compose
from cvae.inference.latent import Atlas, LocatedWord, decode_along, flips, locate, spherical, straight
from cvae.inference.projection import Plane, plane_through
from cvae.model.cvae import CVAE
from pages.latent import parts
from pages.shared import figures, messages
from pages.shared.models import Opened, plane_of
from pages.shared.tables import Cell, Row, table

WAYS = {"straight": (straight, "solid"), "spherical": (spherical, "dash")}
LINES = {"straight": "straight line", "spherical": "arc"}
HELP = {
    "verb": "Any verb in any form, invented ones too.",
    "steps": "The number of points, including both ends.",
    "ways": "Straight: the line through z. Spherical: along an arc around the origin, so that the length of z stays "
    "between those of the two verbs; a Gaussian in many dimensions has almost nothing near its centre.",
}


def show(opened: Opened, atlas: Atlas) -> None:
    """Show two paths between two verbs, as a table and on the map."""
    start, end, tense, steps = _ask(opened.model.vocabulary, atlas)
    with messages.sentences():
        places = [locate(opened.model, atlas, text) for text in (start, end)]
    reading, drawing = st.columns([2, 3], gap="large")
    with drawing:
        if parts.pick_plane("verbs"):
            plane = plane_through(places[0].z, places[1].z)
            axes = ("along the straight line", "away from the origin")
        else:
            plane, axes = plane_of(opened.version, atlas), ("component 1", "component 2")
    tracks = [_walk(opened.model, name, places, plane, tense, steps) for name in WAYS]
    with reading:
        st.markdown("**Step by step**", help=HELP["ways"])
        st.html(_steps_table(tracks))
        st.caption(messages.plain(_summary(tracks)))
    with drawing:
        _draw(atlas, plane, axes, tracks)


def _walk(model: CVAE, name: str, places: Sequence[LocatedWord], plane: Plane, tense: str, steps: int) -> Track:
    """Decode the points of one path."""
    walk, dash = WAYS[name]
    points = walk(places[0].z, places[1].z, steps)
    words = [form.text for form in decode_along(model, points, tense)]
    return Track(name, plane.places_of(points).tolist(), words, flips(words), dash)


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
        Row([f"{i / last:.0%}", *(_cell(track.words[i], track.new[i]) for track in tracks)]) for i in range(last + 1)
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
        new = [i for i, is_new in enumerate(track.new) if is_new]
        changes = {0: "never changes", 1: "changes once"}.get(len(new), f"changes {len(new)} times")
        where = f", {'first ' if len(new) > 1 else ''}at {new[0] / (len(track.new) - 1):.0%}" if new else ""
        sentences.append(f"Along the {LINES[track.name]} the word {changes}{where}.")
    return " ".join(sentences)


def _draw(atlas: Atlas, plane: Plane, axes: tuple[str, str], tracks: Sequence[Track]) -> None:
    """Draw both paths among the verbs."""
    centre, half = frame([place for track in tracks for place in track.places])
    marks = [Mark((tracks[0].places[i][0], tracks[0].places[i][1]), tracks[0].words[i]) for i in (0, -1)]
    view = View(centre, half, marks=marks, tracks=tracks, axes=axes)
    figure = verb_map(plane.places_of(atlas.z), atlas.rows, None, "", view, figures.palette())
    alt = "The ways on the map. " + " ".join(f"{t.name.capitalize()}: {', '.join(t.words)}." for t in tracks)
    figures.chart(figure, "between", alt, _table(tracks))


def _table(tracks: Sequence[Track]) -> figures.TableColumns:
    """Return the table of the chart: words, whether they changed, and where they are drawn."""
    steps = len(tracks[0].words)
    table: dict[str, Sequence[object]] = {
        "step": list(range(steps)),
        "way": [round(i / (steps - 1), 3) for i in range(steps)],
    }
    for track in tracks:
        table[track.name] = list(track.words)
        table[f"{track.name}: new"] = ["✓" if new else "" for new in track.new]
        for axis, values in zip("xy", zip(*track.places, strict=True), strict=True):
            table[f"{track.name}: {axis}"] = [round(value, 3) for value in values]
    return table
