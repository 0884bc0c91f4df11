"""Room for runs: which runs are kept, for how long, and in whose share; and the adoption of uploaded runs."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Annotated

from cvae.core.errors import BadRun
from cvae.core.files import read_json, write_json
from cvae.core.schema import Most, Within
from cvae.core.settings import MB, Limits, limits
from cvae.runs.queue import (
    JOB,
    Job,
    all_runs,
    job_of,
    queue_locked,
    seconds_unwatched,
    shown,
    standing,
    watch,
    watched_at,
)
from cvae.runs.run import Run, reason_of

AGES, DAY = ".ages.json", 86_400.0
ANYBODY = "anybody"
"""The visitor in place of all who can't be told apart."""


def adopt(folder: Path, fill: Callable[[Path], object], title: str, visitor: str = "") -> str:
    """Create a folder for an upload, let `fill` write its files, and return its id. Raises BadRun."""
    run_id = secrets.token_urlsafe(16)
    path = folder / run_id
    with queue_locked(folder):
        clean_up(folder, limits(), visitor, coming=1)
    try:
        fill(path)
        write_json(path / JOB, asdict(Job(0.0, (run_id,), shown(title), visitor=visitor)))
    except OSError as error:
        shutil.rmtree(path, ignore_errors=True)
        raise BadRun(reason_of(error)) from error
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    watch(Run(path))
    return run_id


@dataclass(frozen=True)
class Ages:
    """The contents of `.ages.json`: the days counted, the time of the last count, and each run's last mark and day.

    A clock that leaps counts for a day at most, and a run that is seen for the first time is new.
    """

    day: Annotated[float, Within(0, 1e6)] = 0.0
    counted: float = 0.0
    seen: Annotated[dict[str, tuple[float, ...]], Most(100_000)] = field(default_factory=dict)


def days_unwatched(folder: Path, runs: Sequence[Run]) -> dict[str, float]:
    """Return for each run how many days, of those that the app counted, nobody has watched it."""
    try:
        known = read_json(folder / AGES, Ages, 16 * MB)
    except (OSError, BadRun):
        known = Ages()
    day = known.day + min(max(time.time() - known.counted, 0.0) / DAY, 1.0)
    seen: dict[str, tuple[float, ...]] = {}
    for run in runs:
        mark = max(watched_at(run), 0.0)  # a run that was never watched must not make the file unreadable
        before = known.seen.get(run.path.name, ())
        seen[run.path.name] = before if len(before) == 2 and before[0] == mark else (mark, day)
    with suppress(OSError):  # a full disk
        write_json(folder / AGES, asdict(Ages(day, time.time(), seen)))
    return {name: day - since for name, (_, since) in seen.items()}


def clean_up(folder: Path, allowed: Limits, visitor: str = "", coming: int = 0) -> None:
    """Make room for runs of a visitor: remove old runs, then the visitor's own, then any unwatched for a day.

    No run that trains, waits or is watched is removed, and none for another visitor's sake before that day is over:
    those of ANYBODY are nobody's own. Raises BadRun when there is no room.
    """
    runs = all_runs(folder)
    days = days_unwatched(folder, runs)
    sizes = {run.path.name: size_of(run.path) for run in runs}
    runs.sort(key=lambda run: -days[run.path.name])
    mine = [run for run in runs if visitor and visitor_of(run) == visitor]

    def remove(run: Run) -> None:
        shutil.rmtree(run.path, ignore_errors=True)
        for group in (runs, mine):
            if run in group:
                group.remove(run)

    def too_much(group: list[Run], number: int, mb: int) -> bool:
        return len(group) + coming > number or sum(sizes[run.path.name] for run in group) > mb * MB

    idle = [run for run in runs if seconds_unwatched(run) > allowed.grace_seconds and not standing(run).active]
    for run in idle:
        name = run.path.name
        if (
            days[name] > allowed.kept_days
            or (run in mine and visitor != ANYBODY and too_much(mine, allowed.visitor_runs, allowed.visitor_mb))
            or (days[name] > 1 and too_much(runs, allowed.kept_runs, allowed.kept_mb))
        ):
            remove(run)
    if coming and too_much(mine, allowed.visitor_runs, allowed.visitor_mb):
        if visitor == ANYBODY:
            raise BadRun("Visitors without cookies have as many runs as one may keep: allow cookies here, then reload.")
        raise BadRun("You have as many runs as one visitor may keep, and all are open: close one, then try again.")
    if coming and too_much(runs, allowed.kept_runs, allowed.kept_mb):
        raise BadRun("This app keeps no more runs at the moment: try again tomorrow.")


def visitor_of(run: Run) -> str:
    """Return whose run this is, or an empty text."""
    try:
        return job_of(run).visitor
    except BadRun:
        return ""


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        return sum(entry.stat(follow_symlinks=False).st_size for entry in entries)
    return 0
