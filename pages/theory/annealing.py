"""KL annealing: the weight of the KL over a run."""

from functools import partial
from typing import get_args

import streamlit as st

from cvae.core.config import KLKind, KLSchedule, Ramp
from cvae.training.schedules import kl_weight, tabulate
from pages.shared import figures
from pages.theory import parts
from pages.theory.charts import schedule_chart

KINDS: dict[KLKind, str] = {
    "constant": "**Constant**: the price is charged from the first step on. A high one invites collapse.",
    "monotonic": "**Monotonic**: at first $z$ is free, and the decoder learns to use it. Then the price rises once, "
    "and $q$ is pulled towards the prior.",
    "cyclical": "**Cyclical**: the rise is repeated. Each cycle begins with $\\beta = 0$ and with the $z$ that the "
    "last one left, which already says something.",
}
RECORDED = {"experiment": "annealing"}
"""The recorded runs that the link opens."""
RAMPS: tuple[Ramp, ...] = get_args(Ramp)


def show() -> None:
    """Show the definition, the schedules, the formula and the code, and a link to recorded runs."""
    st.header("KL annealing", anchor=False)
    st.markdown(
        "**KL annealing** changes the weight $\\beta$ of the KL during training: low at first, so that $z$ is not "
        "given up before the decoder has learned to read it; higher later, so that draws from the prior are good "
        f"words ({parts.cite('bowman2016')})."
    )
    parts.link("pages/curves/curves.py", "See it happen: constant, monotonic and cyclical", RECORDED)
    st.markdown("\n".join(f"- {sentence}" for sentence in KINDS.values()))
    _check()
    st.markdown(
        "With $M$ cycles, $\\tau$ the progress within the cycle, and $R$ the share of it that is spent rising "
        f"({parts.cite('fu2019')}; monotonic is $M = 1$):"
    )
    st.latex(r"\beta = \begin{cases} \beta_{\max}\, f(\tau / R), & \tau \le R \\ \beta_{\max}, & \tau > R \end{cases}")
    st.latex(r"\tau = (M \cdot \text{progress}) \bmod 1")
    parts.code("kl weight")
    st.markdown(
        "**Which final weight?** With both terms in nats per word, $\\beta = 1$ is the true ELBO. The smaller the "
        "weight, the more the model keeps in $z$, and the further $q$ strays from the prior. Draws are best in "
        "between: with a very small weight they miss the words, unless a sleep phase teaches the decoder to write "
        "verbs there, as in the shipped models; where $z$ has collapsed they say nothing. Weights above 1 are those of "
        f"the β-VAE ({parts.cite('higgins2017')}). Every run records the KL unweighted, so that runs of "
        "different $\\beta$ can be compared."
    )


def _check() -> None:
    parts.check("draw a schedule")
    kind = st.segmented_control(
        "Kind", list(KINDS), default="cyclical", required=True, key="kl-kind", bind="query-params"
    )
    rises = kind != "constant"
    with st.container(horizontal=True, gap="medium", key="schedule"):
        maximum = st.slider("Largest KL weight β", 0.0, 1.0, 1.0, 0.05, key="kl-maximum", bind="query-params")
        rising = st.slider(
            "Share rising R", 0.0, 1.0, 0.5, 0.05, key="kl-rising", bind="query-params", disabled=not rises
        )
        cycles = st.slider("Cycles M", 1, 10, 4, key="kl-cycles", bind="query-params", disabled=kind != "cyclical")
        ramp = st.segmented_control(
            "Ramp f", RAMPS, default="linear", required=True, key="kl-ramp", bind="query-params", disabled=not rises
        )
    progress, values = tabulate(partial(kl_weight, KLSchedule(kind, maximum, cycles, rising, ramp)))
    mean = sum(values) / len(values)
    figure = schedule_chart(progress, values, "KL weight β", figures.palette())
    alt = f"The KL weight over the run, {kind}: at most {maximum:g}, on average {mean:.2f}."
    figures.show(figure, "kl-schedule", alt)
    st.caption(alt)
    rows = [[round(x, 4), round(value, 5)] for x, value in zip(progress, values, strict=True)]
    figures.offer_data("kl-weights", "tense-lab-kl-weight", ["progress", "beta"], rows, figure)
