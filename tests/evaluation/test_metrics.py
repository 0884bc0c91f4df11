"""Scores are those of the report and of their definitions."""

import numpy as np
import pytest

from cvae.data.paradigms import read_pairs
from cvae.data.verbs import VerbSet
from cvae.evaluation.metrics import (
    bleu4,
    gaussian_score,
    is_prior,
    mark_answers,
    off_diagonal_mean,
    score_title,
    shares_by_tense_pair,
    wilson_interval,
)

ANSWERS = ["abandon", "abet", "begins", "expends", "ents", "spilting", "flared", "function", "function", "heals"]
SCORES = [0.75148, 0.36788, 1, 1, 0.14644, 0.38988, 0.75984, 1, 0.77880, 1]


def test_bleu4_reproduces_the_ten_scores_of_the_report():
    scores = [bleu4(answer, pair.target) for answer, pair in zip(ANSWERS, read_pairs(), strict=True)]
    assert scores == pytest.approx(SCORES, abs=5e-6)
    assert float(np.mean(scores)) == pytest.approx(0.7194311149760636, abs=1e-15)


def test_bleu4_of_three_letters_uses_three_weights():
    assert bleu4("was", "was") == 1
    assert bleu4("wax", "was") == pytest.approx((2 / 3 * 1 / 2 * 0.1 / 1) ** 0.33)


def test_bleu4_of_an_empty_answer_is_zero():
    assert bleu4("", "walked") == 0


def test_gaussian_score_counts_whole_paradigms_and_different_ones():
    known = VerbSet([("a", "b"), ("c", "d")])
    sampled = [("a", "b"), ("a", "b"), ("a", "d"), ("c", "d")]
    assert gaussian_score(sampled, known) == (0.75, 2)


def test_a_collapsed_sampler_shows_in_distinct():
    assert gaussian_score([("a", "b")] * 100, VerbSet([("a", "b"), ("c", "d")])) == (1.0, 1)


def test_a_verb_that_lacks_a_form_is_one_verb_whatever_is_drawn_in_its_place():
    known = VerbSet([("a", "b", ""), ("a", "b", "c")])
    assert gaussian_score([("a", "b", x) for x in "xyz"], known) == (1.0, 1)
    assert gaussian_score([("a", "b", x) for x in "xyc"], known) == (1.0, 2)


def test_exact_match_is_by_source_and_target():
    truth = [("a", "b"), ("c", "d")]
    answers = [[("a", "b"), ("x", "b")], [("c", "x"), ("c", "d")]]
    matrix = mark_answers(answers, truth).mean(0)
    assert matrix.tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert off_diagonal_mean(matrix) == 0.5


def test_shares_are_of_the_pairs_that_were_asked_for_alone():
    right = np.array([[[True, True], [False, False]], [[True, False], [True, False]], [[True, False], [True, False]]])
    asked = np.array([[[True, True], [True, False]], [[False, True], [False, False]], [[False, True], [True, False]]])
    np.testing.assert_array_equal(shares_by_tense_pair(right, asked), [[1.0, 1 / 3], [0.5, np.nan]])


@pytest.mark.parametrize(
    "around, aggregate, temperature, title",
    [
        (None, False, 1.0, "Gaussian score"), ("", False, 1.0, "Gaussian score"), ("walk", False, 1.0, "Share known"),
        (None, True, 1.0, "Share known"), (None, False, 2.0, "Share known"), ("walk", True, 2.0, "Share known"),
    ],
)  # fmt: skip
def test_only_draws_of_the_prior_have_a_gaussian_score(around, aggregate, temperature, title):
    assert score_title(is_prior(around, aggregate, temperature)) == title


def test_answers_and_truth_must_be_of_one_size():
    for answers, truth in (([[("a", "b")] * 2], [("a", "b"), ("c", "d")]), ([[("a", "b")]], [("a", "b", "c")])):
        with pytest.raises(ValueError, match="zip"):
            mark_answers(answers, truth)
    assert mark_answers([], []).dtype == bool


@pytest.mark.parametrize(
    "hits, draws, low, high",
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_wilson_interval_is_that_of_newcombes_table(hits, draws, low, high):
    assert wilson_interval(hits, draws) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_the_wilson_interval_is_within_zero_and_one():
    low, high = wilson_interval(np.array([0, 20]), np.array([7, 20]))  # before clipping, -4e-17 and 1 + 2e-16
    assert low[0] == 0 and high[1] == 1


def test_the_wilson_interval_holds_the_share_and_narrows():
    draws = np.array([1, 10, 100, 1000])
    low, high = wilson_interval(draws, draws)
    assert (high == pytest.approx(1)) and (np.diff(low) > 0).all()
