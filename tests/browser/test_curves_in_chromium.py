"""The curves page in a real browser, with recorded runs made here."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from cvae.core.config import KLSchedule, TrainConfig
from tests.browser.downloads import keep, read_csv
from tests.browser.server import choose, serve_app, settle
from tests.recordings import records, write_run

COUNT = """() => {
    const animate = Element.prototype.animate;
    window.drawn = 0;
    Element.prototype.animate = function (...how) {
        window.drawn += this.matches(".overplot");
        return animate.apply(this, how);
    };
}"""
"""Counts the panels that are drawn from their first epoch on."""


@pytest.fixture(scope="session")
def app(tmp_path_factory) -> Iterator[str]:
    """The address of the app with two experiments: annealing with five seeds of two schedules, and dropout."""
    folder = tmp_path_factory.mktemp("curves")
    for seed in range(5):
        for kind, level in (("cyclical", 0.6), ("monotonic", 0.2)):
            config = TrainConfig(kl=KLSchedule(kind=kind), seed=seed)
            write_run(folder / "curves" / "annealing" / f"{kind}-{seed}", config, records(level + 0.1 * seed, 20))
    for seed in range(2):
        write_run(folder / "curves" / "dropout" / f"{seed}", TrainConfig(letter_dropout=seed / 10), records(0.4))
    with serve_app(folder, {"TENSE_LAB_CURVES": str(folder / "curves")}) as address:
        yield address


def open_page(page: Page, query: str = "?chart=All+panels") -> None:
    page.goto(f"/curves{query}")
    expect(page.locator(".js-plotly-plot .nsewdrag").first).to_be_attached()
    settle(page)


def test_from_the_first_visit_to_the_values_of_all_runs_at_one_epoch(page):
    open_page(page)
    expect(page.locator(".curves li")).to_have_text([re.compile("cyclical 5 seeds"), re.compile("monotonic 5 seeds")])
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    panel = page.locator(".js-plotly-plot .nsewdrag").nth(1)
    panel.scroll_into_view_if_needed()
    box = panel.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 3, box["y"] + 40)
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40, steps=3)
    label = page.locator(".js-plotly-plot .hoverlayer .legend").first
    expect(label).to_contain_text("KL, unweighted 3.4 · monotonic")
    expect(label).to_contain_text("KL, unweighted 3.8 · cyclical")
    expect(label).to_contain_text("Reconstruction loss")


def test_a_choice_is_in_the_address_and_the_records_of_all_runs_in_one_file(page, tmp_path):
    open_page(page, "?chart=All+panels&experiment=annealing")
    page.get_by_role("button", name="Runs").click()
    choose(page, "each seed")
    expect(page.locator(".curves li")).to_have_count(10)
    page.keyboard.press("Escape")
    choose(page, "Dropout")
    expect(page).to_have_url(re.compile("experiment=dropout"))
    expect(page.locator(".curves li")).to_have_count(2)
    settle(page)
    page.reload()
    expect(page.locator(".curves li").first).to_contain_text("letters dropped 0%")
    expect(page).to_have_url(re.compile("seeds=each"))
    rows = read_csv(keep(page, "All records as CSV", tmp_path))
    assert [row["curve"] for row in rows] == ["letters dropped 0%"] * 6 + ["letters dropped 10%"] * 6
    assert rows[-1]["epoch"] == "6"


def test_three_clicks_from_what_is_kl_annealing_to_cyclical_against_monotonic(page):
    page.goto("/")
    settle(page)
    page.get_by_test_id("stSidebarNav").get_by_role("link", name="Theory").click()
    choose(page, "KL annealing")
    expect(page.get_by_text("KL annealing changes the weight")).to_be_visible()
    page.get_by_role("link", name="constant, monotonic and cyclical").click()
    expect(page).to_have_url(re.compile("/curves.*experiment=annealing"))
    expect(page.locator(".js-plotly-plot .scatterlayer .trace").first).to_be_attached()
    expect(page.get_by_text("Lines are means over 5 seeds")).to_be_visible()


def test_a_click_on_a_name_mutes_its_lines_in_all_panels(page):
    open_page(page, "")
    figure = page.locator(".st-key-story-wide .js-plotly-plot")
    names = figure.locator(".scatterlayer .textpoint")
    expect(names.first).to_be_attached()
    before = names.count()  # one at the end of each line
    figure.locator(".legend .legendtoggle").first.click()
    expect(names).to_have_count(before // 2)
    expect(page.locator(".st-key-story-narrow")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(page.locator(".st-key-story-narrow")).to_be_visible()
    expect(page.locator(".st-key-story-wide")).to_be_hidden()


def test_the_lines_are_drawn_again_whenever_it_is_asked_for(page):
    open_page(page, "")
    page.evaluate(COUNT)
    for _ in range(2):
        before = page.evaluate("window.drawn")
        page.get_by_role("button", name="Replay").click()
        page.wait_for_function("before => window.drawn > before", arg=before)
        settle(page)
