"""Laws of the two baselines, and what they reach on the held-out verbs."""

import pytest

from cvae.data.paradigms import parse_paradigms, read_paradigms
from cvae.evaluation.baselines import Analogy
from cvae.evaluation.exact_match import mark_analogy, mark_rules

VERBS = parse_paradigms(
    """
walk walks walking walked
bake bakes baking baked
stop stops stopping stopped
sing sings singing sang
ring rings ringing rang
bring brings bringing brought
be is being was
"""
).rows


@pytest.mark.parametrize("name", ["train", "large", "heldout"])
def test_a_known_verb_becomes_what_it_is_known_to_become(name):
    rows = read_paradigms(name).rows
    analogy = Analogy(rows)
    for row in rows[:: len(rows) // 100]:
        assert [analogy.paradigm(form, tense) for tense, form in enumerate(row)] == [row] * len(row)


@pytest.mark.parametrize(
    ("word", "source", "paradigm"),
    [
        ("talk", 0, "talk talks talking talked"),
        ("shake", 0, "shake shakes shaking shaked"),
        ("chopping", 2, "chop chops chopping chopped"),
        ("sprang", 3, "spring springs springing sprang"),
    ],
)
def test_a_verb_follows_the_one_it_rhymes_with(word, source, paradigm):
    assert " ".join(Analogy(VERBS).paradigm(word, source)) == paradigm


def test_the_longest_ending_wins_then_the_most_frequent_change():
    assert Analogy(VERBS).form("upbring", 0, 3) == "upbrought"
    assert Analogy(VERBS).form("ding", 0, 3) == "dang"  # as sing and ring, not as bring


def test_a_change_that_takes_more_than_is_shared_is_not_made():
    assert Analogy(VERBS[-1:]).paradigm("see", 0) == ("see", "see", "see" + "ing", "see")


def test_the_baselines_reach_what_is_known_of_them():
    heldout = read_paradigms("heldout").rows
    assert mark_rules(heldout).exact_match == pytest.approx(0.896, abs=0.005)
    analogy = mark_analogy(heldout, read_paradigms("large").rows)
    assert analogy.exact_match == pytest.approx(0.956, abs=0.005)
    assert analogy.by_class["irregular"] < 0.8 < 0.95 < analogy.by_class["prefixed irregular"]
    assert sum(analogy.verbs_by_class.values()) == 200
