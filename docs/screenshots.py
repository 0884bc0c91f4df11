"""The pictures of the documents, taken from the running app: `python -m docs.screenshots [ADDRESS]`."""

import sys
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image
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

DRAGGED = ("inside", "/inside?word=sang&checkpoint=classroom")
"""The picture that moves, with its address: all of the model while its busiest dimension is dragged."""
FRAMES, PACE = 45, 120
"""The number of its frames, and the milliseconds of each."""

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
            drag(browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme=theme), address, folder, theme)


def drag(page: Page, address: str, folder: Path, theme: str) -> None:
    """The letters while a dot of z is dragged from where the encoder put it to one side, to the other, and back."""
    name, path = DRAGGED
    page.goto(address + path)
    parts, track = page.locator(".parts"), page.get_by_role("slider").first
    expect(track).to_be_visible(timeout=PATIENCE * 1000)
    page.locator("[data-testid=stSidebarCollapseButton] button").evaluate("button => button.click()")
    page.wait_for_timeout(2000)
    box, low, high = track.bounding_box(), *(float(track.get_attribute(f"aria-value{end}")) for end in ("min", "max"))
    seen = parts.bounding_box() | {"height": 430}  # words get longer, and the picture with them
    start = (float(track.get_attribute("aria-valuenow")) - low) / (high - low)
    way = np.interp(np.linspace(0, 3, FRAMES), range(4), [start, 0.05, 0.95, start])
    frames = []
    for share in way:
        page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        if not frames:
            page.mouse.down()
        frames.append(Image.open(BytesIO(page.screenshot(clip=seen))))
    frames[0].save(folder / f"{name}-{theme}.webp", save_all=True, append_images=frames[1:], duration=PACE, loop=0)
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
