"""A run's folder on disk: the one interface between the process that trains and everything that looks at it."""

import errno
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from filelock import FileLock, Timeout

import cvae
from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun, TenseLabError
from cvae.core.files import append_line, keep_lines, pack, read_json, read_lines, write_json
from cvae.core.logs import ID_SHOWN
from cvae.core.schema import Most, make, one_line
from cvae.data.dataset import keep_data
from cvae.model.device import NO_MEMORY, is_out_of_memory
from cvae.runs.steering import Control, Steering
from cvae.training.records import EpochRecord, StepRecord, check_history, check_rising
from cvae.training.state import TrainingState

CONFIG, HISTORY, STEPS, MODEL = "config.json", "history.jsonl", "steps.jsonl", "model.safetensors"
PACKED_HISTORY = f"{HISTORY}.gz"
LOCK_PATIENCE, BEAT_SECONDS = 0.5, 1.0
"""Seconds to wait for the lock of a folder, which others hold for a moment to see whether it is free; between two beats
of the process that holds it."""
FULL_DISK = "The disk is full: make room, then resume."
Status = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]


@dataclass(frozen=True)
class Settings:
    """The contents of `config.json`: the settings of a run, and the versions with which it was created."""

    config: TrainConfig
    versions: Annotated[dict[str, str], Most(100)] = field(default_factory=dict)


@dataclass(frozen=True)
class LastStatus:
    """The contents of `status.json`: the status that the process of a run wrote last, and the reason."""

    status: Status
    reason: str = ""


class Run:
    """Paths and formats of one run folder; nothing is kept in memory."""

    def __init__(self, path: Path):
        self.path = path
        self.config_path = path / CONFIG
        self.history_path = path / HISTORY
        self.packed_history_path = path / PACKED_HISTORY
        self.steps_path = path / STEPS
        self.status_path = path / "status.json"
        self.lock_path = path / ".lock"
        self.starting_path = path / ".starting"
        self.beat_path = path / ".beat"
        self.model_path = path / MODEL
        self.state_path = path / "state.safetensors"
        self.steering = Steering(path)

    @property
    def short_id(self) -> str:
        """The beginning of the id, by which the run is named."""
        return self.path.name[:ID_SHOWN]

    @classmethod
    def create(cls, path: Path, config: TrainConfig, data: str | None = None) -> "Run":
        """Create a folder with its config and, unless they come with the library, the text of its `data`.

        Raises BadRun when it holds a run already, and see `keep_data`.
        """
        run = cls(path)
        if run.config_path.exists():
            raise BadRun(f"There is a run in {path} already: resume it, or choose another folder.")
        try:
            path.mkdir(parents=True, exist_ok=True)
            if data is not None:
                config = keep_data(path, config, data)
            write_json(run.config_path, {"config": config.to_json(), "versions": versions()})
            run.set_status("queued")
        except OSError as error:
            raise BadRun(reason_of(error)) from error
        return run

    def config(self) -> TrainConfig:
        """Read the settings of the run. Raises BadRun when the folder holds no run."""
        return self.settings().config

    def settings(self) -> "Settings":
        """Read the settings of the run and the versions that it was made with. Raises BadRun."""
        try:
            return read_json(self.config_path, Settings)
        except OSError as error:
            raise BadRun("There is no run in this folder.") from error
        except TenseLabError as error:
            raise BadRun(f"{self.config_path.name} can't be used: {error}") from error

    def append(self, record: EpochRecord) -> None:
        """Append one line to the history and flush it. Raises BadRun for a record that could not be read again."""
        values = asdict(record)
        try:
            make(EpochRecord, values)
        except ValueError as error:
            raise BadRun(f"Epoch {record.epoch} {error}: a smaller learning rate may help.") from error
        append_line(self.history_path, values)

    def history(self) -> list[EpochRecord]:
        """Read all complete records; a last line that was cut off is left out. Raises BadRun."""
        history = read_lines(self.history_path, EpochRecord) or read_lines(self.packed_history_path, EpochRecord)
        check_history(history)
        return history

    def seconds_trained(self) -> float:
        """Return the seconds of training up to the last completed epoch."""
        history = self.history()
        return history[-1].seconds if history else 0.0

    def steps(self) -> list[StepRecord]:
        """Read the points between epochs, each the mean over some steps; see `Points`. Raises BadRun."""
        steps = read_lines(self.steps_path, StepRecord)
        check_rising(steps, "step")
        return steps

    def truncate(self, state: TrainingState) -> None:
        """Drop what was recorded after this state, so that a resumed run records it anew."""
        keep_lines(self.history_path, EpochRecord, lambda record: record.epoch <= state.epoch)
        keep_lines(self.steps_path, StepRecord, lambda point: point.step <= state.step)

    def keep_history(self) -> None:
        """Delete everything but config, status and the packed records of epochs; the run can't be resumed any more."""
        if self.history_path.exists():
            pack(self.history_path, self.packed_history_path)
        for path in (self.model_path, self.state_path, self.steps_path, self.lock_path):
            path.unlink(missing_ok=True)

    def set_status(self, status: Status, reason: str = "") -> None:
        """Write the status, and why: what does not fit on one line is left out."""
        write_json(self.status_path, asdict(LastStatus(status, one_line(reason))))

    def fail(self, reason: str) -> None:
        """Write that the run failed; on a full disk the old status file is overwritten in place."""
        try:
            self.set_status("failed", reason)
        except OSError:
            with suppress(OSError):
                self.status_path.write_text(json.dumps(asdict(LastStatus("failed", one_line(reason)))))

    def last_status(self) -> LastStatus:
        """Read the last status, `interrupted` when there is none; a killed process leaves `running` behind."""
        try:
            return read_json(self.status_path, LastStatus)
        except (OSError, BadRun):
            return LastStatus("interrupted")

    def status(self) -> Status:
        """Return the status alone."""
        return self.last_status().status

    def go_on(self) -> None:
        """Withdraw a request to stop or pause; knobs that are set by hand stay as they are."""
        if self.steering.control_path.exists():
            self.steering.ask_anew(lambda asked: Control(hand=asked.hand))

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
            with suppress(OSError):  # a full disk; what a killed process left is gone even then
                self.beat_path.write_text(str(os.getpid()))
            yield
        finally:
            with suppress(OSError):
                self.beat_path.unlink()
            lock.release()

    def beat(self) -> None:
        """Record, once a second, that this process, which holds the folder, is not stuck."""
        with suppress(OSError):  # a folder that somebody has removed
            if abs(time.time() - self.beat_path.stat().st_mtime) > BEAT_SECONDS:
                self.beat_path.touch()

    def silent_seconds(self) -> float:
        """Return the seconds since the process of the run last gave a sign, or was started; 0 when there is none."""
        sign = self.beat_path if self.is_held() else self.status_path if self.is_starting() else None
        try:
            return time.time() - sign.stat().st_mtime if sign else 0.0
        except OSError:
            return 0.0

    def end_process(self) -> None:
        """End the process that holds the folder, however stuck it is."""
        with suppress(OSError, ValueError):
            os.kill(int(self.beat_path.read_text()), getattr(signal, "SIGKILL", signal.SIGTERM))

    def is_held(self) -> bool:
        """Return whether a process is training in the folder now."""
        return _is_locked(self.lock_path)

    def starting(self) -> FileLock:
        """Return the lock that the app holds while a process for this run comes up; any of its threads lets it go."""
        return FileLock(self.starting_path, thread_local=False)

    def is_starting(self) -> bool:
        """Return whether an app waits for its process to begin, which takes long on a busy machine."""
        return _is_locked(self.starting_path)


def _is_locked(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        with FileLock(path, blocking=False):
            return False
    except OSError as error:
        return isinstance(error, Timeout)  # a folder that may only be read is not trained in


def reason_of(error: BaseException) -> str:
    """Describe in a sentence why a run failed."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FULL_DISK
    if isinstance(error, OSError) and error.strerror:
        return f"The run’s folder can’t be written: {error.strerror}."
    if is_out_of_memory(error):
        return NO_MEMORY
    return str(error) or type(error).__name__


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    return {"cvae": cvae.__version__, "torch": version("torch")}
