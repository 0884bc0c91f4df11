"""Counts as sentences have them."""


def counted(count: int, noun: str) -> str:
    """Return a number of things, `1 row` or `2 rows`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
