"""The runs of a visitor: those started here, and those whose link was opened. A run's id in the link is its key."""

import time
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex

import streamlit as st

from cvae.core.errors import BadRun
from cvae.core.settings import runs_folder
from cvae.core.text import counted
from cvae.runs import workers
from cvae.runs.history import Watched, watch_run
from cvae.runs.queue import Standing, find_run, full_title, name, partners, standing, title, watch
from cvae.runs.room import visitor_of
from cvae.runs.run import Run, Status
from pages.shared import messages, navigation, visitor

CURRENT, VISIT = "current_run", "visit"
LETTERS = "AB"
TICK, PACE, QUEUE_PACE, WATCH = 10.0, 1.5, 3.0, 60.0
"""Seconds between two looks (sidebar, cockpit, a run that waits), and between two notes that a page is open."""
STILL = "still"
"""The key of the switch that pauses the live view."""


@dataclass(frozen=True)
class Shown:
    """A run as the page shows it. letter: which of two that are compared, or nothing; place: its colour.

    title: of its job; called: beside the other one, or nothing.
    """

    run: Run
    standing: Standing
    watched: Watched
    title: str
    called: str = ""
    letter: str = ""
    place: int = 0

    @property
    def id(self) -> str:
        """The id of the run."""
        return self.run.path.name

    @property
    def name(self) -> str:
        """The name of the run in legends."""
        return f"{self.letter}: {self.called or self.title}" if self.letter else self.title


def ids() -> list[str]:
    """Return the ids of this visitor's runs, newest first."""
    known: list[str] = st.session_state.setdefault(navigation.RUN_IDS, [])
    return known


def remember(new: list[str]) -> None:
    """Remember these runs as this visitor's."""
    st.session_state[navigation.RUN_IDS] = [*new, *(known for known in ids() if known not in new)]


def show_next(run_id: str | None) -> None:
    """Choose the run that the page shows from now on, or None."""
    st.session_state[CURRENT] = run_id
    navigation.put_in_address(navigation.RUN, run_id or "")


def current() -> list[Run]:
    """Return the runs of the job that the link names, or that was shown last, or none. Raises BadRun."""
    asked = st.query_params.get(navigation.RUN) or st.session_state.get(CURRENT)
    if not asked:
        return []
    try:
        run = run_of(asked)
    except BadRun:
        show_next(None)
        raise
    together = [each for each in partners(run) if exists(each)]
    remember(together)
    if st.session_state.get(CURRENT) not in together or navigation.RUN not in st.query_params:
        show_next(asked)
    return [run_of(each) for each in together]


def run_of(run_id: str) -> Run:
    """Return the run of this id. Raises BadRun."""
    return find_run(runs_folder(), run_id)


def exists(run_id: str) -> bool:
    """Return whether the run still exists."""
    try:
        run_of(run_id)
    except BadRun:
        return False
    return True


def describe(status: Status) -> str:
    """Return the word for a status on pages."""
    return "waiting" if status == "queued" else status


def label_of(run_id: str) -> str:
    """Return the name of a run in a list."""
    run = run_of(run_id)
    try:
        epochs = counted(len(run.history()), "epoch")
    except BadRun:
        epochs = "damaged"
    return messages.plain(f"{full_title(run)} · {epochs}, {describe(standing(run).status)} · {run.short_id}")


def crowd(run_id: str) -> int:
    """Return how often the time between two looks is doubled: once for 8 visitors that watch a run, twice for 16."""
    now, watchers = time.monotonic(), _watchers(run_id)
    watchers[st.session_state.setdefault(VISIT, token_hex(8))] = now
    return (sum(now - seen < WATCH for seen in list(watchers.values())) // 8).bit_length()


@st.cache_resource(show_spinner=False, max_entries=1000)
def _watchers(run_id: str) -> dict[str, float]:
    """Return when each visit last looked at a run; `crowd` writes it."""
    return {}


def look_at(runs: list[Run]) -> list[Shown]:
    """Read the present state of the runs, and record that a visitor is watching. Raises BadRun."""
    for run in runs:
        watch(run)
    pair = len(runs) > 1
    return [
        Shown(run, standing(run), watch_run(run), title(run), name(run), LETTERS[i] if pair else "", i)
        for i, run in enumerate(runs)
    ]


def waits(shown: list[Shown]) -> bool:
    """Return whether nothing but the place in the queue can change."""
    return all(each.standing.status == "queued" for each in shown)


def pace(shown: list[Shown]) -> float | None:
    """Return the seconds between two looks; None when nothing changes any more or the visitor paused the live view."""
    if st.session_state.get(STILL) or waits(shown) or not any(each.standing.active for each in shown):
        return None
    return PACE * 2.0 ** crowd(shown[0].id)


def advance() -> None:
    """Start queued runs, or say why that is impossible."""
    if fault := _advance(str(runs_folder())):
        st.warning(messages.plain(fault))


@st.cache_resource(ttl=1.0, show_spinner=False, max_entries=8)
def _advance(folder: str) -> str:
    """Start queued runs once a second, however many look; return why that is impossible."""
    try:
        workers.advance()
    except BadRun as error:
        return str(error)
    return ""


def is_own(run: Run) -> bool:
    """Return whether this visitor started the run, or brought it, and did not only open its link."""
    return visitor_of(run) == visitor.identity()


def active() -> list[Run]:
    """Return the runs of this visitor that are training or queued, also those whose link was opened."""
    found = [run_of(each) for each in ids() if exists(each)]
    return [run for run in found if standing(run).active]


def keep_watching() -> None:
    """Note once a minute that the page is open, for all of this visitor's runs: none is removed meanwhile."""
    if ids():
        st.fragment(_keep_watching, run_every=WATCH)()


def _keep_watching() -> None:
    for run_id in ids():
        with suppress(BadRun):
            watch(run_of(run_id))


def show_active() -> None:
    """Show this visitor's active run in the sidebar, if there is one."""
    if active():
        st.fragment(_tick, run_every=TICK)()


def _tick() -> None:
    runs = active()
    for run in runs:
        watch(run)
    _advance(str(runs_folder()))  # the page of training says what is wrong
    for run in runs[:1]:
        try:
            progress = watch_run(run).progress
        except BadRun:
            return
        st.page_link(
            "pages/train/train.py", label=messages.plain(title(run)), query_params={navigation.RUN: run.path.name}
        )
        st.progress(
            progress.share, text=f"{describe(standing(run).status)}, epoch {progress.done:.0f} of {progress.epochs}"
        )
