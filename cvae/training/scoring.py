"""What is measured after an epoch: the scores, and a few conversions of the same words throughout a run."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cvae.core.config import TrainConfig
from cvae.data.dataset import TrainingData
from cvae.data.inflection import IRREGULAR, inflection_class
from cvae.data.paradigms import Paradigm, evenly_spaced
from cvae.evaluation.diagnostics import probe
from cvae.evaluation.exact_match import evaluate_pairs, evaluate_prior, mark, mean_bleu4
from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.cvae import CVAE

FAVOURITES = ("go", "sing", "walk", "stop", "try", "teach")
"""Verbs of the training set that are shown first: each is inflected in another way."""
NEVER_TRAINED = ("shoot", "marry", "blink")
"""Held-out verbs that are shown first."""
TRAINED_SHOWN, NEVER_SHOWN, SHOWN = 4, 2, 6


def example_verbs(data: TrainingData) -> Sequence[Paradigm]:
    """Choose irregular and regular verbs of the training set, then held-out verbs.

    Of data in other tenses than the English ones, SHOWN verbs are chosen that are evenly spaced.
    """
    rows = data.paradigms.rows
    if not data.paradigms.vocabulary.is_english:
        return evenly_spaced(rows, SHOWN)
    irregular = favourites([row for row in rows if inflection_class(row) in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    regular = favourites(
        [row for row in rows if inflection_class(row) not in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2
    )
    return [*irregular, *regular, *favourites(data.heldout, NEVER_TRAINED, NEVER_SHOWN)]


def favourites(rows: Sequence[Paradigm], words: Sequence[str], count: int) -> list[Paradigm]:
    """Return `count` of the rows: first those of the given words, in the order of the words, then the others."""
    rank = {word: i for i, word in enumerate(words)}
    return sorted(rows, key=lambda row: rank.get(row[0], len(rank)))[:count]


def converted(model: CVAE, shown: Sequence[Paradigm]) -> tuple[Paradigm, ...]:
    """Convert the first form of each verb: rows of that form, then the model's answer in each tense."""
    answers = convert(model, [row[0] for row in shown], model.vocabulary.tenses[0])
    return tuple((answer.word, *(form.text for form in answer.forms.values())) for answer in answers)


def changed(before: Sequence[Paradigm], after: Sequence[Paradigm]) -> list[tuple[bool, ...]]:
    """Compare two results of `converted`: for each row of the later, by tense, whether the form has changed.

    A word that was not converted before has changed nowhere.
    """
    known = {row[0]: row for row in before}
    return [tuple(old != new for old, new in zip(known.get(row[0], row), row, strict=True))[1:] for row in after]


SAMPLES_SHOWN = 5
"""The number of points of the prior whose words are recorded."""


def score(config: TrainConfig, data: TrainingData, model: CVAE) -> dict[str, Any]:
    """Return the scores of an EpochRecord by the names of its fields.

    The draws come from generators of their own, so that scoring more or less often changes no weight.
    """
    model.eval()
    rows = data.paradigms.rows
    gaussian, distinct = evaluate_prior(model, rows, config.draws)
    pairs = evaluate_pairs(model, data.pairs)
    scores: dict[str, Any] = {
        "bleu4": mean_bleu4(pairs) if pairs else None,
        "pair_answers": tuple(result.answer for result in pairs),
        "pair_scores": tuple(result.bleu4 for result in pairs),
        "gaussian_score": gaussian,
        "distinct": distinct,
        "samples": tuple(sample(model, SAMPLES_SHOWN, config.seed)),
        "conversions": converted(model, example_verbs(data)),
        **asdict(probe(model, rows, config.objective)),
    }
    if data.heldout:
        heldout = mark(model, data.heldout)
        scores |= {"heldout": heldout.exact_match, "heldout_by_kind": heldout.by_class}
    return scores
