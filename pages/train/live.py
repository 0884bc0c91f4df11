"""What one watches of a run that trains, refreshed every second or so: state, verdict, curves and words."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.curve_traces import LOSSES
from cvae.charts.curves import Look, draw_curves
from cvae.core.config import TrainConfig
from cvae.core.errors import BadData
from cvae.data.dataset import read_verbs
from cvae.data.paradigms import OWN
from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.diagnostics import VERBS
from cvae.runs.history import Curve, vocabulary_of, watch_run
from cvae.runs.queue import full_title
from cvae.runs.run import Run
from cvae.training.records import HELDOUT, SCORES, describe_gap
from pages.shared import figures, messages
from pages.train import collapse, my_runs, tables
from pages.train.lessons import LESSONS, lesson_of
from pages.train.my_runs import Shown

LOOKED_AT, MOVED = "looked-at", "looked-elsewhere"
"""Keys of the session state: which of two runs is inspected, and whether it was another one a moment ago."""
SOONER = 4
"""How many times more often the page looks until the first point is there."""
WATCHED = (*LOSSES, "beta")
"""The columns in the cockpit, over one axis of epochs; everything else that is recorded stands below it."""
MORE = ("teacher_forcing", "learning_rate", *SCORES)
ROW, GAP, ROW_BELOW = 56, 28, 110
MOST_UNDER = 6
WORDS = ("data", "verbs", "heldout", "augmentation", "invented", "invented_longer", "seed")
"""The settings that decide which words a run trains on."""
Truth = tuple[Sequence[Paradigm], Sequence[Paradigm], Vocabulary]
State = tuple[bool, bool, bool, bool, int]
"""What the page depends on: whether a run waits, is active, has begun, and has a model; and the crowd at it."""
HELP = {
    "live": "Pauses the drawing, not the training, so that you can inspect the curves with the pointer.",
    "span": "The part of the run that is drawn.",
    "under": "Other runs of this session to draw in the same panels.",
    "smoothing": "Of losses and scores: exponential moving average, debiased; the raw line stays, faint.",
}


def show(shown: list[Shown], look: Look, under: list[str]) -> None:
    """Show what one watches of the runs, and refresh it; the page is run again when its layout must change."""
    runs, was = [each.run for each in shown], [_state(each) for each in shown]
    if my_runs.waits(shown):
        st.fragment(_tick_state, run_every=my_runs.QUEUE_PACE)(runs, was)
        _draw(shown, look, under)
    else:
        st.fragment(_tick, run_every=_every(shown))(runs, look, under, was)


def show_more(shown: list[Shown], look: Look, under: list[str]) -> None:
    """Show and refresh the figures that are not in the cockpit."""
    st.fragment(_tick_more, run_every=_every(shown))([each.run for each in shown], look, under)


def _every(shown: list[Shown]) -> float | None:
    """Return the seconds between two refreshes, or None; less before the first point of a run that was started."""
    pace = my_runs.pace(shown)
    begun = all(each.watched.points or each.standing.status == "queued" for each in shown)
    return pace if begun or pace is None else pace / SOONER


def _state(shown: Shown) -> State:
    """Return what the page depends on."""
    waits, points, model = my_runs.waits([shown]), bool(shown.watched.points), shown.run.model_path.is_file()
    return waits, shown.standing.active, points, model, my_runs.crowd(shown.id)


def ask_view(shown: Sequence[Shown]) -> tuple[Look, list[str]]:
    """Ask how the curves are drawn, and which other runs to overlay."""
    epochs = max(each.watched.progress.epochs for each in shown)
    ids = [each.id for each in shown]
    others = [run_id for run_id in my_runs.ids() if run_id not in ids and my_runs.exists(run_id)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="view-of-run"):
        st.toggle("Pause live view", key=my_runs.STILL, help=HELP["live"])
        span = st.slider("Epochs shown", 0, epochs, (0, epochs), key=f"span-{ids[0]}", help=HELP["span"])
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.0, 0.01, key="smoothing_live", help=HELP["smoothing"])
        log = st.toggle("Log scale", key="log_live")
        under = []
        if others:
            under = st.multiselect(
                "Overlay", others, key="under", max_selections=MOST_UNDER, format_func=_name_of, help=HELP["under"]
            )
    low, high = span if span[0] < span[1] else (0, epochs)
    return Look("epoch", smoothing, LOSSES if log else (), (float(low), float(high))), under


def _name_of(run_id: str) -> str:
    run = my_runs.run_of(run_id)
    return f"{full_title(run)} · {run.short_id}"


def _tick(runs: list[Run], look: Look, under: list[str], was: list[State]) -> None:
    """Refresh the cockpit."""
    _draw(_tick_state(runs, was), look, under)


def _tick_state(runs: list[Run], was: list[State]) -> list[Shown]:
    """Refresh status and progress; rerun the page when a run begins, gets its first point or model, or ends."""
    my_runs.advance()
    with messages.sentences(st.error):
        shown = my_runs.look_at(runs)
    _show_state(shown)
    if [_state(each) for each in shown] != was:
        st.rerun(scope="app")
    return shown


def _draw(shown: list[Shown], look: Look, under: list[str]) -> None:
    """Draw the verdict on z, the curves, and the words."""
    with messages.sentences(st.error, stop=False):
        looked_at = _pick(shown)
        verdict, measures = st.columns([2.2, 1], gap="medium")
        with verdict:
            collapse.show_verdict(looked_at, _count_verbs(looked_at))
        measures.html(tables.measures(looked_at.watched.scored))
        larger = figures.palette().size - Palette.size
        row, gap = ROW + 2 * larger, GAP + larger
        _show_curves(shown, "losses", WATCHED, replace(look, row_height=row, gap=gap, beside=HELDOUT), under)
        _show_words(looked_at)


def _tick_more(runs: list[Run], look: Look, under: list[str]) -> None:
    """Refresh the scores, and what z holds."""
    with messages.sentences(st.error, stop=False):
        shown = my_runs.look_at(runs)
        palette = figures.palette()
        if lesson_of(shown[0].title) is LESSONS["forcing"]:
            _show_decodings(shown)
        st.html(tables.figures_table(shown, palette.series))
        _show_curves(shown, "scores", MORE, replace(look, row_height=ROW_BELOW, across=2), under)
        letter = st.session_state.get(LOOKED_AT)
        looked_at = next((each for each in shown if each.letter == letter), shown[0])
        collapse.show_figures(shown, looked_at, palette)


def _show_state(shown: Sequence[Shown]) -> None:
    """Show status and progress."""
    worst = min(shown, key=lambda each: list(tables.LOOKS).index(each.standing.status))
    ended = [each for each in shown if each.standing.status in ("failed", "interrupted")]
    wrong = ended or [each for each in shown if each.standing.active and each.standing.reason]
    with st.container(key="run-state", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            for each in shown:
                icon, colour = tables.LOOKS[each.standing.status]
                said = f"{each.letter} {my_runs.describe(each.standing.status)}".strip()
                st.badge(said, icon=f":material/{icon}:", color=colour)
            st.markdown(f"**{messages.plain(shown[0].title)}**  {tables.describe_progress(shown[0])}")
        st.progress(sum(each.watched.progress.share for each in shown) / len(shown))
        if worst.standing.status != "running" or wrong:
            st.caption(messages.plain(tables.describe_standing((wrong or [worst])[0])))


def _show_curves(shown: Sequence[Shown], key: str, panels: tuple[str, ...], look: Look, under: Sequence[str]) -> None:
    """Draw recorded columns of the runs, and of those that are overlaid, over the same axis of epochs."""
    watched = [each.watched for each in shown]
    curves = [Curve(each.name, (each.watched.columns,), each.place) for each in shown]
    for place, run_id in enumerate(under, start=2):
        watched.append(watch_run(my_runs.run_of(run_id)))
        curves.append(Curve(_name_of(run_id), (watched[-1].columns,), place))
    if len(curves) > 1:
        st.html(figures.legend(curves))
    news = [(len(each.points), len(each.scored)) for each in watched]
    drawn = (*(each.id for each in shown), *under, *(curve.name for curve in curves), *news)
    version = drawn if any(map(any, news)) else ()  # an empty frame is anyone's
    figure = _figure(panels, version, look, figures.palette(), curves)
    figures.show_curves(figure, f"live-{key}", _describe(shown, key))


@st.cache_resource(show_spinner=False, max_entries=64)  # a copy for each visitor would cost as much as drawing
def _figure(
    panels: tuple[str, ...], version: tuple[object, ...], look: Look, palette: Palette, _curves: list[Curve]
) -> go.Figure:
    """Draw some panels, once until there is something new in them."""
    return draw_curves(_curves, panels, look, palette)


def _describe(shown: Sequence[Shown], key: str) -> str:
    """Describe the figure in words for screen readers."""
    facts = [
        f"{each.name}: epoch {last.epochs:.1f}, reconstruction {last.reconstruction:.2f}, KL {last.kl:.2f}, "
        f"KL weight {last.beta:.2g}."
        for each in shown
        for last in each.watched.points[-1:]
    ]
    what = "Losses and KL weight" if key == "losses" else "Teacher forcing, learning rate and scores"
    return f"{what} over the epochs. {' '.join(facts) or 'Nothing was recorded yet.'}"


def _pick(shown: Sequence[Shown]) -> Shown:
    """Ask which of two runs to inspect."""
    if len(shown) == 1:
        return shown[0]
    letter = st.segmented_control(
        "Words and z of", [each.letter for each in shown], default=shown[0].letter, required=True, key=LOOKED_AT,
        on_change=st.session_state.update, args=({MOVED: True},),
    )  # fmt: skip
    if st.session_state.pop(MOVED, False):  # the figures of z are in a fragment of their own, which may not tick
        st.rerun(scope="app")
    return next(each for each in shown if each.letter == letter)


def _show_words(shown: Shown) -> None:
    """Show the newest conversions and samples, right and wrong."""
    scored = shown.watched.scored
    rows, never, vocabulary = _truth_of(shown.run)
    after = f"after epoch {scored[-1].epoch}" if scored else "after the first scores"
    with st.container(key="run-words"):
        left, right = st.columns([1.35, 1], gap="medium")
        star = " · \\* never trained on" if never else ""
        left.markdown(f"**Verbs converted** {after}{star}")
        left.html(tables.conversions(scored, vocabulary, rows, never))
        right.markdown("**Draws from the prior**, decoded")
        right.html(tables.samples(scored, vocabulary, rows))
        if scored:
            dotted = " The dotted lines are the losses of the held-out verbs." if never else ""
            right.caption(f"{describe_gap(scored[-1])}{dotted}")


def _show_decodings(shown: Sequence[Shown]) -> None:
    """Show how the last form of a verb was decoded over the epochs, with the true letters given and without."""
    vocabulary = vocabulary_of(shown[0].run.config().data, shown[0].run.path)
    last = vocabulary.title(vocabulary.tenses[-1])
    rows = [row for each in shown for record in each.watched.scored for row in record.forced]
    verb = st.selectbox(
        messages.plain(f"{last[0].upper()}{last[1:]} of"), list(dict.fromkeys(row[0] for row in rows)),
        key="decoded-verb", width=220,
    )  # fmt: skip
    if verb:
        st.html(tables.decodings(shown, verb, tense=len(vocabulary.tenses) - 1))


def _count_verbs(shown: Shown) -> int:
    """Return the number of verbs that a run trains on, or enough where its data are not at hand."""
    with suppress(BadData):
        return len(_truth_of(shown.run)[0])
    return shown.run.config().verbs or VERBS


def _truth_of(run: Run) -> Truth:
    """Return `_truth` of a run. Raises BadData."""
    config = run.config()
    decides = TrainConfig(**{name: getattr(config, name) for name in WORDS})
    return _truth(decides, run.path if config.data == OWN else None)


@st.cache_resource(show_spinner=False, max_entries=32)
def _truth(config: TrainConfig, folder: Path | None) -> Truth:
    """Return the verbs of the data that a run is trained on, those that it is measured on, and the vocabulary."""
    paradigms, _, never = read_verbs(config, folder)
    return paradigms.rows, never, paradigms.vocabulary
