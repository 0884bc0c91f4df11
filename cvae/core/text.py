"""Counts, lists and quotations as sentences have them."""

from collections.abc import Iterable

from cvae.core.schema import JOINERS

MOST_NAMES, MOST_SIGNS = 12, 40
"""The number of names that a sentence lists, and that of the characters that it shows of a text."""


def counted(count: int, noun: str) -> str:
    """Return a number of things, `1 row` or `2 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str) -> str:
    """Return the beginning of a text, with a replacement character for each that can't be printed."""
    shown = (sign if sign.isprintable() or sign in JOINERS else "\ufffd" for sign in text[:MOST_SIGNS])
    return "".join(shown) + ("…" if len(text) > MOST_SIGNS else "")


def quoted(text: str) -> str:
    """Return the beginning of a text in quotation marks, see `shortened`."""
    return f"“{shortened(text)}”"


def listed(names: Iterable[str]) -> str:
    """Return the first names, separated by commas, and the number of the remaining ones."""
    names = [*names]
    rest = len(names) - MOST_NAMES
    return ", ".join(map(shortened, names[:MOST_NAMES])) + (f" and {rest:,} more" if rest > 0 else "")
