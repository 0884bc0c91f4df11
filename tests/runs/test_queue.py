"""The queue and its limits: no process is started here, and the folders are all there is."""

import os
import time
from dataclasses import replace

import pytest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.errors import BadConfig, BadRun
from cvae.core.settings import Limits, limits
from cvae.runs import queue as runs_queue
from cvae.runs import workers
from cvae.runs.queue import all_runs, clean_up, find_run, queue, standing
from cvae.runs.run import FULL_DISK, Run
from tests.conftest import no_space

CONFIG = TrainConfig(verbs=4)


def submit(*configs):
    """Submit a run as the app does."""
    return workers.submit(configs or (CONFIG,), "a test")


def test_jobs_wait_in_line_and_their_places_show(folder, started):
    first, second, third, fourth = [submit()[0] for _ in range(4)]
    assert started == [first.path.name, second.path.name]
    assert [standing(run).position for run in (first, second, third, fourth)] == [0, 0, 1, 2]
    first.set_status("finished")
    workers.advance()
    assert started[2:] == [third.path.name]
    assert standing(fourth).position == 1
    workers.stop(fourth)
    assert standing(fourth).status == "stopped" and queue(folder) == []


def test_a_pair_starts_together_and_is_not_overtaken(folder, started):
    [alone] = submit()
    pair = submit(CONFIG, replace(CONFIG, seed=1))
    [behind] = submit()
    assert started == [alone.path.name]
    assert [standing(run).position for run in (*pair, behind)] == [1, 1, 2]
    alone.set_status("finished")
    workers.advance()
    assert started[1:] == [run.path.name for run in pair]
    assert runs_queue.partners(pair[1]) == [run.path.name for run in pair]


def test_a_pair_is_trained_one_by_one_where_one_process_is_allowed(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_RUNNING", "1")
    one, other = submit(CONFIG, CONFIG)
    assert started == [one.path.name] and standing(other).position == 1
    one.set_status("finished")
    workers.advance()
    assert started == [one.path.name, other.path.name]


def test_the_queue_outlives_the_app_and_forgets_those_who_left(folder, started, monkeypatch):
    runs = [submit()[0] for _ in range(4)]
    old = time.time() - limits().grace_seconds - 10
    os.utime(runs[2].path / "watched", (old, old))
    for run in runs[:2]:
        run.set_status("finished")
    workers.advance()  # any process may do that: nothing but the folder is asked
    assert standing(runs[2]).status == "stopped" and "watching" in standing(runs[2]).reason
    assert started[2:] == [runs[3].path.name]


def test_a_folder_that_says_running_but_is_held_by_nobody_is_interrupted(folder, started):
    [run] = submit()
    for status in ("running", "paused"):
        run.set_status(status)
        assert standing(run).status == "interrupted"
    run.status_path.unlink()
    assert standing(run).status == "interrupted"
    run.set_status("running")
    with run.locked():
        assert standing(run).status == "running"


def test_a_run_starts_for_as_long_as_its_app_waits_for_the_process(folder):
    run = Run.create(folder / "starting", CONFIG)
    run.set_status("starting")
    with run.starting():
        assert standing(run).status == "starting"
    assert standing(run).status == "interrupted"


def test_a_run_that_ends_between_two_looks_has_ended(folder, monkeypatch):
    run = Run.create(folder / "ending", CONFIG)
    run.set_status("running")
    monkeypatch.setattr(Run, "is_held", lambda run: run.set_status("finished"))
    assert standing(run).status == "finished"


def test_ids_cannot_be_guessed_and_name_nothing_else(folder, started):
    [run] = submit()
    assert len(run.path.name) >= 22
    assert find_run(folder, run.path.name).path == run.path
    Run.create(folder.parent / "secretsecretsecret", CONFIG)
    for text in (
        "",
        ".",
        "..",
        "../secretsecretsecret",
        "x" * 22,
        f"{run.path.name}/..",
        "a\0b",
        run.path.name[:10],
        "é" * 20,
    ):
        with pytest.raises(BadRun, match="no run under this link"):
            find_run(folder, text)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epochs": 301}, "epochs is limited to 300 here, and 301 were asked for."),
        ({"batch_size": 1024}, "batch_size is limited to 512"),
        ({"draws": 5000}, "draws is limited to 1,000"),
        ({"model": ModelConfig(hidden=600)}, "hidden is limited to 512"),
        ({"model": ModelConfig(embedding=600)}, "hidden is limited to 512"),
        ({"model": ModelConfig(latent=200)}, "latent is limited to 128"),
        ({"sleep": 0.5}, "command line"),
        ({"data": "large"}, "words is limited to 4,908 here"),
        ({"data": "/etc/passwd"}, "Only data that come with the library"),
    ],
)
def test_what_costs_too_much_is_refused(folder, started, monkeypatch, change, sentence):
    monkeypatch.setenv("TENSE_LAB_WORDS", "4908")
    with pytest.raises(BadConfig, match=sentence):
        workers.submit([replace(TrainConfig(), **change)], "too much")
    assert all_runs(folder) == []


def test_limits_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_EPOCHS", "7")
    assert limits() == replace(Limits(), epochs=7)
    monkeypatch.setenv("TENSE_LAB_EPOCHS", "many")
    with pytest.raises(BadConfig, match="TENSE_LAB_EPOCHS must be a whole number above 0"):
        limits()


def test_training_can_be_switched_off(folder, started, monkeypatch):
    [run] = submit()
    workers.stop(run)
    run.set_status("stopped")
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    for forbidden in (lambda: submit(), lambda: workers.resume(run)):
        with pytest.raises(BadRun, match="switched off"):
            forbidden()


def test_the_line_is_not_endless(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_WAITING", "2")
    for _ in range(4):
        submit()
    with pytest.raises(BadRun, match="Too many runs are waiting"):
        submit()


def test_a_run_that_goes_on_or_is_done_is_not_resumed(folder, started):
    [run] = submit()
    with pytest.raises(BadRun, match="starting"):
        workers.resume(run)
    run.set_status("finished")
    with pytest.raises(BadRun, match="finished"):
        workers.resume(run)


def test_a_disk_that_takes_not_even_a_status_is_said_to_be_full(folder, started, monkeypatch):
    [run] = submit()
    run.set_status("running")
    monkeypatch.setattr("cvae.runs.queue.is_full", lambda _: True)
    monkeypatch.setattr("cvae.runs.workers.is_full", lambda _: True)
    assert (standing(run).status, standing(run).reason) == ("interrupted", FULL_DISK)
    with pytest.raises(BadRun, match="The disk is full"):
        submit()
    assert [each.path for each in all_runs(folder)] == [run.path]


def test_a_job_that_could_not_be_written_leaves_nothing_behind(folder, started, monkeypatch):
    monkeypatch.setattr("cvae.runs.queue.write_json", no_space)
    with pytest.raises(BadRun, match="No space left"):
        submit(CONFIG, CONFIG)
    assert [path for path in folder.iterdir() if path.is_dir()] == []


def test_old_runs_are_removed_but_never_active_ones(folder, started):
    runs = [submit()[0] for _ in range(6)]
    for i, run in enumerate(runs):
        run.set_status("queued" if i == 5 else "finished")
        age = time.time() - (i + 1) * 86_400
        os.utime(run.path / "watched", (age, age))
    clean_up(folder, replace(limits(), kept_runs=4, kept_days=3))
    assert {run.path.name for run in all_runs(folder)} == {runs[i].path.name for i in (0, 1, 5)}
    with runs[1].locked():
        runs[1].set_status("running")
        clean_up(folder, replace(limits(), kept_runs=1))
    assert runs[1].path.exists()
