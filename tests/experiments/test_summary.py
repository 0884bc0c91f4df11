"""Figures in the answers of experiments, and the page that holds them all."""

import pytest

from cvae.charts.curve_traces import name_at_end
from cvae.core.config import TrainConfig
from cvae.core.settings import ROOT
from cvae.experiments.answers import FIGURE, by_variant, fill_in, format_comparison, format_figure, format_mean
from cvae.experiments.comparison import LEVEL, Comparison, smallest_p, student_quantile
from cvae.experiments.grid import make_grid
from cvae.experiments.summary import describe_failure, named_with_marks
from cvae.runs.history import Curve, columns_of, read_run
from docs import models
from docs.experiments import page_of, read_grids
from tests.recordings import EPOCHS, records, write_run


@pytest.fixture
def runs(tmp_path):
    """Return two seeds of two variants; one of the second is not finished."""
    runs = []
    for name, level, epochs in (("up", 0.4, EPOCHS), ("down", 0.1, EPOCHS)):
        for seed in range(2):
            folder = tmp_path / "trip" / f"{name}-seed{seed}"
            length = epochs - (name == "down" and seed)
            config = TrainConfig(epochs=EPOCHS, seed=seed)
            runs.append(read_run(write_run(folder, config, records(level + 0.2 * seed, length)), "trip"))
    return runs


def test_figures_are_means_with_their_interval_over_the_seeds_of_a_variant(runs):
    half = student_quantile(1) * 0.1
    assert fill_in(["KL of {up:kl}."], runs) == [f"KL of 3.50 ({3.5 - half:.2f} to {3.5 + half:.2f})."]
    assert fill_in(["BLEU-4 of {up:bleu4}."], runs) == ["BLEU-4 of 0.50 (0.00 to 1.00)."]  # a share, whatever t says
    assert fill_in(["{up:distinct} verbs"], runs) == ["7.0 (7.0 to 7.0) verbs"]
    assert format_mean([1.0, 1.0, 4.0], "distinct") == "2.0 (0.0 to 6.3)"
    for share in ("accuracy_zero_z", "accuracy_other_z", "heldout_by_kind.plain", "tense_fidelity_by_target.pg"):
        assert format_mean([0.99, 0.7, 1.0], share) == "0.90 (0.47 to 1.00)"


def test_runs_that_are_not_finished_do_not_count(runs):
    assert [len(curve.runs) for curve in by_variant(runs).values()] == [2, 1]
    assert fill_in(["{down:bleu4}"], runs) == ["0.10 (one seed)"]
    assert fill_in(["At {down:kl} nats, and {up:kl} nats."], runs) == [
        "At 3.10 nats (one seed), and 3.50 (2.23 to 4.77) nats."
    ]


def test_no_figure_is_a_negative_zero():
    assert [format_figure(-0.04, column) for column in ("distinct", "kl")] == ["0.0", "−0.04"]
    assert [format_figure(-0.004, column) for column in ("distinct", "kl")] == ["0.0", "0.00"]
    assert format_figure(-10.0, "kl") == "−10.00"


def test_an_answer_waits_for_all_of_its_figures(runs):
    assert fill_in(["{up:bleu4} against {sideways:bleu4}", "{up:distinct}"], runs) == ["", "7.0 (7.0 to 7.0)"]
    assert fill_in(["{up/sideways:kl}", "{up:nonsense}"], runs) == ["", ""]
    assert fill_in(["Up {up:distinct}. Sideways {sideways:kl}. Fu et al. 2019."], runs) == [
        "Up 7.0 (7.0 to 7.0). Fu et al. 2019."
    ]
    assert fill_in(["No figures, in {braces}."], []) == ["No figures, in {braces}."]


def test_a_comparison_says_what_so_few_seeds_can(runs):
    assert fill_in(["{up/down:bleu4}"], runs) == ["0.50 against 0.10: too few seeds to tell (p = 0.33; 2 and 1 seeds)"]


def test_a_comparison_says_why_a_small_p_tells_no_difference():
    told = format_comparison(Comparison.of([1, 2, 3, 4, 9], [6, 7, 8, 10, 11]), "kl")
    assert told == "3.80 against 8.40: no difference (p = 0.04, but 2 of 1,000 bootstraps turn it round; 5 seeds each)"


def test_all_comparisons_of_an_experiment_are_one_family(tmp_path):
    runs = []
    for name, level in (("up", 0.6), ("down", 0.1)):
        for seed in range(5):
            folder = tmp_path / f"{name}-seed{seed}"
            config = TrainConfig(epochs=EPOCHS, seed=seed)
            runs.append(read_run(write_run(folder, config, records(level + 0.01 * seed))))
    [alone] = fill_in(["{up/down:bleu4}"], runs)
    assert alone == "0.62 against 0.12: larger (p = 0.0079; 5 seeds each)"
    first, second = fill_in(["{up/down:bleu4}", "{down/up:kl}"], runs)
    assert "larger (p = 0.016" in first and "smaller (p = 0.016" in second


def test_the_page_has_the_answers_and_the_figures_of_what_was_recorded(runs, tmp_path):
    about = {"title": "Trip", "question": "Up?", "answer": "Yes: {up/down:kl}.", "differs": "They say {up:distinct}."}
    base = {"epochs": EPOCHS}
    variants = {"up": {}, "down": {"kl.maximum": 0.3}}
    trip, other = (
        make_grid({**about, "experiment": name, "seeds": [0, 1], "base": base, "variants": variants}, name, tmp_path)
        for name in ("trip", "other")
    )
    page = page_of([trip, other], tmp_path)
    assert "*Up?* ([grid](../experiments/trip.toml))" in page
    assert "Yes: 3.50 against 3.10: too few seeds to tell (p = 0.33; 2 and 1 seeds)." in page
    assert "They say 7.0 (7.0 to 7.0)." in page
    assert "| down | 1 | 3.10 | " in page
    assert "| up | down | KL, unweighted | 2, 1 | 0.40 | 0.33 | 0.33 | too few seeds to tell |" in page
    assert "| [Trip](#trip) | 1 to 2 of 2 |" in page
    assert page.count("## Trip") == 1 and page.endswith("[Trip](../experiments/other.toml).")


def test_each_experiment_asks_and_answers_with_figures_of_its_own_variants():
    for grid in read_grids():
        variants = {trial.variant for trial in grid.trials}
        named = FIGURE.findall(grid.about["answer"] + grid.about.get("differs", ""))
        assert grid.about["title"] and grid.about["question"] and named
        assert {variant for both, _ in named for variant in both.split("/")} <= variants
        family = {name for name in named if "/" in name[0]}
        assert len(family) * smallest_p(5, 5) <= LEVEL  # or five seeds could never tell a difference
        assert len({trial.config.seed for trial in grid.trials}) >= 3


def test_the_page_in_docs_is_that_of_the_recorded_runs():
    page = page_of(read_grids(), ROOT / "checkpoints" / "runs").rstrip() + "\n"
    assert (ROOT / "docs" / "experiments.md").read_text(encoding="utf-8") == page, "python -m docs.experiments"


@pytest.mark.parametrize(
    ("active", "merged", "said"),
    [
        ([0, 0], [0.0, 0.0], "collapsed"),
        ([0, 3], [0.0, 0.6], "1 of 2 collapsed, 1 of 2 merged two tenses"),
        ([3, 4], [0.1, 0.5], ""),
        ([], [], ""),
    ],
)
def test_collapsed_and_merged_runs_carry_a_mark(active, merged, said):
    pairs = zip(active, merged, strict=True)
    runs = tuple(columns_of([{"epoch": 1, "active_units": a, "merged": m}]) for a, m in pairs)
    assert describe_failure(Curve("up", runs)) == said
    [marked] = named_with_marks([Curve("up", runs)])
    assert marked.name == (f"up: {said}" if said else "up") and name_at_end(marked) == "up"


def test_models_that_are_not_trained_yet_are_a_sentence_instead_of_an_empty_table(tmp_path, monkeypatch, capsys):
    (tmp_path / "models" / "run-seed0").mkdir(parents=True)
    monkeypatch.setattr("sys.argv", ["models", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"There is no trained model below .*: finish the sweep"):
        models.main()
    assert capsys.readouterr().out == ""
