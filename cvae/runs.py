"""A run's folder on disk: the one interface between the process that trains and everything that looks at it."""

import dataclasses
import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

import cvae
from cvae.checkpoint import CheckpointInfo, save_checkpoint
from cvae.config import TrainConfig
from cvae.errors import BadRun
from cvae.files import write_atomically, write_json
from cvae.training import EpochRecord, Knobs, TrainingState, start_training, train
from cvae.training_data import TrainingData, describe_data, load_training_data

SCORES = ("bleu4", "gaussian_score", "distinct", "heldout", "active_units")


class Run:
    """Paths and formats of one run folder; nothing is kept in memory."""

    def __init__(self, path: Path):
        self.path = path
        self.config_path = path / "config.json"
        self.history_path = path / "history.jsonl"
        self.status_path = path / "status.json"
        self.model_path = path / "model.safetensors"
        self.state_path = path / "state.safetensors"

    @classmethod
    def create(cls, path: Path, config: TrainConfig) -> "Run":
        """A new folder with its config. Raises BadRun when there is a run already."""
        run = cls(path)
        if run.config_path.exists():
            raise BadRun(f"There is a run in {path} already: resume it, or choose another folder.")
        try:
            path.mkdir(parents=True, exist_ok=True)
            write_json(run.config_path, {"config": config.to_json(), "versions": versions()})
        except OSError as error:
            raise BadRun(f"{path} can't be written: {error.strerror}.") from error
        run.set_status("queued")
        return run

    def config(self) -> TrainConfig:
        """What was asked for. Raises BadRun when the folder holds no run."""
        try:
            return TrainConfig.from_json(json.loads(self.config_path.read_text())["config"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BadRun(f"There is no run in {self.path}.") from error

    def append(self, record: EpochRecord) -> None:
        """Add one line to the history and flush it."""
        with self.history_path.open("a") as file:
            file.write(json.dumps(dataclasses.asdict(record)) + "\n")

    def history(self) -> list[EpochRecord]:
        """All whole records; a last line that was cut off in the middle is left out."""
        if not self.history_path.exists():
            return []
        *lines, _cut_off = self.history_path.read_text().split("\n")
        return [_record(json.loads(line)) for line in lines]

    def keep_history(self, epochs: int) -> None:
        """Drop what was recorded after `epochs`, so that a resumed run records it anew."""
        lines = [json.dumps(dataclasses.asdict(record)) + "\n" for record in self.history() if record.epoch <= epochs]
        write_atomically(self.history_path, "".join(lines).encode())

    def set_status(self, status: str, reason: str = "") -> None:
        """queued, running, paused, finished, stopped or failed (and why)."""
        write_json(self.status_path, {"status": status, "reason": reason})

    def status(self) -> str:
        """The last status that was set; a killed process leaves `running` behind."""
        return json.loads(self.status_path.read_text())["status"]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one training process. Raises BadRun when another has it; a killed one lets go."""
        with (self.path / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BadRun(f"Another process is training in {self.path}.") from error
            yield

    def save_state(self, state: TrainingState) -> None:
        """Everything that the next epoch depends on, in one file."""
        tensors = {f"model.{name}": tensor for name, tensor in state.model.state_dict().items()}
        for i, values in state.optimizer.state_dict()["state"].items():
            tensors |= {f"optimizer.{i}.{name}": value for name, value in values.items() if value is not None}
        tensors["generator"] = state.generator.get_state()
        position = {"epoch": str(state.epoch), "step": str(state.step), "seconds": repr(state.seconds)}
        write_atomically(self.state_path, save(tensors, position))

    def load_state(self, config: TrainConfig, data: TrainingData) -> TrainingState:
        """The state as last saved, or a new one. Raises BadRun when the file is damaged."""
        state = start_training(config, data)
        if not self.state_path.exists():
            return state
        try:
            with safe_open(self.state_path, framework="pt") as file:
                position = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            _restore(state, tensors, position)
        except (SafetensorError, OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
            raise BadRun(f"{self.state_path} is damaged: start this run again in a new folder.") from error
        return state


def _record(values: dict[str, Any]) -> EpochRecord:
    return EpochRecord.from_json(values)


def _restore(state: TrainingState, tensors: dict[str, torch.Tensor], position: dict[str, str]) -> None:
    state.model.load_state_dict({n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")})
    saved: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, i, key = name.split(".")
            saved.setdefault(int(i), {})[key] = tensor
    state.optimizer.load_state_dict({**state.optimizer.state_dict(), "state": saved})
    state.generator.set_state(tensors["generator"])
    state.epoch, state.step, state.seconds = int(position["epoch"]), int(position["step"]), float(position["seconds"])


def versions() -> dict[str, str]:
    """The versions that a result depends on."""
    return {"cvae": cvae.__version__, "torch": version("torch")}


def train_in_folder(run: Run, knobs: Callable[[float], Knobs] | None = None) -> Iterator[EpochRecord]:
    """Train what the folder's config asks for, from where it stopped, keeping the folder up to date.

    Yields the new records. A history line is written before its state: a run killed in between does that epoch again.
    """
    config = run.config()
    with run.locked():
        try:
            data = load_training_data(config, run.path)
            state = run.load_state(config, data)
            run.keep_history(state.epoch)
            run.set_status("running")
            for record in train(config, data, state, knobs):
                run.append(record)
                run.save_state(state)
                save_checkpoint(run.model_path, state.model, checkpoint_info(config, data, record))
                yield record
        except GeneratorExit:
            run.set_status("stopped")
            raise
        except (Exception, KeyboardInterrupt) as error:
            run.set_status("stopped" if isinstance(error, KeyboardInterrupt) else "failed", str(error))
            raise
        run.set_status("finished")


def checkpoint_info(config: TrainConfig, data: TrainingData, record: EpochRecord) -> CheckpointInfo:
    """The header of the weights that `record` describes."""
    scores = {"epoch": record.epoch} | {name: getattr(record, name) for name in SCORES}
    vocabulary = data.paradigms.vocabulary
    return CheckpointInfo(config.model, vocabulary, config, describe_data(config, data), scores, versions())
