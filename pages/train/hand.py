"""Knobs taken over by hand while a run goes on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cvae.runs.run import Run
from cvae.training.records import StepRecord
from pages.shared import models
from pages.train import actions
from pages.train.runs import Shown

TICK = 1.5
RATES = (0.0, 1e-5, 3e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 4e-3, 8e-3, 1.6e-2, 3e-2, 1e-1)


@dataclass(frozen=True)
class Knob:
    """A knob, what it is called, and the highest value of its slider (None: one of RATES)."""

    name: str
    title: str
    highest: float | None


KNOBS = (
    Knob("beta", "KL weight", 2.0),
    Knob("teacher_forcing", "Teacher forcing", 1.0),
    Knob("learning_rate", "Learning rate", None),
)


def show(shown: Sequence[Shown]) -> None:
    """For each knob a switch and a slider. What is asked takes effect at the next step."""
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
    with models.sentences(st.error):
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
    more = {"key": slider, "on_change": _ask, "args": arguments, "disabled": disabled or not by_hand}
    if knob.highest is None:
        options = sorted({*RATES, st.session_state[slider]})
        st.select_slider(knob.title, options, label_visibility="collapsed", format_func="{:g}".format, **more)
    else:
        st.slider(knob.title, 0.0, knob.highest, step=0.01, label_visibility="collapsed", **more)


def _value(points: Sequence[StepRecord], knob: Knob) -> float:
    """What was in force last."""
    return getattr(points[-1], knob.name) if points else 0.0


def _fit(knob: Knob, value: float) -> float:
    """A value that the slider can show."""
    if knob.highest is None:
        return value if value in RATES else min(RATES, key=lambda rate: abs(rate - value))
    return round(min(value, knob.highest), 2)


def _ask(knob: Knob, runs: list[Run], switch: str, slider: str) -> None:
    """Write what is asked now. A knob that was just taken over begins where it is."""
    by_hand = st.session_state[switch]
    if by_hand and getattr(runs[0].steering.asked().hand, knob.name) is None:
        st.session_state[slider] = _fit(knob, _value(runs[0].steps(), knob))
    value = float(st.session_state[slider]) if by_hand else None
    actions.act(
        lambda: actions.steer(
            runs, lambda _, control: replace(control, hand=replace(control.hand, **{knob.name: value}))
        )
    )
