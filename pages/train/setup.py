"""The setup of a run: presets, guided experiments, settings, a preview of the schedules, and the start button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.schedules import schedule_panels
from cvae.core.config import TrainConfig, flatten
from cvae.data.paradigms import OWN
from pages.shared import figures, messages
from pages.train import knobs
from pages.train.presets import LESSONS, PRESETS, Lesson, Preset

PRESET, LESSON = "preset", "lesson"
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "none": ("none", {}),
    "constant": ("constant KL weight", {"kl.kind": "constant"}),
    "monotonic": ("monotonic KL weight", {"kl.kind": "monotonic"}),
    "cyclical": ("cyclical KL weight", {"kl.kind": "cyclical"}),
    "lstm": ("an LSTM", {"model.cell": "lstm"}),
    "gru": ("a GRU", {"model.cell": "gru"}),
    "forced": ("teacher forcing 1", {"teacher_forcing.kind": "constant", "teacher_forcing.start": 1.0}),
    "free": ("teacher forcing 0", {"teacher_forcing.kind": "constant", "teacher_forcing.start": 0.0}),
    "dropout": ("letter dropout 0.3", {"letter_dropout": 0.3}),
    "seed": ("another seed", {"seed": None}),
}
"""What a second run may differ in: its name, and the settings that are changed."""
CHOSEN = "lesson"
TAKEN = "knobs_of"
"""In the link: the lesson whose knobs were set."""


@dataclass(frozen=True)
class Plan:
    """One run, or two, that could be started now. data: the text of uploaded data, or None."""

    title: str
    configs: tuple[TrainConfig, ...]
    names: tuple[str, ...]
    data: str | None


def presets() -> dict[str, Preset]:
    """The presets by key."""
    return {preset.key: preset for preset in PRESETS}


def fill(config: TrainConfig) -> None:
    """Set all widgets to the values of a config."""
    for name, value in flatten(config.to_json()).items():
        st.session_state[name] = value


def _fill_from_preset() -> None:
    forget()
    if chosen := st.session_state.get(PRESET):
        fill(presets()[chosen].config)
        st.session_state["against"] = "none"


def take_lesson(lesson: Lesson) -> None:
    """Set all widgets for a guided experiment. Call it before they are shown."""
    st.query_params[TAKEN] = lesson.key
    fill(base(lesson))
    st.session_state["against"] = LESSON if len(lesson.runs) > 1 else "none"


def choose_base() -> TrainConfig:
    """Ask for a preset or a guided experiment, and return its config."""
    known, lesson = presets(), taken()
    chosen = st.pills(
        "Begin with",
        list(known),
        default=None if lesson else next(iter(known)),
        key=PRESET,
        bind="query-params",
        format_func=lambda key: known[key].title,
        on_change=_fill_from_preset,
    )
    preset = known[chosen or next(iter(known))]
    st.caption(f"Set for “{lesson.title}”." if lesson else preset.sentence)
    show_lessons(take_lesson)
    return base(lesson) if lesson else preset.config


def ask(start: Callable[["Plan"], None]) -> None:
    """Everything that is asked before a run, the schedules as they are set, and a button that calls `start`.

    Raises BadConfig or BadData.
    """
    base, lesson = choose_base(), taken()
    known = flatten(base.to_json())
    for name, value in known.items():
        if name not in st.session_state and name not in st.query_params:
            st.session_state[name] = value
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        values = knobs.ask(known)
    with right:
        preview = st.container()
        other, others = _ask_other(lesson)
        plan = _plan(base, values, other, others)
        with preview:
            _preview(plan.configs, plan.names)
        _offer_start(plan, start)


def _plan(base: TrainConfig, values: dict[str, Any], other: str, others: dict[str, tuple[str, dict[str, Any]]]) -> Plan:
    """The run, or the pair of runs, that Start would start now."""
    lesson = taken()
    data = knobs.text() if values["data"] == OWN else None
    config = base.changed(values)
    title = lesson.title if lesson else presets()[st.session_state.get(PRESET) or PRESETS[0].key].title
    title = title if base == config else f"{title}, changed"
    if other == "none":
        return Plan(title, (config,), ("this run",), data)
    name, changes = others[other]
    changes = {"seed": (config.seed + 1) % 2**31} if other == "seed" else changes
    first = lesson.runs[0].name if lesson and other == LESSON else "as set"
    configs = (config, config.changed(changes))
    title = title if other == LESSON else f"{title}, against {name}"
    return Plan(title, configs, (first, name), data)


def _offer_start(plan: Plan, start: Callable[[Plan], None]) -> None:
    ready = plan.data is not None or plan.configs[0].data != OWN
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="start-row"):
        st.button(
            "Start both" if len(plan.configs) > 1 else "Start", key="start-run", type="primary",
            icon=":material/play_arrow:", disabled=not ready, on_click=start, args=(plan,),
        )  # fmt: skip
        st.caption(_size(plan) if ready else "Upload a table first, under Data.")


def _size(plan: Plan) -> str:
    """Say how much there is to train; how long that takes is shown as soon as the run has its first points."""
    config = plan.configs[0]
    words = knobs.words(config.data, config.verbs, plan.data)
    return f"{config.epochs:,} epochs of {words:,} words. The time left is shown once it trains."


def _preview(configs: tuple[TrainConfig, ...], names: tuple[str, ...]) -> None:
    figure = _planned(configs, names, figures.palette())
    figures.show(figure, "planned", "KL weight, teacher forcing and learning rate as they are set, over the epochs.")


@st.cache_data(show_spinner=False, max_entries=64)
def _planned(configs: tuple[TrainConfig, ...], names: tuple[str, ...], palette: Palette) -> go.Figure:
    return schedule_panels(list(zip(names, configs, strict=True)), palette)


def _ask_other(lesson: Lesson | None) -> tuple[str, dict[str, tuple[str, dict[str, Any]]]]:
    """What a second run, started together with the first from the same seed, differs in; and all that it could."""
    others = OTHERS
    if lesson and (contrast := second(lesson)):
        others = {**OTHERS, LESSON: contrast}
    chosen = st.selectbox(
        "Second run",
        list(others),
        key="against",
        bind="query-params",
        format_func=lambda key: others[key][0],
        help="Both start together from the same seed, and their curves share the axes. They count as two runs.",
    )
    return chosen, others


def taken() -> Lesson | None:
    """The guided experiment that the settings come from, or None."""
    known = {lesson.key: lesson for lesson in LESSONS}
    return known.get(st.query_params.get(TAKEN, ""))


def forget() -> None:
    """Forget the guided experiment, because a preset was chosen instead."""
    st.query_params.pop(TAKEN, None)


def second(lesson: Lesson) -> tuple[str, dict[str, Any]] | None:
    """What the second run of a lesson is called, and the settings in which it differs from the first."""
    if len(lesson.runs) < 2:
        return None
    first, other = (flatten(run.config.to_json()) for run in lesson.runs)
    return lesson.runs[1].name, {name: value for name, value in other.items() if value != first[name]}


def base(lesson: Lesson) -> TrainConfig:
    """The settings of the first run of a guided experiment."""
    return lesson.runs[0].config


def show_lessons(take: Callable[[Lesson], None]) -> None:
    """List the guided experiments and show the chosen one with a button that calls `take`."""
    known = {lesson.key: lesson for lesson in LESSONS}
    chosen = st.pills(
        "Guided experiments",
        list(known),
        key=CHOSEN,
        bind="query-params",
        format_func=lambda key: known[key].title,
    )
    if not chosen:
        return
    lesson = known[chosen]
    with st.container(border=True, key="lesson-text"):
        do, watch = st.columns(2, gap="large")
        do.markdown("**Do**\n" + "".join(f"\n1. {messages.plain(text)}" for text in lesson.do))
        watch.markdown("**Watch**\n" + "".join(f"\n- {messages.plain(text)}" for text in lesson.watch))
        if lesson.conclude:
            with st.expander("What it shows"):
                st.markdown(messages.plain(lesson.conclude))
        st.button("Set the knobs", key="set-knobs", icon=":material/tune:", on_click=take, args=(lesson,))
