"""The app, or another Streamlit script, on a free port of this machine; and Chromium to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Browser, Page, expect, sync_playwright

from cvae.settings import ROOT

QUIET = ["--disable-background-networking", "--disable-component-update", "--no-first-run"]
PATIENCE = 60
"""Seconds to wait for the app or for an answer."""


@contextmanager
def serve(script: Path, log: Path, settings: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """The address of a Streamlit script while it is served with these environment variables and no others of the app.

    Raises RuntimeError with its log when it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
    command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TENSE_LAB_")}
    environment |= settings
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_healthy(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(PATIENCE)


def _wait_until_healthy(address: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The app did not start:\n{log.read_text()}")


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """The system's Chromium. Raises RuntimeError when there is none."""
    chromium = shutil.which("chromium")
    if chromium is None:
        raise RuntimeError("Chromium is missing: sudo apt-get install chromium")
    arguments = QUIET + (["--no-sandbox"] if os.geteuid() == 0 else [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


def settle(page: Page) -> None:
    """Wait until the script has run to its end."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
