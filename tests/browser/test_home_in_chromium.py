"""The first minute in a real browser, with the shipped models."""

import re

import pytest
from playwright.sync_api import expect

from pages.shared.tour import STOPS
from tests.browser.conftest import PHONE
from tests.browser.server import expect_forms, new_window, serve_app, settle

DESKTOP = {"viewport": {"width": 1440, "height": 900}}
IN_SIGHT = """wanted => {
    const target = [...document.querySelectorAll(wanted)].find((each) => each.checkVisibility());
    const { top, bottom } = target?.getBoundingClientRect() ?? {};
    const { bottom: below } = document.querySelector(".st-key-tour").getBoundingClientRect();
    return target?.dataset.lit && top >= below && (bottom <= innerHeight || top < below + 20);
}"""
"""Whether what a stop speaks of is lit below the bar: all of it, or from its top where it is taller than the window."""
FIRST_WORDS = """
const look = () => {
    const block = document.querySelector("[data-testid=stMainBlockContainer]");
    if (block?.innerText.trim()) window.firstWords = getComputedStyle(block).maxWidth;
    else requestAnimationFrame(look);
};
look();
"""
"""Notes how wide the page may be in the first frame in which it says something."""


def test_the_table_and_the_map_follow_the_typed_word(page):
    page.goto("/")
    expect_forms(page, "go", "goes", "going", "went", "gone")
    page.get_by_role("textbox", name="Verb").fill("tries")
    expect_forms(page, "try", "tries", "trying", "tried", "tried")
    expect(page.get_by_role("group", name=re.compile("Map of 300 verbs. tries lies nearest to"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"typed=tries"))


def test_a_click_on_the_map_takes_the_verb_nearest_to_it(page):
    page.goto("/?typed=tries")
    picture = page.get_by_role("group", name=re.compile("Map of 300 verbs. tries lies"))
    expect(picture).to_be_visible()
    settle(page)
    box = picture.bounding_box()
    x, y = box["x"] + 0.9 * box["width"], box["y"] + 0.2 * box["height"]
    page.mouse.move(x, y)
    verb = picture.locator(".pointed").text_content()
    page.mouse.click(x, y)
    expect(page.get_by_role("textbox", name="Verb")).to_have_value(verb)
    expect(page.get_by_role("group", name=re.compile(f"Map of 300 verbs. {verb} lies"))).to_be_visible()
    expect(page).to_have_url(re.compile(f"typed={verb}"))


def test_the_map_is_walked_by_keyboard_and_the_focus_stays_on_it(page):
    page.goto("/?typed=sang")
    buttons = page.get_by_role("group", name=re.compile("Map of 300 verbs")).get_by_role("button")
    expect(buttons).to_have_count(5)
    settle(page)
    verb = buttons.first.get_attribute("aria-label")
    buttons.first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name=re.compile(f"Map of 300 verbs. {verb} lies"))).to_be_visible()
    expect(buttons.first).to_be_focused()


def test_the_first_words_have_the_styles_of_the_app(visitor):
    page = visitor(viewport={"width": 1440, "height": 900})
    page.context.add_init_script(FIRST_WORDS)
    for address in ("/", "/convert?word=walk"):
        page.goto(address)
        assert page.evaluate("window.firstWords") == "1216px", address  # 76rem


@pytest.mark.parametrize("way, heading, box", [("Convert", "Convert", "Verb"), ("Explore", "Latent", "Find a verb")])
def test_the_word_comes_along_on_every_way(page, way, heading, box):
    page.goto("/?typed=sang")
    expect_forms(page, "sing", "sings")
    page.get_by_test_id("stMain").get_by_role("link", name=way).click()
    expect(page.get_by_role("heading", name=heading)).to_be_visible()
    expect(page.get_by_role("textbox", name=box)).to_have_value("sang")


def test_a_card_is_a_link_as_a_whole(page):
    page.goto("/")
    expect(page.locator(".st-key-way-train a")).to_be_visible()
    page.locator(".st-key-way-train").click()
    expect(page.get_by_role("heading", name="Train")).to_be_visible()


def test_home_is_home_after_a_link_to_convert(page):
    page.goto("/convert?checkpoint=classroom&word=stick")
    expect(page.get_by_role("textbox", name="Verb")).to_have_value("stick")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Home").click()
    expect(page.get_by_role("heading", name="Verbs, letter by letter")).to_be_visible()
    expect(page.get_by_text("Model: classroom.")).to_be_visible()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Sample").click()
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="open-vocabulary").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Home").click()
    expect(page.get_by_text("Model: open-vocabulary.")).to_be_visible()


def test_on_a_phone_the_menu_closes_after_a_choice(visitor):
    page = visitor(**PHONE)
    page.goto("/theory")
    page.get_by_test_id("stExpandSidebarButton").tap()
    choice = page.get_by_test_id("stSidebarNavLink").filter(has_text="Latent")
    expect(choice).to_be_in_viewport(ratio=1)
    choice.tap()
    expect(page.get_by_role("heading", name="Latent")).to_be_visible()
    expect(choice).not_to_be_in_viewport()


def test_an_old_link_to_convert_leads_there(page):
    page.goto("/?word=visit&view=Letter+by+letter&step=6+e&letter=t")
    expect(page.get_by_role("heading", name="Convert")).to_be_visible()
    expect(page.locator(".undo")).to_contain_text("visited")  # the t is chosen, and visitted is written


@pytest.mark.parametrize("window", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_tour_goes_from_stop_to_stop_shows_what_it_speaks_of_and_can_be_left(visitor, window):
    page = visitor(**window)
    page.goto("/")
    page.get_by_role("link", name="Two-minute tour").click()
    for number, stop in enumerate(STOPS, start=1):
        expect(page.get_by_text(f"stop {number} of {len(STOPS)}")).to_be_visible()
        page.wait_for_function(IN_SIGHT, arg=stop.target)
        settle(page)
        for name, value in stop.query.items():
            for each in [value] if isinstance(value, str) else value:
                expect(page).to_have_url(re.compile(f"{name}={re.sub(r'[^a-zA-Z0-9]+', '.{1,6}', each)}"))
        expect(page.get_by_role("button", name="Leave the tour")).to_be_in_viewport()
        if number < len(STOPS):
            page.get_by_role("link", name=f"Next: {STOPS[number].title}").click()
    page.go_back()
    expect(page.get_by_text(f"stop {len(STOPS) - 1} of {len(STOPS)}")).to_be_visible()
    expect(page.get_by_role("heading", name="Curves")).to_be_visible()
    page.get_by_role("button", name="Leave the tour").click()
    expect(page.get_by_text(f"of {len(STOPS)}")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("tour"))
    expect(page.get_by_role("heading", name="Curves")).to_be_visible()


@pytest.mark.parametrize("query", ["", "?typed=misunderstanding", "?tour=1"])
def test_on_a_phone_nothing_is_wider_than_the_screen(page, query):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"/{query}")
    expect(page.get_by_role("group", name=re.compile("Map of 300 verbs"))).to_be_visible()
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth") <= 0


def test_the_first_two_visitors_of_a_server_both_see_their_page(browser, tmp_path):
    with serve_app(tmp_path) as address:
        visitors = [(new_window(browser).new_page(), path) for path in ("/convert", "/")]
        for page, path in visitors:
            page.goto(address + path)
        for page, _ in visitors:
            expect(page.get_by_role("textbox", name="Verb")).to_be_visible()
            expect(page.get_by_text("Page not found")).to_have_count(0)
            page.close()


def test_without_the_server_there_is_one_notice_at_a_time(browser, tmp_path):
    page = new_window(browser).new_page()
    with serve_app(tmp_path) as address:
        page.goto(f"{address}/convert")
        expect(page.get_by_role("textbox", name="Verb")).to_be_visible()
        settle(page)
    own = "getComputedStyle(document.querySelector('.stApp'), '::after').content"
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert "goes on by itself" in dialog.evaluate("dialog => getComputedStyle(dialog, '::after').content")
    assert page.evaluate(own) == "none"
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_have_count(0)
    assert "goes on by itself" in page.evaluate(own)
    page.close()
