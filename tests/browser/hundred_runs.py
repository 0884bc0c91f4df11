"""How soon the curves page shows a hundred runs of 300 epochs anew: `python -m tests.browser.hundred_runs`.

Made-up runs, twenty kinds of five seeds, every seed a line of its own. What is timed begins with a click that changes
every panel, and ends when all of them are drawn. Between the clicks the smoothing is changed, so that nothing that is
drawn was ever sent before.
"""

import random
import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from cvae.core.config import KLSchedule, TrainConfig
from tests.browser.server import new_window, open_chromium, serve_app, settle
from tests.processes import PATIENCE
from tests.recordings import write_run

KINDS, SEEDS, EPOCHS, SCORED, ROUNDS = 20, 5, 300, 4, 8
AXES = ("step", "epoch")
ALL_PANELS = "?chart=All+panels&experiment=many&seeds=each+seed"

# Looks at the page itself, from the click on: all panels are drawn when their x axes have the new title.
WATCH = """title => new Promise(done => {
    const drawn = plot => plot._fullLayout?.xaxis?.title?.text === title
        && plot.querySelector('.scatterlayer .trace path');
    const look = began => [...document.querySelectorAll('.js-plotly-plot')].every(drawn)
        ? done(performance.now() - began) : requestAnimationFrame(() => look(began));
    addEventListener('click', () => look(performance.now()), {once: true, capture: true});
})"""


def make_runs(folder: Path) -> None:
    """The folders of all runs, each with losses and scores that wander."""
    for kind in range(KINDS):
        for seed in range(SEEDS):
            chance = random.Random(SEEDS * kind + seed)
            config = TrainConfig(kl=KLSchedule("constant", kind / KINDS), epochs=EPOCHS, seed=seed)
            write_run(folder / "many" / f"{kind:02}-{seed}", config, list(wander(chance, kind / KINDS)))


def wander(chance: random.Random, beta: float) -> Iterator[dict[str, Any]]:
    """The records of one run, with a score in every fourth."""
    for epoch in range(1, EPOCHS + 1):
        level = epoch / EPOCHS * (1 - beta / 2) * chance.uniform(0.8, 1)
        scores = {"bleu4": level, "gaussian_score": level / 2, "heldout": level / 3, "distinct": round(400 * level)}
        yield {
            "epoch": epoch, "step": 77 * epoch, "seconds": epoch * chance.uniform(5, 6), "beta": beta * epoch / EPOCHS,
            "teacher_forcing": 1.0, "learning_rate": 1e-3, "reconstruction": chance.uniform(20, 25) / epoch**0.5,
            "kl": 8 * (1 - beta) * chance.uniform(0.9, 1.1),
            **(scores if epoch % SCORED == 0 else dict.fromkeys(scores)),
        }  # fmt: skip


def redraw(page: Page, axis: str, smoothing: float) -> float:
    """Return the milliseconds from the click on another x axis to the last panel."""
    page.get_by_role("slider", name="Smoothing").press("ArrowRight")
    expect(page).to_have_url(re.compile(f"smoothing={smoothing}"))
    settle(page)
    page.wait_for_timeout(1500)
    page.evaluate(f"() => {{ window.drawn = ({WATCH})({axis!r}); }}")  # not awaited yet
    page.get_by_role("radio", name=axis).click()
    spent = float(page.evaluate("window.drawn"))
    settle(page)
    page.wait_for_timeout(500)
    return spent


def measure(browser: Browser, address: str) -> list[float]:
    """The times of some redraws of one visitor."""
    page = new_window(browser, base_url=address, viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"/curves{ALL_PANELS}")
    expect(page.locator(".curves li")).to_have_count(KINDS)
    expect(page.locator(".js-plotly-plot .scatterlayer .trace path").first).to_be_attached()
    settle(page)
    page.wait_for_timeout(2000)
    return [redraw(page, AXES[i % len(AXES)], (i + 1) / 100) for i in range(ROUNDS)]


def main() -> None:
    """Print the median and the largest figure."""
    expect.set_options(timeout=PATIENCE * 1000)
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser:
        make_runs(Path(folder) / "curves")
        with serve_app(Path(folder), {"TENSE_LAB_CURVES": str(Path(folder) / "curves")}) as address:
            times = measure(browser, address)
    median, longest = statistics.median(times), max(times)
    print(f"{KINDS * SEEDS} runs of {EPOCHS} epochs drawn anew: median {median:.0f} ms, longest {longest:.0f} ms")


if __name__ == "__main__":
    main()
