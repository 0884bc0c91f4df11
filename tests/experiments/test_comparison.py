"""Comparisons say what the seeds show, and no more."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.experiments.comparison import (
    Comparison,
    corrected,
    gap_interval,
    holm,
    mean_interval,
    permutation_p,
    smallest_p,
    student_quantile,
    turned_round,
)

VALUES = st.lists(st.floats(-100, 100).map(lambda x: round(x, 3)), min_size=2, max_size=5)


def test_p_is_the_share_of_relabellings_at_least_as_far_apart():
    assert permutation_p([3, 4, 5], [0, 1, 2]) == pytest.approx(2 / 20)
    assert permutation_p([5, 6, 7, 8, 9], [0, 1, 2, 3, 4]) == pytest.approx(2 / 252)
    assert permutation_p([1, 1], [1, 1]) == 1
    assert permutation_p([0, 1], [0, 1]) == 1


@given(VALUES, VALUES)
def test_p_is_never_smaller_than_so_few_seeds_allow_and_does_not_know_which_came_first(first, second):
    p = permutation_p(first, second)
    assert smallest_p(len(first), len(second)) - 1e-12 <= p <= 1
    assert p == pytest.approx(permutation_p(second, first))
    assert p == pytest.approx(permutation_p([-x for x in first], [-x for x in second]))


def test_p_of_values_of_one_kind_is_uniform():
    rng = np.random.default_rng(1)
    ps = [permutation_p(*rng.normal(size=(2, 5))) for _ in range(400)]
    assert abs(np.mean(np.array(ps) <= 0.25) - 0.25) < 0.07


def test_twenty_runs_are_counted_exactly():
    assert permutation_p(range(10, 20), range(10)) == pytest.approx(2 / math.comb(20, 10))


def test_of_too_many_relabellings_some_are_drawn_and_the_one_seen_counts(monkeypatch):
    monkeypatch.setattr("cvae.experiments.comparison.MOST_RELABELLINGS", 199)
    assert permutation_p(range(30, 60), range(30)) == pytest.approx(1 / 200)
    assert permutation_p(range(0, 60, 2), range(1, 60, 2)) > 0.5


def test_holms_procedure_gives_the_values_of_its_example():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0] and holm([]) == []


@pytest.mark.parametrize("freedom, quantile", [(1, 12.706), (2, 4.303), (4, 2.776), (9, 2.262), (30, 2.042)])
def test_students_quantiles_are_those_of_the_tables(freedom, quantile):
    assert student_quantile(freedom) == pytest.approx(quantile, abs=1e-3)


def test_intervals_hold_the_mean_as_often_as_they_say():
    rng = np.random.default_rng(2)
    inside = [low <= 0 <= high for low, high in (mean_interval(rng.normal(size=4)) for _ in range(1_000))]
    assert abs(np.mean(inside) - 0.95) < 0.025
    apart = [
        low <= 1 <= high
        for low, high in (gap_interval(1 + rng.normal(size=4), 3 * rng.normal(size=5)) for _ in range(1_000))
    ]
    assert abs(np.mean(apart) - 0.95) < 0.03
    assert mean_interval([1.0]) is None and gap_interval([1.0], [1.0, 2.0]) is None


def test_seeds_that_overlap_are_turned_round_and_others_never():
    assert turned_round([1, 2, 3], [4, 5, 6]) == 0
    assert turned_round([1, 2, 6], [3, 4, 5]) > 50
    every = [(np.mean(a) - np.mean(b)) >= 0 for a in product([1, 2, 6], repeat=3) for b in product([3, 4, 5], repeat=3)]
    assert turned_round([1, 2, 6], [3, 4, 5], 20_000) / 20_000 == pytest.approx(np.mean(every), abs=0.015)


def test_a_verdict_needs_seeds_and_says_when_there_are_too_few():
    low, high = [0.1, 0.12, 0.11, 0.13, 0.1], [0.5, 0.6, 0.55, 0.52, 0.7]
    assert Comparison.of(high, low).verdict == "larger" and Comparison.of(low, high).verdict == "smaller"
    assert Comparison.of(low[:3], high[:3]).verdict == "too few seeds to tell"
    assert Comparison.of(low, [0.1, 0.12, 0.14, 0.09, 0.13]).verdict == "no difference"


def test_many_comparisons_ask_more_of_each():
    low, high = [0.1, 0.12, 0.11, 0.13, 0.1], [0.5, 0.6, 0.55, 0.52, 0.7]
    few = corrected({str(i): Comparison.of(low, high) for i in range(6)})
    many = corrected({str(i): Comparison.of(low, high) for i in range(7)})
    assert {one.verdict for one in few.values()} == {"smaller"}
    assert {one.verdict for one in many.values()} == {"too few seeds to tell"}  # 7 * 2/252 is above 0.05


def test_a_comparison_that_could_have_been_told_shows_no_difference_beside_one_that_could_not():
    high, low, few = range(10, 15), range(5), range(3)
    both = corrected({"many": Comparison.of(low, low), "few": Comparison.of(high, few)})
    assert both["many"].verdict == "no difference" and both["few"].verdict == "larger"
    both = corrected({"many": Comparison.of(low, low), "few": Comparison.of(few, few)})
    assert both["many"].verdict == "no difference" and both["few"].verdict == "too few seeds to tell"
