"""What the buttons of a run do, and which of them make sense now."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.runs import workers
from cvae.runs.queue import RESUMABLE, standing
from cvae.runs.run import Run
from cvae.runs.steering import Control
from pages.train import runs as train_runs
from pages.train.runs import Shown

SETTLE_SECONDS = 1.0
"""How long a click waits to see its effect: a step takes a tenth of that."""


def act(work: Callable[[], None]) -> None:
    """Do what was clicked; what can't be done is said in a sentence."""
    try:
        work()
    except TenseLabError as error:
        st.toast(str(error), icon=":material/error:")
    except OSError as error:
        st.toast(f"That could not be written down: {error.strerror}.", icon=":material/error:")


def steer(runs: Sequence[Run], change: Callable[[Run, Control], Control]) -> None:
    """Ask something else of each of these runs."""
    for run in runs:
        run.steering.ask(change(run, run.steering.asked()))


def wait_for(runs: Sequence[Run], *statuses: str) -> None:
    """Until all of them have one of these statuses, or a second is over."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and any(standing(run).status not in statuses for run in runs):
        time.sleep(0.03)


def wait_for_points(runs: Sequence[Run]) -> None:
    """Until all that were started have a first point, or a second is over: the curves are then drawn but once."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and any(
        standing(run).status in ("starting", "running") and not run.steps() for run in runs
    ):
        time.sleep(0.03)


def pause(runs: Sequence[Run]) -> None:
    """Between two steps."""
    going = [run for run in runs if standing(run).status == "running"]
    steer(going, lambda _, control: replace(control, pause=True))
    wait_for(going, "paused", "finished")


def go_on(runs: Sequence[Run]) -> None:
    """From a pause."""
    waiting = [run for run in runs if standing(run).status == "paused"]
    steer(waiting, lambda _, control: replace(control, pause=False, pause_at=None))
    wait_for(waiting, "running", "finished")


def step(runs: Sequence[Run]) -> None:
    """To the end of this epoch, or of the next one when the last is over; then pause."""
    steer(runs, lambda run, control: replace(control, pause=False, pause_at=len(run.history()) + 1))
    wait_for(runs, "running", "finished")


def stop(runs: Sequence[Run]) -> None:
    """All of them."""
    going = [run for run in runs if standing(run).active]
    for run in going:
        workers.stop(run)
    wait_for(going, "stopped", "finished")


def resume(runs: Sequence[Run]) -> None:
    """Those that were stopped, interrupted or failed."""
    for run in runs:
        if standing(run).status in RESUMABLE:
            workers.resume(run)


def show_buttons(shown: Sequence[Shown]) -> None:
    """One row; what makes no sense now is greyed out, so that nothing moves."""
    runs = [each.run for each in shown]
    statuses = {each.standing.status for each in shown}
    going, paused = "running" in statuses, "paused" in statuses and "running" not in statuses
    resumable = any(each.standing.status in RESUMABLE for each in shown) and not going
    with st.container(horizontal=True, gap="small", key="run-buttons"):
        if paused or resumable:
            what, label = (go_on, "Resume") if paused else (resume, "Resume")
            st.button(
                label, key="resume", icon=":material/play_arrow:", type="primary", on_click=act,
                args=(lambda: what(runs),),
            )  # fmt: skip
        else:
            st.button(
                "Pause", key="pause", icon=":material/pause:", type="primary", on_click=act,
                args=(lambda: pause(runs),), disabled=not going,
            )  # fmt: skip
        st.button(
            "Step one epoch", key="step", icon=":material/skip_next:", on_click=act, args=(lambda: step(runs),),
            disabled=not (going or paused),
        )  # fmt: skip
        active = any(each.standing.active for each in shown)
        st.button(
            "Leave the queue" if statuses == {"queued"} else "Stop", key="stop", icon=":material/stop:", on_click=act,
            args=(lambda: stop(runs),), disabled=not active,
        )  # fmt: skip
        st.button(
            "Reset", key="reset", icon=":material/restart_alt:", disabled=active, on_click=train_runs.show_next,
            args=(None,), help="Back to the settings, for a new run. This one stays in the list of your runs.",
        )  # fmt: skip
    if not train_runs.current():
        st.rerun(scope="app")
