"""The KL of two Gaussians, and draws that let gradients through."""

import streamlit as st

from cvae.model.objective import gaussian_kl
from pages.shared import figures, models
from pages.theory import parts
from pages.theory.charts import density_chart, draws_chart, running_chart, sampler_chart
from pages.theory.worlds import (
    REPORT_AT_PRIOR,
    SLIP_STD,
    SLIPS,
    Estimate,
    epsilons,
    failed_tests,
    monte_carlo_kl,
    slip_draws,
)

DRAWS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
SHOWN = 24
SAMPLER_DRAWS = 20_000


def show_kl() -> None:
    """Show the closed form, the slip of the report and a Monte Carlo check."""
    st.header("The KL of two Gaussians", anchor=False)
    st.markdown(
        "The encoder gives each dimension of $z$ a mean $\\mu$ and a log-variance $\\ln \\sigma^2$. The prior is "
        "$\\mathcal N(0, 1)$. The KL is the mean of $\\ln q(z) - \\ln p(z)$ over draws from $q$:"
    )
    st.latex(
        r"\begin{aligned} \mathrm{KL}(q \,\|\, p) &= \mathbb E_q \left[ -\tfrac12 \ln \sigma^2 - "
        r"\frac{(z - \mu)^2}{2 \sigma^2} + \frac{z^2}{2} \right] \\ &= -\tfrac12 \ln \sigma^2 - \tfrac12 + "
        r"\tfrac12 (\sigma^2 + \mu^2) \end{aligned}"
    )
    st.markdown(
        "because $\\mathbb E_q[(z - \\mu)^2] = \\sigma^2$ and $\\mathbb E_q[z^2] = \\sigma^2 + \\mu^2$. "
        "The dimensions are independent, so their KLs add up:"
    )
    st.latex(r"\boxed{\;\mathrm{KL} = \tfrac12 \sum_i \left( \sigma_i^2 + \mu_i^2 - 1 - \ln \sigma_i^2 \right)\;}")
    parts.code("kl")
    st.caption(f"{parts.cite('kingma2014')}, appendix B.")
    st.info(
        "**The report’s slip.** The last line of the KL in the classroom report that this project grew out of gives "
        f"{parts.signed(REPORT_AT_PRIOR)} nats at μ = 0 and σ = 1, where q is the prior and the KL is 0. The "
        "boxed line is the right one. Three tests find such slips: the line must be 0 at μ = 0 and σ = 1, never "
        "negative, and agree with draws. The report’s fails the first and the second.",
        icon=":material/edit_note:",
    )
    _check_kl()


def _check_kl() -> None:
    parts.check("closed form against draws")
    with st.container(horizontal=True, gap="medium"):
        mu, sigma = _pick_gaussian()
        draws = st.select_slider(
            "Draws", DRAWS, 1_000, key="draws", bind="query-params", format_func=lambda count: f"{count:,}"
        )
        seed = models.ask_seed("mc-seed", width=120)
    exact, estimate = gaussian_kl(mu, sigma), monte_carlo_kl(mu, sigma, draws, seed)
    away = abs(estimate.mean - exact) / estimate.error if estimate.error > 1e-12 else 0.0
    parts.metrics(
        {
            "Closed form": f"{exact:.4f} nats",
            "Monte Carlo": f"{estimate.mean:.4f} ± {estimate.error:.4f}",
            "Difference": f"{away:.1f} standard errors",
        },
        {"Difference": "Below 2 in 95 of 100 seeds, when there are enough draws."},
    )
    shape, settling = st.columns(2, gap="large")
    with shape:
        figures.show(
            density_chart(mu, sigma, figures.palette()),
            "densities",
            f"The density of q, N({mu:.2f}, {sigma:.2f} squared), over that of the prior N(0, 1).",
        )
    with settling:
        figure = running_chart(estimate, exact, figures.palette())
        figures.show(
            figure,
            "running-kl",
            f"The Monte Carlo estimate settles at {estimate.mean:.4f} after {draws:,} draws; the closed form is "
            f"{exact:.4f} nats.",
        )
    figures.offer_data(
        "kl", "tense-lab-kl", ["draws", "mean", "standard error"], estimate.running.round(6).tolist(), figure
    )
    _show_slips(mu, sigma, estimate)


def _show_slips(mu: float, sigma: float, estimate: Estimate) -> None:
    """Show three wrong formulas beside the right one, and the tests that find them."""
    with st.expander("Three ways to get the last line wrong", key="slips"):
        rows = [
            (name, rule(0.0, 1.0), rule(mu, sigma), failed_tests(rule, mu, sigma, estimate))
            for name, rule in SLIPS.items()
        ]
        st.dataframe(
            {
                "formula": [name for name, *_ in rows],
                "at μ = 0, σ = 1": [f"{value:.3f}" for _, value, _, _ in rows],
                "at your μ, σ": [f"{value:.3f}" for _, _, value, _ in rows],
                "tests that it fails": [", ".join(failed) or "none" for *_, failed in rows],
            },
            hide_index=True,
            key="slips-table",
        )  # fmt: skip
        st.caption(
            "All four are 0 at μ = 0, σ = 1, so all three slips pass the first test; the other tests find them. Test "
            "more than one point. “Not what draws give” means more than 3 standard errors apart."
        )


def _pick_gaussian() -> tuple[float, float]:
    mu = st.slider("Mean μ", -3.0, 3.0, 1.0, 0.05, key="mu", bind="query-params")
    sigma = st.slider("Standard deviation σ", 0.05, 2.5, 0.5, 0.05, key="sigma", bind="query-params")
    return mu, sigma


def show_reparameterization() -> None:
    """Show the trick, and what the report's sampler does instead."""
    st.header("The reparameterization trick", anchor=False)
    st.markdown(
        "Training draws $z$ from $q$. But a draw has no derivative: how should the encoder learn from it? Draw the "
        "noise separately, where nothing is to be learned, then scale and shift it:"
    )
    st.latex(r"z = \mu + \sigma \odot \varepsilon, \qquad \varepsilon \sim \mathcal N(0, I)")
    st.latex(
        r"\frac{\partial z}{\partial \mu} = 1, \qquad \frac{\partial z}{\partial \sigma} = \varepsilon, \qquad "
        r"\sigma = e^{\frac12 \ln \sigma^2}"
    )
    st.markdown("The encoder outputs $\\ln \\sigma^2$, which may be any number; $\\sigma$ is then always positive.")
    parts.code("reparameterize")
    st.caption(f"{parts.cite('kingma2014')}, section 2.4.")
    _check_draws()
    _show_sampler()


def _check_draws() -> None:
    parts.check("the same noise, scaled and shifted")
    with st.container(horizontal=True, gap="medium"):
        mu, sigma = _pick_gaussian()
        seed = models.ask_seed("eps-seed", width=120)
    epsilon = epsilons(SHOWN, seed)
    figure = draws_chart(epsilon, mu, sigma, figures.palette())
    figures.show(
        figure, "draws-chart", f"{SHOWN} draws of epsilon, joined to z = {mu:.2f} + {sigma:.2f} times epsilon above."
    )
    z = mu + sigma * epsilon
    rows = [[round(float(a), 4), round(float(b), 4)] for a, b in zip(epsilon, z, strict=True)]
    figures.offer_data("epsilons", "tense-lab-draws", ["epsilon", "z"], rows, figure)


def _show_sampler() -> None:
    st.subheader("Two slips of the report", anchor=False)
    st.markdown(
        "**Its sampler is too wide.** To draw new verbs, $z$ must come from the prior: $z = \\varepsilon$. The report "
        "draws the mean and the log-variance at random, too, and then $z$ from those:"
    )
    st.latex(r"m, \ell, \varepsilon \sim \mathcal N(0, 1), \quad z = m + e^{\ell / 2} \varepsilon")
    st.latex(r"\operatorname{Var} z = \operatorname{Var} m + \mathbb E\big[e^{\ell}\big] = 1 + \sqrt e \approx 2.65")
    measured = float(slip_draws(SAMPLER_DRAWS).std())
    parts.metrics(
        {
            "Standard deviation, computed": f"{SLIP_STD:.3f}",
            f"Measured in {SAMPLER_DRAWS:,} draws": f"{measured:.3f}",
            "Of the prior": "1",
        }
    )
    figure = sampler_chart(figures.palette())
    figures.show(
        figure,
        "sampler",
        f"The density of the report’s sampler is wider than N(0, 1): its standard deviation is {SLIP_STD:.2f}.",
    )
    st.markdown(
        "Many such points lie farther out than the training words. Our draws are plain "
        "$\\mathcal N(0, I)$, on the Sample page too."
    )
    st.markdown(
        "**Its cell state takes the wrong path.** An LSTM has two states, hidden and cell, and $z$ has a part for "
        "each. The report sends the cell’s part through the *hidden* state’s layer. Here each part has its own:"
    )
    parts.code("parts of z")
