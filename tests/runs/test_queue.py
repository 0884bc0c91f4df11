"""The queue and its limits: no process is started here, and the folders are all there is."""

import json
import math
import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.errors import BadConfig, BadRun
from cvae.core.settings import limits
from cvae.runs import queue as runs_queue
from cvae.runs import workers
from cvae.runs.queue import all_runs, create_job, find_run, queue, standing
from cvae.runs.room import AGES, ANYBODY, adopt, clean_up, days_unwatched
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


@pytest.mark.parametrize("before", ["the app was down", "the clock leapt"])
def test_who_waited_while_nobody_could_watch_has_the_whole_time_of_grace_to_come_back(
    folder, started, monkeypatch, before
):
    *_, waiting = [submit()[0] for _ in range(3)]
    age(waiting, limits().grace_seconds + 10)
    monkeypatch.setattr(workers, "_clock", -math.inf if before == "the app was down" else workers._clock - 86_400)
    workers.advance()
    assert standing(waiting).status == "queued"
    age(waiting, limits().grace_seconds + 10)
    workers.advance()
    assert standing(waiting).status == "stopped"


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


def test_a_process_that_is_stuck_is_told_and_ended_by_stop(folder, started, monkeypatch):
    [run], ended = submit(), []
    run.set_status("running")
    # A lock may ask whether its owner lives, which is a signal of 0.
    monkeypatch.setattr(os, "kill", lambda pid, number: ended.append(pid) if number else None)
    with run.locked():  # before its first step
        workers.stop(run)
        assert standing(run).reason == "" and not ended
        fall_silent(run)
        assert "does not answer" in standing(run).reason
        workers.stop(run)
        run.beat()
        assert standing(run).reason == ""
    assert ended == [os.getpid()]
    assert standing(run).status == "interrupted"


def fall_silent(run):
    past = time.time() - runs_queue.SILENT_SECONDS - 1
    os.utime(run.beat_path, (past, past))


def test_the_last_sign_of_a_process_that_was_killed_is_not_one_of_the_next(folder, started, monkeypatch):
    (*pair, run), ended = [submit()[0] for _ in range(3)], []
    monkeypatch.setattr(os, "kill", lambda pid, number: ended.append(pid) if number else None)
    run.beat_path.write_text("1")
    fall_silent(run)
    run.set_status("running")
    with run.locked():
        assert standing(run).reason == ""
        workers.stop(run)
        run.end_process()
    assert ended == [os.getpid()]  # never the process that has got the number of the killed one
    assert not run.beat_path.exists()
    run.beat_path.write_text("1")
    for each in pair:
        each.set_status("finished")
    workers.resume(run)
    assert run.status() == "starting" and not run.beat_path.exists()


def test_a_run_that_ends_between_two_looks_has_ended(folder, monkeypatch):
    run = Run.create(folder / "ending", CONFIG)
    run.set_status("running")
    monkeypatch.setattr(Run, "is_held", lambda run: run.set_status("finished"))
    assert standing(run).status == "finished"


def test_ids_cannot_be_guessed_and_name_nothing_else(folder, started):
    [run] = submit()
    assert len(run.path.name) >= 22
    assert find_run(folder, run.path.name).path == run.path
    [secret] = create_job(folder.parent / "elsewhere", [CONFIG], "of another folder")
    for text in (
        "",
        ".",
        "..",
        f"../elsewhere/{secret.path.name}",
        str(secret.path),
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
        ({"model": ModelConfig(film=600)}, "hidden is limited to 512"),
        ({"model": ModelConfig(mapping=600)}, "hidden is limited to 512"),
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


def test_resumed_runs_wait_within_the_same_limits(folder, started, monkeypatch):
    runs = [workers.submit([CONFIG], "a test", visitor="me")[0] for _ in range(limits().running)]
    for _ in range(3):
        runs += workers.submit([CONFIG], "a test", visitor="me")
        runs[-1].set_status("stopped")
    monkeypatch.setenv("TENSE_LAB_VISITOR_WAITING", "2")
    for run in runs[-3:-1]:
        workers.resume(run)
    with pytest.raises(BadRun, match="as many runs in the queue as one visitor may"):
        workers.resume(runs[-1])
    monkeypatch.setattr("cvae.runs.workers.is_full", lambda _: True)
    with pytest.raises(BadRun, match="The disk is full"):
        workers.resume(runs[-1])
    assert standing(runs[-1]).status == "stopped"


def test_a_run_that_goes_on_or_is_done_is_not_resumed(folder, started):
    [run] = submit()
    with pytest.raises(BadRun, match="starting"):
        workers.resume(run)
    run.set_status("finished")
    with pytest.raises(BadRun, match="finished"):
        workers.resume(run)


def test_a_run_that_has_had_its_minutes_is_not_resumed(folder, started, monkeypatch):
    [run] = submit()
    run.set_status("stopped")
    monkeypatch.setattr(Run, "seconds_trained", lambda _: 60.0 * limits().minutes)
    with pytest.raises(BadRun, match="has had its 30 minutes"):
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


@pytest.fixture
def days(monkeypatch):
    """Let days pass, in each of which the app cleans up."""
    now, passed = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + 86_400 * passed[0])

    def pass_days(count, folder=None, leap=False):
        for _ in range(1 if leap else count):
            passed[0] += count if leap else 1
            if folder:
                clean_up(folder, limits())

    return pass_days


def age(run, seconds):
    past = time.time() - seconds
    os.utime(run.path / "watched", (past, past))


def finished(visitor="", count=1):
    runs = []
    for _ in range(count):
        runs += workers.submit([CONFIG], "a test", visitor=visitor)
        runs[-1].set_status("finished")
        age(runs[-1], 1000)
    return runs


def test_runs_go_by_age_unless_they_are_watched_or_active(folder, started, days, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_KEPT_DAYS", "3")
    [_], [watched], [active] = finished(), finished(), submit()
    active.set_status("queued")
    clean_up(folder, limits())
    for _ in range(5):
        days(1, folder)
        runs_queue.watch(watched)
    assert {run.path.name for run in all_runs(folder)} == {watched.path.name, active.path.name}


def test_a_clock_that_leaps_removes_nothing(folder, started, days):
    runs = finished(count=3)
    clean_up(folder, limits())
    days(31, folder, leap=True)
    days(-31, folder, leap=True)
    assert len(all_runs(folder)) == len(runs)


def test_the_ages_of_many_runs_that_were_never_watched_are_read_again(tmp_path):
    runs = [Run(tmp_path / f"{i:022}") for i in range(20_000)]
    days_unwatched(tmp_path, runs)
    known = json.loads((tmp_path / AGES).read_text())
    known["seen"] = {name: [mark, known["day"] - 3] for name, (mark, _) in known["seen"].items()}
    (tmp_path / AGES).write_text(json.dumps(known, indent=2))
    assert min(days_unwatched(tmp_path, runs).values()) >= 3


def test_a_visitor_pushes_out_own_runs_and_nobody_elses(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_VISITOR_RUNS", "3")
    [other] = finished("other")
    mine = finished("me", 5)
    assert other.path.exists() and sum(run.path.exists() for run in mine) == 3
    adopt(folder, lambda path: path.mkdir(), "an upload", "me")
    assert other.path.exists() and sum(run.path.exists() for run in mine) == 2
    for run in mine:
        if run.path.exists():
            runs_queue.watch(run)
    adopt(folder, lambda path: path.mkdir(), "an upload", "someone")
    with pytest.raises(BadRun, match="as many runs as one visitor may keep"):
        adopt(folder, lambda path: path.mkdir(), "an upload", "me")


def test_visitors_that_can_not_be_told_apart_push_out_nobodys_runs(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_VISITOR_RUNS", "3")
    runs = finished(ANYBODY, 3)
    with pytest.raises(BadRun, match="allow cookies here"):
        finished(ANYBODY)
    assert all(run.path.exists() for run in runs)
    finished("someone")


def test_a_full_folder_takes_no_more_until_a_run_was_unwatched_for_a_day(folder, started, days, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_KEPT_RUNS", "2")
    runs = finished("one") + finished("two")
    with pytest.raises(BadRun, match="keeps no more runs at the moment"):
        finished("three")
    days(2, folder)
    [new] = finished("three")
    assert new.path.exists() and sum(run.path.exists() for run in runs) == 1


def test_the_size_of_the_folder_is_limited(folder, started, days, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_KEPT_MB", "1")
    [big] = finished("one")
    (big.path / "model.safetensors").write_bytes(bytes(2**21))
    with pytest.raises(BadRun, match="keeps no more runs"):
        finished("two")


def test_the_size_of_the_runs_of_a_visitor_is_limited(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_VISITOR_MB", "1")
    [other], [big] = finished("other"), finished("me")
    for run in (other, big):
        (run.path / "model.safetensors").write_bytes(bytes(2**21))
    [new] = finished("me")
    assert new.path.exists() and other.path.exists() and not big.path.exists()


def test_one_visitor_does_not_fill_the_queue(folder, started, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_VISITOR_WAITING", "2")
    for _ in range(4):
        workers.submit([CONFIG], "a test", visitor="me")
    with pytest.raises(BadRun, match="as many runs in the queue as one visitor may"):
        workers.submit([CONFIG], "a test", visitor="me")
    workers.submit([CONFIG], "a test", visitor="you")


def odd_folders(folder, run):
    """Folders that stop nobody but themselves: copies of a waiting run, and runs with odd descriptions."""
    shutil.copytree(run.path, folder / f"{run.path.name}.bak")
    shutil.copytree(run.path, folder / f"{run.path.name}-copy")
    job = json.loads((run.path / "job.json").read_text())
    for i, changes in enumerate(
        ({"runs": []}, {"runs": "x"}, {"runs": ["x" * 20]}, {"queued": 10**400}, {"queued": None}, {"title": "\ud800"})
    ):
        copy = folder / f"{'o' * 20}{i}"
        shutil.copytree(run.path, copy)
        own = {"runs": [copy.name]} | changes
        (copy / "job.json").write_text(json.dumps(job | own))
    for i, content in enumerate(("[" * 100_000, "{}", '{"status": "queued", "reason": 3}', "null")):
        copy = folder / f"{'s' * 20}{i}"
        shutil.copytree(run.path, copy)
        (copy / "job.json").write_text(json.dumps(job | {"runs": [copy.name]}))
        (copy / "status.json").write_text(content)
    for i, make in enumerate((Path.mkdir, lambda path: path.symlink_to(path.name))):
        copy = folder / f"{'l' * 20}{i}"
        shutil.copytree(run.path, copy)
        (copy / "job.json").write_text(json.dumps(job | {"runs": [copy.name]}))
        (copy / "status.json").write_text('{"status": "running", "reason": ""}')
        make(copy / ".lock")


def test_an_odd_folder_stops_nobody_but_itself(folder, started):
    submit()
    submit()
    [third] = submit()
    odd_folders(folder, third)
    assert [standing(each).status for each in all_runs(folder)].count("queued") >= 1
    [fourth] = submit()
    assert [run.path for job in queue(folder) for run in job] == [third.path, fourth.path]
    clean_up(folder, limits())
    workers.advance()


def test_a_run_that_can_be_neither_started_nor_stopped_keeps_no_other_from_it(folder, started, monkeypatch):
    pair = submit(CONFIG, CONFIG)
    [locked], [still], [left], [other] = [submit() for _ in range(4)]
    locked.starting_path.mkdir()
    write = Run.set_status

    def refuse(run, *status):
        if run.path in (still.path, left.path):
            raise PermissionError(13, "Permission denied")
        write(run, *status)

    monkeypatch.setattr(Run, "set_status", refuse)
    age(left, limits().grace_seconds + 10)
    for run in pair:
        run.set_status("finished")
    workers.advance()
    assert started[2:] == [other.path.name] and left.status() == "queued"
    assert [standing(run).reason for run in (locked, still)] == [
        "The run’s folder can’t be written: Is a directory.", "The run’s folder can’t be written: Permission denied."
    ]  # fmt: skip


def test_a_run_whose_last_process_is_just_ending_waits_for_the_next_look(folder, started):
    *pair, run = [submit()[0] for _ in range(3)]
    for each in pair:
        each.set_status("finished")
    with run.starting():
        workers.advance()
        assert run.status() == "queued"
    workers.advance()
    assert run.status() == "starting"


def test_a_job_from_the_end_of_time_is_behind_the_others_for_ever(folder, started):
    *_, odd = [submit()[0] for _ in range(3)]
    job = json.loads((odd.path / "job.json").read_text())
    (odd.path / "job.json").write_text(json.dumps(job | {"queued": 1e12}))
    others = [submit()[0] for _ in range(2)]
    assert [run.path for job in queue(folder) for run in job] == [*(run.path for run in others), odd.path]
