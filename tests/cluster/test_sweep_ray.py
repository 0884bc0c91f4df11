"""Sweeps on a real Ray with two workers, of which one or a whole machine is killed. `make test-cluster` runs them."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from unittest.mock import patch

import pytest
from ray.cluster_utils import Cluster

from cvae.cluster.ray import cluster
from cvae.cluster.sweep import SHARE, run_ray
from cvae.core.errors import BadConfig, BadRun
from cvae.experiments.sweep import Place, sweep
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from tests.cluster.conftest import training_in
from tests.processes import wait_until
from tests.recordings import history


@pytest.fixture(scope="session")
def local(grid, tmp_path_factory):
    """The histories of the same trials, trained without Ray."""
    runs = [Run.create(tmp_path_factory.mktemp("local") / "run", trial.config) for trial in grid.trials]
    for run in runs:
        list(train_in_folder(run))
    return [history(run) for run in runs]


def wait_for(runs, epochs=5):
    """Wait until each of the runs has finished this number of epochs."""
    wait_until(lambda: all(len(run.history()) >= epochs for run in runs))


def test_a_trial_whose_worker_is_killed_goes_on_in_another(grid, local, tmp_path):
    place = Place(tmp_path / "ray")
    victim = place.run(grid.trials[0])

    def kill():
        wait_for([victim])
        [process] = training_in(victim.path)
        os.kill(process, signal.SIGKILL)
        return victim.history()[:4]

    with ThreadPoolExecutor() as pool:
        killed = pool.submit(kill)
        outcomes = sweep([grid], place, partial(run_ray, jobs=2))
    assert [outcome.status for outcome in outcomes] == ["finished"] * 4
    assert victim.history()[:4] == killed.result()  # the seconds too: it went on, it did not begin again
    assert [history(place.run(trial)) for trial in grid.trials] == local


def test_the_trials_of_a_machine_that_is_lost_go_on_on_another(grid, local, tmp_path):
    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    first, _ = [machines.add_node(num_cpus=1) for _ in range(2)]
    place = Place(tmp_path / "ray", history_only=True)

    def lose():
        wait_for([place.run(trial) for trial in grid.trials[:2]])
        machines.remove_node(first, allow_graceful=False)

    try:
        with ThreadPoolExecutor() as pool:
            lost = pool.submit(lose)
            outcomes = sweep([grid], place, partial(run_ray, address=machines.address))
        lost.result()
    finally:
        machines.shutdown()
    assert [outcome.status for outcome in outcomes] == ["finished"] * 4
    assert [history(place.run(trial)) for trial in grid.trials] == local
    assert not list(place.out.rglob("*.safetensors")) and not (place.out / ".ray").exists()


def test_what_a_trial_does_wrong_is_reported_and_not_tried_again(grid, tmp_path):
    place = Place(tmp_path / "ray")
    Run.create(place.out / grid.trials[1].name, replace(grid.trials[1].config, epochs=7))
    outcomes = sweep([grid], place, partial(run_ray, jobs=2))
    assert [outcome.status for outcome in outcomes] == ["finished", "failed", "finished", "finished"]
    assert "has other settings" in outcomes[1].reason
    assert [outcome.status for outcome in sweep([grid], place, run_ray)][::2] == ["skipped", "skipped"]


def test_each_trial_asks_for_its_share_of_an_accelerator(grid, tmp_path):
    """Ray is told of a GPU that is not there: trials that get a share of it look for it, and say that it is missing."""
    with pytest.raises(BadConfig, match="No machine of this Ray cluster has a GPU"):
        sweep([grid], Place(tmp_path / "without", device="cuda"), partial(run_ray, jobs=1))
    machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 4, "num_gpus": 1, "include_dashboard": False})
    asked = []
    try:
        with patch("ray.tune.with_resources", lambda train, resources: asked.append(resources) or train):
            outcomes = sweep(
                [grid], Place(tmp_path / "with", device="auto"), partial(run_ray, address=machines.address)
            )
    finally:
        machines.shutdown()
    assert asked == [{"cpu": 1, "gpu": SHARE}]
    assert all(outcome.reason.startswith("There is no cuda device here") for outcome in outcomes)


def test_a_cluster_that_does_not_answer_is_one_sentence():
    with pytest.raises(BadRun, match="There is no Ray cluster at"), cluster("127.0.0.1:1"):
        pass
