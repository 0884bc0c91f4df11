"""Uploaded runs and models: every part of a file is checked before any of it is used."""

import json
import tempfile
import types
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from cvae.core.config import TrainConfig
from cvae.core.errors import BadCheckpoint, BadData, BadRun, TenseLabError
from cvae.core.files import write_atomically
from cvae.core.settings import MB, limits
from cvae.data.paradigms import OWN, is_bundled, parse_paradigms, write_paradigms
from cvae.data.tables import decode_text
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint
from cvae.runs.bundle import FIGURE, README, TABLE
from cvae.runs.run import CONFIG, HISTORY, MODEL, STEPS, Run
from cvae.runs.steering import STEERING, ManualKnobs
from cvae.runs.unzip import unzip
from cvae.training.records import EpochRecord, StepRecord

LIMITS = {
    CONFIG: MB // 8,
    HISTORY: 16 * MB,
    STEPS: 16 * MB,
    STEERING: 4 * MB,
    OWN: 2 * MB,
    MODEL: 32 * MB,
    TABLE: 16 * MB,
    FIGURE: 16 * MB,
    README: MB // 8,
}
"""The files that a ZIP may contain, with their largest sizes in bytes."""
LATER = {
    field.name for field in fields(EpochRecord) if field.default is not MISSING or field.default_factory is not MISSING
}
"""Fields that a history of an earlier version lacks."""
MOST = 1e15
"""The largest absolute value of a number: far above any figure of a run, and safe for everything that draws it."""
COUNTED = ("epoch", "epochs", "step", "seconds", "words", "distinct", "active_units")
"""Fields that are never negative."""
ORIGIN = "Brought in from a file."


@dataclass(frozen=True)
class Upload:
    """Checked files by their names in a run folder, and the header of the model among them."""

    files: dict[str, bytes]
    info: CheckpointInfo

    @property
    def is_run(self) -> bool:
        """Whether a history came with the model."""
        return HISTORY in self.files


def read_upload(content: bytes) -> Upload:
    """Return what a `.safetensors` file, or a ZIP made by `cvae.runs.bundle`, holds.

    Raises BadCheckpoint, BadRun or BadData.
    """
    if len(content) > (most := limits().upload_mb) * MB:
        raise BadCheckpoint(f"This file is larger than {most} MB.")
    if not content.startswith(b"PK"):
        return Upload({MODEL: content}, check_model(content))
    files = unzip(content, LIMITS)
    if missing := [name for name in (CONFIG, HISTORY, MODEL) if name not in files]:
        raise BadRun(f"This ZIP has no {missing[0]}: use the one that was downloaded.")
    info = check_model(files[MODEL])
    config, versions = check_config(files, info)
    kept = {MODEL: files[MODEL], CONFIG: _json({"config": config.to_json(), "versions": versions}) + b"\n"}
    kept[HISTORY] = check_lines(HISTORY, files[HISTORY], get_type_hints(EpochRecord))
    check_history(kept[HISTORY], config, len(info.vocabulary.tenses))
    change = {"step": int, **get_type_hints(ManualKnobs)}
    for name, schema in ((STEPS, get_type_hints(StepRecord)), (STEERING, change)):
        if name in files:
            kept[name] = check_lines(name, files[name], schema)
    if OWN in files:
        kept[OWN] = check_verbs(files[OWN], info)
    return Upload(kept, info)


def keep_upload(upload: Upload, folder: Path) -> Path:
    """Write the files into a new folder and return the path of the model. Raises BadRun when that is impossible."""
    run = Run(folder)
    if run.config_path.exists() or run.model_path.exists():
        raise BadRun(f"There is a run in {folder} already: choose another folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in upload.files.items():
            write_atomically(folder / name, data)
        if upload.is_run:
            run.set_status("finished", ORIGIN)
    except OSError as error:
        raise BadRun(f"{folder} can't be written: {error.strerror}.") from error
    return run.model_path


def check_model(content: bytes) -> CheckpointInfo:
    """Check all weights of a model and return its header. Raises BadCheckpoint."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL
        path.write_bytes(content)
        _, info = load_checkpoint(path)
    return replace(info, folder=None)


def confined(info: CheckpointInfo) -> CheckpointInfo:
    """Restrict the header of an untrusted model to data of the library and of the model's own folder."""
    training = info.training
    own = training.data == OWN and info.folder is not None and (info.folder / OWN).is_file()
    data = training.data if own or is_bundled(training.data) else ""
    parts = {part.data: part for part in training.augmentation if is_bundled(part.data)}
    return replace(info, training=replace(training, data=data, augmentation=tuple(parts.values())))


def check_config(files: Mapping[str, bytes], info: CheckpointInfo) -> tuple[TrainConfig, dict[str, str]]:
    """Return settings, which must fit the model and name no other files, and versions. Raises BadRun."""
    document = _parse(CONFIG, files[CONFIG])
    if not isinstance(document, dict):
        raise BadRun(f"{CONFIG} is no table of settings.")
    try:
        config = TrainConfig.from_json(document.get("config"))
    except (TenseLabError, TypeError) as error:
        raise BadRun(f"{CONFIG} can't be used: {error}") from error
    names = [config.data, *(part.data for part in config.augmentation)]
    if strange := [name for name in names if not is_bundled(name) and not (name == OWN and OWN in files)]:
        raise BadRun(f"This run was trained on {strange[0][:60]!r}, which is not in the ZIP.")
    if config.initial:
        raise BadRun(f"This run started from the weights {config.initial[:60]!r}, which are not in the ZIP.")
    if config.model != info.model:
        raise BadRun(f"{CONFIG} describes another model than {MODEL}.")
    versions = document.get("versions", {})
    return config, versions if fits(versions, dict[str, str]) else {}


def check_verbs(content: bytes, info: CheckpointInfo) -> bytes:
    """Check that the model can read the verbs. Raises BadData."""
    paradigms = parse_paradigms(decode_text(content, OWN))
    if paradigms.vocabulary != info.vocabulary:
        raise BadData(f"{OWN} has other tenses or letters than the model.")
    return write_paradigms(paradigms).encode()


def check_lines(name: str, content: bytes, schema: Mapping[str, Any]) -> bytes:
    """Check lines of JSON objects against a schema, where fields of LATER may be absent. Raises BadRun."""
    lines = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        values = _parse(f"Line {number} of {name}", line)
        if not isinstance(values, dict) or set(values) - set(schema):
            raise BadRun(f"Line {number} of {name} is no record of a run.")
        for key, hint in schema.items():
            fit = fits(values.get(key), hint) and (key not in COUNTED or (values[key] or 0) >= 0)
            if (key in values or key not in LATER) and not fit:
                raise BadRun(f"Line {number} of {name} has no usable {key!r}.")
        lines.append(_json(values) + b"\n")
    return b"".join(lines)


def check_history(history: bytes, config: TrainConfig, tenses: int) -> None:
    """Check that the epochs are consecutive and hold as many words and figures as the model gives.

    Raises BadRun.
    """
    records = [EpochRecord.from_json(json.loads(line)) for line in history.splitlines()]
    epochs = [record.epoch for record in records]
    if not epochs or epochs != list(range(1, len(epochs) + 1)) or len(epochs) > config.epochs:
        raise BadRun(f"{HISTORY} does not count its epochs from 1 to at most {config.epochs:,}.")
    sampled = {len(record.samples) for record in records if record.distinct is not None}
    for record in records:
        wide = len(sampled) > 1 or any(len(words) != tenses for words in record.samples)
        wide = wide or any(len(words) != 1 + tenses for words in record.conversions)
        wide = wide or len(record.pair_answers) != len(record.pair_scores)
        if wide or len(record.kl_per_dimension) not in (0, config.model.z_size):
            raise BadRun(f"Epoch {record.epoch} of {HISTORY} has other words or figures than the model gives.")


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a JSON value has a type; numbers must be finite, texts printable, and tuples are lists."""
    kind, parts = get_origin(hint), get_args(hint)
    if kind in (types.UnionType, Union):
        return any(fits(value, part) for part in parts)
    if kind is tuple:
        return isinstance(value, list) and all(fits(item, parts[0]) for item in value)
    if kind is dict:
        return isinstance(value, dict) and all(fits(item, parts[1]) for item in value.values())
    if hint in (int, float):
        numbers = int if hint is int else (int, float)
        return isinstance(value, numbers) and not isinstance(value, bool) and -MOST < value < MOST
    if hint is str:
        return isinstance(value, str) and value.isprintable()
    return isinstance(value, hint)


def _parse(what: str, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRun(f"{what} is not JSON.") from error


def _json(values: Any) -> bytes:
    return json.dumps(values, ensure_ascii=False).encode()
