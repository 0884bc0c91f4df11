"""axe-core (Deque) finds nothing serious on any page, in either theme."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.visitor import wait_until_still

VIEWS = {
    "Convert": [
        "?word=shoot", "?word=visit&view=Letter+by+letter&step=6+e&letter=t", "?word=shoot&view=Alternatives",
        "?mode=Many+words",
    ],
    "Sample": ["", "?draw_from=around+a+verb&verb=stop", "?draws_view=Running+score"],
    "Latent": ["?verb=sing", "?view=Between", "?view=Arithmetic", "?view=Health"],
}  # fmt: skip
"""The views of a page that has several; of the others what is seen first."""

FAULTS_OF_STREAMLIT: dict[tuple[str, str], str] = {}
"""What can't be mended from here: the rule, a part of the selector, and why."""


@pytest.mark.parametrize("theme, rules", [("light", None), ("dark", ["color-contrast"])])
def test_no_page_has_a_serious_fault(page, theme, rules):
    """In the dark only the colours are different."""
    page.emulate_media(color_scheme=theme)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = [fault for address in addresses(page) for fault in serious_faults(page, address, options)]
    assert not found, "\n".join(found)


def addresses(page: Page) -> list[str]:
    """Every page of the navigation, with each of its views."""
    page.goto("/")
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links.first).to_be_visible()
    return [
        link.get_attribute("href") + view
        for link in links.all()
        for view in VIEWS.get(link.text_content().strip(), [""])
    ]


def serious_faults(page: Page, address: str, options: dict) -> list[str]:
    """What axe calls serious or critical, one line an element."""
    page.goto(address)
    expect(page.get_by_role("heading").first).to_be_visible()
    wait_until_still(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    return [
        f"{address}: {fault['id']}, {node['target']}: {node['failureSummary']}"
        for fault in Axe().run(page, options=options).response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
        if not any(fault["id"] == rule and part in str(node["target"]) for rule, part in FAULTS_OF_STREAMLIT)
    ]
