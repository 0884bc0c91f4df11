"""The README's pictures, taken from the running app: `python docs/screenshots.py [ADDRESS]`."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

PICTURES = {
    "home": ("/?typed=sang", "Where the encoder puts it"),
    "convert": ("/convert?word=tries", "Has the model seen it?"),
    "letters": ("/convert?word=lay&view=Letter+by+letter&step=3+i&letter=y", "With “y” at step 3"),
    "sample": ("/sample?number=200&seed=1", "Gaussian score"),
    "latent": ("/latent?verb=sing&colour=first+letter&plane=PCA+3+and+4", "Nearest verbs"),
}
"""Each picture with its address in the app, and a text that shows that the page is ready."""

SCROLLED = {"letters": "Letter by letter"}
"""Pictures of what lies further down: the tab that they begin at."""


def take_pictures(address: str, folder: Path) -> None:
    """Each page in both themes."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        for theme in ("light", "dark"):
            page = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme=theme).new_page()
            for name, (path, ready) in PICTURES.items():
                page.goto(address + path)
                expect(page.get_by_role("main").get_by_text(ready).first).to_be_visible(timeout=60_000)
                expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
                page.wait_for_load_state("networkidle")
                expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=60_000)
                if name in SCROLLED:
                    expect(page.locator(".js-plotly-plot .nsewdrag").first).to_be_attached(timeout=60_000)
                    page.get_by_role("tab", name=SCROLLED[name]).evaluate("tab => tab.scrollIntoView()")
                page.screenshot(path=folder / f"{name}-{theme}.png", animations="disabled")
        browser.close()


if __name__ == "__main__":
    take_pictures(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8501", Path(__file__).parent)
