"""A run done again from its folder: same settings, same data, and the same knobs in force at the same steps."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cvae.core.errors import BadRun
from cvae.core.files import write_atomically
from cvae.data.paradigms import OWN
from cvae.runs.run import Run, train_in_folder
from cvae.training.records import EpochRecord


def start_replay(original: Run, out: Path) -> Run:
    """A new folder with the settings, the data and the steering of a run. Raises BadRun."""
    run = Run.create(out, original.config())
    for name in (original.steering.log_path.name, OWN):
        if (original.path / name).exists():
            try:
                write_atomically(out / name, (original.path / name).read_bytes())
            except OSError as error:
                raise BadRun(f"{out} can't be written: {error.strerror}.") from error
    return run


def replay_in(run: Run, original: Run) -> Iterator[EpochRecord]:
    """Train as many epochs as the original has; where it was stopped, the replay stops, too, and can be resumed."""
    epochs, last = len(original.history()), run.config().epochs
    with closing(train_in_folder(run)) as records:
        for record in records:
            yield record
            if epochs <= record.epoch < last:
                return
