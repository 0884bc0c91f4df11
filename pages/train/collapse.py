"""Whether z is still in use: a verdict, KL by dimension over time, and what is right without z."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.kl import accuracy_bars, kl_heatmap, kl_now, measured_records
from cvae.core.errors import BadData
from cvae.data.dataset import split_verbs
from cvae.data.paradigms import OWN
from cvae.evaluation.diagnostics import VERBS
from cvae.training.collapse import judge
from cvae.training.records import EpochRecord
from pages.shared import figures, messages
from pages.train.my_runs import Shown
from pages.train.tables import Colour

VERDICTS: dict[str, tuple[str, Colour, str]] = {
    "waiting": ("hourglass_top", "gray", "nothing measured yet"),
    "healthy": ("favorite", "green", "z is in use"),
    "thinning": ("compress", "orange", "z is thinning"),
    "collapsed": ("heart_broken", "red", "z has collapsed"),
}
HELP = (
    "Posterior collapse: the decoder learns to do without z, and every word gets the same posterior, the prior. KL by "
    "dimension shows which parts of z still tell something. Active units: dimensions whose posterior mean varies over "
    "words (Burda et al. 2016). Mutual information: how much z tells about the word (Hoffman and Johnson 2016). The "
    "bars: what is still right when z is replaced by zeros, or by that of another verb."
)


def show_verdict(looked_at: Shown) -> None:
    """Show the verdict on z of a run, with its reason and advice."""
    config = looked_at.run.config()
    folder = looked_at.run.path if config.data == OWN else None
    judgement = judge(looked_at.watched.history, _training_verbs(config.data, config.verbs, config.heldout, folder))
    icon, colour, words = VERDICTS[judgement.state]
    with st.container(key="verdict", gap="xsmall"):
        st.badge(words, icon=f":material/{icon}:", color=colour, help=HELP)
        st.markdown(messages.plain(f"{judgement.reason} {judgement.advice}"))


@st.cache_data(show_spinner=False, max_entries=64)
def _training_verbs(data: str, verbs: int, heldout: float, folder: Path | None) -> int:
    """Return the number of verbs that a run with these settings trains on, or enough where its data are not at hand."""
    with suppress(BadData):
        return len(split_verbs(data, verbs, heldout, folder)[0])
    return verbs or VERBS


def show_figures(shown: Sequence[Shown], looked_at: Shown, palette: Palette) -> None:
    """Show what z holds in figures of one run; the bars compare all runs."""
    history = looked_at.watched.history
    view = st.segmented_control(
        "What z holds", ["KL by dimension over time", "KL by dimension now", "Without z"],
        default="KL by dimension over time", required=True, key="z-view", help=HELP,
    )  # fmt: skip
    if view == "Without z":
        records = [
            (each.letter or "this run", last) for each in shown for last in measured_records(each.watched.history)[-1:]
        ]
        figure, alt = accuracy_bars(records, palette), "Shares of forms right with z, with zeros, with another’s."
    elif view.endswith("now"):
        figure, alt = kl_now(history, palette), "KL of each dimension of z now, and at the first scores."
    else:
        scored = len(looked_at.watched.scored)
        figure = _heatmap(looked_at.id if scored else "", scored, palette, history)  # an empty frame is anyone's
        alt = "KL of each dimension of z over the epochs."
    figures.show(figure, f"z-{view}", alt)


@st.cache_resource(show_spinner=False, max_entries=64)
def _heatmap(run_id: str, scored: int, palette: Palette, _history: Sequence[EpochRecord]) -> go.Figure:
    """Draw the heatmap, once until new scores are recorded."""
    return kl_heatmap(_history, palette)
