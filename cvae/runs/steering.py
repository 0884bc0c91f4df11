"""What a user asks of a run while it trains, and the record of the knobs that were in force.

`control.json` is written by whoever steers and read by the process that trains, before every step. A change of the
knobs is written to `steering.jsonl`, with the number of steps done before it, before it takes effect: from that file
and the config alone the run can be repeated to the bit.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filelock import FileLock

from cvae.core.errors import BadRun
from cvae.core.files import append_line, keep_lines, read_json, read_lines, stamp_of, write_json
from cvae.core.schema import Count, Share
from cvae.training.records import Beta, Knobs, LearningRate

STEERING = "steering.jsonl"


@dataclass(frozen=True)
class ManualKnobs:
    """Knobs that are set by hand; None follows the schedule."""

    beta: Beta | None = None
    teacher_forcing: Share | None = None
    learning_rate: LearningRate | None = None

    def over(self, scheduled: Knobs) -> Knobs:
        """Return the knobs of a step: those set by hand, the others as scheduled."""
        return replace(scheduled, **{name: float(value) for name, value in asdict(self).items() if value is not None})


@dataclass(frozen=True)
class Change(ManualKnobs):
    """A line of `steering.jsonl`: the knobs in force from the step on before which `step` steps were done."""

    step: Count = 0


@dataclass(frozen=True)
class Control:
    """A request to a run. pause_at: the number of completed epochs at which the run pauses. hand: its knobs."""

    pause: bool = False
    stop: bool = False
    pause_at: Count | None = None
    hand: ManualKnobs = ManualKnobs()

    def pauses(self, epochs_done: int) -> bool:
        """Return whether the run has to wait now."""
        return self.pause or (self.pause_at is not None and epochs_done >= self.pause_at)


class Steering:
    """The two files by which one run is steered."""

    def __init__(self, folder: Path):
        self.control_path = folder / "control.json"
        self.log_path = folder / STEERING

    def ask(self, control: Control) -> None:
        """Write a request atomically. Raises OSError."""
        write_json(self.control_path, asdict(control))

    def asked(self) -> Control:
        """Return the last request, an empty one when there is no file. Raises BadRun when it can't be used."""
        try:
            return read_json(self.control_path, Control)
        except FileNotFoundError:
            return Control()
        except OSError as error:
            raise BadRun(f"{self.control_path.name} can't be read: {error.strerror}.") from error

    def ask_anew(self, change: Callable[[Control], Control]) -> None:
        """Write the last request with a change. One that can't be used counts as empty. Raises OSError.

        Two who ask at once wait for each other: neither request is lost.
        """
        with FileLock(self.control_path.with_name(".control.lock")):
            try:
                last = self.asked()
            except BadRun:
                last = Control()
            self.ask(change(last))

    def record(self, step: int, knobs: ManualKnobs) -> None:
        """Note that these knobs are in force from the step on before which `step` steps were done."""
        append_line(self.log_path, {"step": step, **asdict(knobs)})

    def changes(self) -> list[tuple[int, ManualKnobs]]:
        """Return all changes with their steps, in order. Raises BadRun."""
        changes = read_lines(self.log_path, Change)
        return [(c.step, ManualKnobs(c.beta, c.teacher_forcing, c.learning_rate)) for c in changes]


class ControlReader:
    """A reader of the control file, if it has changed, before every step of the process that trains.

    known: the number of steps that were done before, by a process that was killed or in the run that is repeated. Until
    then the recorded knobs are in force, whatever is asked now.
    """

    def __init__(self, steering: Steering, known: int):
        self._steering = steering
        if steering.log_path.exists():
            keep_lines(steering.log_path, Change, lambda _: True)  # a line that was cut off never came into force
        self._recorded = steering.changes()
        self._known = max([known, *(step + 1 for step, _ in self._recorded)])
        self._stamp: tuple[int, int, int] | None = None
        self.control = Control()
        self.knobs = self._recorded[-1][1] if self._recorded else ManualKnobs()

    def look(self, step: int) -> Control:
        """Return the request in force when `step` steps are done; its knobs come into force and are recorded.

        A control file that can't be used is ignored until it is written again.
        """
        self._read_when_changed()
        if step < self._known:
            earlier = (knobs for since, knobs in reversed(self._recorded) if since <= step)
            self.knobs = next(earlier, ManualKnobs())
        elif self._stamp and self.control.hand != self.knobs:
            self._steering.record(step, self.control.hand)
            self.knobs = self.control.hand
        return self.control

    def _read_when_changed(self) -> None:
        try:
            stamp = stamp_of(self._steering.control_path)
        except OSError:
            return
        if stamp != self._stamp:
            try:
                self.control = self._steering.asked()
            except BadRun:
                return
            self._stamp = stamp
