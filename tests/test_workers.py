"""Runs in processes of their own: the queue, the limits, and that a killed worker's run equals one that was not."""

import json
import multiprocessing
import os
import random
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cvae import jobs, workers
from cvae.config import ModelConfig, TrainConfig
from cvae.errors import BadConfig, BadRun
from cvae.jobs import all_runs, clean_up, find_run, queue, standing, watch
from cvae.replay import replay_in, start_replay
from cvae.runs import Run, train_in_folder
from cvae.settings import Limits, limits
from cvae.steering import Control, Hand

PATIENCE = 90


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of runs, and no worker left behind."""
    monkeypatch.setenv("TENSE_LAB_RUNS", str(tmp_path / "runs"))
    yield tmp_path / "runs"
    for process in multiprocessing.active_children():
        process.kill()
        process.join()


@pytest.fixture
def no_processes(monkeypatch):
    """What would be started, by id; as if it were running ever since."""
    started = []
    monkeypatch.setattr(workers, "_start", lambda run: started.append(run.path.name))
    return started


def wait(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def process_of(run):
    return next(p for p in multiprocessing.active_children() if p.name == f"run {run.path.name[:6]}")


def history(run):
    return [replace(record, seconds=0.0) for record in run.history()]


def points(run):
    return [replace(point, seconds=0.0) for point in run.steps()]


@pytest.fixture
def config(quick_config):
    return replace(quick_config, epochs=30, evaluate_every=10)


def submit(*configs):
    """What the app does with uploaded data."""
    return workers.submit(configs, "a test", Path(configs[0].data).read_text())


def test_a_run_is_trained_in_a_process_of_its_own(folder, config):
    [run] = submit(config)
    assert standing(run).status in ("starting", "running")
    wait(lambda: standing(run).status == "finished")
    assert len(run.history()) == 30
    whole = start_replay(run, folder.parent / "whole")
    list(train_in_folder(whole))
    assert history(run) == history(whole) and points(run) == points(whole)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_worker_killed_at_random_moments_changes_nothing(folder, config, seed, monkeypatch):
    dice = random.Random(seed)
    [run] = submit(config)
    for _ in range(2):
        goal = len(run.steps()) + dice.randint(1, 25)
        wait(lambda goal=goal: len(run.steps()) >= goal or standing(run).status == "finished")
        run.steering.ask(Control(hand=Hand(beta=round(dice.random(), 3), teacher_forcing=0.5)))
        time.sleep(dice.random() * 0.1)
        if standing(run).status == "finished":
            break
        process = process_of(run)
        os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE)
        if standing(run).status != "finished":
            assert standing(run).status == "interrupted"
            workers.resume(run)
    wait(lambda: standing(run).status == "finished")
    again = start_replay(run, folder.parent / "again")
    list(replay_in(again, run))
    assert history(run) == history(again) and points(run) == points(again)
    assert again.status() == "finished" and len(run.history()) == 30


def test_pause_one_epoch_resume_and_stop_reach_the_worker(folder, config):
    [run] = submit(replace(config, epochs=300, evaluate_every=300))
    wait(run.steps)
    run.steering.ask(Control(pause=True))
    wait(lambda: standing(run).status == "paused")
    done = len(run.history())
    run.steering.ask(Control(pause_at=done + 1))
    wait(lambda: len(run.history()) == done + 1 and standing(run).status == "paused")
    run.steering.ask(Control())
    wait(lambda: len(run.history()) > done + 2)
    workers.stop(run)
    wait(lambda: standing(run).status == "stopped")
    assert 0 < len(run.history()) < 300


def test_nobody_watching_stops_it_and_it_can_go_on(folder, config, monkeypatch):
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.0)
    run = Run.create(folder / "unwatched", config)
    moments = workers.follow_folder(run)
    reason = workers._follow(run, moments, limits())
    assert reason == "Nobody was watching any more."
    watch(run)
    assert workers._follow(run, moments, limits()) == ""
    assert run.status() == "finished"


def test_a_run_that_is_paused_or_trains_too_long_is_stopped(folder, config, monkeypatch):
    monkeypatch.setattr(workers, "LOOK_SECONDS", 0.0)
    run = Run.create(folder / "long", config)
    watch(run)
    assert "0 minutes" in workers._follow(run, workers.follow_folder(run), replace(limits(), minutes=0))
    run.steering.ask(Control(pause=True))
    assert "paused for 0 minutes" in workers._follow(
        run, workers.follow_folder(run), replace(limits(), pause_minutes=0)
    )


def test_jobs_wait_in_line_and_their_places_show(folder, config, no_processes):
    first, second, third, fourth = [submit(config)[0] for _ in range(4)]
    assert no_processes == [first.path.name, second.path.name]
    assert [standing(run).position for run in (first, second, third, fourth)] == [0, 0, 1, 2]
    first.set_status("finished")
    workers.advance()
    assert no_processes[2:] == [third.path.name]
    assert standing(fourth).position == 1
    workers.stop(fourth)
    assert standing(fourth).status == "stopped" and queue(folder) == []


def test_a_pair_starts_together_and_is_not_overtaken(folder, config, no_processes):
    [alone] = submit(config)
    pair = submit(config, replace(config, seed=1))
    [behind] = submit(config)
    assert no_processes == [alone.path.name]
    assert [standing(run).position for run in (*pair, behind)] == [1, 1, 2]
    alone.set_status("finished")
    workers.advance()
    assert no_processes[1:] == [run.path.name for run in pair]
    assert jobs.partners(pair[1]) == [run.path.name for run in pair]


def test_a_pair_is_trained_one_by_one_where_one_process_is_allowed(folder, config, no_processes, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_RUNNING", "1")
    one, other = submit(config, config)
    assert no_processes == [one.path.name] and standing(other).position == 1
    one.set_status("finished")
    workers.advance()
    assert no_processes == [one.path.name, other.path.name]


def test_the_queue_outlives_the_app_and_forgets_those_who_left(folder, config, no_processes, monkeypatch):
    runs = [submit(config)[0] for _ in range(4)]
    old = time.time() - limits().grace_seconds - 10
    os.utime(runs[2].path / "watched", (old, old))
    for run in runs[:2]:
        run.set_status("finished")
    workers.advance()  # any process may do that: nothing but the folder is asked
    assert standing(runs[2]).status == "stopped" and "watching" in standing(runs[2]).reason
    assert no_processes[2:] == [runs[3].path.name]


def test_a_folder_that_says_running_but_is_held_by_nobody_is_interrupted(folder, config, no_processes):
    [run] = submit(config)
    for status in ("running", "paused"):
        run.set_status(status)
        assert standing(run).status == "interrupted"
    run.status_path.unlink()
    assert standing(run).status == "interrupted"
    run.set_status("running")
    with run.locked():
        assert standing(run).status == "running"


def test_a_worker_that_never_came_is_not_waited_for_for_ever(folder, config, no_processes):
    [run] = submit(config)
    assert standing(run).status == "starting"
    old = time.time() - jobs.STARTING_SECONDS - 1
    os.utime(run.status_path, (old, old))
    assert standing(run).status == "interrupted"


def test_ids_cannot_be_guessed_and_name_nothing_else(folder, config, no_processes):
    [run] = submit(config)
    assert len(run.path.name) >= 22
    assert find_run(folder, run.path.name).path == run.path
    Run.create(folder.parent / "secretsecretsecret", config)
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
def test_what_costs_too_much_is_refused(folder, no_processes, monkeypatch, change, sentence):
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


def test_training_can_be_switched_off(folder, config, no_processes, monkeypatch):
    [run] = submit(config)
    workers.stop(run)
    run.set_status("stopped")
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    for forbidden in (lambda: submit(config), lambda: workers.resume(run)):
        with pytest.raises(BadRun, match="switched off"):
            forbidden()


def test_the_line_is_not_endless(folder, config, no_processes, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_WAITING", "2")
    for _ in range(4):
        submit(config)
    with pytest.raises(BadRun, match="Too many runs are waiting"):
        submit(config)


def test_a_run_that_goes_on_or_is_done_is_not_resumed(folder, config, no_processes):
    [run] = submit(config)
    with pytest.raises(BadRun, match="starting"):
        workers.resume(run)
    run.set_status("finished")
    with pytest.raises(BadRun, match="finished"):
        workers.resume(run)


def test_old_runs_are_removed_but_never_active_ones(folder, config, no_processes):
    runs = [submit(config)[0] for _ in range(6)]
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


def test_a_full_disk_is_said_so(folder, config, monkeypatch):
    run = Run.create(folder / "full", config)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cvae.runs.append_line", full)
    with pytest.raises(BadRun, match="The disk is full"):
        list(train_in_folder(run))
    assert json.loads(run.status_path.read_text()) == {
        "status": "failed",
        "reason": "The disk is full: make room, then resume.",
    }
    monkeypatch.undo()
    list(train_in_folder(run))
    assert run.status() == "finished"
