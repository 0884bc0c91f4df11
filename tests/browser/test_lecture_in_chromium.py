"""Lecture mode in a real browser: from the switch to what the audience sees."""

import re

from playwright.sync_api import expect

from tests.browser.server import settle
from tests.processes import wait_until

PROJECTOR = {"viewport": {"width": 1920, "height": 1080}}


def test_the_switch_takes_the_sidebar_away_on_all_pages_and_the_audience_gets_the_link_of_the_page(visitor):
    page = visitor(**PROJECTOR)
    page.goto("/convert?mode=Side+by+side&left=sang")
    letters = page.locator(".forms .word").locator("visible=true").first
    small = letters.bounding_box()["height"]
    page.get_by_text("Lecture mode").click()
    expect(page.locator(".st-key-lecture-bar")).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
    settle(page)
    wait_until(lambda: (letters.bounding_box() or {"height": 0})["height"] > 1.1 * small, pause=0.1)
    assert page.get_by_test_id("stMainBlockContainer").bounding_box()["width"] > 0.95 * 1920
    page.get_by_role("button", name="QR code").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("img")).to_be_visible()
    link = dialog.locator("code").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Curves").click()
    expect(page).to_have_url(re.compile("/curves.*lecture=1"))
    page.reload()
    expect(page.locator(".st-key-lecture-bar")).to_be_visible()

    phone = visitor(**PROJECTOR)
    phone.goto(link)
    expect(phone.get_by_role("group", name="sing", exact=True)).to_have_count(2)
    expect(phone.locator(".st-key-lecture-bar")).to_have_count(0)


def test_a_healthy_and_a_collapsed_model_answer_the_same_word_side_by_side(visitor):
    page = visitor(**PROJECTOR)
    page.goto("/?lecture=1")
    page.get_by_role("link", name="Side by side").click()
    left, right = (page.get_by_test_id("stColumn").filter(has=page.locator(".forms")).nth(i) for i in (0, 1))
    expect(left.get_by_role("group", name="go", exact=True)).to_be_visible()
    before = right.locator(".word").first.get_attribute("aria-label")
    left.get_by_role("textbox", name="Verb").fill("sang")
    expect(left.get_by_role("group", name="sing", exact=True)).to_be_visible()
    expect(right.get_by_text("sing in the word lists")).to_be_visible()
    assert right.locator(".word").first.get_attribute("aria-label") == before  # whatever the word
