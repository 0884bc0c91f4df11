"""Runs in processes of their own, and that a killed worker's run equals one that was not, to the bit."""

import json
import logging
import multiprocessing
import os
import random
import signal
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cvae.core.errors import BadRun
from cvae.core.settings import limits
from cvae.runs import work, workers
from cvae.runs.queue import create_job, queue_locked, standing, watch
from cvae.runs.run import FULL_DISK, Run
from cvae.runs.session import ShutDown, follow_folder, replay_in, start_replay, train_in_folder
from cvae.runs.steering import Control, ManualKnobs
from tests.conftest import no_space
from tests.processes import PATIENCE, wait_until
from tests.recordings import history, points


@pytest.fixture
def folder(folder):
    """Return the folder of runs, and leave no worker behind."""
    yield folder
    for process in multiprocessing.active_children():
        process.kill()
        process.join()


def process_of(run):
    """The process that trains a run; None when it has ended."""
    return next((p for p in multiprocessing.active_children() if p.name == f"run {run.short_id}"), None)


@pytest.fixture
def config(quick_config):
    return replace(quick_config, epochs=30, evaluate_every=10)


def submit(*configs):
    """Submit a run as the app does with uploaded data."""
    return workers.submit(configs, "a test", Path(configs[0].data).read_text())


def test_a_run_is_trained_in_a_process_of_its_own(folder, config):
    [run] = submit(config)
    assert standing(run).status in ("starting", "running")
    wait_until(lambda: standing(run).status == "finished")
    assert len(run.history()) == 30
    whole = start_replay(run, folder.parent / "whole")
    list(train_in_folder(whole))
    assert history(run) == history(whole) and points(run) == points(whole)


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_worker_killed_at_random_moments_changes_nothing(folder, config, seed, monkeypatch):
    dice, asked = random.Random(seed), Control(pause_at=29)  # so that it does not end before it is killed
    [run] = submit(config)
    for _ in range(2):
        run.steering.ask(asked)
        goal = len(run.steps()) + dice.randint(1, 25)
        wait_until(lambda goal=goal: len(run.steps()) >= goal or standing(run).status == "paused")
        asked = replace(asked, hand=ManualKnobs(beta=round(dice.random(), 3), teacher_forcing=0.5))
        run.steering.ask(asked)
        time.sleep(dice.random() * 0.1)
        process = process_of(run)
        os.kill(process.pid, signal.SIGKILL)
        process.join(PATIENCE)
        assert standing(run).status == "interrupted"
        workers.resume(run)
    wait_until(lambda: standing(run).status == "finished")
    again = start_replay(run, folder.parent / "again")
    list(replay_in(again, run))
    assert history(run) == history(again) and points(run) == points(again)
    assert run.model_path.read_bytes() == again.model_path.read_bytes()
    assert again.status() == "finished" and len(run.history()) == 30


def test_pause_one_epoch_resume_and_stop_reach_the_worker(folder, config):
    [run] = submit(replace(config, epochs=300, evaluate_every=300))
    wait_until(run.steps)
    run.steering.ask(Control(pause=True))
    wait_until(lambda: standing(run).status == "paused")
    done = len(run.history())
    run.steering.ask(Control(pause_at=done + 1))
    wait_until(lambda: len(run.history()) == done + 1 and standing(run).status == "paused")
    run.steering.ask(Control(pause_at=299))  # so that it does not end before it is stopped
    wait_until(lambda: len(run.history()) > done + 2)
    workers.stop(run)
    wait_until(lambda: standing(run).status == "stopped")
    assert 0 < len(run.history()) < 300


def test_a_process_that_is_stuck_before_it_begins_is_told_and_ended_by_stop(folder, config, monkeypatch):
    run = Run.create(folder / "stuck", config)
    run.set_status("starting")
    lock = run.starting()
    lock.acquire()
    process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(600,), daemon=True)
    process.start()
    past = time.time() - workers.SILENT_SECONDS - 1
    os.utime(run.status_path, (past, past))
    assert "does not answer" in standing(run).reason
    monkeypatch.setattr(workers, "SILENT_SECONDS", 0.0)
    workers.stop(run)
    workers._release_when_begun(run, process, lock)
    assert process.exitcode == -signal.SIGKILL and standing(run).status == "interrupted"


def test_a_run_that_is_resumed_in_two_tabs_at_once_is_queued_once(folder, started, config, monkeypatch):
    [run] = create_job(folder, [config], "a test")
    run.set_status("stopped")

    @contextmanager
    def after_the_other_tab(folder):
        monkeypatch.setattr(workers, "queue_locked", queue_locked)
        workers.resume(run)
        with queue_locked(folder):
            yield

    monkeypatch.setattr(workers, "queue_locked", after_the_other_tab)
    with pytest.raises(BadRun, match="This run is starting: there is nothing to resume"):
        workers.resume(run)
    assert started == [run.path.name] and standing(run).status == "starting"


def test_nobody_watching_stops_it_and_it_can_go_on(folder, config, monkeypatch):
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.0)
    run = Run.create(folder / "unwatched", config)
    moments = follow_folder(run)
    reason = work._follow(run, moments, limits())
    assert reason == "Nobody was watching any more."
    watch(run)
    assert work._follow(run, moments, limits()) == ""
    assert run.status() == "finished"


def test_a_run_that_is_paused_or_trains_too_long_is_stopped(folder, config, monkeypatch):
    monkeypatch.setattr(work, "LOOK_SECONDS", 0.0)
    run = Run.create(folder / "long", config)
    watch(run)
    assert "0 minutes" in work._follow(run, follow_folder(run), replace(limits(), minutes=0))
    run.steering.ask(Control(pause=True))
    assert "paused for 0 minutes" in work._follow(run, follow_folder(run), replace(limits(), pause_minutes=0))


@pytest.mark.parametrize("place", ["cvae.training.loop.train_step", "cvae.runs.work.watched_at"])
def test_whatever_goes_wrong_in_a_worker_is_recorded_and_logged_without_its_text(
    folder, config, monkeypatch, capsys, place
):
    run = Run.create(folder / "odd", config)
    for name in ("handle_signals", "lower_priority"):
        monkeypatch.setattr(work, name, lambda *_: None)
    monkeypatch.setattr(logging.getLogger("tense_lab"), "handlers", [])

    def fail(*_):
        raise RuntimeError("secretword\nand more")

    monkeypatch.setattr(place, fail)
    with pytest.raises(SystemExit, match="1"):
        work.work(run.path)
    assert run.status() == "failed" and "secretword" in run.last_status().reason
    [line] = capsys.readouterr().err.splitlines()
    assert "secretword" not in line and json.loads(line)["error"] == "RuntimeError"


def test_a_full_disk_is_said_so(folder, config, monkeypatch):
    run = Run.create(folder / "full", config)

    monkeypatch.setattr("cvae.runs.run.append_line", no_space)
    with pytest.raises(BadRun, match="The disk is full"):
        list(train_in_folder(run))
    assert json.loads(run.status_path.read_text()) == {"status": "failed", "reason": FULL_DISK}
    monkeypatch.undo()
    list(train_in_folder(run))
    assert run.status() == "finished"


def test_a_run_that_is_shut_down_is_queued_before_its_folder_is_free(folder, config, monkeypatch):
    run = Run.create(folder / "run", config)
    moments, told = follow_folder(run), []
    next(moments)
    monkeypatch.setattr(Run, "set_status", lambda self, status, reason="": told.append((status, bool(self.is_held()))))
    with pytest.raises(ShutDown):
        moments.throw(ShutDown())
    assert told == [("queued", True)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGTERM)])
def test_a_run_goes_on_by_itself_after_a_restart_of_the_app(folder, config, tmp_path, number):
    [run] = submit(config)
    run.steering.ask(Control(pause_at=29))  # so that it does not end before the signal
    wait_until(lambda: len(run.steps()) > 3)
    os.kill(process_of(run).pid, number)
    wait_until(lambda: standing(run).status == "queued")
    run.go_on()
    workers.advance()  # as the next app does for whoever looks
    wait_until(lambda: standing(run).status == "finished")
    whole = start_replay(run, tmp_path / "whole")
    list(replay_in(whole, run))
    assert history(run) == history(whole) and points(run) == points(whole)
