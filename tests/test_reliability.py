"""Quick versions of what `tests/reliability` tries at length, and the faults that it found."""

import json
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from cvae.core.config import Augmentation, ModelConfig, TrainConfig
from cvae.core.errors import BadConfig, BadRun, TenseLabError
from cvae.data.paradigms import OWN
from cvae.data.vocabulary import Vocabulary, normalize
from cvae.inference.conversion import convert
from cvae.model.checkpoint import load_checkpoint, read_info
from cvae.model.cvae import build_model
from cvae.runs import queue, workers
from cvae.runs.run import MODEL, Run
from cvae.runs.session import train_in_folder
from cvae.runs.upload import Upload, confined, keep_upload
from pages.shared import serve
from tests.app import SMALL, save_untrained, visit
from tests.conftest import no_space
from tests.reliability import links, models, oddities, tables, uploads, words


@pytest.fixture
def small():
    return build_model(SMALL, Vocabulary(), 1).eval()


@pytest.fixture
def saved(tmp_path):
    save_untrained(tmp_path / "small.safetensors")
    return tmp_path / "small.safetensors"


def test_any_word_is_converted_or_refused(small):
    tally = words.try_words(small, 400)
    assert not tally.faults and tally.refused > 100 and tally.accepted > 10


def test_words_are_refused_on_the_command_line_in_one_line(saved, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(saved.parent))
    for name in ("classroom", "open-vocabulary"):
        (saved.parent / f"{name}.safetensors").write_bytes(saved.read_bytes())
    assert not words.try_words_on_the_command_line(60).faults


def test_any_table_is_read_or_refused(small):
    assert not [fault for tally in tables.try_tables(small, 150, huge=tables.HUGE[:2]) for fault in tally.faults]


def test_evil_models_and_flipped_bits_are_refused_or_usable(saved, tmp_path):
    content = saved.read_bytes()
    assert not models.try_models("evil", models.evil(content), tmp_path, use_every=1).faults
    flipped = models.try_models("flips", models.flips(content, 200, 0), tmp_path, use_every=1)
    assert not flipped.faults and flipped.refused > 20 and flipped.accepted > 20


def test_archives_that_are_bombs_spoilt_or_odd_are_refused_or_whole(tmp_path):
    tallies, let_in = uploads.try_archives(tmp_path, 60)
    assert not [fault for tally in tallies for fault in tally.faults] and let_in


def test_no_text_leads_out_of_the_folder_of_runs(tmp_path):
    assert not links.try_ids(tmp_path / "runs", 1000).faults


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("theory", {"section": ""}),
        ("sample", {"seed": "inf"}),
        ("sample", {"number": "1e999"}),
        ("curves", {"my_runs": "\0"}),
        ("home", {"word": "went", "view": ""}),
    ],
)
def test_links_that_streamlit_cannot_read_are_mended(page, query):
    visit(page, **query)


def test_a_text_too_long_for_a_word_is_not_composed():
    assert normalize("e\u0301") == "é"
    assert normalize("a" + "\u0301\u0323" * 100_000).endswith("\u0301\u0323")


@pytest.mark.parametrize("make", [lambda n: ModelConfig(hidden=n), lambda n: TrainConfig(verbs=n)])
def test_a_number_larger_than_any_float_is_out_of_range(make):
    with pytest.raises(BadConfig, match="must be between"):
        make(10**400)


def test_a_model_in_use_does_not_change_with_its_file(saved):
    model, _ = load_checkpoint(saved)
    before = [conversion.forms for conversion in convert(model, ["walk", "went"])]
    saved.write_bytes(b"")  # as `cp` does first; a mapped file would end the process here
    assert [conversion.forms for conversion in convert(model, ["walk", "went"])] == before


def test_a_disk_without_room_for_a_new_file_still_takes_the_reason(quick_config, tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", quick_config)
    records = train_in_folder(run)
    next(records)

    monkeypatch.setattr("cvae.runs.run.append_line", no_space)
    monkeypatch.setattr("cvae.runs.run.write_json", no_space)
    with pytest.raises(BadRun, match="The disk is full"):
        list(records)
    monkeypatch.undo()
    assert json.loads(run.status_path.read_text())["status"] == "failed"
    list(train_in_folder(run))
    assert run.status() == "finished"


@pytest.fixture
def queued(quick_config, monkeypatch):
    """Queue an upload as the app does, without its processes."""
    locks = []
    monkeypatch.setattr(workers, "_start", lambda run, lock: locks.append(lock))
    return lambda: workers.submit([quick_config], "a test", Path(quick_config.data).read_text())[0]


def test_a_clock_set_back_changes_neither_the_queue_nor_what_starts(queued, tmp_path, monkeypatch):
    runs = [queued() for _ in range(4)]
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() - 86_400)
    with runs[0].locked(), runs[1].locked():
        late = queued()
    waiting = [run for job in queue.queue(tmp_path / "runs") for run in job]
    assert [run.path for run in waiting] == [runs[2].path, runs[3].path, late.path]
    assert queue.standing(runs[0]).status == "starting"


def test_damaged_notes_of_a_run_are_a_sentence_or_an_interruption(queued):
    run = queued()
    for content in ("", "[]", "{}", '{"status": "odd", "reason": ""}', "[" * 100_000):
        run.status_path.write_text(content)
        assert queue.standing(run).status == "interrupted"
    (run.path / "job.json").write_text("{}")
    with pytest.raises(BadRun, match="description of this run is damaged"):
        queue.find_run(run.path.parent, run.path.name)


def test_a_job_that_cannot_be_written_leaves_nothing_behind(quick_config, tmp_path, monkeypatch):
    calls = []

    def second_fails(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            no_space()

    monkeypatch.setattr("cvae.runs.queue.write_json", second_fails)
    with pytest.raises(OSError, match="No space"):
        queue.create_job(tmp_path, [replace(quick_config, data="train")] * 2, "a pair")
    assert list(tmp_path.glob("*/")) == []


def test_a_model_from_anybody_names_no_file_of_the_server(saved):
    read = read_info(saved)
    info = replace(read, training=replace(read.training, data="train"))
    parts = (Augmentation("large"), Augmentation("/etc/passwd"), Augmentation("large", 2.0))
    evil = replace(info, training=replace(info.training, data="/etc/passwd", augmentation=parts))
    assert confined(evil).training.data == "" and [part.data for part in confined(evil).training.augmentation] == [
        "large"
    ]
    twice = replace(info.training, augmentation=(Augmentation("large"), Augmentation("large", classes=("irregular",))))
    assert confined(replace(info, training=twice)).training == twice
    assert confined(replace(info, training=replace(info.training, data=OWN))).training.data == ""
    assert confined(info) == info


def test_a_session_keeps_its_newest_uploads_up_to_a_limit_whatever_asked_for_them(monkeypatch):
    monkeypatch.setattr(MemoryUploadedFileManager, "add_file", MemoryUploadedFileManager.add_file)
    serve.bound_uploads()
    monkeypatch.setattr(serve, "get_option", {"server.maxUploadSize": 1}.__getitem__)
    kept = MemoryUploadedFileManager("upload")
    kept.add_file("another session", UploadedFileRec("0", "", "", bytes(2**20)))
    for name, size in (("1", 2**20), ("2", 2**19), ("3", 2**19), ("4", 1)):
        kept.add_file("session", UploadedFileRec(name, "", "", bytes(size)))
    assert [list(files) for files in kept.file_storage.values()] == [["0"], ["2", "3", "4"]]


# Isolation


def test_a_visitor_neither_sees_nor_steers_nor_removes_the_run_of_another(queued, monkeypatch):
    run = queued()
    files = {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "watched"}
    for page in ("train", "curves", "convert", "sample"):
        for query in ({}, {"run": run.path.name[:-1]}, {"run": run.path.name.lower()}, {"my_runs": run.path.name[:8]}):
            app = visit(page, **query)
            shown = repr(app.main) + repr(app.sidebar)
            assert run.path.name not in shown and "a test" not in shown
    assert {path.name: path.read_bytes() for path in run.path.iterdir() if path.name != "watched"} == files


def test_what_goes_wrong_with_a_run_is_told_without_its_folder(queued, saved, tmp_path, monkeypatch):
    run, upload = queued(), Upload({MODEL: saved.read_bytes()}, read_info(saved))

    def told(work):
        with pytest.raises(TenseLabError) as caught:
            work()
        return str(caught.value)

    run.state_path.write_bytes(b"{")
    sentences = [told(lambda: list(train_in_folder(run))), run.last_status().reason]
    (run.path / OWN).write_bytes(bytes([255]))
    sentences += [told(lambda: list(train_in_folder(run))), run.last_status().reason]
    sentences += [told(lambda: load_checkpoint(tmp_path / "none.safetensors"))]
    for place in ("runs.upload.write_atomically", "runs.run.write_json", "core.files.write_atomically"):
        monkeypatch.setattr(f"cvae.{place}", no_space)
        sentences += [told(queued if "upload" not in place else lambda: keep_upload(upload, tmp_path / "runs" / "new"))]
    run.config_path.unlink()
    sentences += [told(run.config)]
    assert len(sentences) == 9 and all(sentences)
    assert not [each for each in sentences if str(tmp_path) in each or run.path.name in each]


def test_ids_come_from_secrets(queued, monkeypatch):
    monkeypatch.setattr("cvae.runs.queue.secrets.token_urlsafe", lambda size: "x" * 20 + str(size))
    assert queued().path.name == "x" * 20 + "16"  # 16 bytes: 128 bits


def test_nothing_that_a_visitor_types_is_logged(saved, monkeypatch, capfd, caplog):
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(saved.parent))
    monkeypatch.setattr(logging.getLogger("tense_lab"), "handlers", [])  # an earlier test’s writes to another stderr
    caplog.set_level(0)
    visit("convert", word="unmistakable")
    visit("convert", word="unmistakable1")
    visit("train", run="unmistakable-run-of-a-visitor")
    out, err = capfd.readouterr()
    assert '"page": "Convert"' in err and '"page": "Train"' in err
    assert "unmistakable" not in out + err + caplog.text


def test_odd_values_in_any_field_are_a_sentence_or_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_RUNS", str(tmp_path))
    tallies = oddities.try_oddities(tmp_path, 120, looked_at=48)
    assert not [fault for tally in tallies for fault in tally.faults]
    assert all(tally.refused > 1 for tally in tallies[:2])
