"""A checkpoint comes back as it was, or is refused with a sentence."""

import json
import struct

import pytest
import torch
from safetensors.torch import load_file, save_file

from cvae.checkpoint import (
    METADATA_KEY,
    CheckpointInfo,
    find_checkpoint,
    find_checkpoints,
    load_checkpoint,
    read_info,
    save_checkpoint,
)
from cvae.config import ModelConfig, TrainConfig
from cvae.errors import BadCheckpoint
from cvae.inference import convert, sample
from cvae.model import build_model
from cvae.vocabulary import Vocabulary


def info_of(model):
    scores = {"bleu4": 0.5, "distinct": 7}
    return CheckpointInfo(model.config, model.vocabulary, TrainConfig(model=model.config), {"name": "x"}, scores)


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
    assert info == info_of(model)
    assert sample(loaded, 20) == sample(model, 20)
    ours, theirs = (convert(m, ["walk", "went"]) for m in (model, loaded))
    assert [c.forms for c in ours] == [c.forms for c in theirs]


def test_other_tenses_and_letters_travel_with_the_weights(tmp_path):
    vocabulary = Vocabulary("aeést'", ("infinitif", "présent"))
    model = build_model(ModelConfig(hidden=16), vocabulary, 0)
    save_checkpoint(tmp_path / "f.safetensors", model, info_of(model))
    loaded, _ = load_checkpoint(tmp_path / "f.safetensors")
    assert loaded.vocabulary == vocabulary
    assert list(convert(loaded, ["été"])[0].forms) == ["infinitif", "présent"]


def test_the_header_is_read_without_the_weights(saved, model, monkeypatch):
    monkeypatch.setattr("cvae.checkpoint.CVAE", None)
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
        (set_to("format", value=99), "another format version"),
        (set_to("model", "hidden", value=10**9), "hidden must be between"),
        (set_to("model", "hidden", value=32), "has shape"),
        (set_to("model", "cell", value="transformer"), "cell must be one of"),
        (set_to("model", "surprise", value=1), "no setting 'surprise'"),
        (set_to("alphabet", value="abc"), "has shape"),
        (set_to("alphabet", value=""), "An alphabet has"),
        (set_to("tenses", value=None), "can't be used"),
        (set_to("scores", value=3), "can't be used"),
        (set_to("training", value=[]), "TrainConfig must be a table"),
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


def test_a_description_that_is_no_json_is_refused(saved):
    save_file(load_file(saved), saved, {METADATA_KEY: "{" * 9})
    with pytest.raises(BadCheckpoint, match="damaged description"):
        load_checkpoint(saved)


def test_a_huge_file_is_refused_before_it_is_read(saved, monkeypatch):
    monkeypatch.setattr("cvae.checkpoint.MAX_BYTES", 10)
    with pytest.raises(BadCheckpoint, match="larger than"):
        load_checkpoint(saved)


def test_checkpoints_are_found_by_name_or_path(saved, tmp_path):
    assert find_checkpoints(tmp_path) == {"model": saved}
    assert find_checkpoint("model", tmp_path) == find_checkpoint(str(saved), tmp_path) == saved
    with pytest.raises(BadCheckpoint, match="use one of model"):
        find_checkpoint("nothing", tmp_path)
    with pytest.raises(BadCheckpoint, match="there is none in"):
        find_checkpoint("nothing", tmp_path / "empty")


def test_a_failed_write_keeps_the_old_file(saved, model, monkeypatch, tmp_path):
    before = saved.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(saved, model, info_of(model))
    assert saved.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]
