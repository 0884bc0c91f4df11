"""What a worker process does: it trains one run, until that is finished, told to stop, or over its limits."""

import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import torch

from cvae.core.errors import TenseLabError
from cvae.core.logs import tell
from cvae.core.process import handle_signals, lower_priority
from cvae.core.settings import Limits, limits
from cvae.runs.queue import seconds_unwatched, watched_at
from cvae.runs.run import Run, reason_of
from cvae.runs.session import Paused, ShutDown, follow_folder

LOOK_SECONDS = 1.0


def work(path: Path) -> None:
    """Train one run in a worker process until it is finished, told to stop, or over its limits.

    When the app or the machine is shut down, the run is queued again in its old place: the next app goes on with it.
    """
    torch.set_num_threads(1)
    run = Run(path)
    try:
        _work(run)
        epochs, seconds = len(run.history()), round(run.seconds_trained())
        tell("run ended", run=path.name, status=run.status(), epochs=epochs, seconds=seconds)
    except Exception as error:  # whatever it is, its text is not for the log; the status says it, but on a full disk
        if not isinstance(error, TenseLabError) and run.status() != "failed":
            run.fail(reason_of(error))
        tell("run failed", run=path.name, error=type(error).__name__)
        sys.exit(1)


def _work(run: Run) -> None:
    handle_signals(_shut_down, "SIGTERM", "SIGINT", "SIGHUP")
    with closing(follow_folder(run)) as moments:
        try:
            if reason := _follow(run, _at_low_priority(moments), limits()):
                moments.close()
                run.set_status("stopped", reason)
        except ShutDown as end:
            with suppress(ShutDown):
                moments.throw(end)  # between two moments: the run is queued while its folder is still held
            if run.status() == "starting":  # before the first moment
                with suppress(OSError):
                    run.set_status("queued")
            tell("run queued again", run=run.path.name)
            raise


def _shut_down(*_: object) -> None:
    raise ShutDown


def _at_low_priority(moments: Iterator[object]) -> Iterator[object]:
    """Yield the same moments; after the first, lower the priority of this process, so that the pages come first."""
    for i, moment in enumerate(moments):
        if i == 0:
            lower_priority()
        yield moment


def _follow(run: Run, moments: Iterator[object], allowed: Limits) -> str:
    """Train until the run ends or must not go on; return the reason, which is empty when it has ended by itself."""
    looked = time.monotonic()  # a clock that nobody sets
    watched, last = watched_at(run), looked - max(0.0, seconds_unwatched(run))
    paused_since: float | None = None
    epochs = run.config().epochs
    for moment in moments:
        if getattr(moment, "epoch", 0) == epochs:
            continue  # it has done all, and is about to say so
        now = time.monotonic()
        paused_since = (paused_since or now) if isinstance(moment, Paused) else None
        if now - looked < LOOK_SECONDS:
            continue
        looked = now
        if (mark := watched_at(run)) != watched:
            watched, last = mark, now
        if now - last > allowed.grace_seconds:
            return "Nobody was watching any more."
        if paused_since and now - paused_since > 60 * allowed.pause_minutes:
            return f"It was paused for {allowed.pause_minutes} minutes."
        if getattr(moment, "seconds", 0.0) > 60 * allowed.minutes:
            return f"It has had its {allowed.minutes} minutes."
    return ""
