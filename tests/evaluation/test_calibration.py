"""Laws of the reliability table."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cvae.evaluation.metrics import calibration_error, reliability


def error(confidence, right):
    return calibration_error(reliability(np.array(confidence, dtype=float), np.array(right, dtype=bool)))


def test_perfect_predictions_have_no_error():
    assert error([1, 1, 1], [1, 1, 1]) == 0
    assert error([0, 0, 1], [0, 0, 1]) == 0
    assert error([0.75] * 4, [1, 1, 1, 0]) == 0


def test_sure_and_always_wrong_is_an_error_of_one():
    assert error([1, 1], [0, 0]) == 1


def test_the_error_is_weighted_by_answers():
    assert error([0.95] * 3 + [0.55], [1, 1, 1, 0]) == pytest.approx((3 * 0.05 + 0.55) / 4)


def test_bins_hold_their_upper_end_and_zero_the_first():
    table = reliability(np.array([0.0, 0.1, 0.11, 1.0]), np.array([False, True, True, True]))
    assert [row.count for row in table] == [2, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert (table[0].low, table[0].high, table[0].confidence, table[0].right) == (0, 0.1, 0.05, 0.5)
    assert table[5].confidence is None and table[5].right is None


@given(arrays(float, st.integers(1, 60), elements=st.floats(0, 1)), st.integers(0, 2**32 - 1))
def test_every_answer_is_in_the_bin_of_its_confidence(confidence, seed):
    right = np.random.default_rng(seed).random(len(confidence)) < 0.5
    table = reliability(confidence, right)
    assert sum(row.count for row in table) == len(confidence)
    for row in table:
        assert not row.count or row.low - 1e-9 <= row.confidence <= row.high + 1e-9
    assert 0 <= calibration_error(table) <= 1


def test_a_fair_coin_is_calibrated_within_chance():
    generator = np.random.default_rng(0)
    confidence = generator.random(50_000)
    assert error(confidence, generator.random(50_000) < confidence) < 0.01


@pytest.mark.parametrize(("confidence", "right"), [([1.2], [True]), ([float("nan")], [True]), ([0.5, 0.5], [True])])
def test_what_is_no_confidence_is_refused(confidence, right):
    with pytest.raises(ValueError, match="one confidence between 0 and 1"):
        reliability(np.array(confidence), np.array(right))


def test_nothing_has_no_calibration():
    with pytest.raises(ValueError, match="no answer"):
        error([], [])
