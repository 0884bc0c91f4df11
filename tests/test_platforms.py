"""The tests of processes and locks once more, as on a platform without fork servers, `fcntl` and `os.nice`: Windows."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cvae.core.files import write_atomically
from cvae.core.settings import ROOT

# Read by every process that is started below, before anything else.
WITHOUT = """
import multiprocessing, os, sys
sys.modules["fcntl"] = None
del os.nice
multiprocessing.get_all_start_methods = lambda: ["spawn"]
"""


@pytest.fixture
def elsewhere(tmp_path) -> dict[str, str]:
    """The environment variables of such a platform."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}


WORKERS = "tests/runs/test_workers.py::test_"
TESTS = [
    "tests/runs/test_queue.py",
    "tests/runs/test_run.py",
    f"{WORKERS}a_run_is_trained_in_a_process_of_its_own",
    f"{WORKERS}a_worker_killed_at_random_moments_changes_nothing[1]",
    f"{WORKERS}pause_one_epoch_resume_and_stop_reach_the_worker",
]


def test_processes_and_locks_do_without_what_windows_lacks(elsewhere, tmp_path):
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'inside'}"]
    done = subprocess.run([*command, *TESTS], cwd=ROOT, env=elsewhere, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_windows_lacks_is_said_in_a_sentence(elsewhere):
    code = "from cvae.core.process import missing_here; print(missing_here())"
    say = [sys.executable, "-c", code]
    told = subprocess.run(say, env=elsewhere, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert told.startswith("On this operating system each run takes") and told.count(".") == 1


def test_windows_is_asked_again_while_a_file_is_being_read(tmp_path, monkeypatch):
    refusals = [PermissionError, PermissionError]
    rename = Path.replace

    def replace(self, target):
        if refusals:
            raise refusals.pop()
        return rename(self, target)

    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(Path, "replace", replace)
    write_atomically(tmp_path / "status.json", b"{}")
    assert (tmp_path / "status.json").read_bytes() == b"{}"
