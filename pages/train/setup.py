"""The setup of a run: presets, guided experiments, settings, a preview of the schedules, and the start button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.curve_traces import TITLES
from cvae.charts.schedules import schedule_panel
from cvae.core.config import TrainConfig, flatten
from cvae.data.paradigms import OWN
from cvae.runs.history import Curve
from pages.shared import figures, messages
from pages.train import data, knobs, tables
from pages.train.lessons import LESSONS, Lesson
from pages.train.presets import PRESETS, Preset

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
    if chosen := st.session_state.get(PRESET):
        st.session_state[LESSON] = None
        fill(presets()[chosen].config)
        st.session_state["against"] = "none"


def _fill_from_lesson() -> None:
    if lesson := taken():
        st.session_state[PRESET] = None
        fill(lesson.runs[0].config)
        st.session_state["against"] = LESSON if len(lesson.runs) > 1 else "none"


def choose_base() -> TrainConfig:
    """Ask for a preset or a guided experiment, and return its config."""
    known = presets()
    default = None if LESSON in st.query_params else next(iter(known))
    chosen = st.pills(
        "Begin with", list(known), default=default, key=PRESET, bind="query-params",
        format_func=lambda key: known[key].title, on_change=_fill_from_preset,
    )  # fmt: skip
    titles = {lesson.key: lesson.title for lesson in LESSONS}
    st.pills(
        "Guided experiments", list(titles), key=LESSON, bind="query-params", format_func=titles.__getitem__,
        on_change=_fill_from_lesson,
    )  # fmt: skip
    preset = known[chosen or next(iter(known))]
    if lesson := taken():
        return lesson.runs[0].config
    st.caption(preset.sentence)
    return preset.config


def ask(start: Callable[["Plan"], None]) -> None:
    """Show everything that is asked before a run, with a button at the top that calls `start`.

    Raises BadConfig or BadData.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="start-row"):
        st.title("Train", anchor=False, width="content")
        place = st.container(width="stretch")
    base, lesson = choose_base(), taken()
    if lesson:
        place = st.container(border=True, key="lesson-text")
    known = flatten(base.to_json())
    for name, value in known.items():
        if name not in st.session_state and name not in st.query_params:
            st.session_state[name] = value
    panels: dict[str, Any] = {}
    values = knobs.ask(known, lambda part: panels.update({part: st.container()}))
    with place:
        if lesson:
            show_lesson(lesson)
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            button = st.container(width="content")
            plan = _plan(base, values, *_ask_other(lesson))
            ready = plan.data is not None or plan.configs[0].data != OWN
            st.caption(_size(plan) if ready else "Upload a table first, under Data.")
            button.button(
                "Start both" if len(plan.configs) > 1 else "Start", key="start-run", type="primary",
                icon=":material/play_arrow:", disabled=not ready, on_click=start, args=(plan,),
            )  # fmt: skip
    for part, panel in panels.items():
        with panel:
            if len(plan.configs) > 1:
                st.html(figures.legend([Curve(name, (), i) for i, name in enumerate(plan.names)]))
            figures.show(_planned(part, plan.configs, plan.names, figures.palette()), f"planned-{part}", TITLES[part])


def _plan(base: TrainConfig, values: dict[str, Any], other: str, others: dict[str, tuple[str, dict[str, Any]]]) -> Plan:
    """The run, or the pair of runs, that Start would start now."""
    lesson = taken()
    text = data.text() if values["data"] == OWN else None
    config = base.changed(values)
    title = lesson.title if lesson else presets()[st.session_state.get(PRESET) or PRESETS[0].key].title
    title = title if base == config else f"{title}, changed"
    if other == "none":
        return Plan(title, (config,), ("this run",), text)
    name, changes = others[other]
    changes = {"seed": (config.seed + 1) % 2**31} if other == "seed" else changes
    first = lesson.runs[0].name if lesson and other == LESSON else "as set"
    configs = (config, config.changed(changes))
    title = title if other == LESSON else f"{title}, against {name}"
    return Plan(title, configs, (first, name), text)


def _size(plan: Plan) -> str:
    """Say how much there is to train; how long that takes is shown as soon as the run has its first points."""
    config = plan.configs[0]
    words = data.words(config.data, config.verbs, plan.data)
    words = round(words * (1 - config.heldout) * (1 + config.invented))
    return f"{config.epochs:,} epochs of {words:,} words. The time left is shown once training has begun."


@st.cache_data(show_spinner=False, max_entries=64)
def _planned(field: str, configs: tuple[TrainConfig, ...], names: tuple[str, ...], palette: Palette) -> go.Figure:
    return schedule_panel(field, list(zip(names, configs, strict=True)), palette)


def _ask_other(lesson: Lesson | None) -> tuple[str, dict[str, tuple[str, dict[str, Any]]]]:
    """What a second run, started together with the first from the same seed, differs in; and all that it could."""
    others = OTHERS
    if lesson and (contrast := second(lesson)):
        others = {**OTHERS, LESSON: contrast}
    if "against" not in st.session_state and "against" not in st.query_params:
        st.session_state["against"] = LESSON if LESSON in others else "none"
    chosen = st.selectbox(
        "Second run", list(others), key="against", bind="query-params", label_visibility="collapsed", width=280,
        format_func=lambda key: f"second run: {others[key][0]}",
        help="Both start together from the same seed, and their curves share the axes. They count as two runs.",
    )  # fmt: skip
    return chosen, others


def taken() -> Lesson | None:
    """The guided experiment that the settings come from, or None."""
    known = {lesson.key: lesson for lesson in LESSONS}
    return known.get(st.session_state.get(LESSON) or "")


def second(lesson: Lesson) -> tuple[str, dict[str, Any]] | None:
    """What the second run of a lesson is called, and the settings in which it differs from the first."""
    if len(lesson.runs) < 2:
        return None
    first, other = (flatten(run.config.to_json()) for run in lesson.runs)
    return lesson.runs[1].name, {name: value for name, value in other.items() if value != first[name]}


def show_lesson(lesson: Lesson) -> None:
    """Show what a guided experiment asks, and the steps that stay beside its runs."""
    st.markdown(f"**{messages.plain(lesson.question)}**")
    st.html(tables.steps(lesson, None))
