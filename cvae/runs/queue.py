"""The runs of the app: their folders, the queue and the status of each run. All state is in the folders.

The id of a run can't be guessed; whoever knows it may see and steer the run. A job is one run, or two that are
compared: its runs wait and start together.
"""

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

from filelock import FileLock

from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun
from cvae.core.files import is_full, write_json
from cvae.core.settings import Limits
from cvae.data.dataset import keep_data
from cvae.runs.run import FULL_DISK, Run

Status = Literal["queued", "starting", "running", "paused", "finished", "stopped", "failed", "interrupted"]
ACTIVE: tuple[Status, ...] = ("queued", "starting", "running", "paused")
RESUMABLE: tuple[Status, ...] = ("stopped", "failed", "interrupted")


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
    if run is None or not all((run.path / name).is_file() for name in ("job.json", "config.json")):
        raise BadRun("There is no run under this link: old runs are removed after a while.")
    _job(run)
    return run


def find_model(folder: Path, run_id: str) -> Path | None:
    """Find the newest weights of a run, or a model that was uploaded alone; None when there is none with this id."""
    path = Run(folder / run_id).model_path if is_id(run_id) else None
    return path if path and path.is_file() and (path.parent / "job.json").is_file() else None


def is_id(text: str) -> bool:
    """Tell whether this could be the id of a run: such a text names nothing outside the folder of runs."""
    return re.fullmatch(r"[A-Za-z0-9_-]{16,64}", text) is not None


def create_job(
    folder: Path, configs: Sequence[TrainConfig], title: str, data: str | None = None, names: Sequence[str] = ()
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
    """Create a folder for an upload, let `fill` write its files, and return its id. Raises what `fill` raises."""
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
    """Return the ids of all runs of the job of this run, in their order."""
    return list(_job(run)["runs"])


def title(run: Run) -> str:
    """Return the title of the job of this run."""
    return str(_job(run)["title"])


def name(run: Run) -> str:
    """Return the name that tells the run from the other run of its job, or an empty text."""
    return str(_job(run)["name"])


def full_title(run: Run) -> str:
    """Return title and name together, for a list of runs."""
    return ": ".join(filter(None, (title(run), name(run))))


def _job(run: Run) -> dict[str, Any]:
    """Read the description of the job of this run. Raises BadRun."""
    try:
        job = json.loads((run.path / "job.json").read_text(encoding="utf-8"))
        return {"title": "", "name": "", **job, "queued": float(job["queued"]), "runs": list(map(str, job["runs"]))}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadRun(f"{run.path / 'job.json'} is damaged: this run can’t be shown.") from error


def _last_place(folder: Path) -> float:
    """Return a key behind all jobs that wait: the time, unless the clock was set back."""
    waiting = [_job(run)["queued"] for job in queue(folder) for run in job]
    return max(time.time(), *(place + 1e-3 for place in waiting)) if waiting else time.time()


def queue_again(run: Run) -> None:
    """Put a run that had ended at the end of the queue, as a job of its own."""
    run.go_on()
    write_json(run.path / "job.json", {**_job(run), "queued": _last_place(run.path.parent), "alone": True})
    run.set_status("queued")
    watch(run)


def watch(run: Run) -> None:
    """Note that somebody is watching this run."""
    with suppress(OSError):  # a full disk; the run then stops of itself
        (run.path / "watched").touch()


def seconds_unwatched(run: Run) -> float:
    """Return the seconds since the run was last watched; negative when the clock was set back."""
    return time.time() - watched_at(run)


def watched_at(run: Run) -> float:
    """Return the Unix time at which the run was last watched, or minus infinity when it never was."""
    try:
        return (run.path / "watched").stat().st_mtime
    except OSError:
        return float("-inf")


def standing(run: Run) -> Standing:
    """Return the present status of a run: what its process wrote last, unless that process is gone."""
    status, reason = _said(run)
    if status == "queued":
        places = [{each.path.name for each in job} for job in queue(run.path.parent)]
        return Standing("queued", reason, next((i for i, job in enumerate(places, 1) if run.path.name in job), 0))
    alive = status not in ACTIVE or run.is_held() or (status == "starting" and run.is_starting())
    if not alive:
        if _said(run) != (status, reason):  # it has begun or ended between the two looks
            return standing(run)
        return Standing("interrupted", FULL_DISK if is_full(run.path) else reason)  # a full disk takes no status
    return Standing(status, reason)


def _said(run: Run) -> tuple[Status, str]:
    """Read the status that was written last, and why."""
    try:
        said = json.loads(run.status_path.read_text(encoding="utf-8"))
        status, reason = said["status"], str(said["reason"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return "interrupted", ""
    return (status, reason) if status in get_args(Status) else ("interrupted", "")


def all_runs(folder: Path) -> list[Run]:
    """List every run of the app."""
    return [Run(path.parent) for path in folder.glob("*/job.json")]


def queue(folder: Path) -> list[list[Run]]:
    """List the waiting jobs in their order, each as the runs of it that wait."""
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
    """Lock the queue, so that one process at a time changes it. Raises BadRun when the folder can’t be used."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".queue.lock"):
            yield
    except OSError as error:
        raise BadRun(f"The folder of runs can’t be used: {error.strerror}.") from error


def clean_up(folder: Path, allowed: Limits) -> None:
    """Remove runs that are too old or too many, those unwatched the longest first, and never an active one."""
    runs = sorted((seconds_unwatched(run), run.path.name, run) for run in all_runs(folder))
    for place, (unwatched, _, run) in enumerate(runs):
        too_much = place >= allowed.kept_runs or unwatched > allowed.kept_days * 86_400
        if too_much and not standing(run).active and unwatched > allowed.grace_seconds:
            shutil.rmtree(run.path, ignore_errors=True)
