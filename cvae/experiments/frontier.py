"""The trade-offs that the KL weight decides: scores against scores, and rate against distortion.

Rate is the KL and distortion the reconstruction loss, both in nats per word; their sum is the negative ELBO
(Alemi et al. 2018, "Fixing a Broken ELBO"). Both are the means over the words of the last epoch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cvae.experiments.groups import Group
from cvae.experiments.summary import last_value
from cvae.runs.history import RecordedRun

PRODUCT = "gaussian_by_distinct"
"""Gaussian score times distinct verbs: a collapsed run, which draws one verb again and again, has next to none."""
NOTICED = 0.02
"""The smallest difference between final KL weights that counts, as a share of the largest."""
MEASURED = ("beta", "bleu4", "gaussian_score", "distinct", "heldout", "kl", "reconstruction")


@dataclass(frozen=True)
class Outcome:
    """The end of a run: the last recorded value of each of MEASURED, and PRODUCT if it has both of its factors.

    bound: whether its KL and reconstruction loss add up to a bound, see `is_bound`. place: that of its group.
    """

    name: str
    experiment: str
    seed: int
    architecture: str
    values: dict[str, float]
    bound: bool = True
    place: int = 0


def outcomes_of(groups: Sequence[Group]) -> list[Outcome]:
    """Return the outcome of every run of the groups; its architecture is its cell and objective."""
    return [
        Outcome(
            group.name,
            group.experiment,
            run.seed,
            f"{str(run.settings.get('model.cell', '')).upper()}, {run.settings.get('objective', '')}",
            values_of(run),
            is_bound(run),
            group.place,
        )
        for group in groups
        for run in group.runs
    ]


def values_of(run: RecordedRun) -> dict[str, float]:
    """Return the values of an Outcome."""
    values = {name: last for name in MEASURED if (last := last_value(run.columns, name)) is not None}
    if "gaussian_score" in values and "distinct" in values:
        values[PRODUCT] = values["gaussian_score"] * values["distinct"]
    return values


def is_bound(run: RecordedRun) -> bool:
    """Return whether the run's last losses are those of an ELBO: the decoder read all true letters, and no others.

    With a teacher forcing ratio below 1 or with hidden letters, the decoder reads something else than the word so far,
    and the reconstruction loss is not -log p(word | z).
    """
    return run.settings.get("letter_dropout", 0) == 0 and last_value(run.columns, "teacher_forcing") == 1


def measured(outcomes: Sequence[Outcome], *columns: str) -> list[Outcome]:
    """Return the outcomes that have all of these values."""
    return [outcome for outcome in outcomes if all(column in outcome.values for column in columns)]


def bounds(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes that have both losses, where these are a bound."""
    return [outcome for outcome in measured(outcomes, "kl", "reconstruction", "beta") if outcome.bound]


def frontier(places: np.ndarray) -> list[int]:
    """Return the numbers of the places (N, 2) that no other one equals or beats in both; by falling second value."""
    order = np.lexsort((-places[:, 0], -places[:, 1]))
    best, kept = -np.inf, []
    for i in order.tolist():
        if places[i, 0] > best:
            best = places[i, 0]
            kept.append(i)
    return kept


def paying(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes with a KL weight above 0, if any: without a price KL would grow and hide all others."""
    return [outcome for outcome in outcomes if outcome.values["beta"] > 0] or list(outcomes)


def one_weight(outcomes: Sequence[Outcome]) -> bool:
    """Return whether all outcomes have the same final KL weight, up to what rounding and the last step leave."""
    weights = [outcome.values["beta"] for outcome in outcomes]
    return not weights or max(weights) - min(weights) <= NOTICED * max(weights)


def outcome_table(outcomes: Sequence[Outcome]) -> dict[str, list[object]]:
    """Return the outcomes as columns."""
    return {
        "experiment": [outcome.experiment for outcome in outcomes],
        "run": [outcome.name for outcome in outcomes],
        "seed": [outcome.seed for outcome in outcomes],
        "cell and objective": [outcome.architecture for outcome in outcomes],
        **{name: [outcome.values.get(name) for outcome in outcomes] for name in (*MEASURED, PRODUCT)},
    }
