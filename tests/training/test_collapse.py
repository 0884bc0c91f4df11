"""The verdict on z says what the figures say, and its charts show what they are given."""

import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from cvae.charts.kl import accuracy_bars, kl_heatmap, kl_now, kl_table
from cvae.charts.schedules import planned, schedule_panel
from cvae.core.config import KLSchedule, LearningRateSchedule, TeacherForcingSchedule, TrainConfig
from cvae.core.settings import ROOT
from cvae.evaluation.diagnostics import describe_activity
from cvae.runs.run import Run
from cvae.training.collapse import judge
from cvae.training.records import EpochRecord
from cvae.training.schedules import scheduled_knobs
from tests.conftest import PALETTE


def record(epoch, nats, beta=0.1, kl=None, active=4, accuracy=0.5, by_dimension=(3.0, 0.0, 1.0, 0.001), verb=None):
    kl = nats if kl is None else kl
    return EpochRecord(
        epoch, epoch, 1.0, beta, 1.0, 0.001, 3.0, kl, active_units=active, mutual_information=nats,
        kl_per_dimension=by_dimension, accuracy=accuracy, accuracy_zero_z=0.01, accuracy_other_z=None,
        verb_information=verb,
    )  # fmt: skip


def unscored(epoch, kl=1.0):
    return EpochRecord(epoch, epoch, 1.0, 0.1, 1.0, 0.001, 3.0, kl)


@pytest.mark.parametrize(
    ("history", "state", "reason", "advice"),
    [
        ([], "waiting", "Nothing was measured", "Wait"),
        ([unscored(1)], "waiting", "Nothing was measured", "Wait"),
        ([record(1, 0.0, active=0)], "waiting", "start of every run", "Let it run"),
        (
            [record(4, 0.0, beta=1.0, active=0)],
            "collapsed",
            "None of the 4 dimensions is active",
            "Lower the weight to 0.02",
        ),
        ([record(4, 0.0, beta=0.0, active=0)], "collapsed", "says the same of every word", "Hide letters"),
        ([record(4, 4.0), record(8, 0.0, active=0)], "collapsed", "held 4.0 nats", "Hide letters"),
        ([record(4, 4.0), record(8, 0.1, beta=1.0)], "collapsed", "holds only 0.10 nats", "Lower the weight to 0.02"),
        ([record(150, 0.05)], "collapsed", "holds only 0.05 nats", "Hide letters"),
        ([record(4, 0.01), record(8, 0.02)], "collapsed", "holds only 0.02 nats", "Hide letters"),
        ([record(2, 0.02)], "healthy", "it hardly tells two verbs apart.", "keep the KL weight low"),
        ([record(4, 1.0)], "healthy", "about 3 of 100 verbs apart.", "keep the KL weight low"),
        ([record(4, 1.0), record(8, 2.0)], "healthy", "7 of 100 verbs apart, more than ever before.", "weight low"),
        ([record(4, 1.0), record(8, 1.0)], "thinning", "stopped growing", "more dimensions"),
        (
            [record(4, 3.0), record(8, 1.0, beta=0.8)],
            "thinning",
            "It was 3.0 nats at best",
            "Halve the KL weight of 0.80",
        ),
        ([record(4, 4.5)], "healthy", "about 90 of 100 verbs", "Nothing is wrong"),
        ([record(4, 5.0)], "healthy", "all 100 verbs of the probe", "Nothing is wrong"),
        (
            [record(4, 4.5, by_dimension=(12.0, 8.0), accuracy=0.09)],
            "healthy",
            "With z, 9% of the forms",
            "still learning to spell",
        ),
        ([record(4, 1.4, verb=0.0)], "collapsed", "holds only 0.00 nats about the verb", "Hide letters"),
        ([record(4, 4.6, verb=3.2)], "healthy", "about 25 of 100 verbs apart", "keep the KL weight low"),
        ([record(4, 5.9, kl=9.0, verb=4.61)], "healthy", "all 100 verbs of the probe", "Nothing is wrong"),
        (
            [record(4, 4.5, by_dimension=(12.0, 8.0))],
            "healthy",
            "16 of the 20 nats of KL tell no words apart",
            "Raise the KL weight",
        ),
        (  # a sleep phase has made verbs of the draws
            [replace(record(4, 4.5, by_dimension=(12.0, 8.0)), gaussian_score=0.9)],
            "healthy",
            "about 90 of 100 verbs",
            "Nothing is wrong",
        ),
    ],
)
def test_the_verdict_follows_from_the_history(history, state, reason, advice):
    found = judge(history)
    assert found.state == state
    assert reason in found.reason and advice in found.advice


def test_a_history_whose_information_was_measured_too_large_has_a_verdict_too():
    """Earlier versions measured up to 1,827 nats where the KL weight is 0."""
    found = judge([record(4, 1827.0, beta=0.0)])
    assert found.state == "healthy" and "all 100 verbs" in found.reason


def test_the_verdict_on_a_history_is_that_on_a_model():
    judged = judge([record(4, 4.5, active=3)])
    assert judged.reason.startswith(describe_activity(3, 4))


def name_of(path):
    """The experiment and the run of a history."""
    return "/".join(path.parts[-3:-1])


@pytest.mark.parametrize("path", sorted((ROOT / "checkpoints" / "runs").glob("*/*/history.jsonl.gz")), ids=name_of)
def test_every_shipped_history_has_a_verdict(path):
    assert judge(Run(path.parent).history()).state != "waiting"


def test_nats_that_tell_verbs_apart_which_the_probe_does_not_hold_are_no_idle_ones():
    history = [record(4, 4.7, by_dimension=(6.0, 2.9))]
    assert "But at least 4 of the 9 nats of KL tell no words apart." in judge(history, 100).reason
    assert judge(history, 1227).advice.startswith("Nothing is wrong.")


def test_few_verbs_need_few_nats():
    history = [record(4, math.log(10)), record(8, math.log(10))]
    assert judge(history, 10).state == "healthy" and judge(history, 200).state == judge(history).state == "thinning"


def test_unscored_epochs_change_no_verdict():
    history = [record(4, 4.5), unscored(5, kl=0.0)]
    assert judge(history) == judge(history[:1])


HISTORY = [record(2, 4.0, by_dimension=(1.0, 4.0, 2.0, 0.0)), unscored(3), record(4, 3.0)]


def test_the_heatmap_holds_every_dimension_and_scored_epoch_the_strongest_now_on_top():
    epochs, order, nats = kl_table(HISTORY)
    assert epochs == [2, 4] and order == [0, 2, 3, 1]
    assert nats.tolist() == [[1, 3], [2, 1], [0, 0.001], [4, 0]]
    [cells] = kl_heatmap(HISTORY, PALETTE).data
    assert np.allclose(np.array(cells.z) ** 2, nats) and np.allclose(np.array(cells.customdata)[..., 0], nats)
    assert list(cells.x) == ["2", "4"] and list(cells.y) == [1, 2, 3, 4]


def test_bars_show_the_newest_epoch_and_marks_the_first():
    bars, marks = kl_now(HISTORY, PALETTE).data
    assert list(bars.y) == [3, 1, 0.001, 0] and list(bars.customdata) == [0, 2, 3, 1]
    assert list(marks.y) == [1, 2, 0, 4] and marks.name == "epoch 2"


@pytest.mark.parametrize("history", [[], [unscored(1)]])
def test_charts_before_the_first_scores_are_empty(history):
    for figure in (kl_heatmap(history, PALETTE), kl_now(history, PALETTE), accuracy_bars([], PALETTE)):
        assert not any(len(trace.x) for trace in figure.data)
        assert not figure.layout.xaxis.visible and figure.layout.annotations[0].text == "nothing recorded"


def test_accuracies_of_two_runs_stand_side_by_side_and_differ_in_pattern():
    traces = accuracy_bars([("a", HISTORY[0]), ("b", HISTORY[2])], PALETTE).data
    assert [list(trace.x) for trace in traces] == [["a", "b"]] * 3
    assert list(traces[0].y) == [0.5, 0.5] and list(traces[1].y) == [0.01, 0.01] and list(traces[2].y) == [None, None]
    assert len({trace.marker.pattern.shape for trace in traces}) == 3


CONFIG = TrainConfig(
    kl=KLSchedule("cyclical", maximum=0.8, cycles=3),
    teacher_forcing=TeacherForcingSchedule("stepwise", 1.0, 0.2),
    learning_rate=LearningRateSchedule("one-cycle", peak=4e-3),
    epochs=30,
)


def test_the_curves_are_the_knobs_that_training_will_ask_for():
    epochs, knobs = planned(CONFIG)
    ask = scheduled_knobs(CONFIG)
    assert epochs[0] == 0 and epochs[-1] == 30
    for moment, now in zip(epochs, knobs, strict=True):
        assert asdict(now) == pytest.approx(asdict(ask(moment / 30)), abs=0.01)


def test_the_weight_is_drawn_down_to_0_at_the_start_of_every_cycle():
    config = replace(CONFIG, kl=KLSchedule("cyclical", maximum=0.8, cycles=7))
    assert [now.beta for _, now in zip(*planned(config), strict=True)].count(0.0) == 7


@pytest.mark.parametrize(("field", "highest"), [("beta", 0.8), ("teacher_forcing", 1.0), ("learning_rate", 4e-3)])
def test_each_knob_has_a_panel_of_its_own_and_each_run_a_curve_in_it(field, highest):
    figure = schedule_panel(field, [("one", CONFIG), ("two", TrainConfig(epochs=60))], PALETTE)
    first, second = figure.data
    assert max(first.y) == pytest.approx(highest, rel=0.01) and max(second.x) == 60
    assert first.line.color != second.line.color and first.line.dash != second.line.dash
    assert figure.layout.xaxis.range == (0, 60) and figure.layout.yaxis.range[1] > highest
