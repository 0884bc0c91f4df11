"""What visitors, models and files say is text: no element of a page is made of it, and nothing is fetched for it."""

import json
import re
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from cvae.core.settings import ROOT
from cvae.data.vocabulary import Vocabulary
from tests.app import save_untrained
from tests.browser.server import serve_app, settle
from tests.reliability.uploads import make_run

NAMES = (
    "![p](http://evil.example/p.png)", "<img src=//evil.example/q onerror=x>", "<x-evil>[a](http://evil.example)",
    "$x^2$ :red[b] www.evil.example :smile:", "_www.evil.example",
)  # fmt: skip
LETTERS = "abcdefghijklmnopqrstuvwxyz<>&\"'$[]()!:/.-="
RUN_ID = "e" * 22
MADE = """() => [...document.querySelectorAll(
    'x-evil, [onerror], a[href^=http][href*=evil], [src*=evil], image[href*=evil], .stMain .katex, .stSidebar .katex'
)].map(element => element.outerHTML)"""


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """The app with a model, a run and an experiment whose every text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "models").mkdir()
    save_untrained(folder / "models" / "classroom.safetensors", Vocabulary(LETTERS, NAMES), data={"name": NAMES[1]})
    run = make_run(folder / "runs" / RUN_ID)
    job = {"queued": 1.0, "runs": [RUN_ID], "title": f"{NAMES[0]} {NAMES[2]}", "name": f"{NAMES[3]} {NAMES[4]}"}
    (run.path / "job.json").write_text(json.dumps(job))
    records = [json.loads(line) for line in run.history_path.read_text().splitlines()]
    for record in records:
        record["samples"] = [[NAMES[1]] * 4 for _ in record["samples"]]
        record["conversions"] = [[*NAMES] for _ in record["conversions"]]
    run.history_path.write_text("".join(json.dumps(record) + "\n" for record in records))
    shutil.copytree(run.path, folder / "curves" / "tried" / "one")
    about = {"title": NAMES[2], "question": NAMES[0], "answer": f"{NAMES[3]} {NAMES[4]}", "differs": NAMES[1]}
    (folder / "curves" / "tried" / "experiment.json").write_text(json.dumps(about))
    settings = {"TENSE_LAB_CHECKPOINTS": str(folder / "models"), "TENSE_LAB_CURVES": str(folder / "curves")}
    with serve_app(folder, settings) as address:
        yield address


def under_the_policy_of_nginx(page: Page) -> None:
    """Send every page with the Content-Security-Policy of deploy/nginx.conf; what it forbids is an error there."""
    site = (ROOT / "deploy" / "nginx.conf").read_text()
    policy = re.search(r'Content-Security-Policy "([^"]*)"', site)[1]

    def answer(route: Route) -> None:
        response = route.fetch()
        here = policy.replace("$http_host", urlsplit(route.request.url).netloc)
        route.fulfill(response=response, headers={**response.headers, "Content-Security-Policy": here})

    page.route(lambda url: "/_stcore/" not in url and "/static/" not in url, answer)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("/convert?word=<x-evil>&view=Letter+by+letter", "evil.example"),
        ("/convert?word=$a$&from=auto", "evil.example"),
        (f"/convert?checkpoint={NAMES[0]}&word=walk", "There is no such model here"),
        ("/sample?number=5&seed=1", "evil.example"),
        ("/inside?word=a", "evil.example"),
        ("/?word=<x-evil>", "evil.example"),
        ("/latent?verb=$x$", "Latent"),
        ("/theory?section=![p](http://evil.example/p.png)", "Theory"),
        (f"/train?run={RUN_ID}", "evil.example"),
        (f"/curves?my_runs={RUN_ID}", "Curves"),
        ("/curves", "What the runs say"),
    ],
)
def test_no_element_is_made_of_what_others_wrote(page: Page, address, shown):
    under_the_policy_of_nginx(page)
    page.goto(address)
    expect(page.get_by_text(shown).first).to_be_visible()
    settle(page)
    assert (
        page.evaluate(MADE if shown != "Theory" else MADE.replace(", .stMain .katex", "")) == []
    )  # formulas of its own
    assert RUN_ID not in page.locator(".stMain").inner_text()
