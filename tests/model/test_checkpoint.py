"""A checkpoint comes back as it was, or is refused with a sentence."""

import json
import struct
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.errors import BadCheckpoint
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.checkpoint import (
    MAX_BYTES,
    METADATA_KEY,
    CheckpointInfo,
    find_checkpoint,
    find_checkpoints,
    load_checkpoint,
    read_info,
    save_checkpoint,
)
from cvae.model.cvae import build_model
from tests.app import save_untrained


def info_of(model):
    scores, versions = {"bleu4": 0.5, "distinct": 7}, {"torch": "2"}
    training = TrainConfig(model=model.config)
    return CheckpointInfo(model.config, model.vocabulary, training, {"name": "x"}, scores, versions)


@pytest.fixture
def saved(model, tmp_path):
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, model, info_of(model))
    return path


def rewrite(path, change_header=None, change_weights=None):
    """The same file with another description or other weights."""
    weights = load_file(path)
    size = struct.unpack("<Q", path.read_bytes()[:8])[0]
    header = json.loads(json.loads(path.read_bytes()[8 : 8 + size])["__metadata__"][METADATA_KEY])
    if change_header:
        change_header(header)
    if change_weights:
        change_weights(weights)
    save_file(weights, path, {METADATA_KEY: json.dumps(header)})


def test_a_saved_and_loaded_model_says_the_same_words(model, saved):
    loaded, info = load_checkpoint(saved)
    assert info == info_of(model) and info.folder == saved.parent
    assert sample(loaded, 20) == sample(model, 20)
    ours, theirs = (convert(m, ["walk", "went"]) for m in (model, loaded))
    assert [c.forms for c in ours] == [c.forms for c in theirs]


def test_a_loaded_model_is_not_trained_on(saved):
    loaded, _ = load_checkpoint(saved)
    assert not loaded.training and not any(weight.requires_grad for weight in loaded.parameters())


def test_a_description_without_records_is_read(saved):
    rewrite(saved, change_header=lambda header: [header.pop(name) for name in ("data", "scores", "versions")])
    info = read_info(saved)
    assert (info.data, info.scores, info.versions) == ({}, {}, {})


def test_other_tenses_and_letters_travel_with_the_weights(tmp_path):
    vocabulary = Vocabulary("aeést'", ("infinitif", "présent"))
    model = build_model(ModelConfig(hidden=16), vocabulary, 0)
    save_checkpoint(tmp_path / "f.safetensors", model, info_of(model))
    loaded, _ = load_checkpoint(tmp_path / "f.safetensors")
    assert loaded.vocabulary == vocabulary
    assert list(convert(loaded, ["été"])[0].forms) == ["infinitif", "présent"]


def test_the_header_is_read_without_the_weights(saved, model, monkeypatch):
    monkeypatch.setattr("cvae.model.checkpoint.CVAE", None)
    assert read_info(saved) == info_of(model)


def set_to(*keys, value):
    def change(header):
        for key in keys[:-1]:
            header = header[key]
        header[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (set_to("format", value=99), "is not in format version 1"),
        (set_to("model", "hidden", value=10**9), r"model\.hidden must be between"),
        (set_to("model", "hidden", value=32), "has shape"),
        (set_to("model", "cell", value="transformer"), r"model\.cell must be one of"),
        (set_to("model", "surprise", value=1), "no setting 'model.surprise'"),
        (set_to("alphabet", value="abc"), "has shape"),
        (set_to("alphabet", value=""), "An alphabet has"),
        (set_to("tenses", value=None), "can't be used"),
        (set_to("tenses", value=[f"t{i}" for i in range(24)]), "can't be used: model.hidden must be above 24"),
        (set_to("scores", value=3), "can't be used"),
        (set_to("training", value=[]), "A config must be a table"),
        (lambda header: header.pop("model"), "'model'"),
    ],
)
def test_a_wrong_description_is_refused(saved, change, message):
    rewrite(saved, change_header=change)
    with pytest.raises(BadCheckpoint, match=message):
        load_checkpoint(saved)


WEIGHT = "decoder.output.bias"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda w: w.pop(WEIGHT), "lacks weight 'decoder.output.bias'"),
        (lambda w: w.update(extra=torch.zeros(1)), "unknown weight 'extra'"),
        (lambda w: w.update({WEIGHT: torch.zeros(7)}), r"has shape \(7,\)"),
        (lambda w: w.update({WEIGHT: w[WEIGHT].half()}), "must be float32"),
        (lambda w: w.update({WEIGHT: w[WEIGHT] * float("nan")}), "not finite"),
    ],
)
def test_wrong_weights_are_refused(saved, change, message):
    rewrite(saved, change_weights=change)
    with pytest.raises(BadCheckpoint, match=message):
        load_checkpoint(saved)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"short",
        b"\xff" * 64,
        b"PK\x03\x04" + b"\0" * 100,
        struct.pack("<Q", 2) + b"{}",
        struct.pack("<Q", 2) + b"[]",
    ],
)
def test_files_that_are_no_checkpoints_are_refused(tmp_path, content):
    path = tmp_path / "x.safetensors"
    path.write_bytes(content)
    with pytest.raises(BadCheckpoint, match=r"x\.safetensors"):
        load_checkpoint(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(saved, share):
    content = saved.read_bytes()
    saved.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(BadCheckpoint):
        load_checkpoint(saved)


def test_a_damaged_file_is_named_with_its_fault(saved, monkeypatch):
    content = saved.read_bytes()
    saved.write_bytes(content[:-8])
    with pytest.raises(BadCheckpoint, match=rf"{saved.name} is damaged: .*\w{{8}}.*\. Get the file again\."):
        load_checkpoint(saved)

    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fail)
    with pytest.raises(BadCheckpoint, match=r"is damaged: Input/output error\. Get the file again\."):
        load_checkpoint(saved)


def test_a_description_that_is_no_json_is_refused(saved):
    save_file(load_file(saved), saved, {METADATA_KEY: "{" * 9})
    with pytest.raises(BadCheckpoint, match="damaged description"):
        load_checkpoint(saved)


def test_a_huge_file_is_refused_before_it_is_read(saved, monkeypatch):
    size = saved.stat().st_size
    monkeypatch.setattr("cvae.model.checkpoint.MAX_BYTES", size)
    read_info(saved)
    monkeypatch.setattr("cvae.model.checkpoint.MAX_BYTES", size - 1)
    with pytest.raises(BadCheckpoint, match="larger than 0 MB"):
        load_checkpoint(saved)


def test_the_largest_size_is_told_in_megabytes(tmp_path):
    with (tmp_path / "x.safetensors").open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # a hole: nothing of it is on the disk
    with pytest.raises(BadCheckpoint, match="larger than 256 MB"):
        read_info(tmp_path / "x.safetensors")


@pytest.mark.parametrize("size", [2**64 - 1, 65, 0x7FFF_FFFF_FFFF_FFFF])
def test_a_header_larger_than_its_file_is_not_asked_for(tmp_path, size):
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", size) + b"{" * 56)
    with pytest.raises(BadCheckpoint, match=r"x\.safetensors is not a \.safetensors file\."):
        read_info(path)


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(BadCheckpoint, match=r"There is no checkpoint at .*nowhere\.safetensors"):
        read_info(tmp_path / "nowhere.safetensors")


def test_checkpoints_are_found_by_name_or_path(saved, tmp_path):
    assert find_checkpoints(tmp_path) == {"model": saved}
    assert find_checkpoint("model", tmp_path) == find_checkpoint(str(saved), tmp_path) == saved
    assert find_checkpoint(str(tmp_path), tmp_path / "empty") == saved  # the folder of a run
    saved.with_stem("another").write_bytes(b"")
    with pytest.raises(BadCheckpoint, match="use one of another, model, or"):
        find_checkpoint("nothing", tmp_path)
    with pytest.raises(BadCheckpoint, match="`make checkpoints` trains them"):
        find_checkpoint("nothing", tmp_path / "empty")
    (tmp_path / "nothing.toml").touch()
    with pytest.raises(BadCheckpoint, match=r"`python -m cvae train --config .*nothing\.toml --out runs/nothing`"):
        find_checkpoint("nothing", tmp_path)
    (tmp_path / "two words.toml").touch()
    with pytest.raises(BadCheckpoint, match=r"--config '.*two words\.toml' --out 'runs/two words'`"):
        find_checkpoint("two words", tmp_path)


def test_a_run_without_weights_says_how_it_gets_some(tmp_path):
    (run := tmp_path / "my run").mkdir()
    (run / "config.json").touch()
    with pytest.raises(BadCheckpoint, match=r"no weights: wait .* `python -m cvae train --out '.*my run' --resume`"):
        find_checkpoint(str(run))
    (run / "history.jsonl.gz").touch()
    with pytest.raises(BadCheckpoint, match=r"`python -m cvae train --replay '.*my run' --out '.*my run-again'`"):
        find_checkpoint(str(run))


def test_a_model_is_loaded_by_name_as_well(saved, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(saved.parent))
    assert load_checkpoint("model")[1] == load_checkpoint(saved)[1]


def test_a_failed_write_keeps_the_old_file(saved, model, monkeypatch, tmp_path):
    before = saved.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(saved, model, info_of(model))
    assert saved.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


@pytest.mark.parametrize(
    "odd", [{"data": {"paradigms": "many"}}, {"scores": {"bleu4": "high"}}, {"versions": {"cvae": "\x00"}}]
)
def test_a_header_with_odd_records_is_refused(tmp_path, odd):
    save_untrained(tmp_path / "odd.safetensors", **odd)
    with pytest.raises(BadCheckpoint, match=f"can't be used: has no usable '{next(iter(odd))}'"):
        read_info(tmp_path / "odd.safetensors")
