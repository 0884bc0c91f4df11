"""Runs in the formats of other tools: TensorBoard, tables for Weights & Biases or MLflow, the Embedding Projector.

A run that is still training is exported with its records so far. When it is exported again, the files begin with the
same bytes, and the new records follow.
"""

import io
import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from cvae.core.errors import BadData, BadRun
from cvae.core.files import write_atomically, write_rows
from cvae.data.batches import in_chunks
from cvae.data.verbs import headword
from cvae.inference.conversion import encode
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint
from cvae.runs.history import cells_of, find_runs, numbers_of, read_run, row_of
from cvae.runs.queue import JOB
from cvae.runs.run import MODEL, Run

EVENTS = "events.out.tfevents.0.tense-lab"
VERSION = "brain.Event:2"
RUN, STEP = "run", "step"

Runs = Mapping[str, Path]
"""Run folders, or checkpoints, by their names in the export."""


def find_exported(folders: Sequence[Path], checkpoints: Sequence[Path] = ()) -> dict[str, Path]:
    """Name what is exported: the runs in these folders, each a run or a folder of runs, and checkpoints.

    A run of the app is named by the beginning of its id, because anybody who knows the whole id can steer the run.
    Raises BadRun for a folder without a run, and for a name that two of them have.
    """
    named: list[tuple[str, Path]] = []
    for folder in folders:
        runs = [path for paths in find_runs(folder).values() for path in paths]
        if not runs:
            raise BadRun(f"There is no run in {folder}.")
        for path in runs:
            below = path.relative_to(folder) if path != folder else Path(path.resolve().name)
            if (path / JOB).is_file():
                below = below.with_name(Run(path).short_id)
            named.append((below.as_posix(), path))
    found: dict[str, Path] = {}
    for name, path in [*named, *((path.stem, path) for path in checkpoints)]:
        if name in found:
            raise BadRun(f"Two of these runs are called {name}: export them into different folders.")
        found[name] = path
    return found


def export_tensorboard(runs: Runs, out: Path) -> None:
    """Write one event file for each run, with the numbers of its points as `step/…` and of its epochs as `epoch/…`."""
    for name, path in runs.items():
        records = [_record(_field(3, VERSION.encode()))]
        records += [_record(_event(*event)) for event in _events(path)]
        _write(out / name / EVENTS, b"".join(records))


def _events(path: Path) -> Iterator[tuple[float, int, dict[str, float]]]:
    """Yield the time (Unix seconds), the step and the numbers by tag of each record, in the order of the steps."""
    run = Run(path)
    began = run.config_path.stat().st_mtime
    records = [("step", dict(numbers_of(row_of(point)))) for point in run.steps()]
    records += [("epoch", dict(numbers_of(row_of(record)))) for record in run.history()]
    for tag, numbers in sorted(records, key=lambda each: each[1].get(STEP, 0)):
        named = {f"{tag}/{name}": value for name, value in numbers.items() if name not in (STEP, "words")}
        yield began + numbers.get("seconds", 0), int(numbers.get(STEP, 0)), named


def _event(wall_time: float, step: int, numbers: Mapping[str, float]) -> bytes:
    """Encode an `Event` of TensorBoard's event.proto: wall_time = 1, step = 2, summary = 5 with its values."""
    values = (_field(1, tag.encode()) + b"\x15" + np.array(number, "<f4").tobytes() for tag, number in numbers.items())
    summary = b"".join(_field(1, value) for value in values)
    return b"\x09" + struct.pack("<d", wall_time) + b"\x10" + _varint(step) + _field(5, summary)


def _field(number: int, content: bytes) -> bytes:
    """Encode a protobuf field of wire type 2: text, bytes or a message."""
    return bytes([number << 3 | 2]) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Encode a number from 0 on as protobuf does: seven bits a byte, the lowest first."""
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def _record(content: bytes) -> bytes:
    """Frame a record as TensorFlow's record_writer.h does: length, its checksum, the content, its checksum."""
    length = struct.pack("<Q", len(content))
    return length + _masked(crc32c(length)) + content + _masked(crc32c(content))


def _masked(checksum: int) -> bytes:
    """Rotate a checksum by 15 bits and add a constant, so that a checksum of data with checksums is still useful."""
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(content: bytes) -> int:
    """Compute the CRC-32C (Castagnoli, RFC 3720) of some bytes."""
    table, checksum = _crc_table(), 0xFFFFFFFF
    for byte in content:
        checksum = table[(checksum ^ byte) & 0xFF] ^ checksum >> 8
    return checksum ^ 0xFFFFFFFF


@cache
def _crc_table() -> list[int]:
    table = list(range(256))
    for _ in range(8):
        table = [value >> 1 ^ (0x82F63B78 if value & 1 else 0) for value in table]
    return table


def export_csv(runs: Runs, out: Path) -> None:
    """Write the epochs of all runs to history.csv, and the settings of each to runs.csv, with the column `run` in both.

    The names of columns are allowed as names of metrics and parameters in Weights & Biases and in MLflow.
    """
    read = {name: read_run(path) for name, path in runs.items()}
    columns = list(dict.fromkeys(column for run in read.values() for column in run.columns))
    settings = list(dict.fromkeys(setting for run in read.values() for setting in run.settings))
    history = [[name, *cells] for name, run in read.items() for cells in cells_of(run.columns, columns)]
    configs = [[name, *(run.settings.get(setting, "") for setting in settings)] for name, run in read.items()]
    _write_table(out / "history.csv", [[RUN, *columns], *history])
    _write_table(out / "runs.csv", [[RUN, *settings], *configs])


def export_projector(runs: Runs, out: Path) -> None:
    """Write the posterior mean of every training form to vectors.tsv, and its form, tense and verb to metadata.tsv.

    Raises BadRun before the first epoch, when there is no model yet, and BadData without the training data.
    """
    for name, path in runs.items():
        model_path = path / MODEL if path.is_dir() else path
        if not model_path.is_file():
            raise BadRun(f"There is no model in {path}: wait for its first epoch.")
        model, info = load_checkpoint(model_path)
        rows = sorted(training_paradigms(info))
        if not rows:
            raise BadData(f"The verbs that {name} was trained on are not at hand: give the folder of its run.")
        forms = [
            form for row in rows for form in zip(row, model.vocabulary.tenses, [headword(row)] * len(row), strict=True)
        ]
        forms = [form for form in forms if form[0]]  # a verb may lack some
        vectors: list[list[float]] = []
        for chunk in in_chunks(forms):
            vectors += encode(model, [word for word, _, _ in chunk], [tense for _, tense, _ in chunk])[0].tolist()
        rounded = [[float(f"{value:.6g}") for value in vector] for vector in vectors]
        _write_table(out / name / "vectors.tsv", rounded, "\t")
        _write_table(out / name / "metadata.tsv", [("form", "tense", "verb"), *forms], "\t")


def _write_table(path: Path, rows: Sequence[Sequence[object]], delimiter: str = ",") -> None:
    text = io.StringIO(newline="")
    write_rows(text, rows, delimiter)
    _write(path, text.getvalue().encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, content)


EXPORTS = {"tensorboard": export_tensorboard, "csv": export_csv, "projector": export_projector}
"""The exports of runs by the names that the command line gives them."""
