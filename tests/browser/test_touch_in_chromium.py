"""A finger on a phone: a tap means what lies below it, and a swipe scrolls the page."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.server import settle
from tests.processes import PATIENCE

LETTERS = "/convert?word=fring&view=Letter+by+letter&look=simple+past"
CHART = ".js-plotly-plot .nsewdrag, canvas.ground"
ROWS = 27
"""The letters of the heatmap, and the end of the word."""


def test_a_tap_on_the_heatmap_forces_the_letter_below_it_at_once(visitor):
    page = visitor(**PHONE)
    page.goto(LETTERS)
    for letter in "ai":
        box = in_the_middle(page)
        row = ord(letter) - ord("a")
        page.touchscreen.tap(box["x"] + 2.5 / 6 * box["width"], box["y"] + (row + 0.5) / ROWS * box["height"])
        expect(page).to_have_url(re.compile(f"respelled=p(%7C|[|])fr{letter}"))


@pytest.mark.parametrize("address", [LETTERS, "/latent", "/curves", "/train"])
def test_a_swipe_over_a_chart_scrolls_the_page(visitor, address):
    page = visitor(**PHONE)
    page.goto(address)
    settle(page)
    deadline = time.monotonic() + PATIENCE
    while True:  # what is drawn late moves the chart, and Chromium then scrolls by itself
        box, scrolled = in_the_middle(page), page.get_by_test_id("stMain").evaluate("main => main.scrollTop")
        page.wait_for_timeout(200)
        if box == in_the_middle(page) and scrolled > 50:
            break
        assert time.monotonic() < deadline
    swipe(page, box["x"] + box["width"] / 2, box["y"] + 30, 200)  # down, as there may be nothing left below
    page.wait_for_function(f"document.querySelector('[data-testid=stMain]').scrollTop < {scrolled} - 50")


def in_the_middle(page: Page) -> dict:
    """Scroll the first chart that is seen to the middle of the window; where it then is."""
    chart = page.locator(CHART).locator("visible=true").first
    chart.evaluate("chart => chart.scrollIntoView({ block: 'center' })")
    return chart.bounding_box()


def swipe(page: Page, x: float, y: float, far: float) -> None:
    """Move a finger down from a place, in steps, as a real one does."""
    session = page.context.new_cdp_session(page)
    for kind, share in [("touchStart", 0.0), *(("touchMove", i / 10) for i in range(1, 11)), ("touchEnd", None)]:
        points = [] if share is None else [{"x": x, "y": y + share * far}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
        page.wait_for_timeout(16)
