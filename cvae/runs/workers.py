"""The start of the processes that train runs, one for each, from the queue before them.

`advance` starts the runs that may be started. Whoever looks at a run calls it now and then, so that no process has to
keep watch. The app and its workers communicate by the folders alone, where an app that is started again finds all.
"""

import math
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from multiprocessing.process import BaseProcess
from pathlib import Path

from filelock import FileLock, Timeout

from cvae.core.config import TrainConfig
from cvae.core.errors import BadConfig, BadRun
from cvae.core.files import is_full
from cvae.core.logs import tell
from cvae.core.process import hidden_main, process_context, start_fork_server
from cvae.core.settings import Limits, limits, runs_folder, training_is_on
from cvae.data.paradigms import is_bundled, parse_paradigms, read_paradigms
from cvae.runs.queue import (
    SILENT_SECONDS,
    all_runs,
    create_job,
    queue,
    queue_again,
    queue_locked,
    seconds_unwatched,
    standing,
    watch,
)
from cvae.runs.room import clean_up, visitor_of
from cvae.runs.run import Run, reason_of
from cvae.runs.session import MOMENT
from cvae.runs.steering import Control
from cvae.runs.work import work

PRELOADED = ["torch", "torch._dynamo", "cvae.runs.work"]
"""Modules that the server imports once, before it forks workers: creating an optimizer imports torch._dynamo, which is
slow."""
CLEAN_SECONDS, LEAP_SECONDS = 3600.0, 10.0
_starting = threading.Lock()
_cleaned, _clock = -CLEAN_SECONDS, -math.inf


def warm_up() -> None:
    """Start the server from which workers are forked, without waiting for it, so that the first run starts at once."""
    with _starting, hidden_main():
        start_fork_server(PRELOADED)


def submit(
    configs: Sequence[TrainConfig],
    title: str,
    data: str | None = None,
    names: Sequence[str] = (),
    visitor: str = "",
) -> list[Run]:
    """Queue a job of one run, or of two that are compared; see `create_job`. Raises BadConfig, BadData or BadRun."""
    if not training_is_on():
        raise BadRun("Training is switched off here.")
    allowed, folder = limits(), runs_folder()
    for config in configs:
        check_limits(config, allowed, data)
    with queue_locked(folder):
        clean_up(folder, allowed, visitor, len(configs))
        _check_room(folder, allowed, visitor, len(configs))
        runs = create_job(folder, configs, title, data, names, visitor)
    for run, config in zip(runs, configs, strict=True):
        tell("run queued", run=run.path.name, epochs=config.epochs, own_data=data is not None)
    advance()
    return runs


def _check_room(folder: Path, allowed: Limits, visitor: str, coming: int) -> None:
    """Raise BadRun when so many runs more of a visitor can't be queued."""
    if is_full(folder):
        raise BadRun("The disk is full: no run can be started.")
    waiting = [run for job in queue(folder) for run in job]
    if len(waiting) + coming > allowed.waiting:
        raise BadRun("Too many runs are waiting already: try again in a few minutes.")
    if visitor and sum(visitor_of(run) == visitor for run in waiting) + coming > allowed.visitor_waiting:
        raise BadRun("You have as many runs in the queue as one visitor may: wait for one of them, or stop it.")


def check_limits(config: TrainConfig, allowed: Limits, data: str | None) -> None:
    """Raise BadConfig when a run would cost more than is allowed here, BadData when its data can't be used."""
    if data is None and not is_bundled(config.data):
        raise BadConfig("Only data that come with the library, or that are uploaded, can be trained on here.")
    paradigms = (read_paradigms(config.data) if data is None else parse_paradigms(data)).spread(config.verbs)
    model = config.model
    asked = {
        "epochs": config.epochs,
        "batch_size": config.batch_size,
        "model.hidden": max(model.hidden, model.embedding, model.film, model.mapping),
        "model.latent": model.latent,
        "draws": config.draws,
        "words": round(len(paradigms) * len(paradigms.vocabulary.tenses) * (1 + config.invented)),
    }
    for name, value in asked.items():
        if value > (most := getattr(allowed, name.rpartition(".")[2])):
            raise BadConfig(f"{name} is limited to {most:,} here, and {value:,} were asked for.")
    if config.augmentation or config.sleep:
        raise BadConfig("Augmentation and the sleep phase are for the command line: leave them out here.")


def resume(run: Run) -> None:
    """Queue a run again that was stopped or interrupted. Raises BadRun when there is nothing to resume."""
    if not training_is_on():
        raise BadRun("Training is switched off here.")
    allowed = limits()
    with queue_locked(run.path.parent):  # what is checked holds until the run is queued: it may be open in two tabs
        now = standing(run)
        if now.active or now.status == "finished":
            raise BadRun(f"This run is {now.status}: there is nothing to resume.")
        if run.seconds_trained() >= 60 * allowed.minutes:
            raise BadRun(
                f"This run has had its {allowed.minutes} minutes: download it and resume it on your own computer."
            )
        _check_room(run.path.parent, allowed, visitor_of(run), 1)
        queue_again(run)
    tell("run queued again", run=run.path.name)
    advance()


def stop(run: Run) -> None:
    """Ask a run to stop after its present step; a queued run leaves the queue, and a stuck process is ended."""
    with queue_locked(run.path.parent):
        if standing(run).status == "queued":
            run.set_status("stopped")
    run.steering.ask_anew(lambda asked: Control(stop=True, hand=asked.hand))
    if run.silent_seconds() > SILENT_SECONDS:
        run.end_process()


def advance() -> None:
    """Start the first jobs of the queue while there is room; those that nobody waits for leave it. Raises BadRun."""
    allowed, folder = limits(), runs_folder()
    if not training_is_on() or not folder.is_dir():
        return
    with queue_locked(folder):
        _clean_up_hourly(folder, allowed)
        jobs = queue(folder)
        _welcome(jobs)
        for job in jobs:
            waited_for = [run for run in job if seconds_unwatched(run) <= allowed.grace_seconds]
            for run in job:
                if run not in waited_for:
                    with suppress(OSError):  # a folder that may only be read stops nobody else
                        run.set_status("stopped", "Nobody was watching while it waited.")
            if not waited_for:
                continue
            free = allowed.running - sum(
                standing(run).status in ("starting", "running", "paused") for run in all_runs(folder)
            )
            if free < min(len(waited_for), allowed.running):
                return
            for run in waited_for[:free]:
                if lock := _claim(run):
                    _start(run, lock)


def _claim(run: Run) -> FileLock | None:
    """Mark a run as starting and return the lock that shows so; None when its folder can't be used: it has failed.

    A run whose last process is just ending waits for the next look.
    """
    lock = run.starting()
    try:
        lock.acquire(blocking=False)
        run.beat_path.unlink(missing_ok=True)  # that of a process that was killed
        run.set_status("starting")
    except Timeout:
        return None
    except OSError as error:
        lock.release()
        run.fail(reason_of(error))
        return None
    return lock


def _welcome(jobs: Sequence[Sequence[Run]]) -> None:
    """Give those who waited while there was no app, or while the clock leapt, the whole time of grace to come back."""
    global _clock
    before, _clock = _clock, time.time() - time.monotonic()
    if abs(_clock - before) > LEAP_SECONDS:
        for run in chain.from_iterable(jobs):
            watch(run)


def _clean_up_hourly(folder: Path, allowed: Limits) -> None:
    global _cleaned
    if time.monotonic() - _cleaned > CLEAN_SECONDS:
        _cleaned = time.monotonic()
        clean_up(folder, allowed)


def _start(run: Run, lock: FileLock) -> None:
    tell("run started", run=run.path.name)
    with _starting, hidden_main():
        start_fork_server(PRELOADED)
        process = process_context(PRELOADED).Process(
            target=work, args=(run.path,), name=f"run {run.short_id}", daemon=True
        )
        process.start()
    threading.Thread(target=_release_when_begun, args=(run, process, lock), daemon=True).start()


def _release_when_begun(run: Run, process: BaseProcess, lock: FileLock) -> None:
    """Hold the lock until the process has begun to train, or is gone. Stop ends one that is stuck."""
    began = time.monotonic()
    with suppress(OSError, ValueError, BadRun):  # the folder was removed meanwhile, or damaged
        while process.is_alive() and run.status() == "starting":
            if time.monotonic() - began > SILENT_SECONDS and run.steering.asked().stop:
                process.kill()
            time.sleep(MOMENT)
    lock.release()
