"""The runs of the app: their folders, the queue and the status of each run. All state is in the folders.

The id of a run can't be guessed; whoever knows it may see and steer the run. A job is one run, or two that are
compared: its runs wait and start together.
"""

import hashlib
import re
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Annotated

from filelock import FileLock

from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun
from cvae.core.files import is_full, read_json, write_json
from cvae.core.schema import Most, Within, one_line
from cvae.runs.run import CONFIG, FULL_DISK, Run, Status

ACTIVE: tuple[Status, ...] = ("queued", "starting", "running", "paused")
RESUMABLE: tuple[Status, ...] = ("stopped", "failed", "interrupted")
JOB, WATCHED = "job.json", "watched"
LONGEST_TITLE, SILENT_SECONDS = 80, 180.0
LATEST = 1e11
"""The Unix time, in the year 5138, from which on a place in the queue is none that others have to come after."""
FRESH_SECONDS = 0.5
"""How long a reading of the queue serves those who look: each file of it costs a turn of the interpreter's lock."""
_looking, _changing = Lock(), Lock()


@dataclass(frozen=True)
class Job:
    """The contents of `job.json`: the runs that wait and start together, and their title.

    queued: the place in the queue. name: distinguishes a run from the other one of its job. alone: resumed without it.
    visitor: a random id of the visitor whose run it is.
    """

    queued: Annotated[float, Within(0, 1e12)]
    runs: Annotated[tuple[Annotated[str, Most(64)], ...], Most(2)]
    title: Annotated[str, Most(200)] = ""
    name: Annotated[str, Most(200)] = ""
    alone: bool = False
    visitor: Annotated[str, Most(64)] = ""


@dataclass(frozen=True)
class Standing:
    """The status of a run. reason: why it stopped or failed. position: its place in the queue from 1, or 0 outside."""

    status: Status
    reason: str = ""
    position: int = 0

    @property
    def active(self) -> bool:
        """Whether the run is training, or waits for it in the queue."""
        return self.status in ACTIVE


def find_run(folder: Path, run_id: str) -> Run:
    """Find the run with this id. Raises BadRun, also for a text that is no id."""
    run = Run(folder / run_id) if is_id(run_id) else None
    if run is None or not all((run.path / name).is_file() for name in (JOB, CONFIG)):
        raise BadRun("There is no run under this link: old runs are removed after a while.")
    job_of(run)
    return run


def find_model(folder: Path, run_id: str) -> Path | None:
    """Find the newest weights of a run, or a model that was uploaded alone; None when there is none with this id."""
    path = Run(folder / run_id).model_path if is_id(run_id) else None
    if path is None or not path.is_file():
        return None
    try:
        job_of(Run(path.parent))
    except BadRun:
        return None
    return path


def model_key(run_id: str) -> str:
    """Return what names a run where only its model is used: who has it can neither see nor steer the run."""
    return hashlib.sha256(run_id.encode()).hexdigest()[:32]


def id_of(folder: Path, key: str) -> str:
    """Return the id of the run with this id or `model_key`, or nothing."""
    ids = [run.path.name for run in all_runs(folder)] if is_id(key) else []
    return next((run_id for run_id in ids if key in (run_id, model_key(run_id))), "")


def is_id(text: str) -> bool:
    """Return whether this could be the id of a run; such a text names nothing outside the folder of runs."""
    return re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text) is not None


def create_job(
    folder: Path,
    configs: Sequence[TrainConfig],
    title: str,
    data: str | None = None,
    names: Sequence[str] = (),
    visitor: str = "",
) -> list[Run]:
    """Create folders for the runs of a job and queue them. Raises BadData or BadRun.

    data: the text of a file of verbs. names: the names that tell two runs apart.
    """
    ids = [secrets.token_urlsafe(16) for _ in configs]
    runs = []
    place = _last_place(folder)
    try:
        for run_id, config, called in zip(ids, configs, names or [""] * len(ids), strict=True):
            path = folder / run_id
            runs.append(Run.create(path, config, data))
            write_json(path / JOB, asdict(Job(place, tuple(ids), shown(title), shown(called), visitor=visitor)))
            watch(runs[-1])
    except BaseException:
        for run_id in ids:
            shutil.rmtree(folder / run_id, ignore_errors=True)
        raise
    return runs


def shown(text: str) -> str:
    """Return a text from a visitor as one line of printable signs that is not too long."""
    return one_line(text, LONGEST_TITLE)


def partners(run: Run) -> list[str]:
    """Return the ids of all runs of the job of this run, in their order."""
    return list(job_of(run).runs)


def title(run: Run) -> str:
    """Return the title of the job of this run."""
    return job_of(run).title


def name(run: Run) -> str:
    """Return the name that tells the run from the other run of its job, or an empty text."""
    return job_of(run).name


def full_title(run: Run) -> str:
    """Return title and name together, for a list of runs."""
    return ": ".join(filter(None, (title(run), name(run))))


def job_of(run: Run) -> Job:
    """Read the description of the job of this run. Raises BadRun."""
    try:
        job = read_json(run.path / JOB, Job)
    except (OSError, BadRun) as error:
        raise BadRun("The description of this run is damaged: it can’t be shown.") from error
    if run.path.name not in job.runs or not all(map(is_id, job.runs)):
        raise BadRun("This is the copy of a run: it can’t be shown.")
    return job


def _last_place(folder: Path) -> float:
    """Return a place after all jobs that wait: the time, unless the clock was set back."""
    waiting = [job_of(run).queued for job in queue(folder) for run in job]
    return max([time.time(), *(place + 1e-3 for place in waiting if place < LATEST)])


def queue_again(run: Run) -> None:
    """Put a run that had ended at the end of the queue, as a job of its own."""
    run.go_on()
    write_json(run.path / JOB, asdict(replace(job_of(run), queued=_last_place(run.path.parent), alone=True)))
    run.set_status("queued")
    watch(run)


def watch(run: Run) -> None:
    """Note that somebody is watching this run."""
    with suppress(OSError):  # a full disk; the run then stops of itself
        (run.path / WATCHED).touch()


def seconds_unwatched(run: Run) -> float:
    """Return the seconds since the run was last watched; negative when the clock was set back."""
    return time.time() - watched_at(run)


def watched_at(run: Run) -> float:
    """Return the Unix time at which the run was last watched, or minus infinity when it never was."""
    try:
        return (run.path / WATCHED).stat().st_mtime
    except OSError:
        return float("-inf")


def standing(run: Run) -> Standing:
    """Return the present status of a run: what its process wrote last, unless that process is gone."""
    last = run.last_status()
    status, reason = last.status, last.reason
    if status == "queued":
        return Standing("queued", reason, _place(run))
    alive = status not in ACTIVE or run.is_held() or (status == "starting" and run.is_starting())
    if not alive:
        if run.last_status() != last:  # it has begun or ended between the two looks
            return standing(run)
        return Standing("interrupted", FULL_DISK if is_full(run.path) else reason)  # a full disk takes no status
    if status in ("starting", "running", "paused") and run.silent_seconds() > SILENT_SECONDS:
        reason = "Its process does not answer: wait, or press Stop, which ends it."
    return Standing(status, reason)


def _place(run: Run) -> int:
    """Return the place of a run in the queue, 0 outside it, from one reading of the queue for all who look at once."""
    folder, name, moment = run.path.parent, run.path.name, int(time.monotonic() / FRESH_SECONDS)
    with _looking:
        if name not in _places(folder, moment):  # another process has queued it since
            _places.cache_clear()
        return _places(folder, moment).get(name, 0)


@lru_cache(maxsize=4)
def _places(folder: Path, moment: int) -> dict[str, int]:
    """Return the places of all runs that wait, by id, at a moment."""
    return {run.path.name: place for place, job in enumerate(queue(folder), start=1) for run in job}


def all_runs(folder: Path) -> list[Run]:
    """List every run of the app."""
    return [Run(path.parent) for path in folder.glob(f"*/{JOB}") if is_id(path.parent.name)]


def queue(folder: Path) -> list[list[Run]]:
    """List the waiting jobs in their order, each as the runs of it that wait."""
    jobs: dict[tuple[str, ...], list[Run]] = {}
    order: dict[tuple[str, ...], float] = {}
    for run in all_runs(folder):
        if run.status() != "queued":
            continue
        with suppress(BadRun):  # removed meanwhile, or damaged
            job = job_of(run)
            ids = (run.path.name,) if job.alone else job.runs
            jobs.setdefault(ids, []).append(run)
            order[ids] = min(job.queued, order.get(ids, job.queued))
    return [sorted(jobs[ids], key=lambda run: ids.index(run.path.name)) for ids in sorted(jobs, key=order.__getitem__)]


@contextmanager
def queue_locked(folder: Path) -> Iterator[None]:
    """Lock the queue, so that one process at a time changes it. Raises BadRun when the folder can’t be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _changing, FileLock(folder / ".queue.lock"):  # the threads of one process need not poll for the file
            try:
                yield
            finally:
                _places.cache_clear()
    except OSError as error:
        raise BadRun(f"The folder of runs can’t be used: {error.strerror}.") from error
