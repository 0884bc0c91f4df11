"""Why the KL vanishes, and free bits."""

import math

import streamlit as st

from cvae.data.verbs import Paradigm
from cvae.inference.trace import kl_by_dimension
from pages.shared import figures, models
from pages.shared.models import Opened
from pages.theory import parts
from pages.theory.charts import free_bits_chart, kept_chart
from pages.theory.worlds import kept_nats

VARIANCES = (8.0, 4.0, 2.0, 1.0, 0.5, 0.25)
BETAS = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0, 10.0)
BATCH = 128
TRAINING_VERBS = 1227


def show() -> None:
    """Explain collapse and its three reasons, and show a model in which it can be computed."""
    st.header("Why the KL vanishes", anchor=False)
    st.markdown(
        "**Posterior collapse**: $q(z \\mid x, c) = p(z)$ for every word. The KL is 0, and $z$ says nothing. The "
        "decoder writes by tense and previous letters alone."
    )
    st.markdown(
        "**1. Information has a price.** A nat of KL must save at least $\\beta$ nats of reconstruction loss. Over all "
        "words ($c$ left out), the KL is what $z$ tells about the word, and what it wastes:"
    )
    st.latex(
        r"\mathbb E_x \big[\mathrm{KL}(q(z \mid x) \,\|\, p(z))\big] = \underbrace{I(x; z)}_{\le \ln N} + "
        r"\underbrace{\mathrm{KL}(q(z) \,\|\, p(z))}_{\ge 0}"
    )
    st.markdown(
        f"To name one of the {TRAINING_VERBS:,} training verbs takes $\\ln {TRAINING_VERBS} = "
        f"{math.log(TRAINING_VERBS):.1f}$ nats. At $\\beta = 1$ the best bargain breaks even: a decoder that could "
        f"model words without $z$ gains nothing from it ({parts.cite('hoffman2016', 'chen2017')})."
    )
    st.markdown(
        "**2. Everyone starts ignorant.** At first $z$ is noise to the decoder. It learns from the previous letters, "
        "which are given. Meanwhile, the KL pulls $q$ towards the prior "
        f"({parts.cite('bowman2016', 'fu2019')}); the encoder lags behind ({parts.cite('he2019')})."
    )
    st.markdown(
        "**3. It is a trap.** A decoder that ignores $z$ sends the encoder no gradient. Only the KL still has one, and "
        "it keeps $q$ at the prior."
    )
    st.markdown(
        "**What helps**: let $\\beta$ rise from 0 (*KL annealing*), leave some nats free (*free bits*), hide letters "
        "from the decoder (*letter dropout*; the papers drop words), train the encoder more. Collapse need not be "
        f"total: individual dimensions may collapse while others stay *active* ({parts.cite('burda2016')})."
    )
    parts.link(
        "pages/latent/latent.py", "Which dimensions of the shipped models are active?", {"latent_view": "Health"}
    )
    _check_linear()


def _check_linear() -> None:
    parts.check("raise the price, and watch directions go")
    st.markdown(
        "A VAE whose decoder is linear, with noise of variance 1, can be solved. Its data vary in six directions. A "
        f"direction is kept as long as its variance exceeds $\\beta$ ({parts.cite('lucas2019')}):"
    )
    st.latex(r"\mathrm{KL}_i = \max\left(0,\ \tfrac12 \ln \frac{v_i}{\beta}\right)")
    beta = st.select_slider(
        "KL weight β", BETAS, 1.0, key="price", bind="query-params", format_func=lambda value: f"{value:g}"
    )
    kept = kept_nats(VARIANCES, 1.0, beta).tolist()
    alive = sum(value > 0 for value in kept)
    parts.metrics({"KL": f"{sum(kept):.2f} nats", "Directions kept": f"{alive} of {len(kept)}"})
    figure = kept_chart(VARIANCES, kept, figures.palette())
    alt = f"Bars of KL by direction at beta {beta:g}: {alive} of {len(kept)} are kept, the others have collapsed."
    figures.show(figure, "kept", alt)
    rows = [[variance, round(value, 4)] for variance, value in zip(VARIANCES, kept, strict=True)]
    figures.offer_data("kept", "tense-lab-collapse", ["variance", "KL in nats"], rows, figure)
    parts.code("kept")


def show_free_bits() -> None:
    """Show the formula and the code, and the cost of the dimensions of the picked model."""
    st.header("Free bits", anchor=False)
    st.markdown(
        "Another way out: do not charge for the first $\\lambda$ nats of each dimension. Below the floor the cost is "
        "flat, so nothing pulls a dimension further down, and it may carry $\\lambda$ nats for free:"
    )
    st.latex(r"\sum_i \max\left(\lambda,\ \overline{\mathrm{KL}}_i\right)")
    st.markdown("where the bar is the mean over the words of a batch.")
    parts.code("free bits")
    st.caption(
        f"{parts.cite('kingma2016')}, each dimension a group of its own. The shipped models do without them: "
        "`classroom` began with annealing, and so did the model whose weights `open-vocabulary` started from."
    )
    _check_floor(models.open_model())


def _check_floor(opened: Opened) -> None:
    parts.check("what a floor would do to this model")
    rows, stand_in = models.verbs_at_hand(opened)
    if not rows:
        st.info("There is nothing to measure on: the data that this model was trained on is not at hand.")
        return
    dimensions, words = _kl(opened, rows, opened.version)
    floor = st.slider("Floor λ in nats", 0.0, 1.0, 0.1, 0.01, key="floor", bind="query-params")
    under = sum(value < floor for value in dimensions)
    parts.metrics(
        {
            "KL": f"{sum(dimensions):.2f} nats",
            "Cost with the floor": f"{sum(max(value, floor) for value in dimensions):.2f} nats",
            "Under the floor": f"{under} of {len(dimensions)}",
        },
        {"KL": f"Mean over {words} words of the {'app’s own list of verbs' if stand_in else 'training data'}."},
    )
    figure = free_bits_chart(floor, dimensions, figures.palette())
    alt = (
        f"The cost of a dimension is flat up to {floor:.2f} nats and then grows with its KL. {under} of "
        f"{len(dimensions)} dimensions of this model lie under the floor."
    )
    figures.show(figure, "floor-chart", alt)
    costs = [[round(value, 5), round(max(value, floor), 5)] for value in dimensions]
    figures.offer_data("free-bits", "tense-lab-free-bits", ["KL in nats", "cost in nats"], costs, figure)


@st.cache_resource(show_spinner="Reading some words …", max_entries=8)
def _kl(_opened: Opened, _rows: list[Paradigm], version: tuple[str, str]) -> tuple[list[float], int]:
    return kl_by_dimension(_opened.model, _rows, BATCH)
