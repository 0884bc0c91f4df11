"""All figures of speed beside their targets: `python -m tests.speed [first pages keys training bulk load]`.

Without a part, all of them: about fourteen minutes. What is compared is measured in turns, in one run, so that a
neighbour's load falls on both. Status 1 when a figure misses its target.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from cvae.cli.benchmark import bulk, machine, training_speed, use_threads
from cvae.core.settings import ROOT
from tests.browser import keystroke
from tests.browser.server import new_window, open_chromium, serve_app, serve_script
from tests.load import sessions
from tests.processes import PATIENCE

ROUNDS = 5
PAGES = {
    "Convert": "Convert", "Inside": "Inside the model", "Sample": "Sample", "Latent": "Latent", "Curves": "Curves",
    "Train": "Train", "Theory": "Theory", "Home": "Verbs, letter by letter",
}  # fmt: skip
"""The pages by their names in the sidebar, with their titles."""

BARE = """
import streamlit as st
st.title("Bare")
st.html('<span class="word" role="img" aria-label="went">went</span>')
"""

# Notes when the page's title and its first word are there, in milliseconds since the browser was sent to it.
NOTE = """window.seen = {};
const look = () => {
    for (const [name, css] of [['frame', 'h1'], ['words', '.word[aria-label="went"]']])
        if (!(name in seen) && document.querySelector(css)) seen[name] = performance.now();
    if (!seen.words) requestAnimationFrame(look);
};
look();"""

# The milliseconds from a click to a whole page: its title is there, its script has ended, and its charts are drawn.
WATCH = """title => new Promise(done => {
    const whole = () => document.querySelector('h1')?.textContent.startsWith(title)
        && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
        && !document.querySelector('[data-testid=stSpinner], [data-testid=stSkeleton]')
        && [...document.querySelectorAll('.stPlotlyChart')].every(
            chart => !chart.offsetParent || chart.querySelector('.main-svg'));
    const look = began => whole() ? done(performance.now() - began) : requestAnimationFrame(() => look(began));
    addEventListener('click', () => look(performance.now()), {once: true, capture: true});
})"""


@dataclass(frozen=True)
class Figure:
    """A measured value, and what it should be at most, or `at_least`; without a target it is there to compare."""

    what: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False

    @property
    def missed(self) -> bool:
        """Whether the target is missed."""
        return self.target is not None and (self.value < self.target if self.at_least else self.value > self.target)

    def __str__(self) -> str:
        digits = 2 if self.value < 20 else 0
        goal = "" if self.target is None else f"{'≥' if self.at_least else '≤'} {self.target:,g}{self.unit}"
        return f"{self.what:<58} {f'{self.value:,.{digits}f}{self.unit}':>12}  {goal:<12}{' missed' * self.missed}"


def processor_seconds(*command: str) -> float:
    """Return the processor time of a process, on all its threads."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def first() -> Iterator[Figure]:
    """The first answers: of a command, and of Home to the first visitor of a server and to later ones."""
    spent = [(processor_seconds("-c", "import torch"), processor_seconds("-m", "cvae", "convert", "went"))
             for _ in range(ROUNDS + 1)][1:]  # fmt: skip
    torch_alone, convert = (statistics.median(times) for times in zip(*spent, strict=True))
    yield Figure("`convert went` against `import torch`, processor time", convert / torch_alone, " x", 1.3)
    began = time.monotonic()
    with app() as (browser, address), tempfile.TemporaryDirectory() as folder:
        window = new_window(browser)
        window.add_init_script(NOTE)
        cold = come(window.new_page(), address)
        whole = time.monotonic() - began
        bare = Path(folder) / "bare.py"
        bare.write_text(BARE)
        with serve_script(bare, Path(folder) / "bare.log") as bare_address:
            turns = [
                (come(window.new_page(), address), come(window.new_page(), bare_address)) for _ in range(ROUNDS + 1)
            ]
    warm, plain = ([each["words"] / 1000 for each in side] for side in zip(*turns[1:], strict=True))
    yield Figure("Home, first visitor of a server: its frame", cold["frame"] / 1000, " s", 1)
    yield Figure("Home, first visitor of a server: first words", cold["words"] / 1000, " s", 3)
    yield Figure("  from the command on, the start of Chromium included", whole, " s")
    yield Figure("Home, later: its frame", statistics.median(turn["frame"] for turn, _ in turns[1:]) / 1000, " s", 1)
    yield Figure("Home, later: first words", statistics.median(warm), " s", 1.2)
    yield Figure("  a bare page of Streamlit", statistics.median(plain), " s")


def come(page: Page, address: str) -> dict[str, float]:
    """Open Home; return what NOTE has seen."""
    page.goto(address)
    page.wait_for_function("window.seen.words")
    seen: dict[str, float] = page.evaluate("window.seen")
    page.close()
    return seen


def pages() -> Iterator[Figure]:
    """Each page, when it was opened before: from the click in the sidebar until all is drawn."""
    with app() as (browser, address):
        page = new_window(browser, viewport={"width": 1440, "height": 900}).new_page()
        page.goto(address)
        times = {name: [turn_to(page, name)] for name in PAGES}
        for _ in range(ROUNDS):
            for name in PAGES:
                times[name].append(turn_to(page, name))
    for name, (_, *warm) in times.items():
        yield Figure(f"{name}, opened again", statistics.median(warm) / 1000, " s", 1)


def turn_to(page: Page, name: str) -> float:
    """Return the milliseconds from the click on a page's link until the page is whole."""
    page.evaluate(f"() => {{ window.turned = ({WATCH})({PAGES[name]!r}); }}")  # not awaited yet
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
    return float(page.evaluate("window.turned"))


def keys() -> Iterator[Figure]:
    """A keystroke on Convert and Home against a bare page that echoes its input."""
    with app() as (browser, address), tempfile.TemporaryDirectory() as folder:
        times, _ = keystroke.in_turns(browser, address, Path(folder))
    last = {name: statistics.quantiles(spent, n=20)[-1] for name, spent in times.items()}
    yield Figure("a bare page, 95th percentile", last["bare"], " ms")
    for name in ("convert", "home"):
        yield Figure(f"a keystroke on {name.title()}, 95th percentile", last[name], " ms")
        yield Figure("  against the bare page", last[name] / last["bare"], " x", 1.3)


def training() -> Iterator[Figure]:
    """The training step of the report's LSTM."""
    for threads, roofline in ((1, None), (2, 80)):
        with use_threads(threads):
            figures = training_speed()
        ours = figures["words per second"]
        yield Figure(f"training, threads: {threads}", ours, " words/s")
        yield Figure("  of the roofline", 100 * ours / figures["roofline"], "%", roofline, at_least=True)
        yield Figure("  against the report's way", ours / figures["report's way"], " x", 60, at_least=True)
        yield Figure("  against plain nn.LSTM", ours / figures["plain nn.LSTM"], " x")
        yield Figure("  with bfloat16, against float32", figures["in bfloat16"] / ours, " x")


def many_words() -> Iterator[Figure]:
    """Words in bulk, each with all its forms, by `open-vocabulary` on two threads."""
    with use_threads(2):
        figures = bulk()
    quick = figures["words per second, tense given, as for a file"]
    yield Figure("words of a file, tense given", quick, " words/s", 8000, at_least=True)
    yield Figure("  the same in float32", figures["words per second, tense given"], " words/s")
    yield Figure("  the same in float32, tense found", figures["words per second, tense found"], " words/s")
    yield Figure("lemminflect's rules", figures["words per second, lemminflect's rules"], " words/s")


def load() -> Iterator[Figure]:
    """Fifty visitors for five minutes."""
    options = argparse.Namespace(sessions=50, seconds=300.0, think=30.0)
    with tempfile.TemporaryDirectory() as folder, serve_app(Path(folder)) as address:
        times, growth = asyncio.run(sessions.visit(address, options))
    yield Figure("50 sessions for five minutes, 95th percentile", times.percentile(95), " s", 0.2)
    yield Figure("  growth of memory", growth, " MB/min", 1)
    yield Figure("  errors", times.errors.total(), "", 0)


PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "first": first, "pages": pages, "keys": keys, "training": training, "bulk": many_words, "load": load,
}  # fmt: skip


@contextmanager
def app() -> Iterator[tuple[Browser, str]]:
    """Serve the app to a Chromium that has not been there."""
    expect.set_options(timeout=PATIENCE * 1000)
    with tempfile.TemporaryDirectory() as folder, open_chromium() as browser, serve_app(Path(folder)) as address:
        yield browser, address


def main() -> None:
    """Print the machine, then the figures as they come."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parts = parser.parse_args().parts or list(PARTS)
    if unknown := set(parts) - PARTS.keys():
        parser.error(f"there is no part {unknown.pop()}")
    print(", ".join(f"{name}: {value}" for name, value in machine().items()))
    missed = 0
    for part in parts:
        for figure in PARTS[part]():
            print(figure, flush=True)
            missed += figure.missed
    print(f"{missed} of the targets missed")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
