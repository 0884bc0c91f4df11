"""The setup of a run: presets, guided experiments, settings, a preview of the schedules, and the start button."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import Palette
from cvae.charts.curve_traces import TITLES
from cvae.charts.schedules import schedule_panel
from cvae.core.config import LARGEST_SEED, TrainConfig
from cvae.core.dotted import flatten
from cvae.core.errors import BadRun
from cvae.core.settings import runs_folder
from cvae.core.text import counted
from cvae.data.paradigms import OWN
from cvae.runs.history import Curve
from cvae.runs.queue import find_run, id_of, model_key, title
from cvae.runs.run import Run
from pages.shared import figures, messages, navigation
from pages.train import data, knobs, tables
from pages.train.lessons import CHANGED, LESSONS, Lesson, lesson_of
from pages.train.presets import PRESETS, Preset

PRESET, LESSON, KEPT, LIKE = "preset", "lesson", "kept_settings", "like"
"""Keys, the last of the link alone: the `model_key` of the run whose settings are kept, which does not lead to it."""
NOTHING = None, ""
"""No such settings, and the key of no run."""
FIRST = next(iter(PRESETS))
AGAINST = ", against "
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
"""What a second run may differ in: a name, and the settings that are changed."""


@dataclass(frozen=True)
class Plan:
    """One run, or two, that could be started now. data: the text of uploaded data, or None."""

    title: str
    configs: tuple[TrainConfig, ...]
    names: tuple[str, ...]
    data: str | None


def begin_with(run: Run) -> None:
    """Begin with all settings of a run, also those without a widget, until a preset or an experiment is chosen."""
    lesson = lesson_of(title(run).partition(AGAINST)[0])
    _keep(run)
    st.session_state[PRESET] = None
    st.session_state[LESSON] = next((key for key, each in LESSONS.items() if each is lesson), None)
    _fill(run.config())


def _keep(run: Run) -> None:
    """Keep the settings of a run as those that the widgets begin with."""
    base = Preset(title(run).partition(AGAINST)[0], "The settings of the run that was shown.", run.config())
    st.session_state[KEPT] = base, model_key(run.path.name)


def _kept() -> Preset | None:
    """Return the settings of the run that New run began with, or that the link names, and name that in the link."""
    if KEPT not in st.session_state and LIKE in st.query_params:
        with suppress(BadRun):  # it was removed: there are the presets
            _keep(find_run(runs_folder(), id_of(runs_folder(), st.query_params[LIKE])))
    kept: Preset | None
    kept, key = st.session_state.setdefault(KEPT, NOTHING)
    navigation.put_in_address(LIKE, key)
    return kept


def _fill(config: TrainConfig) -> None:
    """Set all widgets to the values of a config."""
    st.session_state.update(_by_key(config))


def _by_key(config: TrainConfig) -> dict[str, Any]:
    """Return the settings that widgets ask for, by their keys. Of the others, Sample and Theory have a `draws`, too."""
    asked = {name: value for name, value in flatten(config.to_json()).items() if name not in data.UNASKED}
    return asked | {knobs.SEED: asked.pop("seed")}


def _fill_from_preset() -> None:
    chosen = st.session_state[PRESET] = st.session_state.get(PRESET) or FIRST  # a second click takes the choice away
    st.session_state[LESSON], st.session_state[KEPT] = None, NOTHING
    _fill(PRESETS[chosen].config)
    st.session_state["against"] = "none"


def _fill_from_lesson() -> None:
    lesson = chosen_lesson()
    if lesson is None:
        _fill_from_preset()
        return
    st.session_state[PRESET], st.session_state[KEPT] = None, NOTHING
    _fill(lesson.configs[0])
    st.session_state["against"] = LESSON if len(lesson.configs) > 1 else "none"


def choose_base() -> Preset:
    """Ask for a preset or a guided experiment, and return what the settings begin with."""
    kept = _kept()
    default = None if kept or LESSON in st.query_params else FIRST
    chosen = st.pills(
        "Begin with", list(PRESETS), default=default, key=PRESET, bind="query-params",
        format_func=lambda key: PRESETS[key].title, on_change=_fill_from_preset,
    )  # fmt: skip
    st.pills(
        "Guided experiments", list(LESSONS), key=LESSON, bind="query-params",
        format_func=lambda key: LESSONS[key].title, on_change=_fill_from_lesson,
    )  # fmt: skip
    if lesson := chosen_lesson():
        return kept or Preset(lesson.title, lesson.question, lesson.configs[0])
    base = kept or PRESETS[chosen or FIRST]
    st.caption(base.sentence)
    return base


def ask(start: Callable[["Plan"], None]) -> None:
    """Show everything that is asked before a run, with a button at the top that calls `start`.

    Raises BadConfig or BadData.
    """
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="start-row"):
        st.title("Train", anchor=False, width="content")
        place = st.container(width="stretch")
    base, lesson = choose_base(), chosen_lesson()
    if lesson:
        place = st.container(border=True, key="lesson-text")
    for name, value in _by_key(base.config).items():
        if name not in st.session_state and name not in st.query_params:
            st.session_state[name] = value
    panels: dict[str, Any] = {}
    values = knobs.ask(flatten(base.config.to_json()), lambda part: panels.update({part: st.container()}))
    with place:
        if lesson:
            st.markdown(f"**{messages.plain(lesson.question)}**")
            st.html(tables.checklist(lesson, None))
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


def _plan(base: Preset, values: dict[str, Any], other: str, others: dict[str, tuple[str, dict[str, Any]]]) -> Plan:
    """Return the run, or the pair of runs, that Start would start now."""
    lesson = chosen_lesson()
    text = data.uploaded() if values["data"] == OWN else None
    config = base.config.changed(values)
    named = base.title if base.config == config else f"{base.title.removesuffix(CHANGED)}{CHANGED}"
    if other == "none":
        return Plan(named, (config,), ("this run",), text)
    name, changes = others[other]
    changes = {"seed": (config.seed + 1) % (LARGEST_SEED + 1)} if other == "seed" else changes
    first = lesson.names[0] if lesson and other == LESSON else "as set"
    configs = (config, config.changed(changes))
    return Plan(named if other == LESSON else f"{named}{AGAINST}{name}", configs, (first, name), text)


def _size(plan: Plan) -> str:
    """Say how much there is to train; how long that takes is known once the run has been scored twice."""
    config = plan.configs[0]
    words = data.words_per_epoch(config.data, config.verbs, plan.data)
    words = round(words * (1 - config.heldout) * (1 + config.invented))
    size = f"{counted(config.epochs, 'epoch')} of {counted(words, 'word')}"
    return f"{size}. The time left is shown once the run has been scored twice."


@st.cache_data(show_spinner=False, max_entries=64)
def _planned(field: str, configs: tuple[TrainConfig, ...], names: tuple[str, ...], palette: Palette) -> go.Figure:
    return schedule_panel(field, list(zip(names, configs, strict=True)), palette)


def _ask_other(lesson: Lesson | None) -> tuple[str, dict[str, tuple[str, dict[str, Any]]]]:
    """Ask what a second run, started together with the first from one seed, differs in; return the choices, too."""
    others = OTHERS
    if lesson and len(lesson.configs) > 1:
        first, second = (flatten(config.to_json()) for config in lesson.configs)
        changes = {name: value for name, value in second.items() if value != first[name]}
        others = OTHERS | {LESSON: (lesson.names[1], changes)}
    usual = list(others).index(LESSON if LESSON in others else "none")
    chosen = st.selectbox(
        "Second run", list(others), usual, key="against", bind="query-params", label_visibility="collapsed", width=280,
        format_func=lambda key: f"second run: {others[key][0]}",
        help="Both start together and share their axes. Their seed is the same unless it is what differs.",
    )  # fmt: skip
    return chosen, others


def chosen_lesson() -> Lesson | None:
    """Return the guided experiment that the settings come from, or None."""
    return LESSONS.get(st.session_state.get(LESSON) or "")
