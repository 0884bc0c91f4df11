"""A run's folder on disk: the one interface between the process that trains and everything that looks at it."""

import errno
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

import cvae
from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun
from cvae.core.files import append_line, keep_lines, read_lines, write_json
from cvae.runs.steering import Control, Steering
from cvae.training.records import EpochRecord, StepRecord
from cvae.training.state import TrainingState

CONFIG, HISTORY, STEPS, MODEL = "config.json", "history.jsonl", "steps.jsonl", "model.safetensors"
MOST_EPOCHS = 1e15
"""The epoch of a record is below this number."""
LOCK_PATIENCE = 0.5
"""Seconds to wait for a folder that somebody may only be looking at."""
FULL_DISK = "The disk is full: make room, then resume."


class Run:
    """Paths and formats of one run folder; nothing is kept in memory."""

    def __init__(self, path: Path):
        self.path = path
        self.config_path = path / CONFIG
        self.history_path = path / HISTORY
        self.steps_path = path / STEPS
        self.status_path = path / "status.json"
        self.lock_path = path / ".lock"
        self.starting_path = path / ".starting"
        self.model_path = path / MODEL
        self.state_path = path / "state.safetensors"
        self.steering = Steering(path)

    @classmethod
    def create(cls, path: Path, config: TrainConfig) -> "Run":
        """Create a folder with its config. Raises BadRun when it holds a run already."""
        run = cls(path)
        if run.config_path.exists():
            raise BadRun(f"There is a run in {path} already: resume it, or choose another folder.")
        try:
            path.mkdir(parents=True, exist_ok=True)
            write_json(run.config_path, {"config": config.to_json(), "versions": versions()})
            run.set_status("queued")
        except OSError as error:
            raise BadRun(f"{path} can't be written: {error.strerror}.") from error
        return run

    def config(self) -> TrainConfig:
        """Read the settings of the run. Raises BadRun when the folder holds no run, BadConfig for wrong settings."""
        return TrainConfig.from_json(self.written_settings())

    def written_settings(self) -> dict[str, Any]:
        """Read the settings as they were written, by whatever version. Raises BadRun when the folder holds no run."""
        try:
            return dict(json.loads(self.config_path.read_text(encoding="utf-8"))["config"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise BadRun(f"There is no run in {self.path}.") from error

    def append(self, record: EpochRecord) -> None:
        """Append one line to the history and flush it."""
        append_line(self.history_path, asdict(record))

    def history(self) -> list[EpochRecord]:
        """Read all complete records; a last line that was cut off is left out. Raises BadRun."""
        return read_lines(self.history_path, EpochRecord.from_json)

    def written_records(self) -> list[dict[str, Any]]:
        """Read the records of epochs as they were written, by whatever version; damaged lines are left out.

        Raises BadRun when no line can be read.
        """
        return read_lines(self.history_path, _with_epoch, skip_damaged=True)

    def steps(self) -> list[StepRecord]:
        """Read the points between epochs, each the mean over some steps; see `Points`. Raises BadRun."""
        return read_lines(self.steps_path, lambda line: StepRecord(**line))

    def keep(self, state: TrainingState) -> None:
        """Drop what was recorded after this state, so that a resumed run records it anew."""
        keep_lines(self.history_path, lambda line: line["epoch"] <= state.epoch)
        keep_lines(self.steps_path, lambda line: line["step"] <= state.step)

    def set_status(self, status: str, reason: str = "") -> None:
        """Write the status: queued, starting, running, paused, finished, stopped or failed, and why."""
        write_json(self.status_path, {"status": status, "reason": reason})

    def fail(self, reason: str) -> None:
        """Write that the run failed; on a full disk the old status file is overwritten in place."""
        try:
            self.set_status("failed", reason)
        except OSError:
            with suppress(OSError):
                self.status_path.write_text(json.dumps({"status": "failed", "reason": reason}))

    def status(self) -> str:
        """Read the last status; a killed process leaves `running` behind."""
        return str(json.loads(self.status_path.read_text(encoding="utf-8"))["status"])

    def go_on(self) -> None:
        """Withdraw a request to stop or pause; knobs that are set by hand stay as they are."""
        if self.steering.control_path.exists():
            self.steering.ask(Control(knobs=self.steering.asked().knobs))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one training process. Raises BadRun when another has it; a killed one lets go."""
        lock = FileLock(self.lock_path, timeout=LOCK_PATIENCE, poll_interval=LOCK_PATIENCE / 20, thread_local=False)
        try:
            lock.acquire()
        except Timeout as error:
            raise BadRun(f"Another process is training in {self.path}.") from error
        except OSError as error:
            raise BadRun(reason_of(error)) from error
        try:
            yield
        finally:
            lock.release()

    def is_held(self) -> bool:
        """Tell whether a process is training in the folder now."""
        return _is_locked(self.lock_path)

    def starting(self) -> FileLock:
        """Return the lock that the app holds while a process for this run comes up; any of its threads lets it go."""
        return FileLock(self.starting_path, thread_local=False)

    def is_starting(self) -> bool:
        """Tell whether an app waits for its process to begin: on a busy machine that takes long."""
        return _is_locked(self.starting_path)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with FileLock(path, blocking=False):
            return False
    except OSError as error:
        return isinstance(error, Timeout)  # a folder that may only be read is not trained in


def _with_epoch(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record whose epoch, if it has one, is a number. Raises ValueError or TypeError for others."""
    epoch = dict(record).get("epoch", 0)
    if isinstance(epoch, bool) or not abs(epoch) < MOST_EPOCHS:
        raise ValueError("The epoch must be a number.")
    return record


def reason_of(error: BaseException) -> str:
    """Describe in a sentence why a run failed."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL_DISK
    if isinstance(error, OSError) and error.strerror:
        return f"The run’s folder can’t be written: {error.strerror}."
    if isinstance(error, MemoryError):
        return "There is not enough memory for this model."
    return str(error) or type(error).__name__


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return {"cvae": cvae.__version__, "torch": version("torch")}
