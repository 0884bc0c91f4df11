"""How soon a run shows its first point, and how the convert page answers beside two that train.

`python -m tests.browser.beside_training`: all in one Chromium, with the pages of both runs open.
"""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.clicks import say
from tests.browser.keystroke import WORDS, measure
from tests.browser.server import new_window, open_chromium, serve_app, settle
from tests.processes import PATIENCE

STARTS, ROUNDS = 6, 2
RECIPE = "/train?preset=The+classroom+recipe"

# Looks at the page itself, from the moment of the click to the first piece of a curve.
WATCH = """() => new Promise(done => {
    const look = began => document.querySelector('.st-key-live-losses .scatterlayer .js-line')
        ? done(performance.now() - began) : requestAnimationFrame(() => look(began));
    addEventListener('click', () => look(performance.now()), {once: true, capture: true});
})"""


def open_page(browser: Browser, address: str) -> Page:
    """A visitor of the training page."""
    page = new_window(browser, base_url=address, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(RECIPE)
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_enabled()
    settle(page)
    return page


def first_point(page: Page) -> float:
    """Return the milliseconds from the click on Start to the first point of the curve."""
    page.evaluate(f"() => {{ window.seen = ({WATCH})(); }}")
    page.get_by_role("button", name="Start", exact=True).click()
    return float(page.evaluate("window.seen"))


def end(page: Page) -> None:
    """Stop the run and return to the settings."""
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Stopped\."))).to_be_visible()
    page.get_by_role("button", name="New run", exact=True).click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    settle(page)
    page.wait_for_timeout(1000)


def main() -> None:
    """Print both figures."""
    expect.set_options(timeout=PATIENCE * 1000)
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser, serve_app(Path(folder)) as address:
        convert = browser.new_context(base_url=address).new_page()
        convert.goto("/convert")
        one, other = open_page(browser, address), open_page(browser, address)
        one.wait_for_timeout(15_000)  # the workers' server has torch by now, and the machine was measured
        times = []
        for _ in range(STARTS):
            times.append(first_point(one))
            end(one)
        say("from the click on Start to the first point", times)
        first_point(one)
        first_point(other)
        convert.bring_to_front()
        measure(convert, "talk", "talks")
        words = [word for _ in range(ROUNDS) for word in WORDS]
        say("Convert beside two runs, their pages open", [measure(convert, word, word + "s") for word in words])
        for page in (one, other):
            expect(page.get_by_role("button", name="Pause", exact=True)).to_be_enabled()
            page.goto("about:blank")  # the runs go on; only this machine need not draw their curves as well
        say("Convert beside two runs, watched elsewhere", [measure(convert, word, word + "s") for word in words])


if __name__ == "__main__":
    main()
