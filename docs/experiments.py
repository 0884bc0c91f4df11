"""What the recorded experiments found, as docs/experiments.md: `python -m docs.experiments`.

Every figure comes from the runs in checkpoints/runs/. What the grids in experiments/ ask and answer is put beside the
runs as well, where the curves page finds it.
"""

from collections.abc import Sequence
from pathlib import Path

from cvae.core.files import write_text
from cvae.core.settings import ROOT
from cvae.experiments.grid import Grid, read_grid
from cvae.experiments.summary import by_variant, fill, summarize, written
from cvae.experiments.sweep import Place, note_question
from cvae.runs.history import RecordedRun, find_runs, read_run

SHARED = "small.toml"
COLUMNS = {
    "kl": "KL",
    "reconstruction": "reconstruction",
    "bleu4": "BLEU-4",
    "gaussian_score": "Gaussian score",
    "distinct": "distinct",
    "accuracy": "rebuilt",
    "heldout": "held-out",
    "active_units": "active units",
}
INTRODUCTION = """# The experiments

The classroom report compares cells, KL weights, annealing schedules and teacher-forcing ratios by one run each. Here
each setting is run with several seeds. Figures are those of the last epoch: mean ± one standard deviation over the
seeds. Look at the same runs on the curves page, or train them again:

```
make experiments                                                       # all that is missing in checkpoints/runs/
python -m cvae sweep experiments/annealing.toml --out runs/again       # one of them, somewhere else
python -m docs.experiments                                             # this page, from the runs in checkpoints/runs/
```

All but *The mistakes of children* share [small.toml](../experiments/small.toml): a small model and 200 verbs of
train.txt, so that a run takes about 40 seconds of one core. This has a price. **BLEU-4** is low: most of the ten test
pairs are of other verbs, and the report's 0.719 is out of reach. **Held-out verbs** are hardly ever right. What tells
the settings apart is what z carries (KL in nats per word, active units), the share of words that are rebuilt from their
z (*rebuilt*), and the share of 200 draws from the prior that are verbs of the training (*Gaussian score*; *distinct* is
how many different ones). Seconds are not compared: the machine had other work, too.
"""


def page_of(grids: Sequence[Grid], folder: Path) -> str:
    """The page: a table of questions and answers, then the figures of each experiment."""
    runs = {grid.experiment: runs_of(grid, folder) for grid in grids}
    rows = ["| experiment | question | answer | against others |", "|---|---|---|---|"]
    rows += [answer_row(grid, runs[grid.experiment]) for grid in grids]
    return "\n".join([INTRODUCTION, *rows, *(figures(grid, runs[grid.experiment]) for grid in grids)])


def runs_of(grid: Grid, folder: Path) -> list[RecordedRun]:
    """The recorded runs of the grid's trials, in its order."""
    found = {path.name: path for path in find_runs(folder).get(grid.experiment, [])}
    names = [trial.name.rpartition("/")[2] for trial in grid.trials]
    return [read_run(found[name], grid.experiment) for name in names if name in found]


def answer_row(grid: Grid, runs: Sequence[RecordedRun]) -> str:
    """One line of the first table; an answer whose runs are not there says so."""
    about = grid.about
    answer = fill(about.get("answer", ""), runs)
    cells = [
        f"[{about['title']}](../experiments/{grid.experiment}.toml)",
        about["question"],
        answer or "not recorded yet",
        fill(about.get("differs", ""), runs) if answer else "",
    ]
    return f"| {' | '.join(cells)} |"


def figures(grid: Grid, runs: Sequence[RecordedRun]) -> str:
    """The last figures of each variant whose runs are finished; nothing where there is none."""
    curves = by_variant(runs)
    if not curves:
        return ""
    lines = [f"| {' | '.join(['variant', 'seeds', *COLUMNS.values()])} |", f"|{'---|' * (2 + len(COLUMNS))}"]
    for name, curve in curves.items():
        found = [(summarize(curve, column), column) for column in COLUMNS]
        cells = [name, str(len(curve.runs)), *(written(one, column) if one else "" for one, column in found)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([f"\n## {grid.about['title']}\n", *lines])


def read_grids() -> list[Grid]:
    """The grids of experiments/, by name."""
    return [read_grid(path) for path in sorted((ROOT / "experiments").glob("*.toml")) if path.name != SHARED]


def main() -> None:
    """Write the page, and what is asked and answered beside the runs."""
    grids, place = read_grids(), Place(ROOT / "checkpoints" / "runs")
    for grid in grids:
        if (place.out / grid.experiment).exists():
            note_question(grid, place)
    write_text(ROOT / "docs" / "experiments.md", page_of(grids, place.out).rstrip() + "\n")


if __name__ == "__main__":
    main()
