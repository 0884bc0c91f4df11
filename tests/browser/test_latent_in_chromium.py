"""The latent page in a real browser, with the shipped models."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.downloads import keep, read_csv
from tests.browser.server import settle
from tests.processes import wait_until


def open_page(page: Page, query: str = "") -> None:
    page.goto(f"/latent{query}")
    expect(page.get_by_text("Numbers and downloads").first).to_be_visible()
    expect(page.locator("canvas.ground, .js-plotly-plot .nsewdrag").first).to_be_attached()
    settle(page)


def words(page: Page) -> Locator:
    return page.locator(".forms .word")


def ground(page: Page) -> Locator:
    """The map, once it has decoded something, with all of its verbs fetched."""
    expect(page.locator(".told")).to_contain_text("simple present")
    return page.locator("canvas.ground")


def on_map(page: Page, across: float, down: float) -> tuple[float, float]:
    """A place on the screen by its share of the map's width and height."""
    ground(page).scroll_into_view_if_needed()
    box = ground(page).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_the_decoder_follows_the_pointer_and_a_click_on_the_empty_ground_chooses_that_point(page):
    open_page(page)
    before = words(page).all_text_contents()
    expect(ground(page)).to_be_visible()
    told = page.locator(".told").text_content()
    page.mouse.move(*on_map(page, 0.5, 0.9), steps=4)
    expect(page.locator(".told")).not_to_have_text(told)
    followed = page.locator(".told").text_content()
    page.mouse.click(*on_map(page, 0.03, 0.03))
    expect(page).to_have_url(re.compile(r"[?&]x=-\d"))
    settle(page)
    expect(words(page)).not_to_have_text(before)
    expect(page.locator(".told")).not_to_have_text(followed)


def test_the_ring_is_dragged_and_the_decoder_answers_on_the_way(page):
    open_page(page)
    ring = on_map(page, 0.5, 0.5)
    page.mouse.click(*ring)
    expect(page).to_have_url(re.compile("[?&]x="))
    settle(page)
    told = page.locator(".told")
    before = told.text_content()
    page.mouse.move(*ring)
    page.mouse.down()
    page.mouse.move(*on_map(page, 0.2, 0.6), steps=6)
    expect(told).not_to_have_text(before)
    address = page.url
    page.mouse.up()
    expect(page).not_to_have_url(address)
    settle(page)
    # What was told on the way may be of a place before the last one, and the words are drawn after the script's end.
    wait_until(lambda: f"simple present {words(page).first.text_content()} ·" in told.text_content(), pause=0.1)


def test_the_search_flies_to_a_verb_and_a_click_on_it_chooses_it(page):
    open_page(page)
    page.get_by_role("textbox", name="Find a verb").fill("sing")
    page.keyboard.press("Enter")
    expect(page.locator(".told")).to_contain_text("simple present sing · third person sings")
    page.get_by_role("textbox", name="Find a verb").fill("")
    page.keyboard.press("Enter")
    settle(page)
    page.wait_for_function("() => document.querySelector('.forms .word').textContent === 'sing'")
    page.mouse.click(*on_map(page, 0.5, 0.5))  # the verb that was flown to is in the middle
    expect(page.get_by_role("textbox", name="Find a verb")).to_have_value("sing")


def test_a_slider_changes_the_word_by_keyboard_and_goes_back(page):
    open_page(page, "?verb=walk")
    expect(words(page).first).to_have_text("walk")
    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(25):
        slider.press("ArrowRight")
    expect(words(page).first).not_to_have_text("walk")
    expect(page).to_have_url(re.compile(r"[?&]z\d+=2\.5"))
    page.get_by_role("button", name="Reset", exact=True).click()
    expect(words(page).first).to_have_text("walk")


def test_a_shared_link_restores_the_point(page, visitor):
    open_page(page, "?x=-1.5&y=0.75&colour=ending")
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]z\d+=-0\.1"))
    other = visitor()
    other.goto(page.url)
    expect(other.get_by_role("spinbutton", name="x")).to_have_value("-1.50")
    expect(other.get_by_role("slider").nth(1)).to_have_value("-0.1")
    expect(words(other)).to_have_text(words(page).all_text_contents())


def test_the_views_keep_what_was_asked_in_the_others(page):
    open_page(page, "?verb=sing")
    page.get_by_text("Between", exact=True).click()
    expect(page.locator(".steps .word").first).to_have_text("walk")
    page.get_by_role("textbox", name="From").fill("go")
    page.get_by_role("textbox", name="From").press("Enter")
    expect(page.locator(".steps .word").first).to_have_text("go")
    expect(page).to_have_url(re.compile("start=go"))
    page.get_by_text("Map", exact=True).click()
    expect(page.get_by_role("textbox", name="Find a verb")).to_have_value("sing")
    page.get_by_text("Between", exact=True).click()
    expect(page.locator(".steps .word").first).to_have_text("go")


@pytest.mark.parametrize("view", ["Map", "Between", "Arithmetic", "Health"])
def test_every_view_fits_a_phone_and_names_its_charts(page, view):
    page.set_viewport_size({"width": 390, "height": 800})
    open_page(page, f"?latent_view={view}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    label = page.locator("[data-testid=stPlotlyChart] [aria-label], [data-testid=stPlotlyChart][aria-label]")
    label = label.or_(page.locator("canvas.ground")).first
    assert len(label.get_attribute("aria-label")) > 30


def test_data_and_figure_are_files(page, tmp_path):
    open_page(page, "?latent_view=Health")
    page.get_by_text("Numbers and downloads").first.click()
    expect(page.get_by_role("button", name="Figure as HTML").first).to_be_visible()
    settle(page)
    rows = read_csv(keep(page, "CSV", tmp_path))
    assert len(rows) == 128 and "KL in nats" in rows[0]
    assert "plotly" in keep(page, "Figure as HTML", tmp_path).read_text()[:5000].lower()
