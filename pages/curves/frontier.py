"""Which schedule buys what: scores against each other, and rate against distortion."""

import streamlit as st

from cvae.charts.scores import BEYOND, rate_distortion, score_frontier
from cvae.core.text import counted
from cvae.experiments.frontier import PRODUCT, Outcome, bounds, measured, outcome_table, outcomes_of, paying
from pages.curves.choice import ChosenRuns
from pages.shared import figures

CHOSEN, EVERY = "the chosen runs", "all recorded runs"
LABELLED, LABELLED_WIDE = 5, 8
"""The number of groups of runs whose names have room in a narrow and in a wide chart."""
HELP = {
    "scope": "One point is one run, at its last recorded values.",
    "scores": "Up and to the right is better. Dotted: the runs that no other run beats in both scores.",
    "rate": "Rate is the KL, what z tells about the word; distortion is the reconstruction loss, what it leaves open. "
    "On a grey line their sum, the negative ELBO, is the same (Alemi et al. 2018). At rate 0, z has collapsed.",
}


def show(choice: ChosenRuns) -> None:
    """Show two charts of scores and one of losses."""
    scope = st.segmented_control(
        "Show", [CHOSEN, EVERY], default=CHOSEN, required=True, key="scope", bind="query-params", help=HELP["scope"]
    )
    groups = choice.groups if scope == CHOSEN else choice.every
    outcomes = outcomes_of(groups)
    st.subheader("Gaussian score × distinct against the other scores", help=HELP["scores"], anchor=False)
    for column, x in zip(st.columns(2, gap="medium"), ("bleu4", "heldout"), strict=True):
        with column:
            _scores(outcomes, x, len(groups) <= LABELLED)
    st.subheader("Rate and distortion", help=HELP["rate"], anchor=False)
    shown = bounds(outcomes)
    figure = rate_distortion(outcomes, figures.palette(), len(groups) <= LABELLED_WIDE)
    alt = f"Reconstruction loss against KL of {counted(len(shown), 'run')}, with lines of equal ELBO."
    figures.chart(figure, "rate-distortion", alt, outcome_table(shown))
    if apart := len(measured(outcomes, "kl", "reconstruction", "beta")) - len(shown):
        st.caption(
            f"{apart} {'run is' if apart == 1 else 'runs are'} not in the picture: with a teacher forcing ratio below "
            "1 or with hidden letters the losses do not add up to a bound."
        )
    reach = max((outcome.values["kl"] for outcome in paying(shown)), default=0.0)
    if outside := [value for outcome in shown if (value := outcome.values["kl"]) > BEYOND * reach]:
        st.caption(
            f"Where the KL weight is 0, KL costs nothing and grows, here up to {max(outside):,.0f} nats: those runs "
            "lie to the right of the picture. Double-click in it to see them."
        )


def _scores(outcomes: list[Outcome], x: str, labels: bool) -> None:
    shown = measured(outcomes, x, PRODUCT, "beta")
    if not shown:
        st.caption("None of these runs recorded both scores.")
        return
    figure = score_frontier(outcomes, x, PRODUCT, figures.palette(), labels)
    best = max(shown, key=lambda outcome: outcome.values[PRODUCT])
    alt = (
        f"Gaussian score times distinct verbs against {'BLEU-4' if x == 'bleu4' else 'held-out exact match'} of "
        f"{counted(len(shown), 'run')}. Highest: {best.name}, seed {best.seed}, with {best.values[PRODUCT]:.1f} at "
        f"{best.values[x]:.3f}."
    )
    figures.chart(figure, f"frontier-{x}", alt, outcome_table(shown))
