"""Links from page to page: the page that is opened is in the state that its link names."""

from urllib.parse import parse_qs

import pytest

from cvae.core.settings import DEFAULT_MODEL
from tests.app import sentences_of, visit

PAGES = (
    ("home", {}), ("home", {"lecture": "1"}), ("convert", {"word": "went"}), ("inside", {}),
    ("theory", {"section": "One word"}), ("theory", {"section": "Teacher forcing"}),
    ("theory", {"section": "Collapse"}),
    ("theory", {"section": "KL annealing"}), ("theory", {"section": "Tense leak"}),
)  # fmt: skip
"""Pages that link to others."""
NO_WIDGETS = {("inside", "word"), ("inside", "from"), ("inside", "to"), (None, "tour")}
"""Parameters of no widget, with their page: Inside hands three to its script, and all pages have the tour."""


@pytest.mark.parametrize("page, query", PAGES)
def test_a_link_opens_the_page_in_the_state_that_it_names(page, query):
    links = {(link.proto.page, link.proto.query_string) for link in visit(page, **query).get("page_link")}
    assert any(asked for _, asked in links)
    for target, asked in links:
        app, wanted = visit(target or "home", **parse_qs(asked)), parse_qs(asked)
        assert not sentences_of(app)
        for name, [value] in wanted.items():
            # What is usual is taken out of the address.
            assert app.query_params.get(name, DEFAULT_MODEL if name == "checkpoint" else None) == value
            # A parameter that no widget reads would stay in the address, too.
            assert name in app.session_state or {(target, name), (None, name)} & NO_WIDGETS
