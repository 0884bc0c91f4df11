"""The reader of runs that are trained or recorded: their numbers as columns, their settings as one flat table."""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from cvae.core.dotted import flatten
from cvae.core.errors import BadRun
from cvae.core.files import read_json, stamp_of
from cvae.core.schema import Most
from cvae.data.paradigms import OWN, read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.runs.progress import Progress, progress_of
from cvae.runs.run import CONFIG, HISTORY, PACKED_HISTORY, STEPS, Run
from cvae.training.records import HELDOUT, SCORES, EpochRecord, StepRecord

ABOUT = "experiment.json"
"""The file in the folder of an experiment that holds its texts."""
SCHEDULES = ("beta", "teacher_forcing", "learning_rate")
"""Columns that were set, not measured, and therefore have no noise."""

Columns = Mapping[str, np.ndarray]
"""Finite numbers by name, all of one length, NaN where nothing was recorded. Never changed: they are shared."""
FlatSettings = Mapping[str, Any]
"""A config with dotted names: `kl.maximum`."""
EpochConversions = tuple[int, Sequence[Sequence[str]]]
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
    conversions: Sequence[EpochConversions] = ()
    pairs: Sequence[tuple[str, float]] = ()

    @property
    def id(self) -> str:
        """The name of the run among all runs, with that of its experiment."""
        return f"{self.experiment}/{self.name}".removeprefix("/")

    @property
    def variant(self) -> str:
        """The name of the run without its seed, which all seeds of a sweep share."""
        return self.name.rpartition("-seed")[0] or self.name

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.settings.get("seed", 0))


@dataclass(frozen=True, eq=False)
class Curve:
    """One line in every panel: a run, or runs that differ in nothing but their seed.

    place: decides colour, dash and marker; variant: another dash in the same colour, for single seeds. asleep: the
    epoch after which there is a sleep phase, if there is one. short: the name at the end of the line, if another.
    """

    name: str
    runs: tuple[Columns, ...]
    place: int = 0
    variant: int = 0
    asleep: int | None = None
    short: str = ""


Text = Annotated[str, Most(10_000)]


@dataclass(frozen=True)
class About:
    """The question and the result of an experiment, in plain text; empty where they were not written down.

    answer, differs (from what others found): texts whose figures `cvae.experiments.answers.fill_in` fills in.
    """

    title: Annotated[str, Most(200)] = ""
    question: Text = ""
    answer: Text = ""
    differs: Text = ""


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
    plain = name[:1].upper() + name[1:]
    try:
        about = read_json(folder / ABOUT, About)
    except (OSError, BadRun):
        return About(plain)
    return about if about.title else replace(about, title=plain)


def stamp_of_run(path: Path) -> tuple[int, ...]:
    """Return a key for caches of a run's records, which changes whenever the records do."""
    marks: list[int] = []
    for name in (CONFIG, HISTORY, PACKED_HISTORY, STEPS):
        try:
            marks += stamp_of(path / name)
        except OSError:
            marks += [0, 0, 0]
    return tuple(marks)


def read_run(path: Path, experiment: str = "") -> RecordedRun:
    """Read a run's settings and numbers as they are now. Raises BadRun when the folder holds no such run."""
    if not f"{experiment}{path.name}".isprintable():
        raise BadRun("Its name is not text that can be shown: rename the folder.")
    run = Run(path)
    settings, records = flatten(run.config().to_json()), run.history()
    columns = columns_of([*map(row_of, records)])
    conversions = [(record.epoch, record.conversions) for record in records if record.conversions]
    last = next((record for record in reversed(records) if record.pair_answers), None)
    pairs = list(zip(last.pair_answers, last.pair_scores, strict=True)) if last else []
    return RecordedRun(path, experiment, path.name, settings, columns, conversions, pairs)


def row_of(record: EpochRecord | StepRecord) -> dict[str, Any]:
    """Return a record as a row for `columns_of`."""
    return {name: getattr(record, name) for name in record.__slots__}


def columns_of(rows: Sequence[Mapping[str, Any]]) -> Columns:
    """Collect the numbers of rows by name, those of a table in a row as `table.name`; the rest is left out."""
    flat = [dict(numbers_of(row)) for row in rows]
    names = dict.fromkeys(name for row in flat for name in row)
    return {name: np.array([row.get(name, math.nan) for row in flat], dtype=float) for name in names}


def numbers_of(row: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of a row by name, those of a table in it as `table.name`."""
    for name, value in row.items():
        if isinstance(value, int | float):
            yield name, value
        elif isinstance(value, dict):
            yield from ((f"{name}.{inner}", number) for inner, number in value.items())


def cells_of(columns: Columns, names: Iterable[str]) -> list[list[object]]:
    """Return rows with the cells of these columns, which are empty where nothing was recorded."""
    nothing = np.full(len(next(iter(columns.values()), ())), math.nan)
    rows = zip(*(columns.get(name, nothing).tolist() for name in names), strict=True)
    return [["" if math.isnan(cell) else int(cell) if cell.is_integer() else cell for cell in row] for row in rows]


@dataclass(frozen=True, eq=False)
class Watched:
    """The present state of a run that trains or has trained."""

    points: Sequence[StepRecord]
    history: Sequence[EpochRecord]
    progress: Progress

    @cached_property
    def scored(self) -> list[EpochRecord]:
        """The records of the epochs that were scored."""
        return [record for record in self.history if record.distinct is not None]

    @cached_property
    def columns(self) -> Columns:
        """Losses and knobs at the points between epochs, and scores after epochs, in the order of their steps."""
        rows = [{**row_of(point), "epoch": point.epochs} for point in self.points]
        names = ("epoch", "step", "seconds", *SCORES, *HELDOUT.values())
        rows += [{name: getattr(record, name) for name in names} for record in self.scored]
        return columns_of(sorted(rows, key=lambda row: row["step"]))


def watch_run(run: Run) -> Watched:
    """Read the present state of a run, once for all readers. Raises BadRun for a damaged line."""
    return _watch(run.path, stamp_of_run(run.path))


@lru_cache(maxsize=8)  # each holds on to all records of its run, however few `read_lines` keeps
def _watch(path: Path, mark: tuple[int, ...]) -> Watched:
    run = Run(path)
    points, history, config = run.steps(), run.history(), run.config()
    tenses = len(vocabulary_of(config.data, path).tenses)
    if any({*record.widths[0]} - {tenses} or {*record.widths[1]} - {1 + tenses} for record in history):
        raise BadRun(f"{HISTORY} has words in other tenses than the data.")
    return Watched(points, history, progress_of(config, points, history))


def vocabulary_of(data: str, folder: Path) -> Vocabulary:
    """Return the vocabulary of the data that the run in a folder is trained on. Raises BadData."""
    return _vocabulary(data, folder if data == OWN else Path())


@lru_cache(maxsize=32)
def _vocabulary(data: str, folder: Path) -> Vocabulary:
    return read_paradigms(data, folder).vocabulary
