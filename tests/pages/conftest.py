"""What the tests of the training page share."""

import pytest
import streamlit as st

from cvae.runs import workers


@pytest.fixture
def folder(folder, started, monkeypatch):
    """An empty folder of runs; what is started there waits to be trained by the test.

    The page waits for no worker, and its visitors bring no cookies.
    """
    folder.mkdir()
    monkeypatch.setattr(type(st.context), "cookies", {})
    monkeypatch.setattr(workers, "warm_up", lambda: None)
    monkeypatch.setattr("pages.train.steering.SETTLE_SECONDS", 0)
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder
