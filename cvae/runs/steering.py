"""What a user asks of a run while it trains, and the record of the knobs that were in force.

`control.json` is written by whoever steers and read by the process that trains, before every step. A change of the
knobs is written to `steering.jsonl`, with the number of steps done before it, before it takes effect: from that file
and the config alone the run can be repeated to the bit.
"""

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from reprlib import repr as shorten
from typing import Any

from cvae.core.errors import BadConfig
from cvae.core.files import append_line, keep_lines, read_lines, write_json
from cvae.training.records import Knobs

STEERING = "steering.jsonl"
HIGHEST = {"beta": 10.0, "teacher_forcing": 1.0, "learning_rate": 10.0}
"""The largest value of each knob; the smallest is 0."""


@dataclass(frozen=True)
class ManualKnobs:
    """Knobs that are set by hand; None follows the schedule. Raises BadConfig for a value out of range."""

    beta: float | None = None
    teacher_forcing: float | None = None
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        for name, highest in HIGHEST.items():
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
                raise BadConfig(f"{name} must be a number, or null to follow the schedule, not {shorten(value)}.")
            if not 0 <= value <= highest:
                raise BadConfig(f"{name} must be between 0 and {highest:g}, not {shorten(value)}.")

    def over(self, scheduled: Knobs) -> Knobs:
        """Return the knobs of a step: those set by hand, the others as scheduled."""
        return replace(scheduled, **{name: float(value) for name, value in asdict(self).items() if value is not None})


@dataclass(frozen=True)
class Control:
    """A request to a run. pause_at: the number of completed epochs at which the run pauses."""

    pause: bool = False
    stop: bool = False
    pause_at: int | None = None
    knobs: ManualKnobs = ManualKnobs()

    def pauses(self, epochs_done: int) -> bool:
        """Tell whether the run is to wait now."""
        return self.pause or (self.pause_at is not None and epochs_done >= self.pause_at)

    def to_json(self) -> dict[str, Any]:
        """Return the document of `control.json`, where the knobs stand under `hand`."""
        return {"pause": self.pause, "stop": self.stop, "pause_at": self.pause_at, "hand": asdict(self.knobs)}

    @classmethod
    def from_json(cls, values: Any) -> "Control":
        """Read what `to_json` wrote; what is absent is not asked for. Raises BadConfig."""
        try:
            asked = {**values}
            control = cls(knobs=ManualKnobs(**asked.pop("hand", {})), **asked)
        except TypeError as error:
            raise BadConfig("control.json must hold pause, stop, pause_at and hand, and nothing else.") from error
        if not isinstance(control.pause, bool) or not isinstance(control.stop, bool):
            raise BadConfig("pause and stop must be true or false.")
        if control.pause_at is not None and type(control.pause_at) is not int:
            raise BadConfig("pause_at must be a number of epochs, or null.")
        return control


class Steering:
    """The two files by which one run is steered."""

    def __init__(self, folder: Path):
        self.control_path = folder / "control.json"
        self.log_path = folder / STEERING

    def ask(self, control: Control) -> None:
        """Write atomically what is asked. Raises OSError."""
        write_json(self.control_path, control.to_json())

    def asked(self) -> Control:
        """Return what was asked last, or nothing when there is no file. Raises BadConfig when it can't be used."""
        try:
            return Control.from_json(json.loads(self.control_path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return Control()
        except (OSError, ValueError, RecursionError) as error:
            raise BadConfig(f"{self.control_path} can't be read: write it again, as one JSON document.") from error

    def record(self, step: int, knobs: ManualKnobs) -> None:
        """Note that these knobs are in force from the step on before which `step` steps were done."""
        append_line(self.log_path, {"step": step, **asdict(knobs)})

    def recorded(self) -> list[tuple[int, ManualKnobs]]:
        """Return all changes with their steps, in order. Raises BadRun."""
        return read_lines(
            self.log_path, lambda line: (line["step"], ManualKnobs(**{name: line[name] for name in HIGHEST}))
        )


class ControlReader:
    """A reader of the control file, if it has changed, before every step of the process that trains.

    known: the number of steps that were done before, by a process that was killed or in the run that is repeated. Until
    then the recorded knobs are in force, whatever is asked now.
    """

    def __init__(self, steering: Steering, known: int):
        self._steering = steering
        if steering.log_path.exists():
            keep_lines(steering.log_path, lambda _: True)  # a line that was cut off never came into force
        self._recorded = steering.recorded()
        self._known = max([known, *(step + 1 for step, _ in self._recorded)])
        self._stamp: tuple[int, int, int] | None = None
        self.control = Control()
        self.knobs = self._recorded[-1][1] if self._recorded else ManualKnobs()

    def look(self, step: int) -> Control:
        """Return what is asked when `step` steps are done; its knobs come into force and on record.

        A control file that can't be used is ignored until it is written again.
        """
        self._read_when_changed()
        if step < self._known:
            earlier = (knobs for since, knobs in reversed(self._recorded) if since <= step)
            self.knobs = next(earlier, ManualKnobs())
        elif self._stamp and self.control.knobs != self.knobs:
            self._steering.record(step, self.control.knobs)
            self.knobs = self.control.knobs
        return self.control

    def _read_when_changed(self) -> None:
        try:
            status = self._steering.control_path.stat()
        except OSError:
            return
        stamp = status.st_mtime_ns, status.st_size, status.st_ino
        if stamp != self._stamp:
            try:
                self.control = self._steering.asked()
            except BadConfig:
                return
            self._stamp = stamp
