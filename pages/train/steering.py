"""Steering a run: its buttons, and the knobs that take over a schedule by hand."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.runs import workers
from cvae.runs.queue import RESUMABLE, standing
from cvae.runs.run import Run
from cvae.runs.steering import Control
from cvae.training.records import StepRecord
from pages.shared import messages
from pages.train import my_runs
from pages.train.my_runs import Shown

SETTLE_SECONDS = 1.0
"""How long a click waits to see its effect: a step takes a tenth of that."""
TICK = 1.5
RATES = (0.0, 1e-5, 3e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3e-2, 1e-1)


def act(work: Callable[[], None]) -> None:
    """Do what a button asks; show an error as a sentence."""
    try:
        work()
    except TenseLabError as error:
        st.toast(str(error), icon=":material/error:")
    except OSError as error:
        st.toast(f"That could not be written down: {error.strerror}.", icon=":material/error:")


def steer(runs: Sequence[Run], change: Callable[[Run, Control], Control]) -> None:
    """Change what is asked of each of these runs."""
    for run in runs:
        run.steering.ask(change(run, run.steering.asked()))


def wait_for(runs: Sequence[Run], *statuses: str) -> None:
    """Wait until each run has one of these statuses, for at most a second."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and any(standing(run).status not in statuses for run in runs):
        time.sleep(0.03)


def wait_for_points(runs: Sequence[Run]) -> None:
    """Wait until each started run has a first point, for at most a second, so that the curves are drawn only once."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and any(
        standing(run).status in ("starting", "running") and not run.steps() for run in runs
    ):
        time.sleep(0.03)


def pause(runs: Sequence[Run]) -> None:
    """Pause between two steps."""
    going = [run for run in runs if standing(run).status == "running"]
    steer(going, lambda _, control: replace(control, pause=True))
    wait_for(going, "paused", "finished")


def go_on(runs: Sequence[Run]) -> None:
    """Continue after a pause."""
    waiting = [run for run in runs if standing(run).status == "paused"]
    steer(waiting, lambda _, control: replace(control, pause=False, pause_at=None))
    wait_for(waiting, "running", "finished")


def step(runs: Sequence[Run]) -> None:
    """Train to the end of this epoch, or of the next one if this one is over, then pause."""
    steer(runs, lambda run, control: replace(control, pause=False, pause_at=len(run.history()) + 1))
    wait_for(runs, "running", "finished")


def stop(runs: Sequence[Run]) -> None:
    """Stop the runs."""
    going = [run for run in runs if standing(run).active]
    for run in going:
        workers.stop(run)
    wait_for(going, "stopped", "finished")


def resume(runs: Sequence[Run]) -> None:
    """Resume the runs that were stopped, interrupted or failed."""
    for run in runs:
        if standing(run).status in RESUMABLE:
            workers.resume(run)


def show_buttons(shown: Sequence[Shown]) -> None:
    """Show one row of buttons; those that make no sense now are disabled, so that nothing moves."""
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
            "Reset", key="reset", icon=":material/restart_alt:", disabled=active, on_click=my_runs.show_next,
            args=(None,), help="Back to the settings, for a new run. This one stays in the list of your runs.",
        )  # fmt: skip
    if not my_runs.current():
        st.rerun(scope="app")


@dataclass(frozen=True)
class Knob:
    """A value that can be steered: its name, its title, and the highest value of its slider (None: one of RATES)."""

    name: str
    title: str
    highest: float | None


KNOBS = (
    Knob("beta", "KL weight", 2.0),
    Knob("teacher_forcing", "Teacher forcing", 1.0),
    Knob("learning_rate", "Learning rate", None),
)


def show_knobs(shown: Sequence[Shown]) -> None:
    """Show a switch and a slider for each knob. A change takes effect at the next step."""
    ticking = any(each.standing.active and not each.waits for each in shown) and not st.session_state.get("still")
    st.fragment(_show, run_every=TICK if ticking else None)(shown)


def _show(shown: Sequence[Shown]) -> None:
    chosen = [each.run for each in shown]
    if len(shown) > 1:
        letters = ["both", *(each.letter for each in shown)]
        target = st.segmented_control(
            "Steer", letters, default="both", required=True, key="target", label_visibility="collapsed"
        )
        chosen = [each.run for each in shown if target in ("both", each.letter)]
    disabled = not any(each.standing.active for each in shown if each.run in chosen)
    with messages.sentences(st.error):
        points = chosen[0].steps()
        for knob, column in zip(KNOBS, st.columns(3, gap="large"), strict=True):
            with column:
                _show_knob(knob, chosen, _value(points, knob), disabled)


def _show_knob(knob: Knob, runs: list[Run], now: float, disabled: bool) -> None:
    who = f"{len(runs)}-{runs[0].path.name}"
    switch, slider = f"by-hand-{knob.name}-{who}", f"hand-{knob.name}-{who}"
    asked = getattr(runs[0].steering.asked().hand, knob.name)
    if switch not in st.session_state:
        st.session_state[switch] = asked is not None
    if slider not in st.session_state:
        st.session_state[slider] = _fit(knob, asked if asked is not None else now)
    elif not st.session_state[switch]:  # the slider goes along with the schedule
        st.session_state[slider] = _fit(knob, now)
    arguments = (knob, runs, switch, slider)
    by_hand = st.toggle(f"{knob.title} by hand", key=switch, on_change=_ask, args=arguments, disabled=disabled)
    more: dict[str, Any] = {"key": slider, "on_change": _ask, "args": arguments, "disabled": disabled or not by_hand}
    if knob.highest is None:
        options = sorted({*RATES, st.session_state[slider]})
        st.select_slider(knob.title, options, label_visibility="collapsed", format_func="{:g}".format, **more)
    else:
        st.slider(knob.title, 0.0, knob.highest, step=0.01, label_visibility="collapsed", **more)


def _value(points: Sequence[StepRecord], knob: Knob) -> float:
    """The value that was last in force."""
    return getattr(points[-1], knob.name) if points else 0.0


def _fit(knob: Knob, value: float) -> float:
    """The nearest value that the slider can show."""
    if knob.highest is None:
        return value if value in RATES else min(RATES, key=lambda rate: abs(rate - value))
    return round(min(value, knob.highest), 2)


def _ask(knob: Knob, runs: list[Run], switch: str, slider: str) -> None:
    """Write down what is asked now. A knob that was just taken over starts at its present value."""
    by_hand = st.session_state[switch]
    if by_hand and getattr(runs[0].steering.asked().hand, knob.name) is None:
        st.session_state[slider] = _fit(knob, _value(runs[0].steps(), knob))
    value = float(st.session_state[slider]) if by_hand else None
    act(lambda: steer(runs, lambda _, control: replace(control, hand=replace(control.hand, **{knob.name: value}))))
