"""What several seeds of the shipped models reach: `python -m docs.models RUNS`.

RUNS is a folder of trained models, as `python -m cvae sweep experiments/models/*.toml --out RUNS` leaves it. A table is
printed, with a row for each setting.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cvae.data.paradigms import read_paradigms
from cvae.evaluation.exact_match import evaluate_tense_finding, mark
from cvae.evaluation.report import measure_pairs, measure_prior, unseen_by
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint
from cvae.model.cvae import CVAE
from cvae.runs.run import Run
from docs import markdown

DRAWS, REPEATS = 1000, 10
"""Points of the prior, and how often so many are drawn: once leaves a Gaussian score with a standard error of 0.012."""
COLUMNS = {
    "bleu4": "BLEU-4",
    "gaussian_score": "Gaussian score",
    "distinct": "distinct",
    "real_score": "over real verbs",
    "heldout": "held-out",
    "irregular": "irregular",
    "prefixed irregular": "prefixed",
    "doubling": "doubling",
    "tense_found": "tense found",
    "known": "its training verbs",
    "commonest": "300 commonest",
    "seconds": "seconds",
}


@dataclass(frozen=True)
class Trained:
    """One trained model: the setting it belongs to, and its figures."""

    setting: str
    figures: dict[str, float]


def read_trained(path: Path, folder: Path) -> Trained:
    """Measure the model of a run folder below `folder`."""
    model, info = load_checkpoint(path / "model.safetensors")
    name = path.relative_to(folder).as_posix().removesuffix(f"-seed{info.training.seed}").removesuffix("/base")
    figures = {**measure(model, info), "seconds": Run(path).seconds_trained()}
    return Trained(name, figures)


def measure(model: CVAE, info: CheckpointInfo) -> dict[str, float]:
    """The figures of one model, as `python -m cvae evaluate` has them."""
    known = read_paradigms(info.training.data, info.folder).rows
    heldout = mark(model, unseen_by(info)["heldout"])
    priors = [measure_prior(model, known, DRAWS, seed=seed, english=True) for seed in range(REPEATS)]
    return {
        "bleu4": measure_pairs(model)["bleu4"],
        **{
            name: float(np.mean([prior[name] for prior in priors]))
            for name in ("gaussian_score", "distinct", "real_score")
        },
        "heldout": heldout.exact_match,
        **{name: share for name, share in heldout.by_class.items() if name in COLUMNS},
        "tense_found": evaluate_tense_finding(model, heldout.rows)[0],
        "known": mark(model, known).exact_match,
        "commonest": mark(model, read_paradigms("commonest").in_tenses(model.vocabulary.tenses).rows).exact_match,
    }


def table(models: Sequence[Trained]) -> str:
    """A row for each setting: the mean over its seeds, ± one standard deviation."""
    rows = []
    for setting in dict.fromkeys(model.setting for model in models):
        same = [model for model in models if model.setting == setting]
        cells = [written([model.figures[name] for model in same], name) for name in COLUMNS]
        rows.append([setting, str(len(same)), *cells])
    return "\n".join(markdown.table(("setting", "seeds", *COLUMNS.values()), rows))


def written(values: Sequence[float], column: str) -> str:
    """Mean and spread, with the digits that the figure is given with."""
    digits = 0 if column in ("distinct", "seconds") else 3
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"


def main() -> None:
    """Print the table."""
    folder = Path(sys.argv[1])
    models = [read_trained(path.parent, folder) for path in sorted(folder.rglob("model.safetensors"))]
    if not models:
        sys.exit(f"There is no trained model below {folder}: finish the sweep, or name its folder.")
    print(table(models))


if __name__ == "__main__":
    main()
