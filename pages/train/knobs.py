"""The settings of a run before it starts: schedules, model, learning, and below them the data to train on."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from cvae.core.config import LARGEST_SEED, TrainConfig
from cvae.core.settings import limits
from pages.train import data

SIZES = (16, 32, 64, 96, 128, 192, 256, 384, 512)
WIDTHS = (1, 2, 4, 8, 16, 32, 64, 128)
WEIGHTS = (
    0.0, 0.001, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5,
    2.0, 5.0, 10.0,
)  # fmt: skip
"""The KL weights to choose from: evenly spaced on a logarithmic scale, as nearly as round numbers are."""
CLICKS = (0.0, 0.02, 0.05, 0.1, 0.4, 1.0)
"""The KL weights that a click sets."""
SEED = "seed_of_run"
"""The key of the seed: Sample has a seed of its own."""
BATCHES = (8, 16, 32, 64, 128, 256, 512)
RATES = (1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 3e-3, 5e-3, 8e-3, 1e-2, 2e-2, 5e-2, 1e-1)
HELP = {
    "kl.kind": "constant: from the first step on. monotonic: rises once, then stays (Bowman et al. 2016). cyclical: "
    "rises again and again (Fu et al. 2019).",
    "kl.maximum": "beta, the factor of KL in the loss. Both terms are in nats per word: 1 is the true ELBO. Many "
    "classroom implementations average over letters: their weight w is about 8 w here.",
    "kl.rising": "The share of a cycle (of the run, when monotonic) spent rising.",
    "teacher_forcing": "The share of words that are decoded from their true letters, not the model’s own.",
    "objective": "same-tense: encode a form, decode that form. cross-tense: decode the verb in any tense.",
    "letter_dropout": "The share of letters hidden from the decoder’s input (word dropout, Bowman et al. 2016): it "
    "makes the decoder look at z.",
    "free_bits": "Nats of KL that each dimension of z may have at no cost (Kingma et al. 2016): no dimension is pushed "
    "below them.",
    "model.latent": "The width of z for each recurrent state; an LSTM has two of them.",
    "model.hidden": "The width of the recurrent states.",
    "learning_rate.kind": "one-cycle: up, then down to almost nothing. cosine: down to 0.",
    "seed": "The same seed and settings give the same run, to the last digit.",
    "epochs": "How many times each word is seen.",
}


def ask(start: dict[str, Any], panel: Callable[[str], None]) -> dict[str, Any]:
    """Ask for all settings: the schedules side by side, each below its `panel`, then the others in tabs.

    `start` and the result hold them by their dotted names.
    """
    values: dict[str, Any] = {}
    for column, part in zip(st.columns(3, gap="large"), SCHEDULES, strict=True):
        with column:
            panel(part)
            values |= SCHEDULES[part](start)
    model, learning, table = st.tabs(["Model", "Learning", "Data"], key="knobs")
    with model:
        values |= _ask_model(start)
    with learning:
        values |= _ask_learning(start)
    with table:
        values |= data.ask(start)
    return values


def _slider(label: str, name: str, low: float, high: float, start: dict[str, Any], **more: Any) -> Any:
    """Show a slider for a setting, wide enough for the value of the preset and for that of a run that was shown."""
    value = type(low)(start[name])
    named = value, type(low)(st.session_state.get(name, value))
    return st.slider(
        label, min(low, *named), max(high, *named), value, key=name, bind="query-params", help=HELP.get(name), **more
    )


def _choice(label: str, name: str, start: dict[str, Any], **more: Any) -> str:
    chosen: str = st.segmented_control(
        label,
        TrainConfig.choices(name),
        default=start[name],
        required=True,
        key=name,
        bind="query-params",
        help=HELP.get(name),
        **more,
    )
    return chosen


def _steps(label: str, name: str, options: tuple[float, ...], start: dict[str, Any], most: float = float("inf")) -> Any:
    """Show a slider over a few values, and those that the link or the preset name."""
    named = [start[name], st.session_state.get(name, start[name])]
    with suppress(ValueError):
        named.append(type(start[name])(st.query_params.get(name, "")))
    known = {each for each in (*options, *named) if each in named or each <= most}
    return st.select_slider(
        label, sorted(known), start[name], key=name, bind="query-params", help=HELP.get(name), format_func="{:g}".format
    )


def _ask_kl(start: dict[str, Any]) -> dict[str, Any]:
    values = {"kl.kind": _choice("KL weight", "kl.kind", start, label_visibility="collapsed")}
    clicks = st.container()
    weight = values["kl.maximum"] = _steps("Largest KL weight", "kl.maximum", WEIGHTS, start)
    st.session_state["largest"] = weight if weight in CLICKS else None
    clicks.segmented_control(
        "Largest KL weight, by a click", CLICKS, key="largest", format_func="{:g}".format, width="stretch",
        on_change=_click_weight, label_visibility="collapsed",
    )  # fmt: skip
    if values["kl.kind"] == "cyclical":
        values["kl.cycles"] = _slider("Cycles", "kl.cycles", 1, 10, start)
    if values["kl.kind"] != "constant":
        values["kl.rising"] = _slider("Share rising", "kl.rising", 0.0, 1.0, start, step=0.05)
        values["kl.ramp"] = _choice("Ramp", "kl.ramp", start)
    return values


def _click_weight() -> None:
    if (weight := st.session_state["largest"]) is not None:
        st.session_state["kl.maximum"] = weight


def _ask_forcing(start: dict[str, Any]) -> dict[str, Any]:
    names = "teacher_forcing.kind", "teacher_forcing.start", "teacher_forcing.end"
    kind = _choice("Teacher forcing", names[0], start, label_visibility="collapsed")
    first = st.slider(
        "Ratio" if kind == "constant" else "From", 0.0, 1.0, start[names[1]], 0.05, key=names[1], bind="query-params",
        help=HELP["teacher_forcing"],
    )  # fmt: skip
    values = {names[0]: kind, names[1]: first}
    if kind != "constant":
        values[names[2]] = _slider("To", names[2], 0.0, 1.0, start, step=0.05)
    return values


def _ask_rate(start: dict[str, Any]) -> dict[str, Any]:
    return {
        "learning_rate.kind": _choice("Learning rate", "learning_rate.kind", start, label_visibility="collapsed"),
        "learning_rate.peak": _steps("Largest rate", "learning_rate.peak", RATES, start),
        "epochs": _slider("Epochs", "epochs", 1, limits().epochs, start),
    }


SCHEDULES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "beta": _ask_kl, "teacher_forcing": _ask_forcing, "learning_rate": _ask_rate,
}  # fmt: skip
"""The functions that ask for the schedules, by the names of the knobs."""


def _ask_model(start: dict[str, Any]) -> dict[str, Any]:
    most = limits()
    return {
        "model.cell": _choice("Cell", "model.cell", start),
        "model.hidden": _steps("Hidden size", "model.hidden", SIZES, start, most.hidden),
        "model.latent": _steps("Latent size", "model.latent", WIDTHS, start, most.latent),
    }


def _ask_learning(start: dict[str, Any]) -> dict[str, Any]:
    return {
        "objective": _choice("Objective", "objective", start),
        "letter_dropout": _slider("Letter dropout", "letter_dropout", 0.0, 0.9, start, step=0.05),
        "free_bits": _slider("Free bits per dimension", "free_bits", 0.0, 2.0, start, step=0.05),
        "batch_size": _steps("Batch size", "batch_size", BATCHES, start, limits().batch_size),
        "seed": st.number_input(
            "Seed", 0, LARGEST_SEED, start["seed"], key=SEED, bind="query-params", help=HELP["seed"], width=180
        ),
    }
