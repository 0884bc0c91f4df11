"""The latent page in a real browser, with the shipped models."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.downloads import keep, read_csv
from tests.browser.server import new_window, settle


def open_page(page: Page, query: str = "") -> None:
    page.goto(f"/latent{query}")
    expect(page.get_by_text("Numbers and downloads").first).to_be_visible()
    expect(page.locator(".js-plotly-plot .nsewdrag").first).to_be_attached()
    settle(page)


def words(page: Page) -> Locator:
    return page.locator(".forms .decoded")


def click_map(page: Page, across: float, down: float) -> str:
    """Click at a share of the map's width and height; returns what the hover said there."""
    page.get_by_test_id("stPlotlyChart").scroll_into_view_if_needed()
    box = page.locator(".js-plotly-plot .nsewdrag").bounding_box()
    x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
    label = page.locator(".js-plotly-plot .hoverlayer .hovertext").first
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y, steps=3)
    expect(label).to_be_visible()
    text = label.text_content()
    page.mouse.click(x, y)
    return text


def test_a_click_on_the_empty_ground_decodes_that_point(page):
    open_page(page)
    before = words(page).all_text_contents()
    said = click_map(page, 0.04, 0.08)
    x, y = re.search(r"decode (\S+), (\S+)", said.replace("−", "-")).groups()
    expect(page.get_by_role("spinbutton", name="x")).to_have_value(x)
    expect(page.get_by_role("spinbutton", name="y")).to_have_value(y)
    settle(page)
    assert words(page).all_text_contents() != before
    expect(page).to_have_url(re.compile(r"[?&]x=-\d"))


def test_a_click_on_a_verb_goes_to_that_verb(page):
    open_page(page, "?verb=sing")
    places = {name: page.get_by_role("spinbutton", name=name).input_value() for name in "xy"}
    open_page(page, f"?x={places['x']}&y={places['y']}&zoom=8x")
    expect(page.get_by_role("textbox", name="Find a verb")).to_have_value("")
    assert "sing" in click_map(page, 0.5, 0.5)  # the middle of a zoomed map is the chosen point
    expect(page.get_by_role("textbox", name="Find a verb")).to_have_value("sing")
    expect(words(page).first).to_have_text("sing")


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


def test_a_shared_link_restores_the_point(page, browser, app):
    open_page(page, "?x=-1.5&y=0.75&zoom=2x&colour=ending")
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    slider.press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]z\d+=-0\.1"))
    other = new_window(browser, base_url=app).new_page()
    other.goto(page.url)
    expect(other.get_by_role("spinbutton", name="x")).to_have_value("-1.50")
    expect(other.get_by_role("slider").nth(1)).to_have_value("-0.1")
    expect(words(other)).to_have_text(words(page).all_text_contents())
    other.context.close()


def test_the_views_keep_what_was_asked_in_the_others(page):
    open_page(page, "?verb=sing")
    page.get_by_text("Between", exact=True).click()
    page.get_by_role("textbox", name="From").fill("go")
    page.get_by_role("textbox", name="From").press("Enter")
    expect(page.locator(".steps .decoded").first).to_have_text("go")
    expect(page).to_have_url(re.compile("start=go"))
    page.get_by_text("Map", exact=True).click()
    expect(page.get_by_role("textbox", name="Find a verb")).to_have_value("sing")
    page.get_by_text("Between", exact=True).click()
    expect(page.locator(".steps .decoded").first).to_have_text("go")


@pytest.mark.parametrize("view", ["Map", "Between", "Arithmetic", "Health"])
def test_every_view_fits_a_phone_and_names_its_charts(page, view):
    page.set_viewport_size({"width": 390, "height": 800})
    open_page(page, f"?view={view}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    label = page.locator("[data-testid=stPlotlyChart] [aria-label], [data-testid=stPlotlyChart][aria-label]").first
    assert len(label.get_attribute("aria-label")) > 30


def test_data_and_figure_are_files(page, tmp_path):
    open_page(page, "?view=Health")
    page.get_by_text("Numbers and downloads").first.click()
    expect(page.get_by_role("button", name="Figure as HTML").first).to_be_visible()
    settle(page)
    rows = read_csv(keep(page, "CSV", tmp_path))
    assert len(rows) == 10 and "KL in nats" in rows[0]
    assert "plotly" in keep(page, "Figure as HTML", tmp_path).read_text()[:5000].lower()
