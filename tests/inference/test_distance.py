"""The nearest verb of a list."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.inference.word_lists import Distances, NearestVerb
from tests.conftest import FOUR_VERBS


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
    assert list(Distances(words).to(word)) == [levenshtein(other, word) for other in words]


@pytest.mark.parametrize(
    "forms, verb, distance",
    [
        ("sing sings singing sang", "sing", 0),
        ("sing sings singing singed", "sing", 3),  # its first form alone would be that of the verb
        ("wolk wolks wolking wolked", "walk", 4),
        ("sting stings stinging stung", "sing", 5),
        ("be is being be", "be", 3),
    ],
)
def test_the_nearest_verb_has_the_fewest_other_letters_in_all_forms_together(forms, verb, distance):
    rows = [tuple(line.split()) for line in FOUR_VERBS.split("\n") if line]
    row, found = NearestVerb(rows).find(tuple(forms.split()))
    assert (row[0], found) == (verb, distance)
