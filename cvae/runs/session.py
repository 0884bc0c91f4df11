"""Training in a run folder, resumed from where it stopped, and the replay of a run from its folder.

A replay has the same settings, the same data, and the same knobs in force at the same steps.
"""

import time
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from cvae.core.config import TrainConfig
from cvae.core.errors import BadCheckpoint, BadRun
from cvae.core.files import append_line, refusing, write_atomically
from cvae.data.dataset import TrainingData, describe_data, load_training_data
from cvae.data.paradigms import OWN
from cvae.model.checkpoint import CheckpointInfo, read_info, save_checkpoint
from cvae.model.device import is_out_of_memory
from cvae.runs.run import Run, reason_of, versions
from cvae.runs.steering import ControlReader
from cvae.training.loop import train_steps
from cvae.training.records import SCORES, EpochRecord, Points, StepRecord
from cvae.training.schedules import scheduled_knobs
from cvae.training.state import CPU, TrainingState, load_state, save_state


def start_replay(original: Run, out: Path) -> Run:
    """Create a folder with the settings, the data and the steering of a run. Raises BadRun."""
    paths = [path for path in (original.steering.log_path, original.path / OWN) if path.exists()]
    try:
        files = {path.name: path.read_bytes() for path in paths}
    except OSError as error:
        raise BadRun(f"{original.path} can't be read: {error.strerror or error}.") from error
    run = Run.create(out, original.config())
    with refusing(out, BadRun):
        for name, content in files.items():
            write_atomically(out / name, content)
    return run


def replay_in(run: Run, original: Run, device: torch.device = CPU) -> Iterator[EpochRecord]:
    """Train as many epochs as the original has; where it was stopped, the replay stops, too, and can be resumed."""
    epochs, last = len(original.history()), run.config().epochs
    with closing(train_in_folder(run, device)) as records:
        for record in records:
            yield record
            if epochs <= record.epoch < last:
                return


MOMENT = 0.05
"""Seconds between two readings of the folder while a run is paused."""


class ShutDown(SystemExit):
    """Ends a process that trains one of the app's runs, because the app or the machine is shut down."""


@dataclass(frozen=True)
class Paused:
    """A sign, yielded repeatedly, that a run is paused."""


def train_in_folder(run: Run, device: torch.device = CPU) -> Generator[EpochRecord, None, None]:
    """Train what the folder's config asks for, from where it stopped, keeping the folder up to date.

    Yields the new records of epochs. See `follow_folder`.
    """
    for moment in follow_folder(run, device):
        if isinstance(moment, EpochRecord):
            yield moment


def follow_folder(run: Run, device: torch.device = CPU) -> Generator[StepRecord | EpochRecord | Paused, None, None]:
    """Train as `train_in_folder` does, and also yield every step and every moment of a pause, where it can be stopped.

    Before each step the folder is checked for the user's requests. A line of the history is written before the state: a
    run killed in between repeats that epoch, with the knobs that were in force then. At ShutDown the run is queued
    again before its folder is free, so that nobody sees it interrupted. Raises BadRun and BadData, and where training
    starts from the weights of another checkpoint BadCheckpoint and BadConfig.
    """
    config = run.config()
    if run.packed_history_path.exists():
        raise BadRun("Only the history of this run was kept: train it again in a new folder.")
    with run.locked():
        try:
            run.set_status("running")
            yield from _train(run, config, device)
        except ShutDown:
            with suppress(OSError):
                run.set_status("queued")
            raise
        except (GeneratorExit, KeyboardInterrupt):
            run.set_status("stopped")
            raise
        except Exception as error:
            run.fail(reason_of(error))
            if isinstance(error, OSError) or is_out_of_memory(error):
                raise BadRun(reason_of(error)) from error
            raise


def _train(run: Run, config: TrainConfig, device: torch.device) -> Iterator[StepRecord | EpochRecord | Paused]:
    """Train in a folder that is locked; how the run ends is written by `follow_folder`."""
    data = load_training_data(config, run.path)
    check_unchanged(run, data)
    state = load_state(run.state_path, config, data, device)
    reader = ControlReader(run.steering, known=max((point.step for point in run.steps()), default=0))
    run.truncate(state)
    points, schedule = Points(), scheduled_knobs(config)
    records = train_steps(config, data, state, lambda progress: reader.knobs.over(schedule(progress)))
    while state.epoch < config.epochs:
        yield from _wait(run, reader, state)
        if reader.control.stop:
            run.set_status("stopped")
            return
        record = next(records)
        run.beat()
        if isinstance(record, StepRecord) and (point := points.add(record)):
            append_line(run.steps_path, asdict(point))
        if isinstance(record, EpochRecord):
            run.append(record)
            # The model first: a run that is killed between the two repeats the epoch, and writes the same model again.
            save_checkpoint(run.model_path, state.model, checkpoint_info(config, data, record))
            save_state(run.state_path, state)
        yield record
    run.set_status("finished")


def check_unchanged(run: Run, data: TrainingData) -> None:
    """Raise BadRun when these are not the verbs that the weights of a run were trained on so far."""
    before = None
    with suppress(BadCheckpoint):  # there are no weights yet, or none that can be read
        before = read_info(run.model_path).data.get("fingerprint")
    if before and not data.paradigms.has_fingerprint(before):
        raise BadRun("The verbs of this run have changed since it began: start again in a new folder.")


def _wait(run: Run, reader: ControlReader, state: TrainingState) -> Iterator[Paused]:
    """Read the user's requests, and wait as long as a pause is asked for."""
    if not reader.look(state.step).pauses(state.epoch) or reader.control.stop:
        return
    run.set_status("paused")
    while reader.look(state.step).pauses(state.epoch) and not reader.control.stop:
        run.beat()
        yield Paused()
        time.sleep(MOMENT)
    run.set_status("running")


def checkpoint_info(config: TrainConfig, data: TrainingData, record: EpochRecord) -> CheckpointInfo:
    """Return the header of the checkpoint that is saved with `record`."""
    scores = {"epoch": record.epoch} | {name: getattr(record, name) for name in (*SCORES, "active_units")}
    vocabulary = data.paradigms.vocabulary
    return CheckpointInfo(config.model, vocabulary, config, describe_data(config, data), scores, versions())
