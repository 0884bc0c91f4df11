"""A real Chromium and the real app, on a free port of this machine."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cvae.core.settings import ROOT
from tests.browser.server import PATIENCE, open_chromium, serve

expect.set_options(timeout=PATIENCE * 1000)
DESK = {"width": 1280, "height": 900}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a busy machine may lose a click while Streamlit replaces a widget: such a story is told again."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.flaky(reruns=2))


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Path:
    """Return the folder in which the app keeps its runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def app(runs, tmp_path_factory) -> Iterator[str]:
    """The address of the app with the shipped models."""
    log = tmp_path_factory.mktemp("app") / "log.txt"
    with serve(ROOT / "streamlit_app.py", log, {"TENSE_LAB_RUNS": str(runs)}) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_chromium("--disable-gpu") as browser:  # there is none: pretending to have one costs a third of the time
        yield browser


@pytest.fixture(scope="session")
def window(browser) -> Callable[[str], BrowserContext]:
    """The window for the app at an address: Streamlit's scripts are in its cache once a visitor was there."""
    return cache(lambda app: browser.new_context(base_url=app, viewport=DESK, accept_downloads=True))


@pytest.fixture
def page(app, window) -> Iterator[Page]:
    """A new visitor. Ends in failure when the page logged an error, went to the internet or showed an exception."""
    page = window(app).new_page()
    page.set_default_timeout(PATIENCE * 1000)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if _is_local(request.url, app) else faults.append(request.url))
    yield page
    try:
        expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        page.evaluate("localStorage.clear()")
        page.context.clear_cookies()
        page.close()
    assert not faults


def _is_fault(message) -> bool:
    """Opened at a page's own address, Streamlit first looks for its server below that address: two harmless 404s."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def _is_local(url: str, app: str) -> bool:
    return url.startswith((app, app.replace("http", "ws", 1), "data:", "blob:"))
