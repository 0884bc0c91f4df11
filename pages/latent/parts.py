"""What the views of the latent page share: the encoded verbs, colours, decoded words, charts with their data."""

from collections.abc import Mapping, Sequence
from html import escape
from types import MappingProxyType
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.data.paradigms import Paradigm, read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.diagnostics import Health, examine
from cvae.inference.conversion import Form
from cvae.inference.latent import Atlas, Neighbour, Plane, principal_plane, survey
from cvae.inference.projection import Embedding
from cvae.inference.word_lists import Origin, origin, training_paradigms
from cvae.model.cvae import CVAE
from pages.shared import figures
from pages.shared.models import Opened

Table = Mapping[str, Sequence[Any]]

HELP = {
    "latent": "z: the numbers that stand for a verb between the encoder, which reads letters, and the decoder.",
    "posterior": "q(z | x): where the encoder puts a word, a Gaussian with a mean and a variance for each dimension.",
    "pca": "Principal components: the directions in which the verbs' points lie furthest apart.",
    "kl": "KL divergence of q(z | x) from the prior N(0, I), in nats: how much a dimension tells about the word.",
    "confidence": "The probability of exactly these letters, given z.",
    "distance": "Straight-line distance between two points in all dimensions of z.",
}
LEGEND = f'<p class="legend">Confidence: {HELP["confidence"][0].lower()}{HELP["confidence"][1:]}</p>'
STANDINGS: dict[Origin, str] = {
    "known": "● A verb of the training data.",
    "real": "◐ A real verb that the model was not trained on.",
    "invented": "○ No verb of the word lists has these forms.",
}


def atlas_of(opened: Opened) -> Atlas:
    """The encoded training verbs, with a sentence where others stand in; when there are none the page ends."""
    rows = training_paradigms(opened.info)
    if not rows and opened.model.vocabulary != Vocabulary():
        st.info("There is no map: the data that this model was trained on is not at hand.")
        st.stop()
    if not rows:
        st.info("The data that this model was trained on is not at hand: the verbs of the app's own list stand in.")
    return _survey(opened.model, opened.version, sorted(rows) if rows else sorted(read_paradigms("train").rows))


@st.cache_resource(show_spinner="Encoding the verbs …", max_entries=8)
def _survey(_model: CVAE, version: tuple[str, int], _rows: list[Paradigm]) -> Atlas:
    return survey(_model, _rows)


@st.cache_resource(show_spinner=False, max_entries=32)
def plane_of(version: tuple[str, int], _atlas: Atlas, first: int = 0) -> Plane:
    """The plane of two principal components of the verbs."""
    return principal_plane(_atlas.z, first)


@st.cache_resource(show_spinner="Measuring …", max_entries=8)
def health_of(version: tuple[str, int], _atlas: Atlas) -> Health:
    """KL and the aggregate posterior over all forms of the verbs."""
    return examine(*_atlas.words)


def palette() -> Palette:
    """The colours of the theme that the visitor sees."""
    theme = st.context.theme.type or "light"
    names = ("textColor", "backgroundColor", "borderColor", "primaryColor")
    colours = [st.get_option(f"theme.{theme}.{name}") for name in names]
    return Palette(*colours, tuple(st.get_option(f"theme.{theme}.chartCategoricalColors")))


def pick_plane(what: str) -> bool:
    """Whether the visitor wants the plane through these points rather than the one of the map."""
    return st.segmented_control(
        "Plane", ["own", "map"], default="own", required=True, key=f"plane-{what}", bind="query-params",
        format_func={"own": f"through the {what}", "map": "of the map"}.get,
        help="The first holds all the points that are drawn, at their true distances; of the verbs it shows where they "
        "fall on it. The other is that of the first two principal components.",
    ) == "own"  # fmt: skip


def point_on(flat: Plane | Embedding, z: Any) -> tuple[float, float]:
    """The place of one point on a plane or a map."""
    x, y = flat.project(z[None])[0].tolist()
    return x, y


def forms_table(forms: Sequence[Form], vocabulary: Vocabulary) -> str:
    """Decoded words as HTML, one tense a row, with confidences."""
    rows = []
    for i, (tense, form) in enumerate(zip(vocabulary.tenses, forms, strict=True)):
        share = f"{form.confidence:.0%}"
        cut = "" if form.ended else '<span class="unfinished">no end came</span>'
        rows.append(
            f'<tr style="--tense:var(--tense-{i})"><th scope="row"><span class="dot"></span>'
            f"{escape(vocabulary.title(tense))}</th>"
            f'<td><span class="decoded">{escape(form.text) or "–"}</span>{cut}</td>'
            f'<td class="sure"><span class="number">{share}</span></td></tr>'
        )
    head = '<th scope="col">Tense</th><th scope="col">Form</th><th scope="col">Confidence</th>'
    return f'<table class="forms point"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>{LEGEND}'


def standing(forms: Sequence[Form], atlas: Atlas, vocabulary: Vocabulary) -> str:
    """Whether the decoded forms are, all of them, those of a verb of the lists; empty where nothing is known."""
    paradigm = tuple(form.text for form in forms)
    if paradigm in atlas.rows:
        return STANDINGS["known"]
    return STANDINGS[origin(paradigm, frozenset())] if vocabulary == Vocabulary() else "○ No verb of the training data."


def neighbours_table(near: Sequence[Neighbour], atlas: Atlas, asked: Sequence[int | None] = ()) -> Table:
    """The nearest verbs as columns, the ones that were asked about marked."""
    table: dict[str, Sequence[Any]] = {
        "verb": [item.name for item in near],
        "distance": [round(item.distance, 2) for item in near],
    }
    if asked:
        table["asked"] = ["✓" if item.verb in asked else "" for item in near]
    return {**table, "paradigm": ["  ".join(atlas.rows[item.verb]) for item in near]}


def words_table(forms: Sequence[Form], vocabulary: Vocabulary) -> Table:
    """Decoded words as columns."""
    return {
        "tense": [vocabulary.title(tense) for tense in vocabulary.tenses],
        "form": [form.text for form in forms],
        "confidence": [round(form.confidence, 6) for form in forms],
    }


def chart(
    figure: go.Figure,
    name: str,
    alt: str,
    table: Table,
    below: Any = st,
    more: Mapping[str, Table] = MappingProxyType({}),
    **options: Any,
) -> None:
    """A chart with its text alternative; its data as a table and as files `below`, under it if not elsewhere.

    more: what stands beside the chart, to download, too.
    """
    config = {"displaylogo": False, "scrollZoom": False, "toImageButtonOptions": {"filename": f"tense-lab-{name}"}}
    st.plotly_chart(figure, key=f"chart-{name}", alt=alt, config=config, **options)
    with below.container():
        tables = {title: _as_rows(other) for title, other in more.items()}
        figures.offer_data(name, f"tense-lab-{name}", *_as_rows(table), figure, tables)


def download_csv(table: Table, name: str) -> None:
    """A button for the table as a file."""
    header, rows = _as_rows(table)
    figures.csv_button(f"csv-{name}", f"tense-lab-{name}", header, rows, f"Download {len(rows):,} rows as CSV")


def _as_rows(table: Table) -> figures.Table:
    return list(table), list(zip(*table.values(), strict=True))
