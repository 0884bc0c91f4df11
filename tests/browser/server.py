"""The app, or another Streamlit script, on a free port of this machine; and Chromium to look at it."""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

from playwright.sync_api import Browser, BrowserContext, BrowserType, Locator, Page, expect, sync_playwright

from cvae.core.settings import ROOT
from tests.processes import PATIENCE

QUIET = [
    "--disable-features=LocalNetworkAccessChecks",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
SETTINGS = "model.hidden=32&kl.kind=constant&kl.maximum=0.1"
"""Of a run, as the link to the training page names them."""
LONG = f"{SETTINGS}&batch_size=8&verbs=400&epochs=200"
"""A run of 40,000 steps, which lasts longer than a story, on a machine on which the browser is slow, too."""


def serve_app(folder: Path, settings: Mapping[str, str] = MappingProxyType({})) -> AbstractContextManager[str]:
    """The address of the app while it is served as its users serve it, its log and its runs in a folder."""
    settings = {"TENSE_LAB_RUNS": str(folder / "runs"), **settings}
    return serve_command([sys.executable, "-m", "cvae", "app"], ROOT, folder / "app.log", settings)


def serve_script(script: Path, log: Path) -> AbstractContextManager[str]:
    """The address of a Streamlit script while it is served."""
    return serve_command([sys.executable, "-m", "streamlit", "run", str(script)], ROOT, log, {})


@contextmanager
def serve_command(command: Sequence[str], folder: Path, log: Path, settings: Mapping[str, str]) -> Iterator[str]:
    """The address that a command serves from a folder, with these environment variables and no others of the app.

    Streamlit itself takes a port that is free and tells it in its log, so that two servers never meet. Raises
    RuntimeError with the log when it does not start.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENSE_LAB_")}
    environment |= {"STREAMLIT_SERVER_ADDRESS": "127.0.0.1", **settings}
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield _wait_until_healthy(server, log)
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait_until_healthy(server: subprocess.Popen, log: Path) -> str:
    """Wait until the server answers, and return its address."""
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        if told := re.search(r"URL: (http://[\w.:]+)", log.read_text()):
            with suppress(OSError), urllib.request.urlopen(f"{told[1]}/_stcore/health", timeout=1):
                return told[1]
        time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text()}")


@contextmanager
def open_chromium(*options: str) -> Iterator[Browser]:
    """The system's Chromium, with options of its command line. Raises RuntimeError when there is none."""
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium, *options)
        yield browser
        browser.close()


def launch(chromium: BrowserType, *options: str) -> Browser:
    """Start a Chromium that shares nothing with any other. Raises RuntimeError when there is none."""
    path = shutil.which("chromium")
    if path is None:
        raise RuntimeError("Chromium is missing: sudo apt-get install chromium")
    arguments = [*QUIET, *options, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
    return chromium.launch(executable_path=path, args=arguments)


def new_window(browser: Browser, **options: Any) -> BrowserContext:
    """A window of its own, which waits as long as the stories do."""
    window = browser.new_context(**options)
    window.set_default_timeout(PATIENCE * 1000)
    return window


def choose(part: Page | Locator, name: str) -> None:
    """Click a choice by its name: Streamlit makes some of them radio buttons, others buttons."""
    radio, button = (part.get_by_role(role, name=name, exact=True) for role in ("radio", "button"))
    radio.or_(button).first.click()


def settle(page: Page) -> None:
    """Wait until the script has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def expect_forms(page: Page, *forms: str) -> None:
    """Expect these forms of a verb in the rows of its table."""
    for row, form in enumerate(forms, start=1):
        expect(page.get_by_role("row").nth(row).get_by_role("group", name=form, exact=True)).to_be_visible()
