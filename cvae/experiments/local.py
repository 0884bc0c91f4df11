"""The trials of a sweep on this machine: one process and one thread each."""

import os
import signal
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from cvae.core.process import forking, hidden_main
from cvae.experiments.grid import Trial
from cvae.experiments.sweep import Bar, Outcome, Place, run_trial

PRELOADED = ["torch", "torch._dynamo", "cvae.experiments.local"]
"""Imported once, by the server from which the processes are forked; torch's optimizers ask for the second."""


def run_local(trials: Sequence[Trial], place: Place, bar: Bar, jobs: int | None = None) -> list[Outcome]:
    """Run the trials, `jobs` at a time (as many as there are cores); stopped runs can go on. An Engine."""
    waiting, running, outcomes = deque(trials), dict[Connection, Job](), list[Outcome]()
    try:
        while waiting or running:
            while waiting and len(running) < (jobs or cores()):
                job = start(waiting.popleft(), place)
                running[job.pipe] = job
            for pipe in wait(list(running)):
                assert isinstance(pipe, Connection)
                message = running[pipe].receive()
                if isinstance(message, int):
                    bar.show(running[pipe].trial.name, message)
                else:
                    running.pop(pipe).end()
                    outcomes.append(message)
    finally:
        for job in running.values():
            job.process.terminate()
        for job in running.values():
            job.end()
    return outcomes


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class Job:
    """A trial, the process that runs it, and the pipe on which it says how far it is."""

    trial: Trial
    process: BaseProcess
    pipe: Connection

    def receive(self) -> int | Outcome:
        """The epochs done, or the outcome; also of a process that died."""
        try:
            message: int | Outcome = self.pipe.recv()
            return message
        except EOFError:
            self.process.join()
            reason = f"Its process died ({exit_reason(self.process.exitcode)}): sweep again, and it goes on."
            return Outcome(self.trial.name, "failed", reason)

    def end(self) -> None:
        """Wait for the process."""
        self.process.join()
        self.pipe.close()


def exit_reason(code: int | None) -> str:
    """An exit code in words."""
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit status {code}"


def start(trial: Trial, place: Place) -> Job:
    """A process for a trial."""
    context = forking(PRELOADED)
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(trial, place, theirs), name=trial.name, daemon=True)
    with hidden_main():
        process.start()
    theirs.close()  # or the end of the process would not be seen
    return Job(trial, process, ours)


def work(trial: Trial, place: Place, pipe: Connection) -> None:
    """What the process does: train, until it is done, or told to stop, or nobody listens any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a key press is for the parent, which then terminates
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        pipe.send(run_trial(trial, place, pipe.send))
