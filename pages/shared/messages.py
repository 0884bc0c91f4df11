"""TODO."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cvae.core.errors import TenseLabError


@contextmanager
def sentences(show: Callable[[str], object] = st.warning) -> Iterator[None]:
    """Show an error of the library as its sentence, and end the page there."""
    try:
        yield
    except TenseLabError as error:
        show(plain(str(error)))
        st.stop()


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return re.sub(r"([\\`*_\[\]$~#<])", r"\\\1", text)
