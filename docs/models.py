"""What several seeds of the shipped models reach, and how far one model gets: `python -m docs.models RUNS`.

RUNS is a folder of trained models, as `python -m cvae sweep experiments/models/*.toml --out RUNS` leaves it. The tables
of docs/models.md are printed, a row for each setting. If there are models in RUNS/frontier, all but `classroom`,
which converts no verb that it has not seen, are drawn in docs/frontier-light.png and docs/frontier-dark.png.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import plotly.graph_objects as go

from cvae.charts.base import Palette, stand_alone
from cvae.charts.scores import score_frontier
from cvae.core.files import read_toml
from cvae.core.settings import ROOT
from cvae.data.paradigms import read_paradigms
from cvae.evaluation.exact_match import evaluate_tense_finding, mark
from cvae.evaluation.report import measure_pairs, measure_prior, unseen_by
from cvae.experiments.frontier import Outcome
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint
from cvae.model.cvae import CVAE
from cvae.runs.run import Run
from docs import markdown
from tests.browser.server import open_chromium

DRAWS, REPEATS = 1000, 10
"""Points of the prior, and how often so many are drawn: once leaves a Gaussian score with a standard error of 0.012."""
FRONTIER = "frontier/"
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
    """One trained model: the setting it belongs to, its seed, its final KL weight, and its figures."""

    setting: str
    seed: int
    beta: float
    figures: dict[str, float]


def read_trained(path: Path, folder: Path) -> Trained:
    """Measure the model of a run folder below `folder`."""
    model, info = load_checkpoint(path / "model.safetensors")
    name = path.relative_to(folder).as_posix().removesuffix(f"-seed{info.training.seed}").removesuffix("/base")
    figures = {**measure(model, info), "seconds": Run(path).seconds_trained()}
    return Trained(name, info.training.seed, info.training.kl.maximum, figures)


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


def draw_frontier(models: Sequence[Trained], folder: Path) -> None:
    """Held-out exact match against the share of draws that are real verbs, a picture for each theme."""
    outcomes = [
        Outcome(model.setting.removeprefix(FRONTIER), "", model.seed, "", {"beta": model.beta, **model.figures})
        for model in models
    ]
    with open_chromium() as browser:
        for theme in ("light", "dark"):
            palette = palette_of(theme)
            figure = score_frontier(outcomes, "heldout", "real_score", palette)
            name_points(figure, outcomes, palette)
            figure.update_yaxes(title="draws that are real verbs (share)")
            figure.update_layout(showlegend=False, margin_t=16)
            page = browser.new_page(viewport={"width": 760, "height": 440})
            page.set_content(stand_alone(figure))
            page.locator(".js-plotly-plot .main-svg").first.wait_for()
            page.locator(".js-plotly-plot").screenshot(path=folder / f"frontier-{theme}.png")


def name_points(figure: go.Figure, outcomes: Sequence[Outcome], palette: Palette) -> None:
    """Name and distinct verbs of each point, left of it where there is room, and lower where others are in the way."""
    first = min(outcome.values["heldout"] for outcome in outcomes)
    taken: list[tuple[float, float]] = []
    for outcome in sorted(outcomes, key=lambda outcome: -outcome.values["real_score"]):
        x, y = outcome.values["heldout"], outcome.values["real_score"]
        side, shift = ("left", 8) if x == first else ("right", -8)
        while any(abs(x - other_x) < 0.07 and abs(y - other_y) < 0.035 for other_x, other_y in taken):
            y -= 0.005
        taken.append((x, y))
        figure.add_annotation(
            x=x, y=y, text=f"{outcome.name} · {outcome.values['distinct']:.0f}", showarrow=False, xanchor=side,
            xshift=shift, bgcolor=palette.ground,
        )  # fmt: skip


def palette_of(theme: str) -> Palette:
    """The colours of the app."""
    colours = read_toml(ROOT / ".streamlit" / "config.toml")["theme"][theme]
    names = ("textColor", "backgroundColor", "borderColor", "primaryColor")
    return Palette(*(colours[name] for name in names), tuple(colours["chartCategoricalColors"]))


def main() -> None:
    """Print the tables, and draw the frontier if its models are there."""
    folder = Path(sys.argv[1])
    models = [read_trained(path.parent, folder) for path in sorted(folder.rglob("model.safetensors"))]
    print(table(models))
    if any(model.setting.startswith(FRONTIER) for model in models):
        draw_frontier([model for model in models if model.setting != "classroom"], Path(__file__).parent)


if __name__ == "__main__":
    main()
