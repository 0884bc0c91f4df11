"""Grids, and sweeps over this machine's cores."""

import json
import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import Pipe
from pathlib import Path

import pytest
from click.testing import CliRunner

from cvae.cli.main import cli
from cvae.core.config import TrainConfig
from cvae.core.errors import BadConfig
from cvae.experiments.grid import make_grid, read_grid
from cvae.experiments.local import run_and_report, run_local
from cvae.experiments.sweep import Place, TrialResult, copy_equal, sweep
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.runs.steering import Control
from tests.processes import holders, wait_until
from tests.recordings import history

TINY = """
title = "Tiny"
question = "Does it run?"
seeds = [0, 1]
[base]
data = "{data}"
epochs = {epochs}
evaluate_every = 1000
batch_size = 4
draws = 5
model = {{ embedding = 8, hidden = 16, latent = 2 }}
[values]
kl.maximum = [0, 0.1]
"""


@pytest.fixture
def tiny(tmp_path, headed_verbs):
    """Writes a grid of four runs and gives its path."""

    def write(epochs=3):
        path = tmp_path / "tiny.toml"
        path.write_text(TINY.format(data=headed_verbs, epochs=epochs))
        return path

    return write


def grid(**values):
    return make_grid({"seeds": [0], **values}, "name", Path())


def histories(grid, out):
    return {trial.name: history(Run(out / trial.name)) for trial in grid.trials}


def invoke(*arguments):
    return CliRunner().invoke(cli, ["sweep", *map(str, arguments)])


def test_a_grid_is_every_variant_with_every_value_and_every_seed():
    made = grid(
        seeds=[3, 5],
        base={"epochs": 7, "kl": {"rising": 0.25}},
        variants={"up": {"kl": {"kind": "monotonic"}}, "flat": {"kl.kind": "constant"}},
        values={"kl": {"maximum": [0, 0.5]}, "objective": ["same-tense", "cross-tense"]},
    )
    assert len(made.trials) == 2 * 2 * 2 * 2
    names = [trial.name for trial in made.trials]
    assert names[0] == "name/up-maximum-0-objective-same-tense-seed3" and len(set(names)) == 16
    assert [trial.config.seed for trial in made.trials] == [3] * 8 + [5] * 8  # a comparison from the first seed on
    assert made.first(1).trials == made.trials[:8] and made.first(9) == made
    assert names[-1] == "name/flat-maximum-0.5-objective-cross-tense-seed5"
    last = made.trials[-1].config
    assert (last.epochs, last.kl.rising, last.kl.kind, last.kl.maximum, last.seed) == (7, 0.25, "constant", 0.5, 5)
    assert last.objective == "cross-tense"


def test_trials_of_one_variant_differ_in_nothing_but_their_seed():
    made = grid(seeds=[0, 1, 2], values={"model.latent": [4, 8]})
    for variant in ("latent-4", "latent-8"):
        configs = [trial.config for trial in made.trials if trial.variant == variant]
        assert [config.seed for config in configs] == [0, 1, 2]
        assert len({replace(config, seed=0) for config in configs}) == 1


def test_a_grid_without_variants_is_its_base():
    [trial] = grid(base={"verbs": 5}).trials
    assert trial.name == "name/base-seed0" and trial.config == replace(TrainConfig(), verbs=5)


def test_values_of_two_settings_with_the_same_last_name_keep_the_whole():
    made = grid(values={"kl.kind": ["constant"], "learning_rate.kind": ["cosine"]})
    assert made.trials[0].variant == "kl-kind-constant-learning-rate-kind-cosine"


def test_the_base_may_be_a_file_that_a_table_changes(tmp_path):
    (tmp_path / "base.toml").write_text("epochs = 9\nkl.rising = 0.1")
    (tmp_path / "grid.toml").write_text('seeds = [0]\nbase = { file = "base.toml", kl.maximum = 1 }')
    [trial] = read_grid(tmp_path / "grid.toml").trials
    assert (trial.config.epochs, trial.config.kl.rising, trial.config.kl.maximum) == (9, 0.1, 1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"seed": 1}, "no 'seed'"),
        ({"seeds": []}, r"The grid lists no seeds: add seeds = \[0, 1, 2\]"),
        ({"seeds": "three"}, "seeds must be"),
        ({"seeds": [1, 1]}, "seeds must be"),
        ({"seeds": ["x"]}, "seed must be of type int"),
        ({"base": {"file": "nowhere.toml"}}, "can't be read as TOML"),
        ({"base": 3}, "'base' must be a table"),
        ({"base": {"file": 3}}, "'file' of 'base' must be text"),
        ({"base": {"seed": 1}}, "leave 'seed' out"),
        ({"values": {"seed": [1, 2]}}, "In 'seed-1': A grid lists its seeds in 'seeds': leave 'seed' out"),
        ({"variants": {"odd": {"seed": 1}}}, "In 'odd': A grid lists its seeds in 'seeds': leave 'seed' out"),
        ({"values": {"kl.maximum": 3}}, "must be a list"),
        ({"values": {"kl.maximum": [99]}}, "In 'maximum-99': kl.maximum must be between 0 and 10"),
        ({"values": {"kl.maximum": [0.1234567, 0.12345671]}}, "the same name"),
        ({"values": {"model": {"colour": ["red"]}}}, "There is no setting 'model.colour'"),
        ({"values": {"augmentation": [[]]}}, "use variants with names"),
        ({"variants": {"../up": {}}}, "can't be the name of a folder"),
        ({"values": {"epochs": [10**400]}}, r"'epochs' can't be 10{15,}\.\.\.0+: no setting is so large"),
        ({"values": {"epochs": [16**5_000]}}, "'epochs' can't be a number of thousands of digits"),
        ({"seeds": [16**5_000]}, "seed must be between 0 and 2.14748e.09, not a number of thousands of digits"),
        ({"experiment": 16**5_000}, "'experiment' must be text"),
        ({"experiment": ".."}, "can't be the name of a folder"),
        ({"title": 3}, "'title' must be text"),
        ({"title": "x" * 201}, "The grid has no usable 'title': write each text on one line"),
        ({"question": "How much\nKL?"}, "no usable 'question': .* of at most 10,000 letters, the title of 200"),
    ],
)
def test_bad_grids_are_refused(values, sentence):
    with pytest.raises(BadConfig, match=sentence):
        grid(**values)


def test_a_sweep_writes_ordinary_runs_and_does_nothing_twice(tiny, tmp_path):
    out, path = tmp_path / "out", tiny()
    result = invoke(path, "--out", out, "--jobs", 2)
    assert result.exit_code == 0 and "4 runs finished, 0 were finished before, 0 failed." in result.stderr
    made = read_grid(path)
    alone = Run.create(tmp_path / "alone", made.trials[1].config)
    list(train_in_folder(alone))
    recorded = histories(made, out)
    assert history(alone) == recorded["tiny/maximum-0.1-seed0"]
    assert (out / "tiny/maximum-0.1-seed0/model.safetensors").read_bytes() == alone.model_path.read_bytes()
    assert json.loads((out / "tiny/experiment.json").read_text()) == {"title": "Tiny", "question": "Does it run?"}

    for _ in range(2):  # the second time without weights
        again = invoke(path, "--out", out, "--history-only")
        assert "0 runs finished, 4 were finished before" in again.stderr
        left = {path.name for path in out.rglob("*") if path.is_file()}
        assert left == {"experiment.json", "config.json", "history.jsonl.gz", "status.json"}
        assert histories(made, out) == recorded


def test_the_options_of_ray_reach_the_cluster(tiny, tmp_path, monkeypatch):
    calls = []

    def run_ray(trials, place, bar, **given):
        calls.append((len(trials), place.out, given))
        return [TrialResult(trial.name, "finished") for trial in trials]

    monkeypatch.setattr("cvae.cluster.ray.import_ray", lambda: None)
    monkeypatch.setattr("cvae.cluster.sweep.run_ray", run_ray)
    result = invoke(tiny(), "--out", tmp_path / "out", "--engine", "ray", "--address", "auto", "--jobs", 3)
    assert result.exit_code == 0 and calls == [(4, tmp_path / "out", {"jobs": 3, "address": "auto"})]


def test_without_ray_nothing_is_written(tiny, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    result = invoke(tiny(), "--out", tmp_path / "out", "--engine", "ray")
    assert result.exit_code == 2 and "Ray is not installed" in result.stderr
    assert not (tmp_path / "out").exists()


def test_an_interrupted_trial_goes_on_where_it_was(tiny, tmp_path):
    made = read_grid(tiny(epochs=4))
    trial = made.trials[1]
    run = Run.create(tmp_path / "out" / trial.name, trial.config)
    records = train_in_folder(run)
    next(records)
    first = next(records)
    records.close()
    outcomes = sweep([made], Place(tmp_path / "out"), partial(run_local, jobs=2))
    assert [outcome.status for outcome in outcomes] == ["finished"] * 4
    assert run.history()[1] == first and len(run.history()) == 4  # seconds too: it was not done again


def test_a_failed_trial_is_reported_and_the_others_go_on(tiny, tmp_path):
    made, out = read_grid(tiny()), tmp_path / "out"
    Run.create(out / made.trials[0].name, replace(made.trials[0].config, epochs=99))
    result = invoke(tiny(), "--out", out, "--jobs", 2)
    assert result.exit_code == 1 and "3 runs finished, 0 were finished before, 1 failed." in result.stderr
    [line] = [line for line in result.stderr.splitlines() if line.startswith(f"{made.trials[0].name}: ")]
    assert "has other settings" in line and "Traceback" not in result.stderr


def test_data_that_are_missing_fail_each_trial_by_a_sentence(tiny, tmp_path, headed_verbs):
    path = tiny()
    headed_verbs.unlink()
    result = invoke(path, "--out", tmp_path / "out")
    assert result.exit_code == 1 and "4 failed" in result.stderr and "Traceback" not in result.stderr
    assert sum("headed.txt" in line for line in result.stderr.splitlines()) == 4


def waiting_at(epochs, run):
    """A run that will wait after so many epochs, so that it does not end before something is done to it."""
    run.path.mkdir(parents=True)
    run.steering.ask(Control(pause_at=epochs))
    return run


def test_a_killed_process_fails_its_trial_alone_and_the_next_sweep_mends_it(tiny, tmp_path):
    made, out = read_grid(tiny(epochs=80)), tmp_path / "out"
    victim = waiting_at(79, Run(out / made.trials[0].name))
    with ThreadPoolExecutor() as pool:
        outcomes = pool.submit(sweep, [made], Place(out), partial(run_local, jobs=2))
        wait_until(lambda: len(victim.history()) >= 3 or outcomes.done(), pause=0.005)
        os.kill(holders(victim.path / ".lock")[0], signal.SIGKILL)
        by_name = {outcome.trial: outcome for outcome in outcomes.result()}
    assert (
        by_name.pop(made.trials[0].name).reason == "Its process died (SIGKILL): run the same command again to resume."
    )
    assert {outcome.status for outcome in by_name.values()} == {"finished"}
    victim.go_on()
    again = sweep([made], Place(out), partial(run_local, jobs=2))
    assert [outcome.status for outcome in again] == ["finished", "skipped", "skipped", "skipped"]
    whole = Run.create(tmp_path / "whole", made.trials[0].config)
    list(train_in_folder(whole))
    assert history(whole) == histories(made, out)[made.trials[0].name]


def test_a_terminal_that_is_closed_ends_no_trial_before_the_sweep_does(tiny, tmp_path):
    made, out = read_grid(tiny(epochs=80)), tmp_path / "out"
    first = waiting_at(79, Run(out / made.trials[0].name))
    with ThreadPoolExecutor() as pool:
        outcomes = pool.submit(sweep, [made], Place(out), partial(run_local, jobs=2))
        wait_until(lambda: len(first.history()) >= 3 or outcomes.done(), pause=0.005)
        os.kill(holders(first.path / ".lock")[0], signal.SIGHUP)
        first.go_on()
        assert {outcome.status for outcome in outcomes.result()} == {"finished"}


def test_a_key_press_stops_the_sweep_by_a_sentence(tiny, tmp_path, monkeypatch):
    def press(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("cvae.experiments.local.wait", press)
    out = tmp_path / "out"
    result = invoke(tiny(epochs=5000), "--out", out, "--jobs", 2)
    assert result.exit_code == 130 and "Run the same command again" in result.stderr
    assert all(Run(path.parent).status() != "finished" for path in out.rglob("status.json"))


def test_a_trial_that_comes_up_after_the_sweep_was_interrupted_is_not_begun(tiny, tmp_path, monkeypatch):
    for name in ("handle_signals", "signal.signal"):
        monkeypatch.setattr(f"cvae.experiments.local.{name}", lambda *_: None)
    trial, place = read_grid(tiny()).trials[0], Place(tmp_path / "out")
    ours, theirs = Pipe(duplex=False)
    ours.close()
    run_and_report(trial, place, theirs)
    assert not place.run(trial).path.exists()


def test_a_run_that_another_experiment_has_is_copied_and_not_trained_again(tiny, tmp_path):
    out, first, second = tmp_path / "out", tiny(), tmp_path / "second.toml"
    second.write_text(first.read_text().replace("kl.maximum = [0, 0.1]", "kl.maximum = [0.1, 0.2]"))
    invoke(first, "--out", out, "--seeds", 1)
    result = invoke(second, "--out", out, "--seeds", 1, "--history-only")
    assert "1 run finished, 1 was finished before, 0 failed." in result.stderr
    original, copy = Run(out / "tiny/maximum-0.1-seed0"), Run(out / "second/maximum-0.1-seed0")
    assert copy.history() == original.history() and copy.config() == original.config()  # seconds, too
    assert original.model_path.exists() and not copy.model_path.exists()
    assert not (out / "tiny/maximum-0-seed1").exists()


def test_a_copy_that_was_cut_short_is_not_taken_for_the_run(tiny, tmp_path, monkeypatch):
    out, first, second = tmp_path / "out", tiny(), tmp_path / "second.toml"
    second.write_text(first.read_text())
    invoke(first, "--out", out, "--seeds", 1)
    trial, copytree = read_grid(second).trials[0], shutil.copytree

    def cut_short(*arguments, **options):
        copytree(*arguments, **options)
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copytree", cut_short)
    with pytest.raises(KeyboardInterrupt):
        copy_equal(trial, Place(out))
    assert not Place(out).run(trial).config_path.exists()
    monkeypatch.undo()
    assert copy_equal(trial, Place(out)) and history(Place(out).run(trial))
