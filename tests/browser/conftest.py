"""A real Chromium and the real app, on a free port of this machine."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cvae.core.settings import ROOT
from tests.browser.server import new_window, open_chromium, serve_app, settle
from tests.processes import PATIENCE

expect.set_options(timeout=PATIENCE * 1000)
DESK = {"width": 1280, "height": 900}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 1}
TRACES = ROOT / ".traces"
"""Where what Chromium did in a story that failed is kept: `playwright show-trace FILE`."""
FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed
    return report


@pytest.fixture(scope="session")
def runs(tmp_path_factory) -> Path:
    """Return the folder in which the app keeps its runs."""
    return tmp_path_factory.mktemp("app") / "runs"


@pytest.fixture(scope="session")
def app(runs) -> Iterator[str]:
    """The address of the app with the shipped models."""
    with serve_app(runs.parent) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_chromium("--disable-gpu") as browser:  # there is none: pretending to have one costs a third of the time
        yield browser


@pytest.fixture(scope="session")
def window(browser) -> Callable[[str], BrowserContext]:
    """The window for the app at an address: Streamlit's scripts are in its cache once a visitor was there."""

    @cache
    def open_window(app: str) -> BrowserContext:
        window = new_window(browser, base_url=app, viewport=DESK)
        window.tracing.start(snapshots=True)
        return window

    return open_window


@pytest.fixture
def page(app, window, request) -> Iterator[Page]:
    """A new visitor. Ends in failure when the page logged an error, went to the internet or showed an exception."""
    page = window(app).new_page()
    page.context.tracing.start_chunk()
    faults = watch(page, app)
    yield page
    try:
        expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        failed = request.node.stash.get(FAILED, True)
        trace = TRACES / f"{re.sub(r'[^a-z0-9]+', '-', request.node.name.lower())}.zip"
        page.context.tracing.stop_chunk(path=trace if failed else None)
        page.evaluate("localStorage.clear()")
        page.context.clear_cookies()
        page.close()
    assert not faults


@pytest.fixture
def visitor(app, browser) -> Iterator[Callable[..., Page]]:
    """Opens a browser of its own for a new visitor, with the options of a window. Ends in failure as `page` does."""
    pages: list[tuple[Page, list[str]]] = []

    def come(**options: Any) -> Page:
        page = new_window(browser, base_url=app, **options).new_page()
        pages.append((page, watch(page, app)))
        return page

    yield come
    try:
        for page, _ in pages:
            expect(page.get_by_test_id("stException")).to_have_count(0)
    finally:
        for page, _ in pages:
            page.context.close()
    assert not [fault for _, faults in pages for fault in faults]


def watch(page: Page, app: str) -> list[str]:
    """Return a list that errors of the page's console and requests to the internet are added to.

    Whoever then goes to an address acts once the page stands still: a widget that is being replaced may lose a click.
    """
    page.goto = partial(arrive, page, page.goto)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if _is_local(request.url, app) else faults.append(request.url))
    return faults


def arrive(page: Page, goto: Callable[[str], object], address: str) -> None:
    """Go to an address and wait until all of the page is there."""
    goto(address)
    expect(page.get_by_role("heading").first).to_be_visible()
    settle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)


def _is_fault(message) -> bool:
    """Opened at a page's own address, Streamlit first looks for its server below that address: two harmless 404s."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def _is_local(url: str, app: str) -> bool:
    return url.startswith((app, app.replace("http", "ws", 1), "data:", "blob:"))
