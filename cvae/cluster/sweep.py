"""The engine that runs the trials of a sweep on a Ray cluster, by Ray Tune: one worker with one processor each.

Every machine must reach the folder of the experiments under the same path. Each run keeps its state there, so that when
a worker dies, another one goes on from the last complete epoch.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from cvae.cluster.ray import cluster, import_ray
from cvae.core.errors import BadConfig
from cvae.experiments.grid import Trial
from cvae.experiments.sweep import Bar, Place, TrialResult, run_trial

SHARE = 0.25
"""The part of an accelerator that a trial asks for: the models are small, and several trials share one."""
TRIES = 3
"""The number of times that a trial is resumed after its worker died. Errors of the trial itself are not retried."""


def run_ray(
    trials: Sequence[Trial], place: Place, bar: Bar, jobs: int | None = None, address: str | None = None
) -> list[TrialResult]:
    """Run the trials, `jobs` at a time (as many as there are processors). An Engine. Raises BadConfig and BadRun."""
    import_ray()
    from ray import tune

    scratch = place.out / ".ray"
    with cluster(address, jobs) as ray:
        accelerated = bool(ray.cluster_resources().get("GPU"))
        if place.device == "cuda" and not accelerated:  # Ray itself would wait for one
            raise BadConfig("No machine of this Ray cluster has a GPU: give --device cpu, or auto for what there is.")
        if place.device == "auto":
            place = replace(place, device="cuda" if accelerated else "cpu")
        asked = {"cpu": 1} | ({"gpu": SHARE} if place.device == "cuda" else {})
        tuner = tune.Tuner(
            tune.with_resources(make_trainable(trials, place), asked),
            param_space={"trial": tune.grid_search(list(range(len(trials))))},
            tune_config=tune.TuneConfig(max_concurrent_trials=jobs),
            run_config=tune.RunConfig(
                storage_path=str(scratch),
                failure_config=tune.FailureConfig(max_failures=TRIES),
                callbacks=[make_callback(trials, bar)],
                verbose=0,
            ),
        )
        results = tuner.fit()
    shutil.rmtree(scratch, ignore_errors=True)  # Tune's own notes; ours are in the run folders
    return [trial_result(trials[result.config["trial"]], result) for result in results]


def make_trainable(trials: Sequence[Trial], place: Place) -> Callable[[dict[str, int]], None]:
    """Return the function that Tune calls in a worker with the number of a trial."""

    def train(config: dict[str, int]) -> None:
        from ray import tune

        ended = run_trial(trials[config["trial"]], place, lambda epochs: tune.report({"epochs": epochs}))
        tune.report({"status": ended.status, "reason": ended.reason})

    return train


def make_callback(trials: Sequence[Trial], bar: Bar) -> Any:
    """Return a callback that moves the progress bar when a trial reports."""
    from ray import tune

    class Show(tune.Callback):
        def __init__(self, names: list[str], bar: Bar):
            self.names, self.bar = names, bar

        def __getstate__(self) -> dict[str, Any]:
            return {}  # Tune keeps a copy of its callbacks in a file, but a bar belongs to this terminal

        def on_trial_result(self, *, trial: Any, result: dict[str, Any], **_: Any) -> None:
            if "epochs" in result:
                self.bar.show(self.names[trial.config["trial"]], result["epochs"])

    return Show([trial.name for trial in trials], bar)


def trial_result(trial: Trial, result: Any) -> TrialResult:
    """Return the outcome that a trial reported, or a failure when it reported none."""
    if result.error is not None or "status" not in (result.metrics or {}):
        return TrialResult(
            trial.name, "failed", f"Its worker died {TRIES + 1} times: run the same command again to resume."
        )
    return TrialResult(trial.name, result.metrics["status"], result.metrics["reason"])
