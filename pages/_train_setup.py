"""Before a run: presets, the knobs in groups, the schedules as they are set, and how long it will take."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from cvae.charts import Palette
from cvae.config import TrainConfig
from cvae.curves import flatten
from cvae.lessons import Lesson
from cvae.live import duration
from cvae.paradigms import OWN
from cvae.presets import PRESETS
from cvae.schedule_charts import schedule_panels
from cvae.settings import limits, runs_folder
from cvae.speed import estimate, read_speed
from pages import _figures, _latent_parts, _train_data, _train_lessons

PRESET, LESSON = "preset", "lesson"
SIZES = (16, 32, 64, 96, 128, 192, 256, 384, 512)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
BATCHES = (8, 16, 32, 64, 128, 256, 512)
RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 8e-3, 1e-2, 2e-2, 5e-2, 1e-1)
HELP = {
    "kl.kind": "constant: from the first step on. monotonic: rises once, then stays (Bowman et al. 2016). cyclical: "
    "rises again and again (Fu et al. 2019).",
    "kl.maximum": "beta, the factor of KL in the loss. Both terms are in nats per word: 1 is the true ELBO. Many "
    "classroom codes average over letters: their weight w is about 8.5 w here.",
    "kl.rising": "The share of a cycle (of the run, when monotonic) spent rising.",
    "teacher_forcing": "The share of words that are decoded from their true letters, not the model’s own.",
    "objective": "same-tense: encode a form, decode that form. cross-tense: decode the verb in any tense.",
    "letter_dropout": "The share of letters hidden from the decoder’s input (word dropout, Bowman et al. 2016): it "
    "makes the decoder look at z.",
    "model.latent": "The width of z for each recurrent state; an LSTM has two of them.",
    "model.hidden": "The width of the recurrent states.",
    "learning_rate.kind": "one-cycle: up, then down to almost nothing. cosine: down to 0.",
    "verbs": "How many verbs to learn, spread evenly over the list. Fewer are learnt sooner.",
    "seed": "The same seed and settings give the same run, to the last digit.",
    "epochs": "How often every word is seen.",
}
OTHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "none": ("nothing", {}),
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
    seconds: float | None


def presets() -> dict[str, Any]:
    """By key."""
    return {preset.key: preset for preset in PRESETS}


def fill(config: TrainConfig) -> None:
    """Set all knobs to those of a config."""
    for name, value in flatten(config.to_json()).items():
        st.session_state[name] = value


def _fill_from_preset() -> None:
    _train_lessons.forget()
    if chosen := st.session_state.get(PRESET):
        fill(presets()[chosen].config)
        st.session_state["against"] = "none"


def take_lesson(lesson: Lesson) -> None:
    """Set the knobs for a lesson. Called before they are shown."""
    st.query_params[_train_lessons.TAKEN] = lesson.key
    fill(_train_lessons.base(lesson))
    st.session_state["against"] = LESSON if len(lesson.runs) > 1 else "none"


def choose_base() -> TrainConfig:
    """The presets as buttons in a row, then the guided experiments: the config that was chosen."""
    known, lesson = presets(), _train_lessons.taken()
    chosen = st.pills(
        "Begin with",
        list(known),
        default=None if lesson else next(iter(known)),
        key=PRESET,
        bind="query-params",
        format_func=lambda key: known[key].title,
        on_change=_fill_from_preset,
    )
    if lesson is None:
        chosen = chosen or next(iter(known))
    st.caption(f"Set for “{lesson.title}”." if lesson else known[chosen].sentence)
    _train_lessons.show(take_lesson)
    return _train_lessons.base(lesson) if lesson else known[chosen].config


def ask(start: Callable[["Plan"], None]) -> None:
    """Everything that is asked before a run, the schedules as they are set, and a button that calls `start`.

    Raises BadConfig or BadData.
    """
    base, lesson = choose_base(), _train_lessons.taken()
    known = flatten(base.to_json())
    for name, value in known.items():
        if name not in st.session_state and name not in st.query_params:
            st.session_state[name] = value
    left, right = st.columns([1.1, 1], gap="large")
    with left:
        values = _ask_all(known)
    with right:
        preview = st.container()
        other, others = _ask_other(lesson)
        plan = _plan(base, values, other, others)
        with preview:
            _preview(plan.configs, plan.names)
        _offer_start(plan, start)


def _plan(base: TrainConfig, values: dict[str, Any], other: str, others: dict[str, tuple[str, dict]]) -> Plan:
    """What would be started now."""
    lesson = _train_lessons.taken()
    data = _train_data.text() if values["data"] == OWN else None
    config = merged(base, values)
    title = lesson.title if lesson else presets()[st.session_state.get(PRESET) or PRESETS[0].key].title
    title = title if base == config else f"{title}, changed"
    if other == "none":
        return Plan(title, (config,), ("this run",), data, _seconds((config,), data))
    name, changes = others[other]
    changes = {"seed": (config.seed + 1) % 2**31} if other == "seed" else changes
    first = lesson.runs[0].name if lesson and other == LESSON else "as set"
    configs = (config, merged(config, changes))
    title = title if other == LESSON else f"{title}, against {name}"
    return Plan(title, configs, (first, name), data, _seconds(configs, data))


def _offer_start(plan: Plan, start: Callable[[Plan], None]) -> None:
    ready = plan.data is not None or plan.configs[0].data != OWN
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="start-row"):
        st.button(
            "Start both" if len(plan.configs) > 1 else "Start", key="start-run", type="primary",
            icon=":material/play_arrow:", disabled=not ready, on_click=start, args=(plan,),
        )  # fmt: skip
        st.caption(said_about_time(plan) if ready else "Upload a table first, under Data.")


def merged(base: TrainConfig, values: dict[str, Any]) -> TrainConfig:
    """The config with some settings changed, by their dotted names. Raises BadConfig."""
    document = base.to_json()
    for name, value in values.items():
        table = document
        *groups, key = name.split(".")
        for group in groups:
            table = table[group]
        table[key] = value
    return TrainConfig.from_json(document)


def _seconds(configs: tuple[TrainConfig, ...], data: str | None) -> float | None:
    speed = read_speed(runs_folder())
    if speed is None:
        return None
    return max(estimate(config, speed, _train_data.words(config.data, config.verbs, data)) for config in configs)


def _preview(configs: tuple[TrainConfig, ...], names: tuple[str, ...]) -> None:
    figure = _planned(configs, names, _latent_parts.palette())
    _figures.show(figure, "planned", "KL weight, teacher forcing and learning rate as they are set, over the epochs.")


@st.cache_data(show_spinner=False, max_entries=64)
def _planned(configs: tuple[TrainConfig, ...], names: tuple[str, ...], palette: Palette) -> go.Figure:
    return schedule_panels(list(zip(names, configs, strict=True)), palette)


def _ask_all(start: dict[str, Any]) -> dict[str, Any]:
    """The knobs, in tabs."""
    kl, forcing, model, learning, data = st.tabs(
        ["KL weight", "Teacher forcing", "Model", "Learning", "Data"], key="knobs"
    )
    values: dict[str, Any] = {}
    with kl:
        values |= _ask_kl(start)
    with forcing:
        values |= _ask_forcing(start)
    with model:
        values |= _ask_model(start)
    with learning:
        values |= _ask_learning(start)
    with data:
        values |= _train_data.ask(start["verbs"])
    return values


def _slider(label: str, name: str, low: float, high: float, start: dict[str, Any], **more: Any) -> Any:
    """A slider for a setting, wide enough for what the preset says."""
    kind = type(low)
    value = kind(start[name])
    return st.slider(
        label, min(low, value), max(high, value), value, key=name, bind="query-params", help=HELP.get(name), **more
    )


def _choice(label: str, name: str, options: list[str], start: dict[str, Any]) -> str:
    return st.segmented_control(
        label, options, default=start[name], required=True, key=name, bind="query-params", help=HELP.get(name)
    )


def _steps(label: str, name: str, options: tuple[float, ...], start: dict[str, Any], most: float = float("inf")) -> Any:
    """A slider over some values, and the one that is set already."""
    known = {option for option in options if option <= most} | {start[name], st.session_state.get(name, start[name])}
    return st.select_slider(
        label, sorted(known), start[name], key=name, bind="query-params", help=HELP.get(name), format_func="{:g}".format
    )


def _ask_kl(start: dict[str, Any]) -> dict[str, Any]:
    values = {"kl.kind": _choice("KL weight", "kl.kind", ["constant", "monotonic", "cyclical"], start)}
    values["kl.maximum"] = _slider("Largest weight", "kl.maximum", 0.0, 2.0, start, step=0.01)
    if values["kl.kind"] == "cyclical":
        values["kl.cycles"] = _slider("Cycles", "kl.cycles", 1, 10, start)
    if values["kl.kind"] != "constant":
        values["kl.rising"] = _slider("Share rising", "kl.rising", 0.0, 1.0, start, step=0.05)
        values["kl.ramp"] = _choice("Ramp", "kl.ramp", ["linear", "sigmoid", "cosine"], start)
    return values


def _ask_forcing(start: dict[str, Any]) -> dict[str, Any]:
    names = "teacher_forcing.kind", "teacher_forcing.start", "teacher_forcing.end"
    kind = _choice("Teacher forcing", names[0], ["constant", "linear", "stepwise"], start)
    help_text = HELP["teacher_forcing"]
    first = st.slider(
        "Ratio" if kind == "constant" else "From", 0.0, 1.0, start[names[1]], 0.05, key=names[1], bind="query-params",
        help=help_text,
    )  # fmt: skip
    values = {names[0]: kind, names[1]: first}
    if kind != "constant":
        values[names[2]] = _slider("To", names[2], 0.0, 1.0, start, step=0.05)
    return values


def _ask_model(start: dict[str, Any]) -> dict[str, Any]:
    most = limits()
    return {
        "model.cell": _choice("Cell", "model.cell", ["lstm", "gru"], start),
        "model.hidden": _steps("Hidden size", "model.hidden", SIZES, start, most.hidden),
        "model.latent": _steps("Latent size", "model.latent", WIDTHS, start, most.latent),
        "objective": _choice("Objective", "objective", ["same-tense", "cross-tense"], start),
        "letter_dropout": _slider("Letter dropout", "letter_dropout", 0.0, 0.9, start, step=0.05),
    }


def _ask_learning(start: dict[str, Any]) -> dict[str, Any]:
    most = limits()
    return {
        "epochs": _slider("Epochs", "epochs", 1, min(200, most.epochs), start),
        "learning_rate.peak": _steps("Learning rate", "learning_rate.peak", RATES, start),
        "learning_rate.kind": _choice(
            "Learning rate over time", "learning_rate.kind", ["constant", "cosine", "one-cycle"], start
        ),
        "batch_size": _steps("Batch size", "batch_size", BATCHES, start, most.batch_size),
        "seed": st.number_input(
            "Seed", 0, 2**31 - 1, start["seed"], key="seed_of_run", bind="query-params", help=HELP["seed"], width=180
        ),
    }


def _ask_other(lesson: Lesson | None) -> tuple[str, dict[str, tuple[str, dict[str, Any]]]]:
    """What a second run, started together with the first from the same seed, differs in; and all that it could."""
    others = OTHERS
    if lesson and (second := _train_lessons.second(lesson)):
        others = {**OTHERS, LESSON: second}
    chosen = st.selectbox(
        "Compare with a second run that has",
        list(others),
        key="against",
        bind="query-params",
        format_func=lambda key: others[key][0],
        help="Both start together from one seed, and their curves share the axes. It takes the place of two runs.",
    )
    return chosen, others


def said_about_time(plan: Plan) -> str:
    """How long it will take, as far as is known."""
    if plan.seconds is None:
        return "How long it takes is being measured on this machine …"
    return f"About {duration(plan.seconds)} on this machine."
