"""The address always says what is shown: whoever opens it elsewhere sees the same."""

import re
from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Page, expect

from tests.browser.server import choose, settle
from tests.processes import wait_until


def choosing(name: str) -> Callable[[Page], None]:
    """What a visitor does who chooses a view, an experiment or a preset."""
    return lambda page: choose(page.get_by_test_id("stMain"), name)


WAYS = {
    "home": ("/", lambda page: page.get_by_role("radio", name="tries").click()),
    "a word after a forced letter": (
        "/convert?word=visit&view=Letter+by+letter&step=6+e&letter=t",
        lambda page: page.get_by_role("textbox", name="Verb").fill("walk"),
    ),
    "a chosen letter": ("/convert?word=visit", lambda page: choose_letter(page)),
    "a chosen letter on home": ("/?typed=visit", lambda page: choose_letter(page)),
    "two models": (
        "/convert?mode=Side+by+side",
        lambda page: page.get_by_role("textbox", name="Verb").last.fill("sang"),
    ),
    "sample": ("/sample?number=20", lambda page: page.get_by_role("button", name="Draw again").click()),
    "latent": ("/latent?verb=sing", choosing("Between")),
    "a neighbour": ("/latent?verb=sing", lambda page: page.locator(".st-key-neighbours button").first.click()),
    "an older link to a view": ("/latent?view=Health", choosing("Arithmetic")),
    "curves": ("/curves", choosing("Annealing at other weights")),
    "another model, kept on home": (
        "/convert?word=stick&checkpoint=classroom",
        lambda page: page.get_by_test_id("stSidebarNavLink").filter(has_text="Home").click(),
    ),
    "train": ("/train", choosing("Make it collapse")),
    "theory": ("/theory", choosing("Collapse")),
}  # fmt: skip
"""Where a visitor begins, and what the visitor does there."""
WRITTEN = """main => [main.innerText, ...[...main.querySelectorAll(".word")].map((word) => word.ariaLabel)].join()"""
TYPED = """main => [...main.querySelectorAll("input")].map((box) => box.value).join()"""


def choose_letter(page: Page) -> None:
    page.locator('.word[data-name="p"] .letter').nth(5).click()
    page.get_by_role("menuitemradio").nth(1).click()


def what_is_shown(page: Page) -> tuple[str, str]:
    """What the app wrote, and what is in the boxes."""
    settle(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    main = page.get_by_test_id("stMain")
    return main.evaluate(WRITTEN), main.evaluate(TYPED)


@pytest.mark.parametrize("way", WAYS)
def test_the_address_shows_the_same_in_another_browser(visitor, way):
    start, act = WAYS[way]
    page, other = visitor(), visitor()
    page.goto(start)
    (before, _), address = what_is_shown(page), page.url
    act(page)
    page.wait_for_function("address => location.href !== address", arg=address)
    # Chromium puts a word into its box and into the address before the app has answered, with what the app takes out.
    wait_until(lambda: what_is_shown(page)[0] != before, pause=0.1)
    other.goto(page.url)
    with suppress(AssertionError):  # components draw themselves after the script's end; what differs is shown below
        wait_until(lambda: what_is_shown(other) == what_is_shown(page), pause=0.1)
    assert what_is_shown(other) == what_is_shown(page)
    assert what_is_shown(page)[0] != before


def test_a_view_of_one_page_is_in_no_link_to_another(page):
    page.goto("/convert?word=visit&view=Letter+by+letter")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Latent").click()
    expect(page.get_by_role("heading", name="Latent")).to_be_visible()
    settle(page)
    expect(page).not_to_have_url(re.compile("view="))


def test_back_shows_the_word_that_was_typed_and_names_it_in_the_address(page):
    page.goto("/convert")
    page.get_by_role("textbox", name="Verb").fill("tries")
    expect(page).to_have_url(re.compile("word=tries"))
    settle(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Home").click()
    expect(page.get_by_role("heading", name="Verbs, letter by letter")).to_be_visible()
    settle(page)
    page.go_back()
    expect(page.get_by_role("textbox", name="Verb")).to_have_value("tries")
    expect(page).to_have_url(re.compile("word=tries"))
