"""Messages for the visitor: library errors as sentences, and text that Markdown must not interpret."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.data.vocabulary import compose


@contextmanager
def sentences(show: Callable[[str], object] = st.warning, stop: bool = True) -> Iterator[None]:
    """Show an error of the library as one sentence, and stop the page there, or else leave the rest of the block out.

    A fragment that stops when the whole page runs takes all that comes after it along.
    """
    try:
        yield
    except TenseLabError as error:
        show(plain(str(error)))
        if stop:
            st.stop()


APART = "\u2060"
"""A character without width that keeps its neighbours from being read as a link or as the name of an emoji."""


def plain(text: str) -> str:
    """Escape text, a visitor's for example, so that Markdown shows it unchanged, on one line.

    Streamlit also makes links of bare addresses, and icons and emoji of names between colons, which no backslash
    prevents: a character without width parts them.
    """
    text = re.sub(r"([\\`*_\[\]$~#<>|&!])", r"\\\1", " ".join(compose(text).split()))
    text = re.sub(r"^(\d*)([-+.)=])", r"\1\\\2", text)  # what begins a list or a heading
    return re.sub(r"(:)(?=\S)|(@)|(?<![^\W_])(www)(?=\.)", rf"\g<0>{APART}", text, flags=re.IGNORECASE)
