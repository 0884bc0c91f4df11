"""Sweeps over the runs of grids: the work of a trial, whichever engine runs it, and the results of all trials.

An engine is a function that runs trials and returns their results: `cvae.experiments.local` on this machine's cores,
`cvae.cluster.sweep` on a Ray cluster. Both leave the same run folders, `OUT/<experiment>/<variant>-seed<N>/`.
"""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from tqdm import tqdm

from cvae.core.errors import BadConfig, BadRun, TenseLabError
from cvae.core.files import refusing, write_json
from cvae.experiments.grid import Grid, Trial
from cvae.model.device import use_device
from cvae.runs.history import ABOUT
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder


@dataclass(frozen=True)
class TrialResult:
    """The result of a trial: `skipped` when it had been finished before. A failed trial has a reason, one sentence."""

    trial: str
    status: Literal["finished", "skipped", "failed"]
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """The folder of the runs, whether a run keeps only its history, and the device that all runs share.

    The history is all that the curves page reads.
    """

    out: Path
    history_only: bool = False
    device: str = "cpu"

    def run(self, trial: Trial) -> Run:
        """Return the run of a trial, whose folder may not exist yet."""
        return Run(self.out / trial.name)


class Bar:
    """A progress bar over the epochs of many trials; an epoch that is repeated counts once."""

    def __init__(self, trials: Sequence[Trial]):
        self._done = dict.fromkeys((trial.name for trial in trials), 0)
        self._bar = tqdm(total=sum(trial.config.epochs for trial in trials), unit="epoch", dynamic_ncols=True)

    def close(self) -> None:
        """Leave the bar as it is on the terminal."""
        self._bar.close()

    def show(self, trial: str, epochs: int) -> None:
        """Show that this many epochs of a trial are done."""
        self._done[trial] = max(epochs, self._done[trial])
        self._bar.set_postfix_str(trial, refresh=False)
        self._bar.update(sum(self._done.values()) - self._bar.n)


Engine = Callable[[Sequence[Trial], Place, Bar], list[TrialResult]]


def sweep(grids: Sequence[Grid], place: Place, engine: Engine) -> list[TrialResult]:
    """Run the trials that are not finished; returns all results in order. Raises BadConfig and BadRun."""
    trials = [trial for grid in grids for trial in grid.trials]
    if len({trial.name for trial in trials}) < len(trials):
        raise BadConfig("Two of these grids have the same experiment: give one of them another name.")
    for grid in grids:
        note_question(grid, place)
    done = {trial.name for trial in trials if is_finished(trial, place) or copy_equal(trial, place)}
    left = [trial for trial in trials if trial.name not in done]
    found = {name: TrialResult(name, "skipped") for name in done}
    if left:
        with closing(Bar(left)) as bar:
            found |= {outcome.trial: outcome for outcome in engine(left, place, bar)}
    return [found[trial.name] for trial in trials]


def note_question(grid: Grid, place: Place) -> None:
    """Write the question of an experiment into the folder of its runs, for the curves page. Raises BadRun."""
    folder = place.out / grid.experiment
    with refusing(folder, BadRun):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / ABOUT, grid.about)


def is_finished(trial: Trial, place: Place) -> bool:
    """Return whether the trial has been trained to its end with exactly these settings."""
    run = place.run(trial)
    try:
        finished = run.status() == "finished" and run.config() == trial.config
    except BadRun:
        return False
    if finished and place.history_only:
        run.keep_history()
    return finished


def copy_equal(trial: Trial, place: Place) -> bool:
    """Copy a finished run with these very settings from another experiment in `place.out`, where there is one.

    The same settings give the same run, and experiments share their baselines.
    """
    target = place.run(trial)
    if target.config_path.exists():
        return False
    for path in sorted(place.out.glob("*/*")):
        twin = Trial(path.parent.name, path.name.rpartition("-seed")[0], trial.config)
        if path.name == f"{twin.variant}-seed{trial.config.seed}" and is_finished(twin, Place(place.out)):
            part = target.path.with_name(f".{target.path.name}.part")  # a copy cut short is no run
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(path, part, ignore=shutil.ignore_patterns(".lock"))
            if place.history_only:
                Run(part).keep_history()
            part.rename(target.path)
            return True
    return False


def run_trial(trial: Trial, place: Place, tell: Callable[[int], None]) -> TrialResult:
    """Train a trial from where it stopped, `tell`ing the number of epochs done; failures become results."""
    torch.set_num_threads(1)
    try:
        run = enter(trial, place)
        with closing(train_in_folder(run, use_device(place.device))) as records:
            for record in records:
                tell(record.epoch)
        if run.status() != "finished":
            raise BadRun("It was stopped.")
        if place.history_only:
            run.keep_history()
    except TenseLabError as error:
        return TrialResult(trial.name, "failed", str(error))
    except Exception as error:  # whatever it is, the other trials go on
        return TrialResult(trial.name, "failed", f"{type(error).__name__}: {error}")
    return TrialResult(trial.name, "finished")


def enter(trial: Trial, place: Place) -> Run:
    """Create the run of a trial, or open it. Raises BadRun when the run in its folder has other settings."""
    run = place.run(trial)
    if not run.config_path.exists():
        return Run.create(run.path, trial.config)
    if run.config() != trial.config:
        raise BadRun(f"The run in {run.path} has other settings: remove it, or choose another folder.")
    return run
