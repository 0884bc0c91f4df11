"""On the other pages: a run that goes on is kept going, and said so in the sidebar."""

from contextlib import suppress

import streamlit as st

from cvae import workers
from cvae.errors import BadRun
from cvae.jobs import standing, title, watch
from cvae.live import watch_run
from pages import _models, _train_runs

TICK = 10.0


def show() -> None:
    """Nothing, unless this visitor has a run that trains or waits."""
    if _train_runs.active():
        st.fragment(_tick, run_every=TICK)()


def _tick() -> None:
    runs = _train_runs.active()
    for run in runs:
        watch(run)
    with suppress(BadRun):  # the page of training says why
        workers.advance()
    for run in runs[:1]:
        try:
            progress = watch_run(run).progress
        except BadRun:
            return
        st.page_link("pages/train.py", label=_models.plain(title(run)), query_params={"run": run.path.name})
        st.progress(progress.share, text=f"{standing(run).status}, epoch {progress.done:.0f} of {progress.epochs}")
