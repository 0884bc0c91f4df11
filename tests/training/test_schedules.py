"""Schedules at their corners."""

import math
from functools import partial
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.config import KLSchedule, LearningRateSchedule, Ramp, TeacherForcingSchedule, TrainConfig
from cvae.training.schedules import kl_weight, learning_rate, ramp, scheduled_knobs, tabulate, teacher_forcing_ratio

progress = st.floats(0, 1)
kl_schedules = st.builds(
    KLSchedule,
    kind=st.sampled_from(["constant", "monotonic", "cyclical"]),
    maximum=st.floats(0, 10),
    cycles=st.integers(1, 20),
    rising=st.floats(0, 1),
    ramp=st.sampled_from(get_args(Ramp)),
)


@given(kl_schedules, progress)
def test_kl_weight_stays_between_zero_and_its_maximum(schedule, x):
    assert 0 <= kl_weight(schedule, x) <= schedule.maximum * (1 + 1e-9)


@given(kl_schedules)
def test_every_kl_weight_ends_at_its_maximum(schedule):
    assert kl_weight(schedule, 1.0) == schedule.maximum


@pytest.mark.parametrize("kind", get_args(Ramp))
def test_every_ramp_rises_from_zero_to_one(kind):
    values = [ramp(kind, i / 100) for i in range(101)]
    assert values[0] == pytest.approx(0, abs=1e-12)
    assert values[100] == pytest.approx(1)
    assert values == sorted(values)


@pytest.mark.parametrize("kind", ["linear", "sigmoid", "cosine"])
def test_half_way_a_symmetric_ramp_is_at_a_half(kind):
    assert ramp(kind, 0.5) == pytest.approx(0.5)


def test_a_quarter_of_the_way_the_ramps_differ():
    assert ramp("linear", 0.25) == 0.25
    assert ramp("cosine", 0.25) == pytest.approx((1 - math.sqrt(0.5)) / 2)
    assert ramp("sigmoid", 0.25) == pytest.approx(0.0452, abs=1e-4)


def test_the_sigmoid_is_the_one_of_fu_et_al_but_for_the_stretch():
    edge = 1 / (1 + math.exp(6))
    assert ramp("sigmoid", 0.25) * (1 - 2 * edge) + edge == pytest.approx(1 / (1 + math.exp(3)))


def test_monotonic_rises_once_and_stays():
    schedule = KLSchedule("monotonic", maximum=0.8, cycles=9, rising=0.5)
    assert [kl_weight(schedule, x) for x in (0, 0.25, 0.5, 0.75, 1)] == pytest.approx([0, 0.4, 0.8, 0.8, 0.8])


def test_cyclical_falls_back_to_zero_at_each_cycle():
    schedule = KLSchedule("cyclical", maximum=1, cycles=4, rising=0.5)
    assert [kl_weight(schedule, x / 4) for x in (0, 1, 2, 3)] == [0, 0, 0, 0]
    assert kl_weight(schedule, 0.25 - 1e-9) == 1
    assert kl_weight(schedule, 0.25 + 0.0625) == pytest.approx(0.5)
    assert kl_weight(schedule, 0.25 + 0.125) == pytest.approx(1)


def test_a_cycle_without_a_rise_is_constant():
    assert kl_weight(KLSchedule("cyclical", maximum=0.3, rising=0), 0.5) == 0.3


def test_constant_is_constant():
    assert {kl_weight(KLSchedule("constant", maximum=0.3), x) for x in (0, 0.4, 1)} == {0.3}


def test_teacher_forcing_stays_or_falls_in_a_line_or_in_steps():
    assert teacher_forcing_ratio(TeacherForcingSchedule("constant", 0.7, 0.1), 0.9) == 0.7
    linear = TeacherForcingSchedule("linear", 1.0, 0.5)
    assert [teacher_forcing_ratio(linear, x) for x in (0, 0.5, 1)] == pytest.approx([1, 0.75, 0.5])
    steps = TeacherForcingSchedule("stepwise", 1.0, 0.0, steps=5)
    stays = [teacher_forcing_ratio(steps, x) for x in (0, 0.19, 0.2, 0.5, 0.79, 0.8, 1)]
    assert stays == pytest.approx([1, 1, 0.75, 0.5, 0.25, 0, 0])


def test_learning_rates_begin_peak_and_end_where_their_settings_say():
    constant, cosine = (LearningRateSchedule(kind, peak=0.1) for kind in ("constant", "cosine"))
    assert [learning_rate(constant, x) for x in (0, 1)] == [0.1, 0.1]
    assert [learning_rate(cosine, x) for x in (0, 0.5, 1)] == pytest.approx([0.1, 0.05, 0])
    cycle = LearningRateSchedule("one-cycle", peak=0.1, warmup=0.2)
    assert [learning_rate(cycle, x) for x in (0, 0.2, 1)] == pytest.approx([0.1 / 25, 0.1, 0.1 / 25e4])
    assert learning_rate(LearningRateSchedule("one-cycle", peak=0.1, warmup=0), 0) == 0.1
    assert learning_rate(LearningRateSchedule("one-cycle", peak=0.1, warmup=1), 1) == pytest.approx(0.1 / 25e4)


def test_learning_rates_rise_and_fall_along_a_cosine():
    slow = (1 - math.sqrt(0.5)) / 2  # of the way, in a quarter of the time
    assert learning_rate(LearningRateSchedule("cosine", peak=0.1), 0.25) == pytest.approx(0.1 * (1 - slow))
    cycle = LearningRateSchedule("one-cycle", peak=0.1, warmup=0.2)
    assert learning_rate(cycle, 0.05) == pytest.approx(0.1 * (1 / 25 + (1 - 1 / 25) * slow))
    assert learning_rate(cycle, 0.1) == pytest.approx(0.1 * (1 / 25 + 1) / 2)
    assert learning_rate(cycle, 0.4) == pytest.approx(0.1 * (1 - (1 - 1 / 25e4) * slow))


def test_the_knobs_of_a_run_follow_the_schedules_of_its_config():
    kl, forcing = KLSchedule("monotonic", maximum=1.0, rising=0.5), TeacherForcingSchedule("linear", 1.0, 0.5)
    rate = LearningRateSchedule("cosine", peak=0.1)
    knobs = scheduled_knobs(TrainConfig(kl=kl, teacher_forcing=forcing, learning_rate=rate))(0.25)
    assert (knobs.beta, knobs.teacher_forcing) == (0.5, 0.875)
    assert knobs.learning_rate == learning_rate(rate, 0.25)


def test_a_schedule_can_be_drawn():
    x, y = tabulate(partial(kl_weight, KLSchedule("monotonic", maximum=1, rising=1)), points=5)
    assert x == y == [0, 0.25, 0.5, 0.75, 1]
    assert tabulate(lambda progress: progress)[0] == [i / 500 for i in range(501)]
