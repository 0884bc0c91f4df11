"""The measurements of `python -m cvae evaluate`, as plain JSON values; `cvae.cli.report_text` formats them as text."""

from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain

import numpy as np

from cvae.core.config import MOST_DRAWS, TrainConfig
from cvae.core.errors import BadCheckpoint, BadData
from cvae.core.text import listed
from cvae.data.dataset import MEASURED, measured_lists, read_verbs, split_verbs
from cvae.data.inflection import inflection_class
from cvae.data.paradigms import read_pairs, read_paradigms
from cvae.data.verbs import Paradigm, VerbSet, spellings
from cvae.evaluation.diagnostics import examine
from cvae.evaluation.exact_match import (
    Marked,
    evaluate_pairs,
    evaluate_tense_finding,
    mark,
    mark_analogy,
    mark_copy,
    mark_rules,
    mean_bleu4,
)
from cvae.evaluation.likelihood import measure_likelihood
from cvae.evaluation.metrics import calibration_error, gaussian_score, off_diagonal, reliability, wilson_interval
from cvae.evaluation.mistakes import describe_mistakes
from cvae.evaluation.protocol import Report, compare_methods, differences, doubts, invented_stems
from cvae.inference.conversion import convert
from cvae.inference.latent import survey
from cvae.inference.sampling import count_unended, decode_paradigms, draw_prior, sample_aggregate
from cvae.inference.word_lists import real_paradigms, training_paradigms, verb_set
from cvae.model.checkpoint import CheckpointInfo
from cvae.model.cvae import CVAE

HELD_OUT = "held_out"
"""The key in a report of the verbs of a user's table that were not trained on."""

STEMS, SYLLABLES = 300, (2, 3, 4)
"""Invented stems of each number of syllables that a model has to copy."""


def evaluate(model: CVAE, info: CheckpointInfo, data: str | None, draws: int, seed: int) -> Report:
    """Measure everything about a model. `data` names the verbs of the Gaussian score and of exact match on known ones.

    Raises BadData when they are of other tenses than the model, BadCheckpoint when its weights overflow.
    """
    heldout: tuple[Paradigm, ...] = ()
    if data:
        paradigms = read_paradigms(data)
    else:
        data, training = info.training.data, info.training
        paradigms, heldout = split_verbs(data, training.verbs, training.heldout, info.folder)
    if paradigms.vocabulary.tenses != model.vocabulary.tenses:
        raise BadData(f"{data} has other tenses than this model: {listed(paradigms.vocabulary.tenses)}.")
    english = model.vocabulary.is_english
    marked = {"data": mark(model, paradigms.rows)}
    if heldout:
        marked[HELD_OUT] = mark(model, heldout)
    if english:
        marked |= {name: mark(model, rows) for name, rows in unseen_by(info).items() if rows}
    if not all(part.confidence is None or np.isfinite(part.confidence).all() for part in marked.values()):
        raise BadCheckpoint("This model's probabilities are no numbers: its weights are too large to compute with.")
    report: Report = {
        "data": data,
        "paradigms": len(paradigms),
        "trained": paradigms.has_fingerprint(info.data.get("fingerprint")),
        "tenses": list(model.vocabulary.tenses),
        "training": describe_training(info.training),
        **measure_prior(model, paradigms.rows, min(draws, MOST_DRAWS), seed, english),
        "exact_match": marked["data"].exact_match,
        "mistakes": describe_mistakes(marked["data"], model.vocabulary),
        "calibration": {name: measure_calibration(part) for name, part in marked.items()},
        **measure_latent(model, paradigms.rows),
        "likelihood": {name: asdict(measure_likelihood(model, part.rows)) for name, part in marked.items()},
    }
    if english:
        known = marked["data"]
        report |= {"exact_match_by_kind": known.by_class, "verbs_by_kind": known.verbs_by_class}
        report |= measure_pairs(model) | measure_familiar(model)
        report |= measure_copying(model) | measure_aggregate(model, info, min(draws, MOST_DRAWS), seed)
    if heldout:
        report[HELD_OUT] = {
            "verbs": len(heldout),
            "exact_match": marked[HELD_OUT].exact_match,
            "mistakes": describe_mistakes(marked[HELD_OUT], model.vocabulary),
        }
    report["unseen"] = {name: measure_unseen(model, marked[name]) for name in MEASURED if name in marked}
    return report


def describe_training(config: TrainConfig) -> Report:
    """Return the settings that are needed to judge a score."""
    return {
        "data": config.data,
        "objective": config.objective,
        "epochs": config.epochs,
        "beta": config.kl.maximum,
        "sleep": config.sleep,
        "seed": config.seed,
    }


def unseen_by(info: CheckpointInfo) -> dict[str, tuple[Paradigm, ...]]:
    """Return the verbs to measure on, by list, with no spelling that was trained on; none without the data at hand."""
    if not training_paradigms(info):
        return {}
    try:
        _, rows, _ = read_verbs(info.training, info.folder)
    except BadData:
        return {}
    return measured_lists(chain(*rows), info.vocabulary)


def measure_prior(model: CVAE, known: Sequence[Paradigm], draws: int, seed: int, english: bool) -> Report:
    """Measure the Gaussian score over known verbs and over all real ones, at the same points."""
    drawn = decode_paradigms(model, draw_prior(model, draws, seed))
    report = {"draws": draws, "seed": seed, **_gaussian("gaussian", drawn, VerbSet(known))}
    if english:
        real = real_paradigms(len(model.vocabulary.tenses))
        report |= {**_gaussian("real", drawn, verb_set(real)), "real_verbs": len(real)}
    return report | {"unended_draws": count_unended(drawn), "words_drawn": draws * len(model.vocabulary.tenses)}


def measure_aggregate(model: CVAE, info: CheckpointInfo, draws: int, seed: int) -> Report:
    """Measure the share of real verbs among draws of the aggregate posterior, where the training verbs are at hand."""
    if not (trained := sorted(training_paradigms(info))):
        return {}
    drawn = sample_aggregate(model, trained, draws, seed)
    return _gaussian("aggregate", drawn, verb_set(real_paradigms(len(model.vocabulary.tenses))))


def _gaussian(name: str, drawn: Sequence[Paradigm], known: VerbSet) -> Report:
    score, distinct = gaussian_score(drawn, known)
    low, high = wilson_interval(round(score * len(drawn)), len(drawn))
    distinct_name = "distinct" if name == "gaussian" else f"{name}_distinct"
    return {f"{name}_score": score, f"{name}_interval": [float(low), float(high)], distinct_name: distinct}


def measure_pairs(model: CVAE) -> Report:
    """Measure BLEU-4 on the ten test pairs."""
    results = evaluate_pairs(model, read_pairs())
    pairs = [
        {
            "from": result.pair.source_tense,
            "to": result.pair.target_tense,
            "source": result.pair.source,
            "target": result.pair.target,
            "answer": result.answer,
            "bleu4": result.bleu4,
        }
        for result in results
    ]
    return {"bleu4": mean_bleu4(results), "pairs": pairs}


def measure_familiar(model: CVAE) -> Report:
    """Measure exact match on the commonest verbs and on all irregular ones without a prefix, trained on or not."""
    tenses = model.vocabulary.tenses
    rows = {
        "commonest": read_paradigms("commonest").in_tenses(tenses).rows,
        "irregular": sorted(row for row in real_paradigms(len(tenses)) if inflection_class(row) == "irregular"),
    }
    marked = {name: mark(model, part) for name, part in rows.items()}
    return {
        name: {
            "verbs": len(part.rows),
            "exact_match": part.exact_match,
            "mistakes": describe_mistakes(part, model.vocabulary),
        }
        for name, part in marked.items()
    }


def measure_copying(model: CVAE) -> Report:
    """Measure how many invented stems come back from their own z, by their number of syllables."""
    stems = [(count, convert(model, invented_stems(count, STEMS), model.vocabulary.tenses[0])) for count in SYLLABLES]
    return {
        "invented_stems": [
            {"syllables": count, "words": STEMS, "come_back": sum(stem.comes_back for stem in converted) / STEMS}
            for count, converted in stems
        ]
    }


def measure_unseen(model: CVAE, marked: Marked) -> Report:
    """Compare the model with its baselines on verbs that it never saw, and measure how its answers can be trusted."""
    large = read_paradigms("large").in_tenses(model.vocabulary.tenses).rows
    methods = {
        "model": marked,
        "rules": mark_rules(marked.rows),
        "analogy": mark_analogy(marked.rows, large),
        "copy": mark_copy(marked.rows),
    }
    found, asked = evaluate_tense_finding(model, marked.rows)
    return {
        "verbs": len(marked.rows),
        "exact_match": marked.exact_match,
        "groups": compare_methods(methods, large),
        "model_minus": differences(methods, large),
        "by_tense_pair": marked.matrix.tolist(),
        "mistakes": describe_mistakes(marked, model.vocabulary),
        "unended": marked.unended,
        "tense_found": found,
        "tense_asked": asked,
        "other_spellings": measure_other_spellings(model, marked.rows),
        "doubts": doubts(marked),
    }


def measure_other_spellings(model: CVAE, rows: Sequence[Paradigm]) -> Report:
    """Measure how often a spelling that is not a verb's first, as `travelled`, is converted rightly."""
    others = [(row, tense, form) for row in rows for tense in range(len(row)) for form in spellings(row, tense)[1:]]
    names = model.vocabulary.tenses
    conversions = convert(model, [form for *_, form in others], [names[tense] for _, tense, _ in others])
    right = [
        conversion.forms[name].text in spellings(row, target)
        for (row, tense, _), conversion in zip(others, conversions, strict=True)
        for target, name in enumerate(names)
        if target != tense
    ]
    return {"words": len(others), "exact_match": float(np.mean(right)) if right else None}


def measure_calibration(marked: Marked) -> Report:
    """Measure the reliability of the conversions between different tenses."""
    assert marked.confidence is not None
    asked = marked.asked & off_diagonal(len(marked.rows[0]))
    table = reliability(marked.confidence[asked], marked.right[asked])
    return {"error": calibration_error(table), "bins": [asdict(row) for row in table]}


def measure_latent(model: CVAE, rows: Sequence[Paradigm]) -> Report:
    """Measure what z carries, over all forms of these verbs, or of those to which `survey` thins them."""
    atlas = survey(model, rows)
    health = examine(*atlas.words)
    return {
        "active_units": health.active_units,
        "z_size": model.config.z_size,
        "verbs_encoded": len(atlas.rows),
        "words_encoded": health.words,
        "kl": health.total_kl,
        "kl_by_dimension": [health.kl[i] for i in health.order],
        "mutual_information": health.information,
        "mutual_information_error": health.error,
        "aggregate_distance": health.distance,
    }
