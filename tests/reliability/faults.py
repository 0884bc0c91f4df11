"""What goes wrong on a machine, done on purpose: `python -m tests.reliability.faults [NAME...]` prints the results.

kill: a worker killed 50 times; app: the process that is the app killed while a run trains; twice: two apps on one
folder; disk: a full one (a small tmpfs, for which it must run as root), and read-only folders; lines: a run folder cut
off anywhere; flips: a checkpoint with flipped bits or a part missing; clock: set back by a day.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TrainConfig
from cvae.core.errors import TenseLabError
from cvae.core.settings import ROOT
from cvae.runs import queue as runs_queue
from cvae.runs import workers
from cvae.runs.queue import all_runs, queue, standing
from cvae.runs.run import Run
from cvae.runs.session import replay_in, start_replay, train_in_folder
from tests.processes import holders, wait_until
from tests.recordings import history, points
from tests.reliability.disks import mounted, try_full_disk, try_read_only
from tests.reliability.models import flips, try_models

DATA = (
    "# tenses: base third progressive past\nwalk walks walking walked\nbe is being was\nstop stops stopping stopped\n"
)
CONFIG = TrainConfig(
    model=ModelConfig(embedding=8, hidden=16, latent=3), kl=KLSchedule("constant", 0.5),
    learning_rate=LearningRateSchedule(peak=5e-3), epochs=40, evaluate_every=20, batch_size=4, draws=5,
    letter_dropout=0.1,
)  # fmt: skip


def as_if_undisturbed(run: Run, folder: Path) -> bool:
    """Whether history and points equal, to the bit, those of a run that nothing happened to."""
    whole = start_replay(run, folder / f"whole-{run.path.name}")
    list(replay_in(whole, run))
    same = history(run) == history(whole) and points(run) == points(whole)
    return same and len(whole.history()) == run.config().epochs


def kill(folder: Path, times: int = 50, seed: int = 0) -> str:
    """A worker killed again and again at random moments, each time resumed."""
    dice, epochs = random.Random(seed), 20 * times
    os.environ["TENSE_LAB_EPOCHS"] = str(epochs)
    [run] = workers.submit([replace(CONFIG, epochs=epochs)], "killed", DATA)
    kills, early = 0, 0
    while kills < times and standing(run).status != "finished":
        # Whoever looks at a run lets the queue advance: it may have to wait until its last process is quite gone.
        wait_until(
            lambda: (
                holders(run.lock_path)
                or standing(run).status == "finished"
                or workers.advance()
                or runs_queue.watch(run)
            )
        )
        before = len(run.steps())
        time.sleep(dice.random() * 0.4)
        if processes := holders(run.lock_path):
            for process in processes:
                os.kill(process, signal.SIGKILL)
            kills += 1
            early += len(run.steps()) == before
            wait_until(lambda: standing(run).status in ("interrupted", "finished"))
            if standing(run).status == "interrupted":
                workers.resume(run)
    while standing(run).active:  # however long the rest takes
        runs_queue.watch(run)
        workers.advance()
        time.sleep(0.05)
    assert kills == times, f"the run ended after {kills} kills"
    assert as_if_undisturbed(run, folder), "the history is another than that of a run that was not killed"
    return f"{kills} kills ({early} before the first new point), history and points of all {epochs:,} epochs equal"


SUBMIT = """
import sys, time
from pathlib import Path
from tests.reliability.faults import CONFIG, DATA
from cvae.runs import queue as runs_queue, workers
if __name__ == "__main__":
    runs = [workers.submit([CONFIG], "by an app", DATA)[0] for _ in range(int(sys.argv[1]))]
    print(*(run.path.name for run in runs), flush=True)
    while any(runs_queue.standing(run).active for run in runs):
        [runs_queue.watch(run) for run in runs]
        workers.advance()
        time.sleep(0.05)
"""
"""What an app does for its visitors, without the pages."""


def start_app(runs: int) -> subprocess.Popen:
    """A process that queues so many runs and watches them."""
    return subprocess.Popen([sys.executable, "-c", SUBMIT, str(runs)], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def app(folder: Path) -> str:
    """The app killed while one run trains and others wait; the next start finds them all, and they end as if never."""
    process = start_app(4)
    ids = process.stdout.readline().split()
    wait_until(lambda: any(run.history() for run in all_runs(folder / "runs")))
    process.kill()
    process.wait()
    runs = [Run(folder / "runs" / run_id) for run_id in ids]
    found = [standing(run).status for run in runs]
    while any(standing(run).active for run in runs):  # the next app, whose visitors have kept their links
        for run in runs:
            runs_queue.watch(run)
        workers.advance()
        time.sleep(0.05)
    assert all(run.status() == "finished" and as_if_undisturbed(run, folder) for run in runs)
    return f"4 runs found again ({', '.join(found)}), all finished, histories equal"


def twice(folder: Path) -> str:
    """Run two apps on one folder of runs, with three runs each."""
    processes, most = [start_app(3), start_app(3)], 0
    while any(process.poll() is None for process in processes):
        most = max(most, sum(bool(run.is_held()) for run in all_runs(folder / "runs")))
        time.sleep(0.1)
    runs = all_runs(folder / "runs")
    assert len(runs) == 6 and most <= 2, (len(runs), most)
    assert all(run.status() == "finished" and as_if_undisturbed(run, folder) for run in runs)
    return f"6 runs, at most {most} at a time, each trained once, histories equal"


def disk(folder: Path) -> str:
    """A full disk and read-only folders."""
    if os.geteuid():
        raise TenseLabError("A tmpfs can only be mounted by root: run this as root, or in a container.")
    with mounted(folder / "small", "2m"):
        full = try_full_disk(folder / "small", replace(CONFIG, epochs=20), DATA)
    with mounted(folder / "still", "8m"):
        still = try_read_only(folder / "still", replace(CONFIG, epochs=20), DATA)
    return f"{full}; {still}"


def lines(folder: Path, every: int = 7) -> str:
    """Cut files of lines anywhere: complete lines are read, and a resumed run equals an undisturbed one."""
    text = DATA.replace("walk", "wälk")
    [run] = runs_queue.create_job(folder / "runs", [replace(CONFIG, epochs=6, evaluate_every=1)], "cut", text)
    list(train_in_folder(run))
    cuts, whole, records = 0, run.history_path.read_bytes(), run.history()
    for place in range(0, len(whole), every):
        run.history_path.write_bytes(whole[:place])
        assert run.history() == records[: whole[:place].count(b"\n")]
        cuts += 1
    run.history_path.write_bytes(whole)
    whole = run.steps_path.read_bytes()
    for place in range(0, len(whole), every):
        run.steps_path.write_bytes(whole[:place])
        run.steps()
        cuts += 1
    half = Run.create(folder / "half", run.config())
    (half.path / "data.txt").write_bytes((run.path / "data.txt").read_bytes())
    records = train_in_folder(half)
    for _ in range(3):
        next(records)
    records.close()
    for path in (half.history_path, half.steps_path):
        path.write_bytes(path.read_bytes() + '{"epoch": 4, "samples": [["w\u00e4'.encode()[:-1])
    list(train_in_folder(half))
    assert as_if_undisturbed(half, folder)
    return f"{cuts:,} cuts, also within a letter, read; a run with two torn files resumed, history equal"


def damaged(folder: Path, count: int = 1000) -> str:
    """Damage both shipped models with flipped bits and missing parts."""
    for name in ("classroom", "open-vocabulary"):
        content = (ROOT / "checkpoints" / f"{name}.safetensors").read_bytes()
        tally = try_models(f"flips of {name}", flips(content, count // 2, 0), folder)
        assert tally.report()
    return f"{count:,} damaged checkpoints, each refused with a sentence or loaded with finite weights that convert"


def clock(folder: Path, back: float = 86_400) -> str:
    """Set `time.time` back by a day at some moment, in the process of the app; files keep their times."""
    now = time.time
    [first] = workers.submit([replace(CONFIG, epochs=200)], "first", DATA)
    [second] = workers.submit([CONFIG], "second", DATA)
    [third] = workers.submit([CONFIG], "third", DATA)
    wait_until(lambda: first.history() or runs_queue.watch(first))
    time.time = lambda: now() - back
    try:
        [late] = workers.submit([CONFIG], "late", DATA)
        waiting = [run.path.name for job in queue(folder / "runs") for run in job]
        assert late.path.name == waiting[-1], "who comes last is last"
        runs = [first, second, third, late]
        while any(standing(run).active for run in runs):
            for run in runs:
                os.utime(run.path / "watched", (time.time(), time.time()))
            workers.advance()
            sys.modules["time"].sleep(0.05)
    finally:
        time.time = now
    assert all(run.status() == "finished" and as_if_undisturbed(run, folder) for run in runs)
    return "4 runs over a day’s jump back: the order of the queue kept, all finished, histories equal"


PARTS: dict[str, Callable[[Path], str]] = {
    "kill": kill, "app": app, "twice": twice, "disk": disk, "lines": lines, "flips": damaged, "clock": clock,
}  # fmt: skip


def main(names: list[str]) -> None:
    """Run each part in a folder of its own. Raises AssertionError when something was lost."""
    torch.set_num_threads(1)
    for name in names or list(PARTS):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["TENSE_LAB_RUNS"] = str(Path(folder) / "runs")
            began = time.perf_counter()
            print(f"{name}: {PARTS[name](Path(folder))} ({time.perf_counter() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
