"""What a visitor may ask of the app in a minute."""

import time

import pytest
import streamlit as st

from cvae.core.errors import BadRun
from pages.shared import visitor


@pytest.fixture
def come(monkeypatch):
    """Let the visitor with this cookie ask, at this second."""
    visitor._times.clear()

    def come(cookie, second):
        monkeypatch.setattr(type(st.context), "cookies", {visitor.COOKIE: cookie})
        monkeypatch.setattr(time, "monotonic", lambda: second)
        visitor.spend("upload", 2)

    return come


def test_a_visitor_is_refused_what_is_too_much_for_a_minute_and_nobody_else_is(come):
    for second in (0.0, 50.0):
        come("one", second)
    with pytest.raises(BadRun, match="2 a minute are allowed"):
        come("one", 55.0)
    come("other", 55.0)
    come("one", 61.0)
    with pytest.raises(BadRun, match="2 a minute are allowed"):
        come("one", 62.0)
