"""From a click on the map or the heatmap, or a step of a slider, to the answer: `python -m tests.browser.clicks`.

Measured in the page itself, from the event to the first frame that shows the answer, with the shipped models.
"""

import statistics
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.server import new_window, open_chromium, serve_app, settle
from tests.processes import PATIENCE

TIMES = 20
CAPTIONS = "[data-testid=stCaptionContainer]"

# Started before the event, it compares what the page says then with what it says at each frame after it.
WATCH = """([event, where, patience]) => new Promise((done, fail) => {
    const said = () => [...document.querySelectorAll(where)].map(part => part.textContent).join();
    const look = (began, before) => said() !== before
        ? done(performance.now() - began) : requestAnimationFrame(() => look(began, before));
    addEventListener(event, () => look(performance.now(), said()), {once: true, capture: true});
    setTimeout(() => fail(`nothing new after ${event}`), 1000 * patience);
})"""


def measure(page: Page, event: str, where: str, act: Callable[[], None]) -> float:
    """Return the milliseconds from an event to the change of the text at a selector."""
    page.evaluate(f"wanted => {{ window.answered = ({WATCH})(wanted); }}", [event, where, PATIENCE])
    act()
    spent = float(page.evaluate("window.answered"))
    settle(page)
    page.wait_for_timeout(300)
    return spent


def click_chart(page: Page, across: float, down: float) -> None:
    """Click at a share of a chart's width and height, once the pointer is seen there."""
    box = page.locator(".js-plotly-plot .nsewdrag").bounding_box()
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y)
    expect(page.locator(".js-plotly-plot .hoverlayer .hovertext").first).to_be_visible()
    page.mouse.click(x, y)


def click_map(page: Page, across: float, down: float) -> None:
    """Click at a share of the map's width and height."""
    box = page.locator("canvas.ground").bounding_box()
    page.mouse.click(box["x"] + across * box["width"], box["y"] + down * box["height"])


def open_page(page: Page, address: str, chart: str) -> None:
    """Open a page and wait until its chart can be clicked."""
    page.goto(address)
    expect(page.locator(chart)).to_be_attached()
    settle(page)
    page.locator(chart).scroll_into_view_if_needed()
    page.wait_for_timeout(1000)


def on_the_map(page: Page, layout: str = "") -> list[float]:
    """Clicks all over the map, and what z came of them."""
    open_page(page, f"/latent{layout}", "canvas.ground")
    places = [(0.1 + 0.8 * (7 * i % TIMES) / TIMES, 0.1 + 0.8 * i / TIMES) for i in range(TIMES)]
    return [measure(page, "mousedown", CAPTIONS, partial(click_map, page, *place)) for place in places]


def on_the_heatmap(page: Page, address: str) -> list[float]:
    """Clicks on cells down one column, and the words that come of them."""
    open_page(page, f"{address}?word=visit&view=Letter+by+letter", ".js-plotly-plot .nsewdrag")
    rows = [(row + 0.5) / 27 for row in range(TIMES)]
    return [measure(page, "mousedown", ".forms .word", partial(click_chart, page, 0.7, row)) for row in rows]


def with_a_slider(page: Page) -> list[float]:
    """Move the dimension with the largest KL by the arrow key."""
    open_page(page, "/latent?verb=sing", "canvas.ground")
    slider = page.get_by_role("slider").first
    slider.focus()
    return [measure(page, "keydown", CAPTIONS, partial(slider.press, "ArrowRight")) for _ in range(TIMES)]


def say(what: str, times: list[float]) -> None:
    """Print the median and the 95th percentile."""
    last = statistics.quantiles(times, n=20, method="inclusive")[-1]
    print(f"{what:<44} median {statistics.median(times):6.0f} ms   95th percentile {last:6.0f} ms   of {len(times)}")


def main() -> None:
    """Print all figures."""
    expect.set_options(timeout=PATIENCE * 1000)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_chromium() as browser,
        serve_app(Path(folder)) as address,
    ):
        page = new_window(browser, base_url=address, viewport={"width": 1280, "height": 900}).new_page()
        page.goto("/")
        convert = page.get_by_test_id("stSidebarNavLink").filter(has_text="Convert").get_attribute("href")
        say("a click on the map", on_the_map(page))
        say("a click on the t-SNE map", on_the_map(page, "?plane=t-SNE"))
        say("a click on the heatmap", on_the_heatmap(page, convert))
        say("a step of a slider", with_a_slider(page))


if __name__ == "__main__":
    main()
