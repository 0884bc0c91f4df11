"""What the recorded experiments found, as docs/experiments.md: `python -m docs.experiments`.

Every figure comes from the runs in checkpoints/runs/; the introduction has none. What the grids in experiments/ ask
and answer is put beside the runs as well, where the Curves page finds it.
"""

import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from cvae.charts.curve_traces import short_title
from cvae.core.files import write_text
from cvae.core.settings import ROOT
from cvae.experiments.answers import (
    FIGURE,
    ONE_SEED,
    SENTENCE,
    by_variant,
    fill_in,
    format_figure,
    format_mean,
    make_comparisons,
)
from cvae.experiments.comparison import Comparison, gap_interval, permutation_p
from cvae.experiments.grid import Grid, read_grid
from cvae.experiments.summary import last_values, named_with_marks
from cvae.experiments.sweep import Place, note_question
from cvae.runs.history import RecordedRun, find_runs, read_run
from docs import markdown

SHARED = "report"
VERDICT = ("seeds each).", "seeds).")
"""The ends of a sentence that compares two variants."""
WIDTH = 120
"""The letters of a line of text."""
COLUMNS = {
    "kl": "KL",
    "reconstruction": "reconstruction",
    "mutual_information": "mutual information",
    "active_units": "active units",
    "rebuilt": "rebuilt",
    "tense_fidelity": "tense fidelity",
    "bleu4": "BLEU-4",
    "gaussian_score": "Gaussian score",
    "distinct": "distinct",
}
INTRODUCTION = """# The experiments

What do the KL weight, its schedule, teacher forcing, the cell, free bits and the objective do to z? The classroom
report compares one run of each. Here are several seeds of each, at its size:

- **A KL weight of 1 makes z collapse**, whether it is held from the start or reached in one rise. With 0.4 or less z
  keeps most words ([How much KL?](#how-much-kl), [Annealing at other weights](#annealing-at-other-weights)).
- **With a low KL weight z carries the tense**, and the decoder reads it there instead of in the condition: every word
  comes back, but many conversions to another tense are wrong. Training on another tense of the verb (`cross-tense`)
  cures that almost entirely, the tense beside every letter in part; at a weight of 0.4 little of it is left
  ([The tense leak](#the-tense-leak)).
- **Rebuilding words and drawing verbs from the prior is a trade-off**: after one rise to 0.4 more words come back from
  their z than with a constant 0.4, and fewer draws are verbs. Between four cycles and one rise there is no difference
  ([KL annealing](#kl-annealing)).
- **A few free bits bring more words back from their z without costing draws**: 0.05 nats of each dimension under a
  constant 0.4 do; with 0.25 nats fewer draws are verbs ([Free bits](#free-bits)).
- **A decoder that reads its own letters in training writes far fewer verbs from the prior**, and rebuilds as many words
  ([Teacher forcing](#teacher-forcing)).
- **Hiding letters from the decoder makes it lean on z, and far fewer draws are verbs** ([Word dropout](#word-dropout)).
- **Between the LSTM and the GRU there is no difference** in words rebuilt, tense fidelity or draws
  ([LSTM and GRU](#lstm-and-gru)).

*Seeds* counts those recorded, of those planned."""
METHOD = """The same runs are on the Curves page. To train them again:

```
make experiments                                                       # all that is missing in checkpoints/runs/
python -m cvae sweep experiments/annealing.toml --out runs/again       # one of them, somewhere else
python -m docs.experiments                                             # this page, from the runs in checkpoints/runs/
```

All but *The mistakes of children* share [report.toml](../experiments/report.toml): the report's LSTM (256, z of
32 + 32), all 1,227 verbs of train.txt, Adam at a constant 0.001, batches of 128, `same-tense`, 150 epochs. Experiments
that share a setting share its runs. Seconds are not compared: the machine had other work, too.

**How to read the figures.** A figure is the mean over the seeds of the last epoch's value, with its 95% interval
(Student's t). *Rebuilt* is the share of words that come back from their own z in their own tense, *tense fidelity* the
share of right conversions of training verbs to another tense (both of 100 verbs). *Gaussian score* is the share of 500
draws from the prior (200 in *The mistakes of children*) whose four forms are those of one training verb, *distinct* how
many different ones. Mutual information is that of z and word, at most ln 400 = 5.99. KL, reconstruction and mutual
information are in nats per word. A dimension of z is an *active unit* when the variance of its posterior mean over
words is above 0.01. A run has *collapsed* when no dimension is active, or when z holds less than ln 1.5 nats about the
verb, and *merged two tenses* when most z give the same word in two tenses that differ.

**How settings are compared.** p is that of an exact two-sided permutation test of the means over seeds. In the answers
it is corrected by Holm's procedure for all comparisons that an experiment's answer makes. The verdict is *larger* or
*smaller* when the corrected p is at most 0.05 and the sign is the same in all of 1,000 bootstraps that redraw the seeds
of both settings. Otherwise it is *no difference*, or *too few seeds to tell* where no outcome could have reached 0.05:
with three seeds against three, p can't be below 0.10."""


def page_of(grids: Sequence[Grid], folder: Path) -> str:
    """The page: all experiments in a table; for each its question, answer, figures and comparisons; what is missing."""
    runs = {grid.experiment: runs_of(grid, folder) for grid in grids}
    done = [grid for grid in grids if len(by_variant(runs[grid.experiment])) > 1]
    left = [missing_of(grid, runs[grid.experiment], whole=grid not in done) for grid in grids]
    found = {grid.experiment: compare(grid, runs[grid.experiment]) for grid in done}
    summaries = markdown.table(("experiment", "seeds"), [summary(grid, runs[grid.experiment]) for grid in done])
    sections = [section(grid, runs[grid.experiment], found[grid.experiment]) for grid in done]
    missing = [f"## Not recorded yet\n\n{', '.join(filter(None, left))}."] if any(left) else []
    return "\n\n".join([INTRODUCTION, "\n".join(summaries), METHOD, *sections, *missing])


def missing_of(grid: Grid, runs: Sequence[RecordedRun], whole: bool) -> str:
    """The link to an experiment that has no runs yet, or to one that lacks those of some settings, with their names."""
    link = f"[{grid.about['title']}](../experiments/{grid.experiment}.toml)"
    names = dict.fromkeys(trial.variant for trial in grid.trials if trial.variant not in by_variant(runs))
    return link if whole else f"{link} ({', '.join(names)})" if names else ""


def compare(grid: Grid, runs: Sequence[RecordedRun]) -> dict[str, Comparison]:
    """All comparisons that the answer of an experiment makes."""
    return make_comparisons([grid.about.get("answer", ""), grid.about.get("differs", "")], by_variant(runs))


def summary(grid: Grid, runs: Sequence[RecordedRun]) -> list[str]:
    """One line of the table of experiments: the link to its section, and its seeds."""
    title, curves = grid.about["title"], by_variant(runs)
    anchor = re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")
    counts = [len(curves[name].runs) if name in curves else 0 for name in {trial.variant for trial in grid.trials}]
    recorded = " to ".join(map(str, sorted({min(counts), max(counts)})))
    planned = len({trial.config.seed for trial in grid.trials})
    return [f"[{title}](#{anchor})", f"{recorded} of {planned}"]


def runs_of(grid: Grid, folder: Path) -> list[RecordedRun]:
    """The recorded runs of the grid's trials, in its order."""
    found = {path.name: path for path in find_runs(folder).get(grid.experiment, [])}
    names = [trial.name.rpartition("/")[2] for trial in grid.trials]
    return [read_run(found[name], grid.experiment) for name in names if name in found]


def section(grid: Grid, runs: Sequence[RecordedRun], found: Mapping[str, Comparison]) -> str:
    """One experiment; an answer whose runs are not all there says so."""
    answer, differs = fill_in((grid.about.get("answer", ""), grid.about.get("differs", "")), runs)
    texts = [
        f"## {grid.about['title']}",
        fill(f"*{grid.about['question']}* ([grid](../experiments/{grid.experiment}.toml))"),
        "\n".join(fill(part, "- ") for part in parts_of(answer)) if answer else "The answer waits for more runs.",
        fill(differs) if answer else "",
        "\n".join(figures(runs)),
        "\n".join(comparisons(found)),
    ]
    return "\n\n".join(filter(None, texts))


def parts_of(answer: str) -> list[str]:
    """The answer in parts: each comparison by itself, and the sentences between two of them together."""
    parts: list[str] = []
    for sentence in SENTENCE.split(answer):
        if parts and not parts[-1].endswith(VERDICT) and not sentence.endswith(VERDICT):
            parts[-1] += f" {sentence}"
        else:
            parts.append(sentence)
    return parts


def fill(text: str, begin: str = "") -> str:
    """A paragraph, or an item of a list that begins with `begin`, in lines of WIDTH."""
    return textwrap.fill(
        text, WIDTH, initial_indent=begin, subsequent_indent=" " * len(begin),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def figures(runs: Sequence[RecordedRun]) -> list[str]:
    """The last figures of each variant whose runs are finished."""
    rows = []
    for curve in named_with_marks([*by_variant(runs).values()]):
        found = [(last_values(curve, column), column) for column in COLUMNS]
        means = [format_mean(values, column) if values else "" for values, column in found]
        cells = [curve.name, str(len(curve.runs)), *means]
        rows.append([cell.removesuffix(ONE_SEED) for cell in cells])
    return markdown.table(("variant", "seeds", *COLUMNS.values()), rows)


def comparisons(found: Mapping[str, Comparison]) -> list[str]:
    """The table of all comparisons; nothing where there is none."""
    if not found:
        return []
    header = ("first", "second", "score", "seeds", "difference (95% interval)", "p", "p, corrected", "verdict")
    return markdown.table(header, [comparison_row(name, one) for name, one in found.items()])


def comparison_row(name: str, one: Comparison) -> list[str]:
    """One line of that table."""
    variants, column = FIGURE.fullmatch(f"{{{name}}}").groups()  # type: ignore[union-attr]
    interval = gap_interval(one.first, one.second)
    within = "" if interval is None else " ({} to {})".format(*(format_figure(end, column) for end in interval))
    return [
        *variants.split("/"),
        short_title(column),
        f"{len(one.first)}, {len(one.second)}",
        f"{format_figure(one.gap, column)}{within}",
        f"{permutation_p(one.first, one.second):.2g}",
        f"{one.p:.2g}",
        one.verdict,
    ]


def read_grids() -> list[Grid]:
    """The grids of experiments/, by name."""
    return [read_grid(path) for path in sorted((ROOT / "experiments").glob("*.toml")) if path.stem != SHARED]


def main() -> None:
    """Write the page, and what is asked and answered beside the runs."""
    grids, place = read_grids(), Place(ROOT / "checkpoints" / "runs")
    for grid in grids:
        if (place.out / grid.experiment).exists():
            note_question(grid, place)
    write_text(ROOT / "docs" / "experiments.md", page_of(grids, place.out).rstrip() + "\n")


if __name__ == "__main__":
    main()
