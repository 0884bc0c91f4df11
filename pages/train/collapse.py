"""Whether z is still in use: a verdict, KL by dimension over time, and what is right without z."""

from collections.abc import Sequence

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.kl import accuracy_bars, kl_heatmap, kl_now, measured_records
from cvae.training.collapse import judge
from cvae.training.records import EpochRecord
from pages.shared import figures, messages
from pages.train.my_runs import Shown
from pages.train.tables import Colour

VERDICTS: dict[str, tuple[str, Colour, str]] = {
    "waiting": ("hourglass_top", "gray", "no verdict yet"),
    "healthy": ("favorite", "green", "z is in use"),
    "thinning": ("compress", "orange", "z is thinning"),
    "collapsed": ("heart_broken", "red", "z has collapsed"),
}
HELP = (
    "Posterior collapse: the decoder learns to do without z, and every word gets the same posterior, the prior. KL by "
    "dimension shows where z still carries information. Active units: dimensions whose posterior mean varies over "
    "words (Burda et al. 2016). Mutual information: how much z tells about the word (Hoffman and Johnson 2016). The "
    "bars: what is still right when z is replaced by zeros, or by that of another verb."
)


def show_verdict(looked_at: Shown, verbs: int) -> None:
    """Show the verdict on z of a run that trains on so many verbs, with its reason and advice."""
    judgement = judge(looked_at.watched.history, verbs)
    icon, colour, words = VERDICTS[judgement.state]
    with st.container(key="verdict", gap="xsmall"):
        st.badge(words, icon=f":material/{icon}:", color=colour, help=HELP)
        waits_for_nothing = judgement.state == "waiting" and not looked_at.standing.active
        said = judgement.reason if waits_for_nothing else f"{judgement.reason} {judgement.advice}"
        if looked_at.standing.active and not looked_at.watched.scored:
            config = looked_at.run.config()
            said = f"The first scores come after epoch {min(config.evaluate_every, config.epochs)}."
        st.markdown(messages.plain(said))


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
