"""What one turns while a run trains: its buttons, and the knobs, which a touch takes over from their schedules."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.core.errors import TenseLabError
from cvae.data.paradigms import OWN
from cvae.runs import workers
from cvae.runs.queue import RESUMABLE, standing
from cvae.runs.run import Run
from cvae.runs.steering import Control
from cvae.training.schedules import scheduled_knobs
from pages.shared import messages
from pages.train import data, knobs, my_runs, setup, tables
from pages.train.lessons import finished, lesson_of
from pages.train.my_runs import Shown

SETTLE_SECONDS = 1.0
"""How long a click waits to see its effect; a training step takes a tenth of that."""
PARTS = Path(__file__).parent


def act(work: Callable[[], None]) -> None:
    """Do what a button asks; show an error as a sentence."""
    try:
        work()
    except TenseLabError as error:
        st.toast(messages.plain(str(error)), icon=":material/error:")
    except OSError as error:
        st.toast(f"That could not be saved: {error.strerror}.", icon=":material/error:")


def steer(runs: Sequence[Run], change: Callable[[Run, Control], Control]) -> None:
    """Change what each of these runs is asked to do."""
    for run in runs:
        run.steering.ask_anew(partial(change, run))


def wait_until(holds: Callable[[Run], bool], runs: Sequence[Run]) -> None:
    """Wait until a condition holds for each run, for at most a second."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline and not all(map(holds, runs)):
        time.sleep(0.03)


def wait_for(runs: Sequence[Run], *statuses: str) -> None:
    """Wait until each run has one of these statuses, for at most a second."""
    wait_until(lambda run: standing(run).status in statuses, runs)


def has_settled(run: Run) -> bool:
    """Return whether a run waits, has ended, or has its first point, so that the curves are drawn only once."""
    return standing(run).status not in ("starting", "running") or bool(run.steps())


def pause(runs: Sequence[Run]) -> None:
    """Pause between two steps."""
    going = [run for run in runs if standing(run).status == "running"]
    steer(going, lambda _, control: replace(control, pause=True))
    wait_for(going, "paused", "finished")


def resume(runs: Sequence[Run]) -> None:
    """Continue the runs that are paused; resume those that were stopped, interrupted or failed."""
    waiting = [run for run in runs if standing(run).status == "paused"]
    steer(waiting, lambda _, control: replace(control, pause=False, pause_at=None))
    for run in runs:
        if standing(run).status in RESUMABLE:
            workers.resume(run)
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


def leave(run: Run) -> None:
    """Go back to the settings, set as they were for this run."""
    setup.begin_with(run)
    if run.config().data == OWN:  # another table may have been uploaded since
        data.take_back(run.path)
    my_runs.show_next(None)


def show(shown: list[Shown]) -> None:
    """Show buttons and knobs, and let the knobs go along with their schedules. A change comes with the next step."""
    active = any(each.standing.active for each in shown)
    st.fragment(_show, run_every=my_runs.pace(shown))([each.run for each in shown], active)


def _show(runs: list[Run], were_active: bool) -> None:
    with messages.sentences(st.error, stop=False):
        resumed = not were_active and any(standing(run).active for run in runs)  # nothing on the page ticks yet
        if resumed or not my_runs.current():
            st.rerun(scope="app")
        every = shown = my_runs.look_at(runs)
        _show_buttons(shown)
        if len(shown) > 1:
            letters = ["both", *(each.letter for each in shown)]
            target = st.segmented_control("Steer", letters, default="both", required=True, key="target")
            shown = [each for each in shown if target in ("both", each.letter)]
        _show_knobs(shown)
        lesson = lesson_of(shown[0].title)
        if lesson and len(every) == len(lesson.configs):
            watched = [each.watched for each in every]
            st.html(tables.checklist(lesson, watched) + (tables.conclusion(lesson, every) if finished(watched) else ""))


def _show_buttons(shown: Sequence[Shown]) -> None:
    """Show one row of buttons; those that make no sense now are disabled, so that nothing moves."""
    runs = [each.run for each in shown]
    statuses = {each.standing.status for each in shown}
    active = any(each.standing.active for each in shown)
    going, paused = "running" in statuses, "paused" in statuses
    another = active and not my_runs.is_own(runs[0])  # who watches another visitor's run need not stop it to leave

    def button(label: str, key: str, icon: str, work: Callable[[], None], **more: Any) -> None:
        st.button(label, key=key, icon=f":material/{icon}:", on_click=act, args=(work,), width="stretch", **more)

    with st.container(horizontal=True, gap="xsmall", wrap=another, key="run-buttons"):
        if not going and (paused or statuses & set(RESUMABLE)):
            button("Resume", "resume", "play_arrow", lambda: resume(runs), type="primary")
        else:
            button("Pause", "pause", "pause", lambda: pause(runs), type="primary", disabled=not going)
        button("Step", "step", "skip_next", lambda: step(runs), disabled=not (going or paused), help="One epoch.")
        if active:
            button("Stop", "stop", "stop", lambda: stop(runs))
        if not active or another:
            button("New run", "new-run", "restart_alt", lambda: leave(runs[0]))


@dataclass(frozen=True)
class Knob:
    """A value that can be steered: its name, its title, the values of its slider, and those that a click sets."""

    name: str
    title: str
    values: tuple[float, ...]
    clicks: tuple[float, ...] = ()


KNOBS = (
    Knob("beta", "KL weight", knobs.WEIGHTS, knobs.CLICKS),
    Knob("teacher_forcing", "Teacher forcing", tuple(i / 20 for i in range(21))),
    Knob("learning_rate", "Learning rate", (0.0, 1e-5, 3e-5, *knobs.RATES)),
)


def _show_knobs(shown: Sequence[Shown]) -> None:
    """Show the knobs as they are: asked for, or as the schedule has them. A touch of one asks for its value."""
    runs = [each.run for each in shown]
    points, asked = shown[0].watched.points, asdict(runs[0].steering.asked().hand)
    last = points[-1] if points else scheduled_knobs(runs[0].config())(0.0)  # a run that waits shows its settings
    sent: dict[str, Any] = {}
    for knob in KNOBS:
        by_hand = asked[knob.name]
        now = by_hand if by_hand is not None else getattr(last, knob.name)
        at = knob.values.index(nearest(knob.values, now))
        sent[knob.name] = {**asdict(knob), "now": now, "at": at, "asked": by_hand}
    key = f"hand-{len(runs)}-{shown[0].id.replace('_', '.')}"  # no component may have __ in its key

    def take() -> None:
        touched = st.session_state[key]["ask"]
        for knob in KNOBS:  # a browser may send anything
            if touched and touched["name"] == knob.name and touched["value"] in (None, *knob.values):
                turn(runs, knob.name, touched["value"])

    disabled = not any(each.standing.active for each in shown)
    _component()(key=key, data={"knobs": sent, "disabled": disabled}, on_ask_change=take)


@cache
def _component() -> ComponentRenderer:
    css, js = ((PARTS / f"steering.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    return st.components.v2.component("hand", html="<form></form>", css=css, js=js)


def nearest(values: Sequence[float], value: float) -> float:
    """Return the value whose logarithm is nearest, where everything below a millionth is as good as that."""
    return min(values, key=lambda each: abs(math.log(max(each, 1e-6)) - math.log(max(value, 1e-6))))


def turn(runs: Sequence[Run], name: str, value: float | None) -> None:
    """Ask for this value of a knob from the next step on; None gives the knob back to its schedule."""
    act(lambda: steer(runs, lambda _, control: replace(control, hand=replace(control.hand, **{name: value}))))
