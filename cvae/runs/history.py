"""Recorded runs, read for drawing: their numbers as columns, their settings as one flat table.

Read as plain JSON rather than as EpochRecords: a run that is still being written, or was recorded by another version of
this library with more or fewer fields, can be looked at all the same.
"""

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from cvae.core.config import TrainConfig, flatten
from cvae.core.errors import BadConfig, BadRun
from cvae.runs.run import CONFIG, HISTORY, Run
from cvae.training.records import SCORES, EpochRecord, StepRecord

ABOUT = "experiment.json"
WHOLE = ("seed", "epochs")
"""Settings that every page needs as whole numbers."""
SCHEDULES = ("beta", "teacher_forcing", "learning_rate")
"""Columns that were set, not measured: nothing in them is noise."""

Columns = Mapping[str, np.ndarray]
"""Numbers by name, all of one length, NaN where nothing was recorded, infinity where what was recorded is no finite
number. Never changed: they are shared."""
FlatSettings = Mapping[str, Any]
"""A config with dotted names: `kl.maximum`."""
Said = tuple[int, Sequence[Sequence[str]]]
"""An epoch, and the words that were converted after it: each a row of the word as given, then its forms by tense."""


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """One run folder as it is now. experiment: the folder that it lies in, below the one that was searched.

    pairs: the last answer to each of the ten test pairs, with its BLEU-4; empty where they were not recorded.
    """

    path: Path
    experiment: str
    name: str
    settings: FlatSettings
    columns: Columns
    said: Sequence[Said] = ()
    pairs: Sequence[tuple[str, float]] = ()

    @property
    def id(self) -> str:
        """The name of the run among all runs, with that of its experiment."""
        return f"{self.experiment}/{self.name}".removeprefix("/")

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.settings.get("seed", 0))


@dataclass(frozen=True, eq=False)
class Curve:
    """One line in every panel: a run, or runs that differ in nothing but their seed.

    place: decides colour, dash and marker; variant: another dash in the same colour, for single seeds.
    """

    name: str
    runs: tuple[Columns, ...]
    place: int = 0
    variant: int = 0


@dataclass(frozen=True)
class About:
    """The question and the result of an experiment, in Markdown; empty where they were not written down.

    answer, differs (from what others found): with places for figures, which `cvae.experiments.summary.fill` fills.
    """

    title: str
    question: str = ""
    answer: str = ""
    differs: str = ""


def find_runs(folder: Path) -> dict[str, list[Path]]:
    """Find the run folders below a folder (they hold a config.json), by experiment and in alphabetical order."""
    found: dict[str, list[Path]] = {}
    for place, folders, files in os.walk(folder):
        path = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if CONFIG in files:
            folders.clear()  # there is no run within a run
            experiment = "" if path == folder else path.parent.relative_to(folder).as_posix().removeprefix(".")
            found.setdefault(experiment, []).append(path)
    return dict(sorted(found.items()))


def read_about(folder: Path) -> About:
    """Return what `experiment.json` in an experiment's folder says; its name for a title where there is none."""
    words = ["KL" if word == "kl" else word for word in folder.name.replace("_", "-").split("-")]
    name = " ".join(words)
    plain = About(name[:1].upper() + name[1:])
    try:
        values = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        texts = {field.name: str(values[field.name]) for field in fields(About) if values.get(field.name)}
    except (OSError, ValueError, AttributeError):
        return plain
    return About(**{"title": plain.title, **texts})


def fingerprint(path: Path) -> tuple[int, ...]:
    """Return a key for caches of what was read: it changes whenever the run's config or history does."""
    marks: list[int] = []
    for name in (CONFIG, HISTORY):
        try:
            status = (path / name).stat()
            marks += [status.st_mtime_ns, status.st_size]
        except OSError:
            marks += [0, 0]
    return tuple(marks)


def read_run(path: Path, experiment: str = "") -> RecordedRun:
    """Read a run's settings and numbers as they are now. Raises BadRun when the folder holds no readable run."""
    run = Run(path)
    written = run.written_settings()
    try:
        settings = flatten(TrainConfig.from_json(written).to_json())
    except BadConfig:  # a version with other settings wrote it
        settings = flatten({**TrainConfig().to_json(), **written})
    if wrong := [name for name in WHOLE if type(settings.get(name)) is not int]:
        raise BadRun(f"The run in {path} has no usable {wrong[0]}: {str(settings.get(wrong[0]))[:40]}.")
    records = run.written_records()
    return RecordedRun(path, experiment, path.name, settings, columns_of(records), said_in(records), pairs_in(records))


def _finite(value: Any) -> float | None:
    """Return a finite number as a float, and None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None


def columns_of(records: Sequence[Mapping[str, Any]]) -> Columns:
    """Collect the numbers of the records by name, those of a nested table as `table.name`; texts are left out."""
    flat = [dict(_numbers(record)) for record in records]
    names = dict.fromkeys(name for record in flat for name in record)
    return {name: np.array([record.get(name, math.nan) for record in flat]) for name in names}


def _numbers(record: Mapping[str, Any]) -> Iterable[tuple[str, float]]:
    for name, value in record.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, math.inf if (number := _finite(value)) is None else number
        elif isinstance(value, dict):
            yield from ((f"{name}.{inner}", number) for inner, number in _numbers(value))


def pairs_in(records: Sequence[Mapping[str, Any]]) -> list[tuple[str, float]]:
    """Return the last recorded answers to the test pairs with their scores."""
    for record in reversed(records):
        answers, scores = record.get("pair_answers"), record.get("pair_scores")
        if isinstance(answers, list) and isinstance(scores, list) and answers:
            return [(str(answer), _finite(score) or 0.0) for answer, score in zip(answers, scores, strict=False)]
    return []


def said_in(records: Sequence[Mapping[str, Any]]) -> list[Said]:
    """Collect the conversions of the epochs that have any."""
    return [
        (int(record["epoch"]), [[str(form) for form in row] for row in record["conversions"]])
        for record in records
        if isinstance(record.get("conversions"), list) and record["conversions"] and "epoch" in record
    ]


RECENT = 12
"""The number of points over which the present speed is measured."""


@dataclass(frozen=True)
class Progress:
    """The progress of a run. seconds_left and words_per_second are None before the first points."""

    epochs: int
    done: float
    step: int
    seconds: float
    words_per_second: float | None
    seconds_left: float | None

    @property
    def share(self) -> float:
        """The share of the run that is done, from 0 to 1."""
        return min(1.0, self.done / self.epochs)


@dataclass(frozen=True, eq=False)
class Watched:
    """The present state of a run that trains or has trained."""

    points: Sequence[StepRecord]
    history: Sequence[EpochRecord]
    progress: Progress

    @property
    def scored(self) -> list[EpochRecord]:
        """The records of the epochs that were scored."""
        return [record for record in self.history if record.distinct is not None]

    @property
    def columns(self) -> Columns:
        """Losses and knobs at the points between epochs, and scores after epochs, in the order of their steps."""
        rows = [{**asdict(point), "epoch": point.epochs} for point in self.points]
        names = ("epoch", "step", "seconds", *SCORES)
        rows += [{name: getattr(record, name) for name in names} for record in self.scored]
        return columns_of(sorted(rows, key=lambda row: row["step"]))


def watch_run(run: Run) -> Watched:
    """Read the present state of a run. Raises BadRun for a damaged line."""
    points, history = run.steps(), run.history()
    return Watched(points, history, progress_of(run.config().epochs, points))


def progress_of(epochs: int, points: Sequence[StepRecord]) -> Progress:
    """Measure from its points how far a run of so many epochs is."""
    if not points:
        return Progress(epochs, 0.0, 0, 0.0, None, None)
    last, recent = points[-1], points[-RECENT:]
    spent = last.seconds - recent[0].seconds
    speed = sum(point.words for point in recent[1:]) / spent if spent > 0 else None
    left = last.seconds * (epochs - last.epochs) / last.epochs if last.epochs > 0 else None
    return Progress(epochs, last.epochs, last.step, last.seconds, speed, left)


def duration(seconds: float) -> str:
    """Format a duration as `8 s`, `1 min 5 s` or `2 h 10 min`."""
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
