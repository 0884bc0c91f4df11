"""Convert and Sample in a real browser, with the shipped models."""

import re

from playwright.sync_api import expect

from tests.browser.downloads import keep, read_csv
from tests.browser.server import expect_forms

ROWS = re.compile(r"Download \d+ rows")


def test_the_first_visit_of_all_may_be_a_link_to_the_second_page(page):
    page.goto("/sample?number=5")
    expect(page.get_by_role("heading", name="Sample")).to_be_visible()
    expect(page.get_by_role("link", name="Convert")).to_be_visible()
    expect(page.get_by_text("Gaussian score", exact=True).first).to_be_visible()


def test_the_table_follows_while_walk_is_typed(page):
    page.goto("/convert")
    expect(page.get_by_text("Type a verb, or click one")).to_be_visible()
    page.get_by_role("textbox", name="Verb").press_sequentially("walk", delay=30)
    expect_forms(page, "walk", "walks", "walking", "walked", "walked")
    expect(page).to_have_url(re.compile(r"word=walk"))


def test_an_example_is_one_click(page):
    page.goto("/convert")
    page.get_by_role("radio", name="tries", exact=True).click()
    expect_forms(page, "try", "tries", "trying", "tried", "tried")
    expect(page.get_by_role("textbox", name="Verb")).to_have_value("tries")


def test_a_shared_link_shows_the_same_answer(page):
    page.goto("/convert?word=stopping&from=present+progressive&to=simple+past&checkpoint=classroom")
    expect(page.get_by_role("group", name="stopped", exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="Verb")).to_have_value("stopping")
    expect(page.get_by_text("“stopping” was in the training data.")).to_be_visible()


def test_what_is_no_word_gets_a_sentence(page):
    page.goto("/convert")
    page.get_by_role("textbox", name="Verb").fill("w4lk")
    expect(page.get_by_role("alert")).to_contain_text("“4” is not in this model’s alphabet")


def test_the_picked_model_stays_on_every_page(page):
    page.goto("/convert?word=walk")
    expect_forms(page, "walk", "walks", "walking", "walked", "walked")
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name="classroom").click()
    expect(page).to_have_url(re.compile("checkpoint=classroom"))
    page.get_by_role("link", name="Sample").click()
    expect(page.get_by_role("heading", name="Sample")).to_be_visible()
    page.get_by_role("link", name="Convert").click()
    expect(page.get_by_role("heading", name="Convert")).to_be_visible()
    expect(page).to_have_url(re.compile("checkpoint=classroom"))


def test_a_draw_is_drawn_again_and_downloaded(page, tmp_path):
    page.goto("/sample?number=20&seed=7")
    expect(page.get_by_text("Gaussian score", exact=True).first).to_be_visible()
    first = read_csv(keep(page, ROWS, tmp_path))
    assert len(first) == 20
    assert list(first[0]) == ["point", "origin", "sp", "tp", "pg", "p", "pp", "nearest", "distance"]
    page.get_by_role("button", name="Draw again").click()
    expect(page).to_have_url(re.compile("seed=8"))
    expect(page.get_by_role("spinbutton", name="Seed")).to_have_value("8")
    second = read_csv(keep(page, ROWS, tmp_path))
    assert len(second) == 20
    assert first != second
