"""Two browsers on one app: what one visitor types, brings and trains is nowhere in the other's pages."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, arrive
from tests.browser.server import launch, new_window
from tests.reliability.uploads import make_run

RUN_ID, TITLE, WORD = "q" * 22, "Ann's own training", "unmistakably"
PAGES = ("/", "/convert", "/inside", "/sample", "/latent", "/curves", "/train", "/theory")


@pytest.fixture
def other(app, browser):
    """Return a page of a second browser, which shares nothing with the first but the server."""
    second = launch(browser.browser_type, "--disable-gpu")
    yield new_window(second, base_url=app, viewport=DESK).new_page()
    second.close()


def test_nothing_of_a_visitor_is_in_the_pages_of_another(page: Page, other: Page, runs):
    run = make_run(runs / RUN_ID)
    (run.path / "job.json").write_text(f'{{"queued": 1.0, "runs": ["{RUN_ID}"], "title": "{TITLE}", "name": ""}}')
    page.goto(f"/convert?word={WORD}")
    page.goto(f"/train?run={RUN_ID}")
    expect(page.get_by_text(TITLE).first).to_be_visible()
    for address in (
        *PAGES,
        f"/train?run={RUN_ID[:-1]}",
        f"/curves?my_runs={RUN_ID[:8]}",
        f"/convert?run={RUN_ID[:12]}",
    ):
        arrive(other, other.goto, address)
        shown = other.content()
        assert not [secret for secret in (TITLE, WORD) if secret in shown], address
        assert RUN_ID not in shown, address
