"""A run's folder: what is in it, and that a killed run equals an unkilled one."""

import json
import math
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from cvae.core.errors import BadRun
from cvae.inference.sampling import sample
from cvae.model.checkpoint import load_checkpoint
from cvae.runs import session
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.runs.steering import Control
from tests.conftest import no_space
from tests.processes import wait_until
from tests.recordings import history


@pytest.fixture
def whole(quick_config, tmp_path):
    """An uninterrupted run."""
    run = Run.create(tmp_path / "whole", quick_config)
    list(train_in_folder(run))
    return run


def test_a_finished_folder_holds_config_history_status_and_model(whole, quick_config):
    assert whole.config() == quick_config
    assert whole.status() == "finished"
    assert [record.epoch for record in whole.history()] == list(range(1, 9))
    _, info = load_checkpoint(whole.model_path)
    last = whole.history()[-1]
    assert info.scores["gaussian_score"] == last.gaussian_score and info.scores["epoch"] == 8
    assert info.data["paradigms"] == 4


def test_a_disk_that_fills_before_the_last_model_is_kept_leaves_no_older_one(
    whole, quick_config, tmp_path, monkeypatch
):
    run = Run.create(tmp_path / "full", quick_config)
    with monkeypatch.context() as full:
        full.setattr(session, "save_checkpoint", lambda *_: no_space() if len(run.history()) == 8 else None)
        with pytest.raises(BadRun, match="disk is full"):
            list(train_in_folder(run))
    list(train_in_folder(run))
    assert run.status() == "finished" and run.model_path.read_bytes() == whole.model_path.read_bytes()


def test_a_stopped_and_resumed_run_equals_an_unstopped_one(whole, quick_config, tmp_path):
    run = Run.create(tmp_path / "stopped", quick_config)
    records = train_in_folder(run)
    for _ in range(3):
        next(records)
    records.close()
    assert run.status() == "stopped"
    list(train_in_folder(run))
    assert history(run) == history(whole)
    assert run.model_path.read_bytes() == whole.model_path.read_bytes()


def test_a_killed_and_resumed_run_equals_an_unkilled_one(tiny_config, tmp_path):
    config = replace(tiny_config, epochs=40, evaluate_every=20, letter_dropout=0.1)
    whole = Run.create(tmp_path / "whole", config)
    list(train_in_folder(whole))
    code = "import sys, pathlib, torch; torch.set_num_threads(1); from cvae.runs.run import Run; "
    code += "from cvae.runs.session import train_in_folder; "
    code += "list(train_in_folder(Run(pathlib.Path(sys.argv[1]))))"
    for epochs in (3, 12, 21):
        killed = Run.create(tmp_path / f"killed-{epochs}", config)
        killed.steering.ask(Control(pause_at=39))  # so that it does not end before it is killed
        with subprocess.Popen([sys.executable, "-c", code, str(killed.path)]) as process:
            kill_after(epochs, killed, process)
        assert len(killed.history()) < 40 and killed.status() in ("running", "paused")
        killed.go_on()
        list(train_in_folder(killed))
        assert history(killed) == history(whole)
        models = [load_checkpoint(run.model_path)[0] for run in (killed, whole)]
        assert sample(models[0], 10) == sample(models[1], 10)


def kill_after(epochs, run, process):
    wait_until(lambda: len(run.history()) >= epochs or process.poll() is not None, pause=0.003)
    process.send_signal(signal.SIGKILL)


def test_a_half_written_line_and_a_record_ahead_of_the_state_are_done_again(whole, quick_config, tmp_path):
    run = Run.create(tmp_path / "torn", quick_config)
    records = train_in_folder(run)
    for _ in range(2):
        next(records)
    records.close()
    last = json.loads(run.history_path.read_text().splitlines()[-1])
    with run.history_path.open("a") as file:
        file.write(json.dumps(last | {"epoch": 3, "step": last["step"] + 1}) + "\n")
        file.write('{"epoch": 4, "st')
    assert [record.epoch for record in run.history()] == [1, 2, 3]
    list(train_in_folder(run))
    assert history(run) == history(whole)


def test_resuming_a_finished_run_adds_nothing(whole):
    assert list(train_in_folder(whole)) == []
    assert len(whole.history()) == 8 and whole.status() == "finished"


def test_a_folder_is_trained_in_by_one_process_at_a_time(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    records = train_in_folder(run)
    next(records)
    with pytest.raises(BadRun, match="Another process"):
        next(train_in_folder(run))
    records.close()


def test_a_second_run_in_the_same_folder_is_refused(whole, quick_config):
    with pytest.raises(BadRun, match="resume it, or choose another folder"):
        Run.create(whole.path, quick_config)


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(BadRun, match="There is no run"):
        Run(tmp_path).config()


def test_a_damaged_state_is_refused(whole):
    content = whole.state_path.read_bytes()
    whole.state_path.write_bytes(content[: len(content) // 2])
    with pytest.raises(BadRun, match="damaged"):
        list(train_in_folder(whole))


@pytest.mark.parametrize("verb", ["pin pins pinning pinned", "jig jigs jigging jigged"])
def test_a_run_of_a_file_by_its_path_goes_on_with_the_same_verbs_only(quick_config, tmp_path, headed_verbs, verb):
    run = Run.create(tmp_path / "run", quick_config)
    records = train_in_folder(run)
    next(records)
    records.close()
    headed_verbs.write_text(f"{headed_verbs.read_text()}{verb}\n")
    with pytest.raises(BadRun, match="The verbs of this run have changed since it began"):
        list(train_in_folder(run))


@pytest.mark.parametrize("full", [False, True])
def test_a_failure_told_in_many_lines_is_one_that_can_be_read(quick_config, tmp_path, monkeypatch, full):
    run = Run.create(tmp_path / "run", quick_config)
    if full:
        monkeypatch.setattr("cvae.runs.run.write_json", no_space)
    run.fail("shapes\n\tdo not fit\x00 " + 1000 * "x")
    assert run.status() == "failed" and run.last_status().reason.startswith("shapes  do not fit  xxx")


@pytest.mark.parametrize(
    ("part", "result", "sentence"),
    [
        ("train_step", (4e12, 0.0), "At step 0 the loss was no longer a number that can be recorded"),
        ("train_step", (0.0, math.nan), "At step 0 the loss was no longer a number that can be recorded"),
        ("score", {"heldout_kl": math.inf}, "Epoch 4 has no usable 'heldout_kl': a smaller learning rate may help."),
    ],
)
def test_a_run_fails_before_it_records_what_could_not_be_read_again(
    quick_config, tmp_path, monkeypatch, part, result, sentence
):
    run = Run.create(tmp_path / "run", quick_config)
    monkeypatch.setattr(f"cvae.training.loop.{part}", lambda *_: result)
    with pytest.raises(BadRun, match=sentence):
        list(train_in_folder(run))
    assert run.status() == "failed" and len(run.history()) == (3 if part == "score" else 0)
    assert all(point.step for point in run.steps())


def test_a_failure_is_recorded_with_its_reason(quick_config, tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", quick_config)
    monkeypatch.setattr("cvae.training.loop.train_step", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(train_in_folder(run))
    assert run.status() == "failed" and "division by zero" in run.status_path.read_text()
