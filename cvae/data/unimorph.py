"""Triples of lemma, form and features, one form a line, as UniMorph and the SIGMORPHON tasks write them."""

import re
from collections import Counter
from collections.abc import Sequence

from cvae.data.tables import NumberedRow
from cvae.data.vocabulary import MAX_TENSES

FEATURES = re.compile(r"[A-Z][A-Z0-9.+/*{}()-]*(?:[;|,][^\s;|,]+)+|[A-Z]+\.[A-Z.]+")
"""A bundle of features such as `V;IND;PST;3;SG`."""
LEMMA = "lemma"


def features_column(rows: Sequence[NumberedRow]) -> int | None:
    """Return the column of the features if these rows are triples, which nine of ten rows must look like, or None."""
    triples = [row.cells for row in rows if len(row.cells) == 3]
    if 10 * len(triples) < 9 * len(rows):
        return None
    for place in (2, 1):
        if 10 * sum(FEATURES.fullmatch(cells[place]) is not None for cells in triples) >= 9 * len(rows):
            return place
    return None


def pivot(rows: Sequence[NumberedRow], place: int) -> tuple[list[str], list[NumberedRow], list[str]]:
    """Turn triples into a table of paradigms: its column names, one row for each lemma, and the columns chosen.

    The columns are the lemma and all features, the commonest first; alternatives are separated by |. Eight columns are
    chosen at most: the commonest, and the lemma unless one of these holds the same words.
    """
    forms: dict[str, dict[str, dict[str, None]]] = {}
    lines: dict[str, int] = {}
    for row in rows:
        if len(row.cells) != 3:
            continue
        lemma, form = row.cells[0], row.cells[3 - place]
        forms.setdefault(lemma, {}).setdefault(row.cells[place], {})[form] = None
        lines.setdefault(lemma, row.line)
    common = [name for name, _ in Counter(name for cells in forms.values() for name in cells).most_common()]
    table = [
        NumberedRow(lines[lemma], (lemma, *("|".join(cells.get(name, ())) for name in common)))
        for lemma, cells in forms.items()
    ]
    same = any(_agrees(table, i) for i in range(1, min(len(common), MAX_TENSES) + 1))
    chosen = common[:MAX_TENSES] if same else [LEMMA, *common[: MAX_TENSES - 1]]
    return [LEMMA, *common], table, chosen


def _agrees(table: Sequence[NumberedRow], place: int) -> bool:
    """Whether nearly all words of a column are the lemma."""
    pairs = [(row.cells[0], row.cells[place]) for row in table if row.cells[place]]
    return 20 * sum(lemma == form for lemma, form in pairs) >= 19 * len(pairs)
