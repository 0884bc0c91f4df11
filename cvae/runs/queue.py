"""The runs made in the app: their folders, the queue, and how each of them stands. The folders are all there is to it.

A run's id can't be guessed and is the right to see and steer it. A job is one run, or two that are compared: its runs
wait and start together.
"""

import fcntl
import json
import re
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun
from cvae.core.files import is_full, write_json
from cvae.core.settings import Limits
from cvae.data.dataset import keep_data
from cvae.runs.run import FULL_DISK, Run

Status = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE: tuple[Status, ...] = ("queued", "starting", "running", "paused")
RESUMABLE: tuple[Status, ...] = ("stopped", "failed", "interrupted")
STARTING_SECONDS = 30
"""A process that has not locked its folder by then will not do so any more."""


@dataclass(frozen=True)
class Standing:
    """How a run stands. reason: why it stopped or failed. position: in the queue, from 1; 0 when it is not in it."""

    status: Status
    reason: str = ""
    position: int = 0

    @property
    def active(self) -> bool:
        """Whether it is training, or will without anybody's doing."""
        return self.status in ACTIVE


def find_run(folder: Path, run_id: str) -> Run:
    """The run of this id. Raises BadRun, also for what is no id at all."""
    run = Run(folder / run_id) if is_id(run_id) else None
    if run is None or not all((run.path / name).is_file() for name in ("job.json", "config.json")):
        raise BadRun("There is no run under this link: old runs are removed after a while.")
    _job(run)
    return run


def find_model(folder: Path, run_id: str) -> Path | None:
    """The newest weights of a run, or a model that was brought in alone; None when there is none of this id."""
    path = Run(folder / run_id).model_path if is_id(run_id) else None
    return path if path and path.is_file() and (path.parent / "job.json").is_file() else None


def is_id(text: str) -> bool:
    """Whether this could be a run's id: it names nothing outside its folder."""
    return re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text) is not None


def create_job(
    folder: Path, configs: Sequence[TrainConfig], title: str, data: str | None = None, names: Sequence[str] = ()
) -> list[Run]:
    """Folders for the runs of a job, in the queue from now on. Raises BadData or BadRun.

    data: the text of a file. names: what two runs are called beside each other.
    """
    ids = [secrets.token_urlsafe(16) for _ in configs]
    runs = []
    place = _last_place(folder)
    try:
        for run_id, config, called in zip(ids, configs, names or [""] * len(ids), strict=True):
            path = folder / run_id
            if data is not None:
                path.mkdir(parents=True)
                config = keep_data(path, config, data)
            runs.append(Run.create(path, config))
            write_json(path / "job.json", {"queued": place, "runs": ids, "title": title, "name": called})
            watch(runs[-1])
    except BaseException:
        for run_id in ids:
            shutil.rmtree(folder / run_id, ignore_errors=True)
        raise
    return runs


def adopt(folder: Path, fill: Callable[[Path], object], title: str) -> str:
    """A folder for what was brought from elsewhere, filled by `fill`: its id. Raises what that raises."""
    run_id = secrets.token_urlsafe(16)
    path = folder / run_id
    try:
        fill(path)
        write_json(path / "job.json", {"queued": 0.0, "runs": [run_id], "title": title})
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    watch(Run(path))
    return run_id


def partners(run: Run) -> list[str]:
    """The ids of the runs of its job, itself included, in their order."""
    return list(_job(run)["runs"])


def title(run: Run) -> str:
    """What its job was called when it was made."""
    return str(_job(run)["title"])


def name(run: Run) -> str:
    """What it is called beside the other run of its job; nothing when it is alone."""
    return str(_job(run)["name"])


def full_title(run: Run) -> str:
    """Both, for a list of runs."""
    return ": ".join(filter(None, (title(run), name(run))))


def _job(run: Run) -> dict[str, Any]:
    """What is noted of its job. Raises BadRun."""
    try:
        job = json.loads((run.path / "job.json").read_text(encoding="utf-8"))
        return {"title": "", "name": "", **job, "queued": float(job["queued"]), "runs": list(map(str, job["runs"]))}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRun(f"{run.path / 'job.json'} is damaged: this run can’t be shown.") from error


def _last_place(folder: Path) -> float:
    """Behind all that wait: the time, unless the clock was set back."""
    waiting = [_job(run)["queued"] for job in queue(folder) for run in job]
    return max(time.time(), *(place + 1e-3 for place in waiting)) if waiting else time.time()


def queue_again(run: Run) -> None:
    """Put a run that had ended at the end of the queue; on its own, whatever its job was."""
    run.go_on()
    write_json(run.path / "job.json", {**_job(run), "queued": _last_place(run.path.parent), "alone": True})
    run.set_status("queued")
    watch(run)


def watch(run: Run) -> None:
    """Say that somebody looks at this run."""
    with suppress(OSError):  # a full disk; the run then stops of itself
        (run.path / "watched").touch()


def seconds_unwatched(run: Run) -> float:
    """Since somebody last looked at this run; below 0 when the clock was set back since."""
    return time.time() - watched_at(run)


def watched_at(run: Run) -> float:
    """When somebody last looked at this run, in seconds of the epoch; minus infinity when nobody ever did."""
    try:
        return (run.path / "watched").stat().st_mtime
    except OSError:
        return float("-inf")


def standing(run: Run) -> Standing:
    """How a run stands now: what its process wrote last, unless that process is gone."""
    try:
        said = json.loads(run.status_path.read_text(encoding="utf-8"))
        status, reason = said["status"], str(said["reason"])
        age = abs(time.time() - run.status_path.stat().st_mtime)  # whichever way the clock was set
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Standing("interrupted")
    if status not in get_args(Status):
        return Standing("interrupted")
    if status == "queued":
        places = [{each.path.name for each in job} for job in queue(run.path.parent)]
        return Standing("queued", reason, next((i for i, job in enumerate(places, 1) if run.path.name in job), 0))
    alive = status not in ("starting", "running", "paused") or run.is_held()
    if not alive and not (status == "starting" and age < STARTING_SECONDS):
        return Standing("interrupted", FULL_DISK if is_full(run.path) else reason)  # a full disk takes no status
    return Standing(status, reason)


def all_runs(folder: Path) -> list[Run]:
    """Every run made in the app."""
    return [Run(path.parent) for path in folder.glob("*/job.json")]


def queue(folder: Path) -> list[list[Run]]:
    """The waiting jobs, first come first: of each the runs that wait."""
    jobs: dict[tuple[str, ...], list[Run]] = {}
    order: dict[tuple[str, ...], float] = {}
    for run in all_runs(folder):
        with suppress(OSError, ValueError, KeyError, TypeError, BadRun):  # removed meanwhile, or damaged
            if run.status() == "queued":
                job = _job(run)
                ids = (run.path.name,) if job.get("alone") else tuple(job["runs"])
                jobs.setdefault(ids, []).append(run)
                order[ids] = min(job["queued"], order.get(ids, job["queued"]))
    return [sorted(jobs[ids], key=lambda run: ids.index(run.path.name)) for ids in sorted(jobs, key=order.__getitem__)]


@contextmanager
def queue_locked(folder: Path) -> Iterator[None]:
    """One process at a time changes the queue. Raises BadRun when the folder can’t be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".queue.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
    except OSError as error:
        raise BadRun(f"The folder of runs can’t be used: {error.strerror}.") from error


def clean_up(folder: Path, allowed: Limits) -> None:
    """Remove the runs that are too old or too many, the longest unwatched first; never one that is active."""
    runs = sorted((seconds_unwatched(run), run.path.name, run) for run in all_runs(folder))
    for place, (unwatched, _, run) in enumerate(runs):
        too_much = place >= allowed.kept_runs or unwatched > allowed.kept_days * 86_400
        if too_much and not standing(run).active and unwatched > allowed.grace_seconds:
            shutil.rmtree(run.path, ignore_errors=True)
