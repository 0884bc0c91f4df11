"""Runs for TensorBoard, in tables and for the Embedding Projector, read back as those tools read them."""

import csv
import json
import struct
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from cvae.cli.main import cli
from cvae.core.config import TrainConfig
from cvae.runs.export import EVENTS, crc32c
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.training.records import StepRecord
from tests.recordings import records, write_run


def export(*arguments):
    return CliRunner().invoke(cli, ["export", *map(str, arguments)])


def varint(data, place):
    value = shift = 0
    while True:
        value |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 0x80:
            return value, place


def message(data):
    """The fields of a protobuf message by number, each with all its values."""
    fields, place = {}, 0
    while place < len(data):
        key, place = varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, place = varint(data, place)
        else:
            size, place = {1: (8, place), 5: (4, place)}.get(wire) or varint(data, place)
            value, place = data[place : place + size], place + size
        fields.setdefault(number, []).append(value)
    return fields


def events(path):
    """Step, time and numbers by tag of each event; the checksums must be right."""
    data, place, found = path.read_bytes(), 0, []
    while place < len(data):
        [size] = struct.unpack_from("<Q", data, place)
        for start, length in ((place, 8), (place + 12, size)):
            [masked] = struct.unpack_from("<I", data, start + length)
            rotated = (masked - 0xA282EAD8) & 0xFFFFFFFF
            assert (rotated >> 17 | rotated << 15) & 0xFFFFFFFF == crc32c(data[start : start + length])
        found.append(message(data[place + 12 : place + 12 + size]))
        place += size + 16
    assert found[0] == {3: [b"brain.Event:2"]}
    for event in found[1:]:
        values = [message(value) for value in message(event[5][0])[1]]
        numbers = {value[1][0].decode(): struct.unpack("<f", value[2][0])[0] for value in values}
        yield event[2][0], struct.unpack("<d", event[1][0])[0], numbers


def rows(path, delimiter=","):
    with path.open(newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


@pytest.fixture
def recorded(tmp_path):
    """A folder with an experiment of two runs."""
    for seed in range(2):
        write_run(tmp_path / "runs" / "kl" / f"seed{seed}", TrainConfig(seed=seed), records(0.5))
    return tmp_path / "runs"


def test_the_checksum_is_that_of_the_standard():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, B.4


def test_tensorboard_reads_every_number_at_its_step(recorded, tmp_path):
    point = StepRecord(7.0, 300, 2.0, 16, 9.0, 4.0, 0.5, 1.0, 1e-3)
    (recorded / "kl" / "seed0" / "steps.jsonl").write_text(json.dumps(asdict(point)) + "\n")
    assert export(recorded, "--to", "tensorboard", tmp_path / "logs").exit_code == 0
    first, *others = events(tmp_path / "logs" / "kl" / "seed0" / EVENTS)
    assert first[0] == 10 and first[2]["epoch/kl"] == 3.5 and first[2]["epoch/reconstruction"] == 20.5
    assert "epoch/bleu4" not in first[2] and others[0][2]["epoch/bleu4"] == 0.5
    assert others[0][1] - first[1] == pytest.approx(1.5, abs=1e-4)
    assert [step for step, _, _ in others] == [20, 30, 40, 50, 60, 300] and others[-1][2]["step/kl"] == 4.0


def test_a_running_run_is_exported_again_and_goes_on_where_it_ended(quick_config, tmp_path):
    run = Run.create(tmp_path / "run", quick_config)
    training = train_in_folder(run)
    sizes = []
    for _ in range(2):
        next(training)
        assert export(run.path, "--to", "tensorboard", tmp_path / "logs").exit_code == 0
        sizes.append((tmp_path / "logs" / "run" / EVENTS).read_bytes())
    training.close()
    assert sizes[1].startswith(sizes[0]) and len(sizes[1]) > len(sizes[0])


def test_the_tables_hold_the_epochs_and_the_settings_of_all_runs(recorded, tmp_path):
    assert export(recorded, "--to", "csv", tmp_path / "tables").exit_code == 0
    history, settings = rows(tmp_path / "tables" / "history.csv"), rows(tmp_path / "tables" / "runs.csv")
    assert [row["run"] for row in history] == ["kl/seed0"] * 6 + ["kl/seed1"] * 6
    assert (history[1]["step"], history[1]["bleu4"], history[0]["bleu4"]) == ("20", "0.5", "")
    assert [(row["run"], row["seed"], row["kl.kind"]) for row in settings] == [
        ("kl/seed0", "0", "monotonic"),
        ("kl/seed1", "1", "monotonic"),
    ]


def test_runs_of_the_app_are_named_by_the_beginning_of_their_keys(tmp_path):
    for key in ("abcdefghijklmnopqrstuv", "_bcdefghijklmnopqrstuv"):
        (write_run(tmp_path / "runs" / key, TrainConfig(), records(0.5)) / "job.json").write_text("{}")
    assert export(tmp_path / "runs", "--to", "csv", tmp_path / "tables").exit_code == 0
    assert {row["run"] for row in rows(tmp_path / "tables" / "history.csv")} == {"abcdef", "_bcdef"}
    alone = tmp_path / "runs" / "abcdefghijklmnopqrstuv"
    assert export(alone, "--to", "tensorboard", tmp_path / "logs").exit_code == 0
    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["abcdef"]


def test_the_projector_gets_every_form_with_its_z(trained, tmp_path):
    assert export(trained.parent, trained, "--to", "projector", tmp_path / "points").exit_code == 0
    for name in ("run", "model"):
        labels = rows(tmp_path / "points" / name / "metadata.tsv", "\t")
        lines = (tmp_path / "points" / name / "vectors.tsv").read_text().splitlines()
        vectors = [[float(value) for value in line.split("\t")] for line in lines]
        assert len(labels) == len(vectors) == 16 and {len(vector) for vector in vectors} == {16}
        assert min(map(min, vectors)) < 0
        assert {"form": "sang", "tense": "p", "verb": "sing"} in labels


def test_what_can_not_be_exported_is_a_sentence(recorded, quick_config, trained, tmp_path):
    waiting = Run.create(tmp_path / "waiting", quick_config)
    (tmp_path / "file").write_text("")
    for call, sentence in (
        ((recorded, recorded, "--to", "csv", tmp_path / "out"), "Two of these runs are called kl/seed0"),
        ((waiting.path, "--to", "projector", tmp_path / "out"), "wait for its first epoch"),
        ((trained, trained, "--to", "projector", tmp_path / "out"), "Two of these runs are called model"),
        ((recorded, "--to", "csv", tmp_path / "file"), "can't be used"),
    ):
        said = export(*call)
        assert said.exit_code == 2 and sentence in said.stderr and said.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
