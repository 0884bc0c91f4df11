"""The comparison of methods on verbs: groups, weights, intervals, and words that are not taken up."""

import re

import numpy as np
import pytest

from cvae.data.paradigms import DATA
from cvae.evaluation.exact_match import Marked
from cvae.evaluation.protocol import (
    bootstrap_interval,
    class_weights,
    compare_methods,
    differences,
    doubts,
    invented_stems,
    verb_scores,
)
from cvae.evaluation.report import STEMS, SYLLABLES

WALK, SING = ("walk", "walks", "walking", "walked"), ("sing", "sings", "singing", "sang")
LONG = ("internationalize", "internationalizes", "internationalizing", "internationalized")
ROWS = (WALK, SING, LONG)


def marked(wrong):
    """Mark verbs that are all converted rightly except for (verb, source, target)."""
    answers = [[list(row) for _ in row] for row in ROWS]
    for verb, source, target in wrong:
        answers[verb][source][target] = "x"
    return Marked(ROWS, [[tuple(forms) for forms in sources] for sources in answers])


def test_a_verb_has_the_share_of_its_conversions_to_other_tenses_that_are_right():
    assert verb_scores(marked([(0, 0, 0), (1, 0, 3), (1, 1, 3), (1, 2, 3)])).tolist() == [1, 0.75, 1]


def test_groups_are_by_length_and_by_class_and_only_those_that_occur():
    rows = {row["group"]: row for row in compare_methods({"model": marked([(1, 0, 3)]), "copy": marked([])}, ROWS)}
    assert rows["all"]["verbs"] == 3 and rows["all"]["model"][0] == pytest.approx(1 - 1 / 36)
    assert rows["to 9 letters"]["verbs"] == 2 and rows["regular to 9 letters"]["verbs"] == 1
    assert rows["13 and more"]["model"] == [1, 1, 1] and rows["irregular"]["model"][0] == pytest.approx(11 / 12)
    assert rows["all"]["copy"] == [1, 1, 1] and "10 to 12" not in rows and "y" not in rows


def test_class_weights_give_each_class_its_share_of_the_language():
    weights = class_weights(["plain", "irregular", "irregular"], [WALK] * 8 + [SING] * 2)
    assert weights.tolist() == [8, 1, 1]
    mean, low, high = bootstrap_interval(np.array([1.0, 0.0, 0.0]), weights)
    assert mean == pytest.approx(0.8) and low <= mean <= high


def test_an_interval_of_the_bootstrap_is_that_of_the_normal_distribution_for_many_verbs():
    scores = np.arange(400) % 2.0
    mean, low, high = bootstrap_interval(scores, np.ones(400))
    assert mean == 0.5 and (low, high) == pytest.approx((0.5 - 1.96 / 40, 0.5 + 1.96 / 40), abs=0.005)


def test_differences_are_verb_by_verb():
    methods = {"model": marked([(1, 0, 3)]), "rules": marked([(1, 0, 3), (1, 1, 3)]), "copy": marked([(1, 0, 3)])}
    every, weighted, regular = differences(methods, [WALK] * 8 + [LONG] + [SING])
    assert [row["group"] for row in (every, weighted, regular)] == ["all", "all, class-weighted", "regular"]
    assert every["copy"] == [0, 0, 0] and every["rules"][0] == pytest.approx(1 / 36)
    assert weighted["rules"][0] == pytest.approx(1 / 120)  # the one irregular verb is a tenth of the language
    assert regular["rules"] == [0, 0, 0]


def test_doubts_are_right_when_a_word_that_does_not_come_back_has_a_wrong_form():
    found = doubts(marked([(0, 0, 0), (1, 1, 1), (1, 1, 2), (2, 0, 1), (2, 3, 1)]))
    assert found == {"words": 12, "lost": 2, "wrong": 3, "precision": 0.5, "recall": pytest.approx(1 / 3)}
    assert doubts(marked([]))["precision"] is None


def test_invented_stems_have_so_many_syllables_and_are_in_no_list():
    listed = {word for path in DATA.glob("*.txt") for word in re.findall("[a-z]+", path.read_text(encoding="utf-8"))}
    assert {"timed", "went"} < listed
    for syllables in SYLLABLES:
        stems = invented_stems(syllables, STEMS)
        assert stems == invented_stems(syllables, STEMS) != invented_stems(syllables, STEMS, seed=1)
        assert {sum(letter in "aeiou" for letter in stem) for stem in stems} == {syllables}
        assert len(stems) == STEMS and listed.isdisjoint(stems)
