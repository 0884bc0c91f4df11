"""Checkpoints: .safetensors files with the weights of a model and a header with all that is needed to build it."""

import json
import struct
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shlex import quote
from typing import Annotated, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.errors import BadCheckpoint, BadConfig
from cvae.core.files import write_atomically
from cvae.core.schema import Count, Most, Within, make
from cvae.core.settings import MB, PROGRAM, checkpoints_folder
from cvae.data.vocabulary import MOST_TENSES, Vocabulary, clean_name
from cvae.model.cvae import CVAE

FORMAT = 1
METADATA_KEY = "tense-lab"
SUFFIX = ".safetensors"
MAX_BYTES = 256 * MB
MAX_HEADER_BYTES = MB
LENGTH = struct.Struct("<Q")
"""The format of the number before the header, which is the length of the header."""


@dataclass(frozen=True)
class CheckpointInfo:
    """The header of a checkpoint, which can be read without the weights.

    data: name, fingerprint (SHA-256) and number of the training paradigms. scores: those measured when it was saved.
    folder: the folder of the file, which is not in the header.
    """

    model: ModelConfig
    vocabulary: Vocabulary
    training: TrainConfig
    data: dict[str, Any] = field(default_factory=dict)
    scores: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    folder: Path | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Data:
    """The training data as a header describes it: name, fingerprint and number of paradigms."""

    name: Annotated[str, Most(200)] = "unknown data"
    fingerprint: Annotated[str, Most(64)] = ""
    paradigms: Count = 0


@dataclass(frozen=True)
class Header:
    """The description of a checkpoint as it is written in the file."""

    model: ModelConfig
    alphabet: str
    tenses: Annotated[tuple[str, ...], Most(MOST_TENSES)]
    training: TrainConfig
    data: Data = Data()
    scores: Annotated[dict[str, Annotated[float, Within(-1e9, 1e9)] | None], Most(100)] = field(default_factory=dict)
    versions: Annotated[dict[str, str], Most(100)] = field(default_factory=dict)


def save_checkpoint(path: Path, model: CVAE, info: CheckpointInfo) -> None:
    """Write the weights and the header atomically. Raises OSError."""
    header = {
        "format": FORMAT,
        "model": info.model.to_json(),
        "alphabet": info.vocabulary.alphabet,
        "tenses": list(info.vocabulary.tenses),
        "training": info.training.to_json(),
        "data": info.data,
        "scores": info.scores,
        "versions": info.versions,
    }
    weights = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    write_atomically(path, save(weights, {METADATA_KEY: json.dumps(header)}))


def load_checkpoint(path: Path | str) -> tuple[CVAE, CheckpointInfo]:
    """Load a model, ready to convert, and its header. Raises BadCheckpoint.

    A text is the name of a model in the folder of checkpoints, such as `open-vocabulary`, or a path.
    The file is read, not mapped into memory, so that overwriting it later does not affect a model in use.
    """
    path = find_checkpoint(path) if isinstance(path, str) else path
    info = read_info(path)
    try:
        weights = load(path.read_bytes())
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        fault = error.strerror if isinstance(error, OSError) else error
        raise BadCheckpoint(f"{path.name} is damaged: {fault}. Get the file again.") from error
    with torch.device("meta"):
        model = CVAE(info.model, info.vocabulary)
    _check_weights(path, weights, model)
    model.load_state_dict(weights, assign=True)
    return model.eval().requires_grad_(False), info


def _check_weights(path: Path, weights: dict[str, torch.Tensor], model: CVAE) -> None:
    wanted = model.state_dict()
    if odd := sorted(set(weights) ^ set(wanted)):
        fault = "lacks" if odd[0] in wanted else "has an unknown"
        raise BadCheckpoint(f"{path.name} {fault} weight {odd[0]!r}: it does not belong to its own description.")
    for name, tensor in weights.items():
        if tensor.shape != wanted[name].shape:
            raise BadCheckpoint(
                f"{path.name}: weight {name!r} has shape {tuple(tensor.shape)}, "
                f"but its description asks for {tuple(wanted[name].shape)}."
            )
        if tensor.dtype != torch.float32:
            raise BadCheckpoint(f"{path.name}: weight {name!r} is {tensor.dtype}, but must be float32.")
        if not bool(tensor.isfinite().all()):
            raise BadCheckpoint(f"{path.name}: weight {name!r} has values that are not finite.")


def read_info(path: Path) -> CheckpointInfo:
    """Read the header alone, without the weights. Raises BadCheckpoint."""
    header = _read_header(path)
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        reads = f"in format version {FORMAT}, the only one that this library reads"
        raise BadCheckpoint(f"{path.name} is not {reads}: train it again with this library.")
    try:
        read = make(Header, header)
        vocabulary = Vocabulary(read.alphabet, tuple(map(clean_name, read.tenses)))
        read.model.check_tenses(len(vocabulary.tenses))
    except (BadConfig, ValueError) as error:
        raise BadCheckpoint(f"{path.name} has a description that can't be used: {error}") from error
    data = {name: value for name, value in asdict(read.data).items() if name in header.get("data", ())}
    scores = dict(read.scores)
    return CheckpointInfo(read.model, vocabulary, read.training, data, scores, read.versions, path.parent)


def _read_header(path: Path) -> Any:
    """Return the JSON document under METADATA_KEY, once the sizes are known to be harmless."""
    try:
        with path.open("rb") as file:
            size, start = path.stat().st_size, file.read(LENGTH.size)
            length = LENGTH.unpack(start)[0] if len(start) == LENGTH.size else size
            content = file.read(length) if length <= min(size, MAX_HEADER_BYTES) else None
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise BadCheckpoint(f"There is no checkpoint at {path.name}.") from error
        raise BadCheckpoint(f"{path.name} can't be read: {error.strerror}.") from error
    if size > MAX_BYTES:
        raise BadCheckpoint(f"{path.name} is larger than {MAX_BYTES // MB} MB: use a smaller model.")
    if content is None:
        raise BadCheckpoint(f"{path.name} is not a .safetensors file.")
    try:
        text = (json.loads(content).get("__metadata__") or {}).get(METADATA_KEY)
    except (ValueError, AttributeError, RecursionError) as error:
        raise BadCheckpoint(f"{path.name} is not a .safetensors file, or is damaged.") from error
    if text is None:
        raise BadCheckpoint(f"{path.name} is a .safetensors file of another program: it has no {METADATA_KEY!r} entry.")
    try:
        return json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise BadCheckpoint(f"{path.name} has a damaged description.") from error


def find_checkpoints(folder: Path) -> dict[str, Path]:
    """Return the checkpoints of a folder by name, sorted, without names that can't be shown; no file is opened."""
    return {path.stem: path for path in sorted(folder.glob(f"*{SUFFIX}")) if path.stem.isprintable()}


def find_checkpoint(name: str, folder: Path | None = None) -> Path:
    """Find the file of a checkpoint by its path or by its name in a folder, by default that of the shipped models.

    Raises BadCheckpoint.
    """
    folder = folder or checkpoints_folder()
    found = find_checkpoints(folder)
    if name in found:
        return found[name]
    for path in (Path(name), Path(name) / "model.safetensors"):  # the second in the folder of a run
        if path.is_file():
            return path
    if (Path(name) / "config.json").is_file():
        raise BadCheckpoint(f"The run in {name} has no weights: {_way_to_weights(name)}.")
    config = folder / f"{name}.toml"
    if config.is_file():
        known = f"`{PROGRAM} train --config {quote(str(config))} --out {quote(f'runs/{name}')}` trains it"
    elif found:
        known = f"use one of {', '.join(found)}, or give a path"
    else:
        known = f"{folder} has none; `make checkpoints` trains them"
    raise BadCheckpoint(f"There is no checkpoint {name!r}: {known}.")


def _way_to_weights(run: str) -> str:
    """Say how a run without weights gets some: it has not completed an epoch yet, or only its history was kept."""
    if (Path(run) / "history.jsonl.gz").is_file():
        return f"`{PROGRAM} train --replay {quote(run)} --out {quote(f'{run}-again')}` trains it again"
    return f"wait for its first epoch, or go on with `{PROGRAM} train --out {quote(run)} --resume`"
