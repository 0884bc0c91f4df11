"""The decoded words along paths between two verbs."""

from collections.abc import Hashable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.arithmetic import STEPS, WALKS, count_whole_walks
from cvae.evaluation.metrics import wilson_interval
from cvae.inference.alternatives import convert_from
from cvae.inference.decoding import Form
from cvae.inference.latent import Atlas, decode_along, flips, locate, spherical, straight
from cvae.model.cvae import CVAE
from pages.latent import canvas, parts
from pages.latent.canvas import Files, Track
from pages.latent.layout import lay_out
from pages.shared import figures, letters, messages
from pages.shared.forms import Choice, spelled
from pages.shared.models import Opened
from pages.shared.tables import Cell, Row, table

WAYS = {"straight": straight, "spherical": spherical}
LINES = {"straight": "straight line", "spherical": "arc"}
HELP = {
    "verb": "Any verb in any form, invented ones too.",
    "steps": "The number of points, including both ends.",
    "whole": f"{WALKS} pairs of verbs of the map, {STEPS} points each, in the first tense. In parentheses: 95% "
    "interval (Wilson 1927).",
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
        flat, verbs = lay_out(opened, atlas, "verbs", places)
    points = {name: way(places[0].z, places[1].z, steps) for name, way in WAYS.items()}
    of = opened.version, start, end, tense, steps
    forms, choice = _spell(opened, points, tense, of)
    tracks = []
    for name, colour in zip(WAYS, figures.palette().series, strict=False):
        words, way = [form.text for form in forms[name]], flat.places_of(points[name]).tolist()
        tracks.append(Track(name, way, words, flips(words), colour, dash=name == "spherical"))
    with reading:
        st.markdown("**Step by step**", help=HELP["ways"])
        letters.show("walk", _steps_table(forms, opened.model.vocabulary, choice), of)
        st.caption(messages.plain(_summary(tracks)))
        expected = st.container()
    with drawing:
        alt = "The paths on the map. " + " ".join(f"{t.name.capitalize()}: {', '.join(t.words)}." for t in tracks)
        canvas.show("between-map", files, opened.model.vocabulary, flat, verbs, alt, tracks=tracks)
        figures.offer_table("between", partial(_table, tracks))
    with expected:
        if len(atlas.rows) > 1:
            st.caption(_expect(opened.model, opened.version, atlas), help=HELP["whole"])


@st.cache_data(show_spinner="Walking …", max_entries=8)
def _expect(_model: CVAE, version: tuple[str, str], _atlas: Atlas) -> str:
    """Say how often the ways between verbs are what one would expect."""
    said = []
    for name, way in WAYS.items():
        count = count_whole_walks(_model, _atlas, way)
        low, high = wilson_interval(count, WALKS)
        said.append(f"on {count / WALKS:.1%} ({low:.1%} to {high:.1%}) of the {LINES[name]}s")
    return f"Between verbs drawn at random, {' and '.join(said)}, every decoded word is a verb of the map."


def _spell(
    opened: Opened, points: Mapping[str, Any], tense: str, of: Hashable
) -> tuple[dict[str, list[Form]], Choice | None]:
    """Decode the points (steps, Z) of each way; one word has the letters that were chosen for it."""

    def spell(name: str, begins: str, whole: bool) -> Form:
        way, step = name.split()
        return convert_from(opened.model, points[way][int(step)], tense, begins, whole)

    found = {
        f"{way} {step}": form
        for way, path in points.items()
        for step, form in enumerate(decode_along(opened.model, path, tense))
    }
    shown, choice = letters.respell_forms(of, found, spell)
    forms = list(shown.values())
    return {way: forms[i * len(path) : (i + 1) * len(path)] for i, (way, path) in enumerate(points.items())}, choice


def _ask(vocabulary: Vocabulary, atlas: Atlas) -> tuple[str, str, str, int]:
    """Ask for the two verbs, the tense and the number of steps."""
    first, last = ("walk", "sing") if vocabulary.is_english else (atlas.names[0], atlas.names[-1])
    with st.container(horizontal=True, gap="medium", key="question", vertical_alignment="bottom"):
        start, end = (
            parts.ask_words(label, value, key, HELP["verb"], width=170)
            for label, value, key in (("From", first, "start"), ("To", last, "end"))
        )
        tense = st.selectbox(
            "Tense", vocabulary.tenses, key="tense", bind="query-params", format_func=vocabulary.title, width=190
        )
        steps = st.slider("Steps", 3, 25, 9, key="steps", bind="query-params", help=HELP["steps"], width=170)
    return start, end, tense, steps


def _steps_table(forms: Mapping[str, Sequence[Form]], vocabulary: Vocabulary, choice: Choice | None) -> str:
    """Return the decoded words, one step a row; a word that differs from the previous one is bold and marked."""
    last = len(next(iter(forms.values()))) - 1
    rows = [
        Row([f"{step / last:.0%}", *(_cell(way, path, step, vocabulary, choice) for way, path in forms.items())])
        for step in range(last + 1)
    ]
    return table("steps", rows, ["Position", *(way.capitalize() for way in forms)])


def _cell(way: str, path: Sequence[Form], step: int, vocabulary: Vocabulary, choice: Choice | None) -> Cell:
    word = spelled(f"{way} {step}", path[step], vocabulary, choice)
    is_new = step > 0 and path[step].text != path[step - 1].text
    return Cell(word + "<i>◂ new</i>" * is_new, "flip" if is_new else "same")


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
        "position": [round(i / (steps - 1), 3) for i in range(steps)],
    }
    for track in tracks:
        table[track.name] = list(track.words)
        table[f"{track.name}: new"] = ["✓" if new else "" for new in track.is_new]
        for axis, values in zip("xy", zip(*track.places, strict=True), strict=True):
            table[f"{track.name}: {axis}"] = [round(value, 3) for value in values]
    return table
