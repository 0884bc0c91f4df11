"""The evidence lower bound, from log p(x | c) to the loss."""

import streamlit as st

from pages.shared import figures
from pages.theory import parts
from pages.theory.charts import bound_chart
from pages.theory.worlds import bound, true_posterior

X, NOISE = 1.5, 0.8
"""The observation and the noise of the small world in which everything can be computed."""

HELP = {
    "Reconstruction": "E_q[log p(x | z)]: how well x is explained by draws from q.",
    "KL": "KL(q ‖ p(z)): how far q is from the prior.",
    "ELBO": "Reconstruction − KL.",
    "Gap": "KL(q ‖ p(z | x)): how far q is from the true posterior.",
}


def show() -> None:
    """Show the derivation, the code and the check."""
    st.header("From log p(x | c) to the loss", anchor=False)
    _derive()
    parts.code("elbo", "reconstruction")
    st.markdown(
        "Both terms are in **nats per word**: the cross entropy is summed over the letters of a word and its end, the "
        "KL over the dimensions of $z$. Only then is $\\beta = 1$ the true ELBO. Many classroom implementations "
        "average the cross entropy over letters; their weight $w$ is about $\\beta = 8\\,w$ here."
    )
    with st.expander("Encoding one tense and decoding another", key="cross-tense"):
        st.markdown(
            "With the `cross-tense` objective the encoder reads one form $x$ in tense $c$, and the decoder spells "
            "another form $x'$ of the same verb in tense $c'$. The derivation holds for *any* distribution $q$ over "
            "$z$, so this is a lower bound of $\\log p(x' \\mid c')$ with $q(z \\mid x, c)$ as the guess. The gap is "
            "then the KL to $p(z \\mid x', c')$: it is small when all forms of a verb have the same $z$."
        )
    _check()


def _derive() -> None:
    step = parts.step
    step(
        1,
        "We want a word $x$ to be probable, given its tense $c$. The word is spelled from a hidden point $z$, drawn "
        "from the prior $p(z) = \\mathcal N(0, I)$. The integral over all $z$ cannot be computed:",
        r"\log p(x \mid c) = \log \int p(x \mid z, c)\, p(z)\, dz",
    )
    step(
        2,
        "Most $z$ do not explain $x$. So let an encoder guess where to look: $q(z \\mid x, c)$. Multiply and "
        "divide by it. The integral becomes a mean over draws from $q{:}$",
        r"\log p(x \mid c) = \log \mathbb E_{q(z \mid x, c)} \left[ \frac{p(x \mid z, c)\, p(z)}{q(z \mid x, c)} "
        r"\right]",
    )
    step(
        3,
        "The logarithm of a mean is at least the mean of the logarithms (Jensen). What is left can be computed. It is "
        "the **evidence lower bound**, ELBO:",
        r"\begin{aligned} &\log p(x \mid c) \\ &\ge \mathbb E_q \left[ \log \frac{p(x \mid z, c)\, p(z)}"
        r"{q(z \mid x, c)} \right] \\ "
        r"&= \underbrace{\mathbb E_q [\log p(x \mid z, c)]}_{-\text{ reconstruction loss}} - "
        r"\underbrace{\mathrm{KL}\big(q(z \mid x, c) \,\|\, p(z)\big)}_{\text{KL}} \end{aligned}",
    )
    step(
        4,
        "How much is lost? By Bayes’ rule, $p(x \\mid z, c)\\, p(z) = p(z \\mid x, c)\\, p(x \\mid c)$. Put that "
        "into the ELBO, and the difference is known exactly:",
        r"\begin{aligned} \log p(x \mid c) = {}& \mathrm{ELBO} \\ &+ \mathrm{KL}\big(q(z \mid x, c) \,\|\, "
        r"p(z \mid x, c)\big) \end{aligned}",
    )
    step(
        5,
        "A KL is never negative, so the ELBO never exceeds $\\log p(x \\mid c)$. They are equal when the guess $q$ is "
        "the true posterior. Training minimizes the negative ELBO, with a weight $\\beta$ on the KL:",
        r"\mathcal L = \text{reconstruction loss} + \beta \cdot \mathrm{KL}",
    )
    st.caption(
        f"VAE: {parts.cite('kingma2014')}. With a condition: {parts.cite('sohn2015')}; their prior "
        f"depends on c, ours does not. Weight β: {parts.cite('higgins2017')}."
    )


def _check() -> None:
    parts.check("move q, and watch the gap")
    st.markdown(
        f"A world with one number: $z \\sim \\mathcal N(0, 1)$, then $x = z + {NOISE}\\,\\varepsilon$. We saw "
        f"$x = {X}$. Here $\\log p(x)$ can be computed. No $q$ changes it; a better $q$ only narrows the gap."
    )
    sliders, picture = st.columns([2, 3], gap="large")
    with sliders:
        mu = st.slider("Mean μ of q", -3.0, 3.0, 0.0, 0.05, key="q-mu", bind="query-params")
        sigma = st.slider("Standard deviation σ of q", 0.1, 2.0, 1.0, 0.01, key="q-sigma", bind="query-params")
        st.button("Put q on the true posterior", key="q-true", on_click=_take_true_posterior)
        found = bound(X, NOISE, mu, sigma)
        terms = {
            "Reconstruction": found.reconstruction,
            "KL": found.kl,
            "ELBO": found.elbo,
            "Gap": found.gap,
            "ELBO + gap": found.elbo + found.gap,
            "log p(x)": found.log_p,
        }
        parts.metrics({name: parts.signed(value, 3) for name, value in terms.items()}, HELP)
    with picture:
        figure = bound_chart(X, NOISE, mu, sigma, figures.palette())
        alt = (
            f"The ELBO as a curve over the mean of q, below the level of log p(x) = {found.log_p:.3f}. At mean "
            f"{mu:.2f} the ELBO is {found.elbo:.3f} and the gap {found.gap:.3f} nats."
        )
        figures.show(figure, "bound", alt)
    figures.offer_data("bound", "tense-lab-elbo", list(terms), [[round(value, 6) for value in terms.values()]], figure)
    with st.expander("The code of this check", key="bound-code"):
        parts.code("bound")


def _take_true_posterior() -> None:
    mu, sigma = true_posterior(X, NOISE)
    st.session_state["q-mu"], st.session_state["q-sigma"] = round(20 * mu) / 20, round(sigma, 2)
