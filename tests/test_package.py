"""The wheel, installed where nothing of the clone is: its command answers, trains and serves from an empty folder."""

import asyncio
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from packaging.requirements import Requirement

import cvae
from cvae.core import settings
from cvae.core.settings import ROOT, runs_folder
from tests.browser.server import serve_command
from tests.load.visitor import open_tab
from tests.supply.packages import read_requirements

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]


@pytest.fixture(scope="module")
def command(tmp_path_factory) -> Path:
    """Return `tense-lab` of a new environment with the wheel alone, which sees the packages of the tests."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    paths = sysconfig.get_paths(vars={"base": str(folder / "venv")})
    Path(paths["purelib"], "locked.pth").write_text(sysconfig.get_paths()["purelib"])
    [wheel] = folder.glob("*.whl")
    python = Path(paths["scripts"], "python")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(install, check=True, capture_output=True)
    return Path(paths["scripts"], "tense-lab")


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Path:
    """An empty folder, and a user without any data of the app."""
    for name in [name for name in os.environ if name.startswith(("TENSE_LAB_", "PYTHON"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def say(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_installed_command_converts_and_trains_in_an_empty_folder(command, nowhere):
    assert re.findall(r"^(\w+) +(\w+) ", say(command, "convert", "went"), re.MULTILINE) == [
        ("sp", "go"), ("tp", "goes"), ("pg", "going"), ("p", "went"), ("pp", "gone"),
    ]  # fmt: skip
    train = [command, "train", "--data", "sample_german", "--epochs", "1", "--hidden", "16", "--out", "run"]
    said = subprocess.run(train, capture_output=True, text=True).stderr
    model = Path("run", "model.safetensors")
    assert said.endswith(f"Next: tense-lab evaluate {model}\n") and model.is_file()
    assert " tense-lab convert went stop\n" in say(command, "convert", "--help")


def test_the_installed_command_serves_the_app_with_its_theme_models_and_recorded_runs(command, nowhere):
    log = nowhere / "log.txt"
    # In a thread of its own: where a worker has driven Chromium before, its main thread has a running event loop.
    with serve_command([str(command), "app"], nowhere, log, {}) as address, ThreadPoolExecutor() as threads:
        threads.submit(asyncio.run, _visit(address)).result()
    assert '"event": "page opened"' in log.read_text() and "Traceback" not in log.read_text()


async def _visit(address: str) -> None:
    """Pages that need a checkpoint, the recorded runs, and the library's source. Raises Failed."""
    async with open_tab(address) as visitor:
        await visitor.visit("convert")
        await visitor.enter("word", string_value="went")
        for page in ("curves", "theory", "train"):
            await visitor.visit(page)


def test_the_shell_completes_the_commands(command, nowhere, monkeypatch):
    monkeypatch.setenv("_TENSE_LAB_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "tense-lab con")
    monkeypatch.setenv("COMP_CWORD", "1")
    assert say(command) == "plain,convert\n"


def test_runs_are_kept_in_the_users_folder_where_the_apps_folder_is_not_ours(tmp_path, monkeypatch):
    monkeypatch.delenv("TENSE_LAB_RUNS")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert runs_folder() == ROOT / "runs"
    monkeypatch.setattr("os.access", lambda path, mode: (path, mode) != (ROOT, os.W_OK))
    assert runs_folder().parent.name == "tense-lab" and ROOT not in runs_folder().parents
    monkeypatch.undo()
    monkeypatch.setattr(settings, "BUNDLED", ROOT)  # as in an installed package
    assert ROOT not in runs_folder().parents


def torch_index(url: str) -> str:
    return say(sys.executable, str(ROOT / "deploy" / "torch_index.py"), url)


def test_torch_comes_from_its_own_index_only_where_that_can_be_reached(tmp_path):
    (tmp_path / "torch").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=tmp_path)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        assert torch_index(url) == (f"--extra-index-url={url}\n" if sys.platform == "linux" else "")
        server.shutdown()
    assert torch_index(url) == torch_index("") == ""


@pytest.mark.parametrize(
    "file, asked",
    [
        ("requirements.txt", PROJECT["dependencies"]),
        ("requirements-dev.txt", EXTRAS["dev"]),
        ("requirements-cluster.txt", EXTRAS["cluster"]),
    ],
)
def test_the_package_asks_for_what_is_pinned(file, asked):
    bounds = {requirement.name: requirement.specifier for requirement in map(Requirement, asked)}
    pins = {wanted.name: str(wanted.specifier).removeprefix("==") for wanted in read_requirements(ROOT / file)}
    assert set(bounds) == set(pins)
    assert all(bounds[name].contains(pin) for name, pin in pins.items())


def test_the_citation_names_the_version():
    assert f"version: {cvae.__version__}\n" in (ROOT / "CITATION.cff").read_text()
