"""Uploads of runs and models; every part of a file is checked before any of it is used."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cvae.core.config import TrainConfig
from cvae.core.errors import BadCheckpoint, BadData, BadRun
from cvae.core.files import MOST_LINES, as_lines, parse, write_atomically
from cvae.core.schema import Made
from cvae.core.settings import MB, PROGRAM, limits
from cvae.core.text import quoted
from cvae.data.paradigms import OWN, is_bundled, parse_paradigms, read_paradigms, write_paradigms
from cvae.data.tables import decode_text
from cvae.data.vocabulary import MAX_TENSES
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint
from cvae.runs.bundle import FIGURE, README, TABLE
from cvae.runs.run import CONFIG, HISTORY, MODEL, STEPS, Run, Settings, reason_of
from cvae.runs.steering import STEERING, Change
from cvae.runs.unzip import unzip
from cvae.training.records import PER_EPOCH, EpochRecord, StepRecord, check_history, check_rising

LIMITS = {
    CONFIG: MB // 8,
    HISTORY: 4 * MB,
    STEPS: 4 * MB,
    STEERING: 4 * MB,
    OWN: 2 * MB,
    TABLE: 16 * MB,
    FIGURE: 16 * MB,
    README: MB // 8,
}
"""The files that are read from a ZIP beside the model, with their largest sizes in bytes."""
ORIGIN = "Uploaded from a file."


@dataclass(frozen=True)
class Upload:
    """Checked files by their names in a run folder, and the header of the model among them."""

    files: dict[str, bytes]
    info: CheckpointInfo

    @property
    def is_run(self) -> bool:
        """Whether a history came with the model."""
        return HISTORY in self.files


def read_upload(content: bytes, name: str = "") -> Upload:
    """Return what a `.safetensors` file, a ZIP made by `cvae.runs.bundle`, or a ZIP of a run's folder holds.

    name: that of the file; one that ends in .zip is read as a ZIP even if its first bytes are damaged. Raises
    BadCheckpoint, BadRun or BadData.
    """
    if len(content) > (most := limits().upload_mb) * MB:
        raise BadCheckpoint(f"This file is larger than {most} MB, the limit for uploads here: use {PROGRAM}.")
    if not content.startswith(b"PK") and not name.lower().endswith(".zip"):
        return Upload({MODEL: content}, check_model(content))
    files = unzip(content, LIMITS | {MODEL: most * MB})
    if missing := [needed for needed in (CONFIG, HISTORY, MODEL) if needed not in files]:
        raise BadRun(f"This ZIP has no {missing[0]}: zip the whole folder of a run, or use the one you downloaded.")
    info = check_model(files[MODEL])
    config, versions = check_config(files, info)
    kept = {MODEL: files[MODEL], CONFIG: _json({"config": config.to_json(), "versions": versions}) + b"\n"}
    history = check_lines(HISTORY, files[HISTORY], EpochRecord)
    check_epochs(history, config, info)
    steps = check_lines(STEPS, files.get(STEPS, b""), StepRecord)
    check_rising(steps, "step")
    if len(steps) > (PER_EPOCH + 1) * (len(history) + 1):
        raise BadRun(f"{STEPS} has more points than {len(history):,} epochs have.")
    changes = check_lines(STEERING, files.get(STEERING, b""), Change)
    kept |= {
        name: as_lines(records)
        for name, records in ((HISTORY, history), (STEPS, steps), (STEERING, changes))
        if name in files
    }
    if OWN in files:
        kept[OWN] = check_verbs(files[OWN], info)
    elif read_paradigms(config.data).vocabulary.tenses != info.vocabulary.tenses:
        raise BadRun(f"{CONFIG} names data in other tenses than those of the model.")
    return Upload(kept, info)


def keep_upload(upload: Upload, folder: Path) -> Path:
    """Write the files into a new folder and return the path of the model. Raises BadRun when that is impossible."""
    run = Run(folder)
    if run.config_path.exists() or run.model_path.exists():
        raise BadRun("There is a run in this folder already: choose another one.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in upload.files.items():
            write_atomically(folder / name, data)
        if upload.is_run:
            run.set_status("finished", ORIGIN)
    except OSError as error:
        raise BadRun(reason_of(error)) from error
    return run.model_path


def check_model(content: bytes) -> CheckpointInfo:
    """Check all weights of a model and return its header. Raises BadCheckpoint, or BadRun when there is no room."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / MODEL
            path.write_bytes(content)
            _, info = load_checkpoint(path)
    except OSError as error:
        raise BadRun(reason_of(error)) from error
    if (count := len(info.vocabulary.tenses)) > MAX_TENSES:
        raise BadCheckpoint(f"This model has {count} tenses, but at most {MAX_TENSES} can be used here: use {PROGRAM}.")
    return replace(info, folder=None)


def confined(info: CheckpointInfo) -> CheckpointInfo:
    """Restrict the header of an untrusted model to data of the library and of the model's own folder."""
    training = info.training
    own = training.data == OWN and info.folder is not None and (info.folder / OWN).is_file()
    data = training.data if own or is_bundled(training.data) else ""
    parts = {(part.data, part.classes): part for part in training.augmentation if is_bundled(part.data)}
    return replace(info, training=replace(training, data=data, augmentation=tuple(parts.values())))


def check_config(files: Mapping[str, bytes], info: CheckpointInfo) -> tuple[TrainConfig, dict[str, str]]:
    """Return settings, which must fit the model and name no other files, and versions. Raises BadRun."""
    settings = parse(CONFIG, files[CONFIG], Settings)
    config = settings.config
    names = [config.data, *(part.data for part in config.augmentation)]
    if strange := [name for name in names if not is_bundled(name) and not (name == OWN and OWN in files)]:
        raise BadRun(f"This run was trained on {quoted(strange[0])}, which is not in the ZIP.")
    if config.initial:
        raise BadRun(f"This run started from the weights {quoted(config.initial)}, which are not in the ZIP.")
    if config.model != info.model:
        raise BadRun(f"{CONFIG} describes a different model from {MODEL}.")
    return config, settings.versions


def check_verbs(content: bytes, info: CheckpointInfo) -> bytes:
    """Check that the model can read the verbs. Raises BadData."""
    paradigms = parse_paradigms(decode_text(content, OWN))
    if paradigms.vocabulary != info.vocabulary:
        raise BadData(f"{OWN} has other tenses or letters than the model.")
    return write_paradigms(paradigms).encode()


def check_lines(name: str, content: bytes, kind: type[Made]) -> list[Made]:
    """Make a record from each line. Raises BadRun."""
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise BadRun(f"{name} has more than {MOST_LINES:,} lines.")
    return [parse(f"Line {number} of {name}", line, kind) for number, line in lines]


def check_epochs(history: Sequence[EpochRecord], config: TrainConfig, info: CheckpointInfo) -> None:
    """Check that the epochs count from 1 and recorded as many words and figures as the model gives. Raises BadRun."""
    if not history or [record.epoch for record in history] != list(range(1, min(len(history), config.epochs) + 1)):
        raise BadRun(f"{HISTORY} does not count its epochs from 1 to at most {config.epochs:,}.")
    check_history(history)
    tenses = len(info.vocabulary.tenses)
    for record in history:
        samples, conversions, forced, dimensions, _ = record.widths
        fit = (
            {*samples} <= {tenses}
            and {*conversions, *forced} <= {1 + tenses}
            and dimensions in ((0,), (config.model.z_size,))
        )
        if not fit:
            raise BadRun(f"Epoch {record.epoch} of {HISTORY} has other words or figures than the model gives.")


def _json(values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()
