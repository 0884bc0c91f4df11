"""The engine that runs the trials of a sweep on this machine, with one process and one thread each."""

import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import cast

from cvae.core.process import handle_signals, hidden_main, process_context, start_fork_server
from cvae.experiments.grid import Trial
from cvae.experiments.sweep import Bar, Place, TrialResult, run_trial

PRELOADED = ["torch", "torch._dynamo", "cvae.experiments.local"]
"""Modules that the fork server imports once; torch's optimizers need the second."""


def run_local(trials: Sequence[Trial], place: Place, bar: Bar, jobs: int | None = None) -> list[TrialResult]:
    """Run the trials, `jobs` at a time (by default one a core); an Engine. Stopped runs can be resumed."""
    waiting, running, outcomes = deque(trials), dict[Connection, TrialProcess](), list[TrialResult]()
    try:
        while waiting or running:
            while waiting and len(running) < (jobs or cores()):
                process = start_process(waiting.popleft(), place)
                running[process.pipe] = process
            for pipe in cast(list[Connection], wait(list(running))):
                message = running[pipe].receive()
                if isinstance(message, int):
                    bar.show(running[pipe].trial.name, message)
                else:
                    running.pop(pipe).end()
                    outcomes.append(message)
    finally:
        for each in running.values():
            each.process.terminate()
        for each in running.values():
            each.end()
    return outcomes


def cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class TrialProcess:
    """A trial, the process that runs it, and the pipe on which the process reports its progress."""

    trial: Trial
    process: BaseProcess
    pipe: Connection

    def receive(self) -> int | TrialResult:
        """Receive the number of epochs done, or the result, which is a failure when the process died."""
        try:
            message: int | TrialResult = self.pipe.recv()
            return message
        except EOFError:
            self.process.join()
            code = self.process.exitcode
            died = signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"
            reason = f"Its process died ({died}): run the same command again to resume."
            return TrialResult(self.trial.name, "failed", reason)

    def end(self) -> None:
        """Wait for the process to end."""
        self.process.join()
        self.pipe.close()


def start_process(trial: Trial, place: Place) -> TrialProcess:
    """Start a process for a trial."""
    context = process_context(PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=run_and_report, args=(trial, place, theirs), name=trial.name, daemon=True)
    try:
        with hidden_main():
            start_fork_server(PRELOADED)
            process.start()
    except BaseException:
        ours.close()  # the fork server may start the process after all, which then finds that nobody listens
        raise
    theirs.close()  # or the end of the process would not be seen
    return TrialProcess(trial, process, ours)


def run_and_report(trial: Trial, place: Place, pipe: Connection) -> None:
    """Train a trial in its process, until it is done, is told to stop, or the parent no longer listens."""
    # A key press, or a terminal that is closed, is for the parent, which then terminates.
    handle_signals(signal.SIG_IGN, "SIGINT", "SIGHUP")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        pipe.send(0)  # raises BrokenPipeError where the parent was interrupted meanwhile
        pipe.send(run_trial(trial, place, pipe.send))
