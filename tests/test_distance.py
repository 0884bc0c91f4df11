"""The nearest word of a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.distance import NearestWord


def levenshtein(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row, above = [i], row
        for j, b in enumerate(other, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a != b)))
    return row[-1]


WORDS = st.text("abc", min_size=1, max_size=9) | st.text("ab", min_size=28, max_size=33)


@given(st.lists(WORDS, min_size=1, max_size=6), st.text("abcd?", max_size=33))
def test_the_distance_is_levenshteins(words, word):
    nearest, distance = NearestWord(words).find(word)
    assert distance == levenshtein(word, nearest) == min(levenshtein(word, other) for other in words)


@pytest.mark.parametrize(
    "word, found", [("walk", ("walk", 0)), ("wolk", ("walk", 1)), ("sting", ("sing", 1)), ("", ("be", 2))]
)
def test_known_distances(word, found):
    assert NearestWord(["walk", "sing", "be"]).find(word) == found
