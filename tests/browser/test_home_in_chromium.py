"""The first minute in a real browser, with the shipped models."""

import re

import pytest
from playwright.sync_api import Page, expect

from cvae.settings import ROOT
from pages._tour import STOPS
from tests.browser.server import serve


def expect_forms(page: Page, *forms: str) -> None:
    for form in forms:
        expect(page.get_by_role("cell").get_by_role("img", name=form, exact=True)).to_be_visible()


def test_the_table_and_the_map_follow_the_typed_word(page):
    page.goto("/")
    expect_forms(page, "go", "goes", "going", "went")
    page.get_by_role("textbox", name="Verb").fill("tries")
    expect_forms(page, "try", "tries", "trying", "tried")
    picture = page.get_by_role("img", name=re.compile("Map of 300 verbs. tries lies nearest to"))
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    expect(page).to_have_url(re.compile(r"typed=tries"))


@pytest.mark.parametrize("way, heading, box", [("Convert", "Convert", "Verb"), ("Explore", "Latent", "Find a verb")])
def test_the_word_comes_along_on_every_way(page, way, heading, box):
    page.goto("/?typed=sang")
    expect_forms(page, "sing", "sings")
    page.get_by_test_id("stMain").get_by_role("link", name=way).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("textbox", name=box)).to_have_value("sang")


def test_an_old_link_to_convert_leads_there(page):
    page.goto("/?word=lay&view=Letter+by+letter&step=3+i&letter=y")
    expect(page.get_by_role("heading", name="Convert")).to_be_visible()
    expect(page.get_by_text("With “y” at step 3")).to_be_visible()


def test_the_tour_goes_from_stop_to_stop_and_can_be_left(page):
    page.goto("/")
    page.get_by_role("link", name="Two-minute tour").click()
    for number, stop in enumerate(STOPS, start=1):
        expect(page.get_by_text(f"stop {number} of {len(STOPS)}")).to_be_visible()
        expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
        for name, value in stop.query.items():
            expect(page).to_have_url(re.compile(f"{name}={value.replace(' ', '(?:[+]|%20)')}"))
        if number < len(STOPS):
            page.get_by_role("link", name=f"Next: {STOPS[number].title}").click()
    page.get_by_role("button", name="Leave the tour").click()
    expect(page.get_by_text(f"of {len(STOPS)}")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("tour"))
    expect(page.get_by_role("heading", name="Train")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?typed=misunderstanding", "?tour=1"])
def test_on_a_phone_nothing_is_wider_than_the_screen(page, query):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/{query}")
    expect(page.get_by_role("img", name=re.compile("Map of 300 verbs"))).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def test_the_first_two_visitors_of_a_server_both_see_their_page(browser, tmp_path):
    with serve(ROOT / "streamlit_app.py", tmp_path / "log.txt", {"TENSE_LAB_RUNS": str(tmp_path)}) as address:
        visitors = [(browser.new_page(), path) for path in ("/convert", "/")]
        for page, path in visitors:
            page.goto(address + path)
        for page, _ in visitors:
            expect(page.get_by_role("textbox", name="Verb")).to_be_visible()
            page.close()
