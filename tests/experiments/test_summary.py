"""Figures in the answers of experiments, and the page that holds them all."""

import pytest

from cvae.core.config import TrainConfig
from cvae.core.settings import ROOT
from cvae.experiments.grid import make_grid
from cvae.experiments.summary import FIGURE, by_variant, fill
from cvae.runs.history import read_run
from docs.experiments import page_of, read_grids
from tests.recordings import EPOCHS, records, write_run


@pytest.fixture
def runs(tmp_path):
    """Two seeds of two variants; one of the second has not got to its end."""
    runs = []
    for name, level, epochs in (("up", 0.4, EPOCHS), ("down", 0.1, EPOCHS)):
        for seed in range(2):
            folder = tmp_path / "trip" / f"{name}-seed{seed}"
            length = epochs - (name == "down" and seed)
            config = TrainConfig(epochs=EPOCHS, seed=seed)
            runs.append(read_run(write_run(folder, config, records(level + 0.2 * seed, length)), "trip"))
    return runs


def test_figures_are_mean_and_spread_over_the_seeds_of_a_variant(runs):
    assert fill("BLEU-4 of {up:bleu4}, {up:distinct} verbs.", runs) == "BLEU-4 of 0.50 ± 0.14, 7 ± 0 verbs."


def test_runs_that_are_not_finished_do_not_count(runs):
    assert [len(curve.runs) for curve in by_variant(runs).values()] == [2, 1]
    assert fill("{down:bleu4}", runs) == "0.10"


def test_an_answer_waits_for_all_of_its_figures(runs):
    assert fill("{up:bleu4} against {sideways:bleu4}", runs) == ""
    assert fill("{up:nonsense}", runs) == ""
    assert fill("No figures, in {braces}.", []) == "No figures, in {braces}."


def test_the_page_has_the_answers_and_the_figures_of_what_was_recorded(runs, tmp_path):
    about = {"title": "Trip", "question": "Up?", "answer": "Yes: {up:kl}.", "differs": "They say {up:distinct}."}
    base = TrainConfig(epochs=EPOCHS).to_json() | {"seed": 0}
    variants = {"up": {}, "down": {"kl.maximum": 0.3}}
    trip, other = (
        make_grid({**about, "experiment": name, "seeds": [0, 1], "base": base, "variants": variants}, name, tmp_path)
        for name in ("trip", "other")
    )
    page = page_of([trip, other], tmp_path)
    assert "| [Trip](../experiments/trip.toml) | Up? | Yes: 3.50 ± 0.14. | They say 7 ± 0. |" in page
    assert "| [Trip](../experiments/other.toml) | Up? | not recorded yet |  |" in page
    assert "| up | 2 | 3.50 ± 0.14 |" in page and "| down | 1 | 3.10 |" in page
    assert page.count("## Trip") == 1


def test_each_experiment_asks_and_answers_with_figures_of_its_own_variants():
    for grid in read_grids():
        variants = {trial.name.rpartition("/")[2].rpartition("-seed")[0] for trial in grid.trials}
        named = FIGURE.findall(grid.about["answer"] + grid.about.get("differs", ""))
        assert grid.about["title"] and grid.about["question"] and named
        assert {variant for variant, _ in named} <= variants
        assert len({trial.config.seed for trial in grid.trials}) >= 3


def test_the_page_in_docs_is_that_of_the_recorded_runs():
    page = page_of(read_grids(), ROOT / "checkpoints" / "runs").rstrip() + "\n"
    assert (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8") == page, "python -m docs.experiments"
