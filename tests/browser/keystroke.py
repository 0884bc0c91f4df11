"""From a keystroke to the new table, beside a bare page that echoes its input: `python -m tests.browser.keystroke`.

Convert, home and that page are measured in turns in one Chromium, the pause of 150 ms before each sends included.
"""

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.server import open_chromium, serve_app, serve_script

WORDS = ["walk", "bring", "stop", "read", "look", "make", "play", "think", "want", "call"]
ROUNDS = 6
BARE = """
import streamlit as st
word = st.text_input("Verb", key="word", live="150ms")
st.html(f'<span class="word" role="img" aria-label="{word}s">{word}</span>')
"""

# Started before the key goes down, it watches the page itself, so that Playwright's own delays are not measured.
WATCH = """label => new Promise(done => {
    const began = performance.now();
    const look = () => document.querySelector(`.word[aria-label="${label}"]`)
        ? done(performance.now() - began) : requestAnimationFrame(look);
    addEventListener('keydown', () => look(), {once: true, capture: true});
})"""


def measure(page: Page, word: str, answer: str, watch: str = WATCH) -> float:
    """Return the milliseconds from the last letter of a word to the answer on the page, which a script watches for."""
    box = page.get_by_role("textbox", name="Verb")
    box.fill("")
    expect(page.locator(f'.word[aria-label="{answer}"]')).to_have_count(0)
    box.press_sequentially(word[:-1])
    page.wait_for_timeout(600)  # the answer to the first letters has come and gone
    page.evaluate(f"() => {{ window.answered = ({watch})({answer!r}); }}")  # not awaited yet
    box.press(word[-1])
    return float(page.evaluate("window.answered"))


def in_turns(browser: Browser, app: str, folder: Path) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Measure convert, home and the bare page, which is served from a folder; return all times, and the first ones.

    The first of a page, with imports, loads and empty caches, is not among its times.
    """
    bare = folder / "bare.py"
    bare.write_text(BARE)
    with serve_script(bare, folder / "bare.log") as bare_address:
        addresses = {"convert": f"{app}/convert", "home": app, "bare": bare_address}
        pages = {name: browser.new_page() for name in addresses}
        for name, address in addresses.items():
            pages[name].goto(address)
        first = {name: measure(page, "help", "helps") for name, page in pages.items()}
        times: dict[str, list[float]] = {name: [] for name in pages}
        for word in WORDS * ROUNDS:
            for name, page in pages.items():
                page.bring_to_front()
                times[name].append(measure(page, word, word + "s"))
    return times, first


def main() -> None:
    """Print the median and the 95th percentile of each page after its first answer, and the ratios."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_chromium() as browser,
        serve_app(Path(folder)) as address,
    ):
        times, first = in_turns(browser, address, Path(folder))
    last = {name: statistics.quantiles(spent, n=20)[-1] for name, spent in times.items()}
    for name, spent in times.items():
        print(f"{name:<8} median {statistics.median(spent):6.0f} ms   95th percentile {last[name]:6.0f} ms", end="")
        print(f"   first answer {first[name]:6.0f} ms")
    for name in ("convert", "home"):
        print(f"ratio of the 95th percentiles, {name} {last[name] / last['bare']:.2f}")


if __name__ == "__main__":
    main()
