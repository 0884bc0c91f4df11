"""Convert, the map and a training with the keyboard alone: everything is reached by the tab key, from the top."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.server import LONG, settle

PATIENCE = 200
"""So many presses of the tab key: the sidebar and every control of a page come before the last."""


def reach(page: Page, target: Locator) -> None:
    """Press the tab key until the element has the focus."""
    expect(target).to_be_visible()
    settle(page)
    for _ in range(PATIENCE):
        if target.evaluate("element => element.contains(element.getRootNode().activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"The tab key does not lead to {target}.")


def test_a_verb_is_typed_looked_into_and_given_another_letter(page):
    page.goto("/convert")
    reach(page, page.get_by_role("textbox", name="Verb"))
    page.keyboard.type("visit")
    expect(page.get_by_role("cell").get_by_role("group", name="visited", exact=True).first).to_be_visible()
    word = page.locator('.word[data-name="p"]')
    reach(page, word.locator(".letter").first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(word.locator(".forced")).to_be_focused()
    reach(page, page.get_by_role("button", name="↶ visited"))
    page.keyboard.press("Enter")
    expect(word).to_have_attribute("aria-label", "visited")
    reach(page, page.get_by_role("tab", name="The word"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("How probable was each letter?")).to_be_visible()


def test_the_map_is_searched_walked_and_left_along_one_dimension(page):
    page.goto("/latent")
    verb = page.get_by_role("textbox", name="Find a verb")
    reach(page, verb)
    page.keyboard.type("sing")
    page.keyboard.press("Enter")
    words = page.locator(".forms .word")
    expect(words.first).to_have_text("sing")
    reach(page, page.locator(".st-key-neighbours").get_by_role("button").first)
    page.keyboard.press("Enter")
    expect(verb).not_to_have_value("sing")
    reach(page, page.get_by_role("slider").first)
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"[?&]z\d+=0\.1"))
    page.reload()
    reach(page, page.get_by_role("spinbutton", name="x"))
    page.keyboard.press("ArrowUp")
    expect(verb).to_have_value("")
    expect(page).to_have_url(re.compile(r"[?&]x="))


def test_a_run_is_started_steered_and_stopped(page):
    page.goto(f"/train?{LONG}")
    reach(page, page.get_by_role("button", name="Start", exact=True))
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="KL weight")
    reach(page, slider)
    before = slider.input_value()
    page.keyboard.press("PageUp")
    expect(page.get_by_role("button", name="Give KL weight back to its schedule")).to_be_visible()
    expect(slider).not_to_have_value(before)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="0.4", exact=True)).to_be_focused()
    reach(page, page.get_by_role("button", name="Stop", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^Stopped\."))).to_be_visible()
