"""Messages for the visitor: library errors as sentences, and text that Markdown must not interpret."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cvae.core.errors import TenseLabError


@contextmanager
def sentences(show: Callable[[str], object] = st.warning) -> Iterator[None]:
    """Show an error of the library as one sentence and stop the page there."""
    try:
        yield
    except TenseLabError as error:
        show(plain(str(error)))
        st.stop()


def plain(text: str) -> str:
    """Escape text so that Markdown shows it unchanged."""
    return re.sub(r"([\\`*_\[\]$~#<])", r"\\\1", text)
