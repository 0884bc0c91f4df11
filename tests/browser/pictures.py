"""What the picture and the map cost in a browser: `python -m tests.browser.pictures`.

A keystroke on Home with its small picture, beside one on Home without it; one on Inside, where the browser decodes,
beside one on Convert, where the server does; and the frames of the map of 6,100 verbs while it is moved, zoomed and
asked what lies under the pointer.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect

from cvae.core.settings import ROOT
from tests.browser.clicks import say
from tests.browser.keystroke import WORDS, measure
from tests.browser.server import open_chromium, serve_app, serve_command, settle
from tests.processes import PATIENCE

ROUNDS, FRAMES = 2, 60
RATIOS = {"home": "home without the picture", "inside": "convert"}
WITHOUT = """
import pages.home.word
from cvae.cli.main import cli
pages.home.word._show_model = lambda *_: None
cli(["app"])
"""

# As that of `keystroke`, but it also looks for words in shadow roots, where Inside has them.
WATCH = """answer => new Promise(done => {
    let began;
    const shadows = () => [...document.querySelectorAll('*')].map(element => element.shadowRoot).filter(Boolean);
    const roots = () => [document, ...shadows()];
    const isThere = () => roots().some(root => [...root.querySelectorAll('.word')].some(word =>
        (word.getAttribute('aria-label') ?? word.textContent) === answer));
    const look = () => isThere() ? done(performance.now() - began) : requestAnimationFrame(look);
    addEventListener('keydown', () => { began = performance.now(); look(); }, {once: true, capture: true});
})"""

MOVE = """async frames => {
    const shadows = [...document.querySelectorAll('*')].map(element => element.shadowRoot);
    const shadow = shadows.find(root => root?.querySelector('canvas.ground'));
    const map = shadow.querySelector('.picture').map, times = {"frame of a zoom": [], "drawing": [], "answer": []};
    const next = () => new Promise(requestAnimationFrame);
    let last = await next();
    for (let i = 0; i < frames; i++) {
        map.zoom(i < frames / 2 ? 1.1 : 1 / 1.1, [0.4, 0.2]);
        const now = await next();
        times["frame of a zoom"].push(now - last);
        last = now;
    }
    for (let i = 0; i < frames; i++) {
        let began = performance.now();
        map.draw();
        times["drawing"].push(performance.now() - began);
        began = performance.now();
        map.answer(map.lift([i / frames, 0.1]), 0);
        times["answer"].push(performance.now() - began);
    }
    return times;
}"""


def main() -> None:
    """Print all figures."""
    expect.set_options(timeout=PATIENCE * 1000)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_chromium() as browser,
        serve_app(Path(folder)) as address,
        serve_command(
            [sys.executable, "-c", WITHOUT], ROOT, Path(folder) / "without.log", {"TENSE_LAB_RUNS": f"{folder}/runs"}
        ) as without,
    ):
        pages = {name: browser.new_page(base_url=address) for name in ("convert", "inside", "home")}
        pages["home without the picture"] = browser.new_page(base_url=without)
        times: dict[str, list[float]] = {name: [] for name in pages}
        for name, page in pages.items():
            page.goto(f"/{name}?word=help" if name in ("convert", "inside") else "/")
            measure(page, "help", "helps", WATCH)
        for word in WORDS * ROUNDS:
            for name, page in pages.items():
                page.bring_to_front()
                times[name].append(measure(page, word, word + "s", WATCH))
        for name, spent in times.items():
            say(f"a keystroke on {name}", spent)
        for name, other in RATIOS.items():
            ratio = statistics.median(times[name]) / statistics.median(times[other])
            print(f"ratio of the medians, {name} to {other}: {ratio:.2f}")
        page = pages["convert"]
        page.goto("/latent?checkpoint=open-vocabulary")
        expect(page.locator(".told")).to_contain_text("simple present")
        expect(pages["home without the picture"].locator(".model")).to_have_count(0)
        settle(page)
        for name, spent in page.evaluate(MOVE, FRAMES).items():
            say(f"map: {name}", spent)


if __name__ == "__main__":
    main()
