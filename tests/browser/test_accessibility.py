"""Every page, as those meet it who don't see it well: axe-core (Deque) in both themes, large letters, a phone."""

import re
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.server import LONG, settle

VIEWS = {
    "/": [""],
    "/convert": [
        "?word=shoot", "?word=visit&view=Letter+by+letter&step=6+e&letter=t", "?word=shoot&view=Alternatives",
        "?mode=Many+words", "?mode=Side+by+side&left=sang",
    ],
    "/inside": ["?word=went"],
    "/sample": ["", "?draw_from=around+a+verb&verb=stop", "?draws_view=Running+score"],
    "/latent": [
        "?verb=sing", "?colour=prior+and+posteriors", "?latent_view=Between", "?latent_view=Arithmetic",
        "?latent_view=Health",
    ],
    "/curves": ["", "?chart=All+panels", "?chart=Mistakes", "?chart=Frontier", "?chart=Ten+pairs"],
    "/train": ["", "?lesson=Collapse+it,+then+save+it"],
    "/theory": [
        "", "?section=KL+divergence", "?section=Reparameterization", "?section=One+word", "?section=Teacher+forcing",
        "?section=Collapse", "?section=KL+annealing", "?section=Tense+leak", "?section=Free+bits", "?section=Papers",
    ],
}  # fmt: skip
"""The views of each page that has several; of the others what is seen first."""

WIDTHS = (640, 390)
"""In pixels: a window of 1280 at 200%, and a phone."""

FAULTS_OF_STREAMLIT = {
    ("scrollable-region-focusable", "katex-display"): "a wide formula; browsers give what scrolls the focus themselves",
    ("scrollable-region-focusable", "stCode"): "a long line of code; the same",
    ("scrollable-region-focusable", "['pre']"): "the only code of a page; the same",
}
"""What can't be mended from here: the rule and a part of the selector, with the reason."""


def test_every_page_of_the_navigation_is_looked_at(page):
    page.goto("/")
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links).to_have_count(len(VIEWS))
    assert {urlsplit(link.get_attribute("href")).path for link in links.all()} == set(VIEWS)


@pytest.mark.parametrize("view", [path + query for path, queries in VIEWS.items() for query in queries])
def test_no_view_has_a_serious_fault_or_is_wider_than_its_window(page, view):
    """In the dark only the colours are different."""
    page.goto(view)
    found = serious_faults(page, {"resultTypes": ["violations"]})
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        expect(page.get_by_test_id("stMain")).to_have_css("width", f"{width}px")
        if page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") > width:
            found.append(f"wider than {width} pixels")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.goto(view)
    found += serious_faults(page, {"resultTypes": ["violations"], "runOnly": ["color-contrast"]})
    assert not found, "\n".join(found)


def test_neither_a_run_that_trains_nor_one_that_ended_has_a_serious_fault(page):
    page.goto(f"/train?{LONG}")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator(".st-key-live-losses .scatterlayer path.js-line").first).to_be_attached()
    found = faults_in_both_themes(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Stopped\."))).to_be_visible()
    settle(page)
    found += faults_in_both_themes(page)
    assert not found, "\n".join(found)


def test_no_page_has_a_serious_fault_in_lecture_mode_nor_has_the_code_of_its_link(page):
    found = []
    for path in VIEWS:
        page.goto(f"{path}?lecture=1")
        found += [f"{path}: {fault}" for fault in faults_in_both_themes(page)]
    page.get_by_role("button", name="QR code").click()
    expect(page.get_by_role("dialog").get_by_role("img")).to_be_visible()
    found += faults_in_both_themes(page)
    assert not found, "\n".join(found)


def test_the_choices_under_a_letter_have_no_serious_fault(page):
    page.goto("/convert?word=visit")
    page.locator('.word[data-name="p"] .letter').nth(5).click()
    expect(page.get_by_role("menu", name="After “visit”")).to_be_visible()
    assert not faults_in_both_themes(page)


def faults_in_both_themes(page: Page) -> list[str]:
    """Return what axe finds on the page as it is now, in both themes."""
    found = serious_faults(page, {"resultTypes": ["violations"]})
    page.emulate_media(color_scheme="dark")
    found += serious_faults(page, {"resultTypes": ["violations"], "runOnly": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return found


def serious_faults(page: Page, options: dict) -> list[str]:
    """Return what axe calls serious or critical, one line for each element."""
    return [
        f"{fault['id']}, {node['target']}: {node['failureSummary']}"
        for fault in Axe().run(page, options=options).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
        if not any(fault["id"] == rule and part in str(node["target"]) for rule, part in FAULTS_OF_STREAMLIT)
    ]
