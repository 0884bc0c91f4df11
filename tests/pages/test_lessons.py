"""Presets and lessons can be run as they are, and differ in what they say they differ in."""

import tomllib
from dataclasses import fields, replace

import pytest

from cvae.core.config import TrainConfig
from cvae.core.settings import ROOT
from cvae.data.dataset import load_training_data
from cvae.runs.history import Watched
from cvae.runs.progress import progress_of
from cvae.training.collapse import judge
from cvae.training.loop import train
from cvae.training.records import EpochRecord, StepRecord
from cvae.training.state import start_training
from pages.train.lessons import LESSONS, lesson_of
from pages.train.presets import PRESETS
from pages.train.setup import AGAINST


def differing(one, other):
    """The settings in which two configs differ."""
    return {field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)}


CONFIGS = {key: item.config for key, item in PRESETS.items()} | {
    f"{key}, {name}": config
    for key, item in LESSONS.items()
    for name, config in zip(item.names, item.configs, strict=True)
}


@pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS.keys())
def test_every_config_has_its_data_and_comes_back_from_json(config):
    data = load_training_data(config)
    assert len(data.paradigms) == (config.verbs or 1227)
    assert TrainConfig.from_json(config.to_json()) == config
    assert config.epochs >= 2 * config.evaluate_every


def test_titles_are_told_apart_and_a_run_with_that_of_a_lesson_belongs_to_it():
    for items in (PRESETS, LESSONS):
        assert len({item.title for item in items.values()}) == len(items)
    assert lesson_of("Quick look") is None
    pair = f"{LESSONS['schedules'].title}{AGAINST}a GRU"  # one run of the lesson, and one that is not
    assert lesson_of(pair) is None and lesson_of(pair.partition(AGAINST)[0]) is LESSONS["schedules"]


def test_the_three_schedules_differ_in_nothing_else():
    three = [PRESETS[key].config for key in ("constant", "monotonic", "cyclical")]
    assert all(differing(three[0], other) == {"kl"} for other in three[1:])
    assert [config.kl.kind for config in three] == ["constant", "monotonic", "cyclical"]
    assert len({config.kl.maximum for config in three}) == 1


@pytest.mark.parametrize("item", LESSONS.values(), ids=LESSONS)
def test_the_runs_of_a_lesson_differ_in_one_setting_and_share_their_seed(item):
    first, *others = item.configs
    assert len(set(item.names)) == len(item.configs) <= 2
    assert all(len(differing(first, other)) == 1 and first.seed == other.seed for other in others)


@pytest.mark.parametrize(
    "text",
    [text for item in LESSONS.values() for text in (item.question, item.conclude, *(step.text for step in item.steps))],
)
def test_texts_are_short_sentences(text):
    assert 10 < len(text) < 400 and text.endswith((".", "?"))
    assert all(len(sentence.split()) <= 30 for sentence in text.replace("?", ".").replace(":", ".").split("."))


@pytest.mark.parametrize("item", LESSONS.values(), ids=LESSONS)
def test_no_step_is_ticked_before_anything_happens_and_each_run_has_its_expectation(item):
    nothing = [Watched((), (), progress_of(config, (), ())) for config in item.configs]
    assert not any(step.done(nothing) for step in item.steps)
    assert lesson_of(f"{item.title}, changed") is item
    assert item.expected
    for column, ranges in item.expected.items():
        assert len(ranges) == len(item.configs) and column in EpochRecord.__dataclass_fields__
        assert all(low <= high for low, high in ranges)


def test_the_steps_of_the_rescue_tick_themselves_off_one_after_the_other():
    item, history, ticks = LESSONS["collapse"], [], []
    scores = {"distinct": 0, "active_units": 0, "accuracy": 0.0}
    weights = [(1.0, 0.0), (1.0, 0.0), (1.0, 0.0), (0.05, 0.0), (0.05, 2.0), (0.05, 4.0), (0.05, 9.0)]
    found = {1: scores, 5: {**scores, "active_units": 5}, 6: {**scores, "active_units": 9, "accuracy": 0.9}}
    for i, (beta, kl) in enumerate(weights):
        history.append(EpochRecord(i + 3, i, 1.0, beta, 1.0, 0.001, 5.0, kl, **found.get(i, {})))
        points = [StepRecord(each.epoch, each.step, 1.0, 8, 5.0, each.kl, each.beta, 1.0, 0.001) for each in history]
        ticks.append(
            sum(
                step.done([Watched(points, history, progress_of(item.configs[0], points, history))])
                for step in item.steps
            )
        )
    assert ticks == [1, 2, 2, 3, 4, 5, 6]


def test_quick_means_few_words():
    words = {key: (item.config.verbs or 1227) * item.config.epochs for key, item in PRESETS.items()}
    assert words["quick"] == min(words.values()) < 5_000 and words["classroom"] == max(words.values())


def test_the_classroom_recipe_is_the_reports_own_setting():
    report = tomllib.loads((ROOT / "experiments" / "report.toml").read_text())
    assert PRESETS["classroom"].config == TrainConfig.from_json(report)


def test_make_it_collapse_does():
    config = replace(PRESETS["collapse"].config, verbs=40, epochs=6, evaluate_every=3, draws=10)
    data = load_training_data(config)
    history = list(train(config, data, start_training(config, data)))
    assert history[-1].active_units == 0 and history[-1].kl < 0.05
    assert judge(history).state == "collapsed"
