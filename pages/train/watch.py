"""On the other pages: a run that goes on is kept going, and said so in the sidebar."""

from contextlib import suppress

import streamlit as st

from cvae.core.errors import BadRun
from cvae.runs import workers
from cvae.runs.live import watch_run
from cvae.runs.queue import standing, title, watch
from pages.shared import models
from pages.train import runs as train_runs

TICK = 10.0


def show() -> None:
    """Nothing, unless this visitor has a run that trains or waits."""
    if train_runs.active():
        st.fragment(_tick, run_every=TICK)()


def _tick() -> None:
    runs = train_runs.active()
    for run in runs:
        watch(run)
    with suppress(BadRun):  # the page of training says why
        workers.advance()
    for run in runs[:1]:
        try:
            progress = watch_run(run).progress
        except BadRun:
            return
        st.page_link("pages/train/train.py", label=models.plain(title(run)), query_params={"run": run.path.name})
        st.progress(progress.share, text=f"{standing(run).status}, epoch {progress.done:.0f} of {progress.epochs}")
