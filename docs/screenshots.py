"""The README's pictures, taken from the running app: `python -m docs.screenshots [ADDRESS]`."""

import sys
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.server import open_chromium

PICTURES = {
    "home": ("/?typed=sang", "Where the encoder puts it"),
    "convert": ("/convert?word=tries", "Has the model seen it?"),
    "letters": ("/convert?word=visit&view=Letter+by+letter&step=6+e&letter=t", "How probable was each letter?"),
    "sample": ("/sample?number=200&seed=1", "Gaussian score"),
    "latent": ("/latent?verb=sing", "simple present sing"),
}
"""Each picture with its address in the app, and a text that shows that the page is ready."""

SCROLLED = {"letters": "Letter by letter"}
"""Pictures of what lies further down: the tab that they begin at."""


PATIENCE = 300
"""Seconds for each wait: on a busy machine the map, which Chromium draws without a graphics card, takes minutes."""


def take_pictures(address: str, folder: Path) -> None:
    """Each page in both themes."""
    expect.set_options(timeout=PATIENCE * 1000)
    with open_chromium() as browser:
        for theme in ("light", "dark"):
            for name, (path, ready) in PICTURES.items():
                page = browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme=theme)
                page.set_default_timeout(PATIENCE * 1000)
                page.goto(address + path)
                wait_for(page, ready)
                if name in SCROLLED:
                    page.get_by_role("tab", name=SCROLLED[name]).evaluate("tab => tab.scrollIntoView()")
                page.screenshot(path=folder / f"{name}-{theme}.png", animations="disabled")
                page.close()


def wait_for(page: Page, ready: str) -> None:
    """Until the page says so, its script has ended, and every chart is drawn."""
    expect(page.get_by_role("main").get_by_text(ready).first).to_be_visible()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    for chart in page.get_by_test_id("stPlotlyChart").all():
        expect(chart.locator(".nsewdrag").first).to_be_attached()


if __name__ == "__main__":
    take_pictures(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501", Path(__file__).parent)
