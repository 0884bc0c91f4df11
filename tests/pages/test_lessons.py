"""Presets and lessons can be run as they are, and differ in what they say they differ in."""

from dataclasses import fields, replace

import pytest

from cvae.core.config import TrainConfig
from cvae.core.errors import BadConfig
from cvae.data.dataset import load_training_data
from cvae.runs.history import Watched, progress_of
from cvae.training.collapse import judge
from cvae.training.loop import train
from cvae.training.records import EpochRecord, StepRecord
from cvae.training.state import start_training
from pages.train.lessons import LESSONS, lesson, lesson_of
from pages.train.presets import PRESETS, preset


def differing(one, other):
    """The settings in which two configs differ."""
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


CONFIGS = {item.key: item.config for item in PRESETS} | {
    f"{item.key}, {run.name}": run.config for item in LESSONS for run in item.runs
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_every_config_has_its_data_and_comes_back_from_json(config):
    data = load_training_data(config)
    assert len(data.paradigms) == (config.verbs or 1227)
    assert TrainConfig.from_json(config.to_json()) == config
    assert config.epochs >= 2 * config.evaluate_every


def test_keys_are_told_apart_and_unknown_ones_refused():
    for items, find in ((PRESETS, preset), (LESSONS, lesson)):
        assert len({item.key for item in items}) == len({item.title for item in items}) == len(items)
        assert all(find(item.key) is item for item in items)
        with pytest.raises(BadConfig, match="There is no"):
            find("none")


def test_the_three_schedules_differ_in_nothing_else():
    three = [preset(key).config for key in ("constant", "monotonic", "cyclical")]
    assert all(differing(three[0], other) == {"kl"} for other in three[1:])
    assert [config.kl.kind for config in three] == ["constant", "monotonic", "cyclical"]
    assert len({config.kl.maximum for config in three}) == 1


@pytest.mark.parametrize("item", LESSONS, ids=lambda item: item.key)
def test_the_runs_of_a_lesson_differ_in_one_setting_and_share_their_seed(item):
    assert 1 <= len(item.runs) <= 2
    if len(item.runs) == 2:
        assert len(differing(item.runs[0].config, item.runs[1].config)) == 1
        assert item.runs[0].config.seed == item.runs[1].config.seed and item.runs[0].name != item.runs[1].name


@pytest.mark.parametrize(
    "text", [text for item in LESSONS for text in (item.question, item.conclude, *(step.text for step in item.steps))]
)
def test_texts_are_short_sentences(text):
    assert 10 < len(text) < 400 and text.endswith((".", "?"))
    assert all(len(sentence.split()) <= 30 for sentence in text.replace("?", ".").replace(":", ".").split("."))


@pytest.mark.parametrize("item", LESSONS, ids=lambda item: item.key)
def test_no_step_is_ticked_before_anything_happens_and_each_run_has_its_expectation(item):
    nothing = [Watched((), (), progress_of(run.config, (), ())) for run in item.runs]
    assert not any(step.done(nothing) for step in item.steps)
    assert lesson_of(f"{item.title}, changed") is item
    assert item.expected
    for expected in item.expected:
        assert len(expected.ranges) == len(item.runs) and expected.column in EpochRecord.__dataclass_fields__
        assert all(low <= high for low, high in expected.ranges)


def test_the_steps_of_the_rescue_tick_themselves_off_one_after_the_other():
    item, history, ticks = lesson("collapse"), [], []
    scores = {"distinct": 0, "active_units": 0, "accuracy": 0.0}
    weights = [(1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.05, 0.0), (0.05, 2.0), (0.05, 4.0), (0.05, 9.0)]
    found = {1: scores, 5: {**scores, "active_units": 5}, 6: {**scores, "active_units": 9, "accuracy": 0.9}}
    for i, (beta, kl) in enumerate(weights):
        history.append(EpochRecord(i + 3, i, 1.0, beta, 1.0, 0.001, 5.0, kl, **found.get(i, {})))
        points = [StepRecord(each.epoch, each.step, 1.0, 8, 5.0, each.kl, each.beta, 1.0, 0.001) for each in history]
        ticks.append(
            sum(
                step.done([Watched(points, history, progress_of(item.runs[0].config, points, history))])
                for step in item.steps
            )
        )
    assert ticks == [1, 2, 2, 3, 4, 5, 6]


def test_quick_means_few_words():
    words = {item.key: (item.config.verbs or 1227) * item.config.epochs for item in PRESETS}
    assert words["quick"] == min(words.values()) < 5_000 and words["classroom"] == max(words.values())


def test_make_it_collapse_does():
    config = replace(preset("collapse").config, verbs=40, epochs=6, evaluate_every=3, draws=10)
    data = load_training_data(config)
    history = list(train(config, data, start_training(config, data)))
    assert history[-1].active_units == 0 and history[-1].kl < 0.05
    assert judge(history).state == "collapsed"
