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
    """Escape text, a visitor's for example, so that Markdown shows it unchanged, on one line and in its order.

    Streamlit also makes links of bare addresses, and icons and emoji of names between colons, which no backslash
    prevents: a character without width parts them.
    """
    text = re.sub(r"([\\`*_\[\]$~#<>|&!])", r"\\\1", " ".join(compose(text).split()))
    text = re.sub(r"^(\d*)([-+.)=])", r"\1\\\2", text)  # what begins a list or a heading
    return in_order(re.sub(r"(:)(?=\S)|(@)|(?<![^\W_])(www)(?=\.)", rf"\g<0>{APART}", text, flags=re.IGNORECASE))


LEFT_TO_RIGHT, ISOLATED = "\u200e", "\u2068\\g<0>\u2069"
"""The mark that makes a text begin at the left, in a cell of a table, too, and the pair that sets a quotation apart."""
ARABIC_OR_HEBREW = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]+"
RIGHT_TO_LEFT = re.compile(rf"{ARABIC_OR_HEBREW}(?:[ \u200c\u200d-]{ARABIC_OR_HEBREW})*")


def in_order(text: str) -> str:
    """Return a sentence that reads from left to right, whatever words that read from right to left it quotes."""
    found = RIGHT_TO_LEFT.sub(ISOLATED, text)
    return text if found == text else LEFT_TO_RIGHT + found
