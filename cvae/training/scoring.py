"""A few conversions to watch during a run: the same words from the first epoch to the last."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cvae.core.config import TrainConfig
from cvae.data.dataset import TrainingData
from cvae.data.inflection import KINDS, kind
from cvae.data.paradigms import Paradigm, evenly_spaced
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.diagnostics import probe
from cvae.evaluation.exact_match import evaluate_conversions, evaluate_pairs, evaluate_prior, mean_bleu4
from cvae.evaluation.metrics import off_diagonal_mean
from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.cvae import CVAE

FAVOURITES = ("go", "sing", "walk", "stop", "try", "teach")
"""Verbs that show most in a few lines, where they are trained on."""
NEVER_TRAINED = ("shoot", "marry", "blink")
TRAINED_SHOWN, NEVER_SHOWN, SHOWN = 4, 2, 6
IRREGULAR = ("irregular", "prefixed irregular")


def examples(data: TrainingData) -> Sequence[Paradigm]:
    """Irregular and regular verbs of the training, then verbs never trained on; of other tenses, SHOWN of all verbs."""
    rows = data.paradigms.rows
    if data.paradigms.vocabulary != Vocabulary():
        return evenly_spaced(rows, SHOWN)
    irregular = favourites([row for row in rows if kind(row) in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    regular = favourites([row for row in rows if kind(row) not in IRREGULAR], FAVOURITES, TRAINED_SHOWN // 2)
    return [*irregular, *regular, *favourites(data.heldout, NEVER_TRAINED, NEVER_SHOWN)]


def favourites(rows: Sequence[Paradigm], words: Sequence[str], count: int) -> list[Paradigm]:
    """`count` of these rows: those of the given words first, in their order, then as they come."""
    rank = {word: i for i, word in enumerate(words)}
    return sorted(rows, key=lambda row: rank.get(row[0], len(rank)))[:count]


def converted(model: CVAE, shown: Sequence[Paradigm]) -> tuple[Paradigm, ...]:
    """For each verb its first form, as it is given, then what the model makes of that in every tense."""
    answers = convert(model, [row[0] for row in shown], model.vocabulary.tenses[0])
    return tuple((answer.word, *(form.text for form in answer.forms.values())) for answer in answers)


def changed(before: Sequence[Paradigm], after: Sequence[Paradigm]) -> list[tuple[bool, ...]]:
    """For each row of `converted`, by tense, whether the form is another than before; all False for a new word."""
    known = {row[0]: row for row in before}
    return [tuple(old != new for old, new in zip(known.get(row[0], row), row, strict=True))[1:] for row in after]


SAMPLES_SHOWN = 5


def score(config: TrainConfig, data: TrainingData, model: CVAE) -> dict[str, Any]:
    """The scores of an EpochRecord. Draws from generators of its own: scoring more or less often changes no weight."""
    model.eval()
    rows = data.paradigms.rows
    gaussian, distinct = evaluate_prior(model, rows, config.draws)
    return {
        "bleu4": mean_bleu4(evaluate_pairs(model, data.pairs)) if data.pairs else None,
        "gaussian_score": gaussian,
        "distinct": distinct,
        "samples": tuple(sample(model, SAMPLES_SHOWN, config.seed)),
        "conversions": converted(model, examples(data)),
        **heldout_scores(model, data.heldout),
        **asdict(probe(model, rows, config.objective)),
    }


def heldout_scores(model: CVAE, rows: Sequence[Paradigm]) -> dict[str, Any]:
    """Held-out exact match of all these verbs and by kind; nothing when there are none."""
    if not rows:
        return {}
    by_kind = {name: [row for row in rows if kind(row) == name] for name in KINDS}
    shares = {name: off_diagonal_mean(evaluate_conversions(model, some)) for name, some in by_kind.items() if some}
    return {
        "heldout": sum(share * len(by_kind[name]) for name, share in shares.items()) / len(rows),
        "heldout_by_kind": shares,
    }
