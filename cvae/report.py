"""What `python -m cvae evaluate` measures and prints."""

from typing import Any

import numpy as np

from cvae.checkpoint import CheckpointInfo
from cvae.errors import BadData
from cvae.evaluation import (
    count_active_units,
    evaluate_conversions,
    evaluate_pairs,
    evaluate_prior,
    evaluate_tense_finding,
    mean_bleu4,
)
from cvae.inference import MAX_DRAWS
from cvae.kinds import KINDS, kind
from cvae.metrics import off_diagonal_mean
from cvae.model import CVAE
from cvae.paradigms import read_pairs, read_paradigms
from cvae.vocabulary import Vocabulary


def evaluate(model: CVAE, info: CheckpointInfo, data: str | None, draws: int, seed: int) -> dict[str, Any]:
    """All figures as plain JSON values. `data` are the verbs for the Gaussian score and for exact match on known ones.

    Raises BadData when they are of other tenses than the model.
    """
    data = data or info.training.data
    paradigms = read_paradigms(data)
    if paradigms.vocabulary.tenses != model.vocabulary.tenses:
        raise BadData(f"{data} has other tenses than this model: {', '.join(paradigms.vocabulary.tenses)}.")
    score, distinct = evaluate_prior(model, paradigms.rows, min(draws, MAX_DRAWS), seed)
    report: dict[str, Any] = {
        "data": data,
        "paradigms": len(paradigms),
        "draws": draws,
        "gaussian_score": score,
        "distinct": distinct,
        "exact_match": off_diagonal_mean(evaluate_conversions(model, paradigms.rows)),
        "active_units": count_active_units(model, paradigms.rows),
        "z_size": model.config.z_size,
        "tenses": list(model.vocabulary.tenses),
    }
    if model.vocabulary == Vocabulary():
        report |= evaluate_english(model)
    return report


def evaluate_english(model: CVAE) -> dict[str, Any]:
    """The ten test pairs, and the held-out verbs by tense pair and by kind."""
    pairs = evaluate_pairs(model, read_pairs())
    heldout = read_paradigms("heldout").rows
    matrix = evaluate_conversions(model, heldout)
    tense_found, tense_asked = evaluate_tense_finding(model, heldout)
    by_kind = {name: [row for row in heldout if kind(row) == name] for name in KINDS}
    return {
        "bleu4": mean_bleu4(pairs),
        "pairs": [
            {
                "from": p.pair.source_tense,
                "to": p.pair.target_tense,
                "source": p.pair.source,
                "target": p.pair.target,
                "answer": p.answer,
                "bleu4": p.bleu4,
            }
            for p in pairs
        ],
        "tense_found": tense_found,
        "tense_asked": tense_asked,
        "heldout": off_diagonal_mean(matrix),
        "heldout_by_tense_pair": matrix.tolist(),
        "heldout_by_kind": {
            name: off_diagonal_mean(evaluate_conversions(model, rows)) for name, rows in by_kind.items() if rows
        },
    }


def render(report: dict[str, Any]) -> str:
    """The report as text for a terminal."""
    lines = []
    hits = f"{report['distinct']} distinct of {report['paradigms']:,} in {report['data']}, {report['draws']:,} draws"
    if "bleu4" in report:
        lines += ["The ten test pairs"]
        for p in report["pairs"]:
            asked = f"{p['source']:<12} {p['from']:>2} -> {p['to']:<2}  {p['target']:<12}"
            lines += [f"  {asked} {p['answer']:<12} {p['bleu4']:.4f}"]
        lines += [f"BLEU-4             {report['bleu4']:.3f}"]
    lines += [
        f"Gaussian score     {report['gaussian_score']:.3f}   {hits}",
        f"Exact match        {report['exact_match']:.1%}   on {report['data']}, pairs of different tenses",
        f"Active units       {report['active_units']} of {report['z_size']}",
    ]
    if "heldout" in report:
        lines += [f"Held-out           {report['heldout']:.1%}   exact match on 200 verbs never trained on, 12 pairs"]
        lines += [f"  {name:<18} {share:.1%}" for name, share in report["heldout_by_kind"].items()]
        lines += [
            f"Tense found        {report['tense_found']:.1%}   of {report['tense_asked']} held-out forms of one tense",
            "Held-out by tense pair (from down, to across)",
            *_matrix(report),
        ]
    return "\n".join(lines)


def _matrix(report: dict[str, Any]) -> list[str]:
    tenses = report["tenses"]
    rows = np.array(report["heldout_by_tense_pair"])
    return ["      " + "".join(f"{name:>8}" for name in tenses)] + [
        f"  {name:<4}" + "".join(f"{share:8.1%}" for share in row) for name, row in zip(tenses, rows, strict=True)
    ]
