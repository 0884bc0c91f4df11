"""Configs check themselves and survive JSON."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core.config import (
    Augmentation,
    KLSchedule,
    ModelConfig,
    TeacherForcingSchedule,
    TrainConfig,
)
from cvae.core.dotted import flatten, merge, nest
from cvae.core.errors import BadConfig

configs = st.builds(
    TrainConfig,
    model=st.builds(ModelConfig, hidden=st.integers(16, 1024), bidirectional=st.booleans()),
    kl=st.builds(KLSchedule, maximum=st.floats(0, 10), rising=st.floats(0, 1), cycles=st.integers(1, 100)),
    augmentation=st.tuples(st.builds(Augmentation, ratio=st.floats(0, 10), classes=st.just(("irregular",)))),
    seed=st.integers(0, 2**31 - 1),
)


@given(configs)
def test_a_config_survives_json(config):
    assert TrainConfig.from_json(json.loads(json.dumps(config.to_json()))) == config


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "a\nb"}, {"initial": "\0"}, {"augmentation": [{"data": "\ud800"}]},
        {"augmentation": [{"classes": ["plain", "\ud800"]}]},
    ],
)  # fmt: skip
def test_texts_are_one_line_that_can_be_printed(settings):
    with pytest.raises(BadConfig, match="must not contain control characters or line ends"):
        TrainConfig.from_json(settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "x" * 501}, {"initial": "x" * 501}, {"augmentation": [{"data": "x" * 501}]},
        {"augmentation": [{"classes": ["x" * 501]}]},
    ],
)  # fmt: skip
def test_texts_are_short_enough_for_a_sentence(settings):
    with pytest.raises(BadConfig, match="must have at most 500 letters, not 501"):
        TrainConfig.from_json(settings)


def test_settings_are_read_by_their_former_names():
    old = {"augmentation": [{"data": "large", "kinds": ["irregular"]}]}
    assert TrainConfig.from_json(old).augmentation == (Augmentation("large", classes=("irregular",)),)


def test_absent_settings_take_their_defaults():
    assert TrainConfig.from_json({"epochs": 3}) == TrainConfig(epochs=3)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"epochs": 0}, "epochs must be between 1 and 10000, not 0"),
        ({"epochs": 2.5}, "epochs must be of type int"),
        ({"epochs": 16**5_000}, "epochs must be between 1 and 10000, not a number of thousands of digits"),
        ({"epochs": True}, "epochs must be of type int"),
        ({"seed": "x"}, "seed must be of type int"),
        ({"letter_dropout": float("nan")}, "letter_dropout must be a number"),
        ({"kl": {"kind": "spiral"}}, "kl.kind must be one of constant, monotonic, cyclical"),
        ({"kl": {"kind": ["cyclical"]}}, "kl.kind must be one of"),
        ({"kl": 3}, "kl must be a table of settings"),
        ({"model": {"hidden": 10**9}}, "model.hidden must be between 16 and 1024"),
        ({"model": {"bidirectional": 1}}, "model.bidirectional must be of type bool"),
        ({"augmentation": "large"}, "augmentation must be a list"),
        ({"augmentation": [3]}, "augmentation must be a table"),
        ({"speed": 11}, "There is no setting 'speed'"),
        ({"kl": {"speed": 11}}, "There is no setting 'kl.speed'"),
        ([], "A config must be a table of settings"),
    ],
)
def test_bad_settings_are_refused_by_name(values, message):
    with pytest.raises(BadConfig, match=message):
        TrainConfig.from_json(values)


def test_z_is_as_wide_as_the_report_says():
    assert ModelConfig().z_size == 64
    assert ModelConfig(cell="gru").z_size == 32


def test_teacher_forcing_stays_a_probability():
    with pytest.raises(BadConfig, match=r"teacher_forcing.end must be between 0 and 1"):
        TeacherForcingSchedule(kind="linear", end=1.5)


def test_dotted_names_are_tables_and_merging_changes_nothing_else():
    assert nest({"a.b": 1, "a": {"c.d": 2}}) == {"a": {"b": 1, "c": {"d": 2}}}
    base = {"a": {"b": 1, "c": [1]}, "d": 2}
    assert merge(base, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}, "d": 2}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 2}


@given(configs)
def test_all_settings_by_their_dotted_names_make_the_same_config(config):
    plain = dataclasses.replace(config, augmentation=())
    assert TrainConfig().changed(flatten(plain.to_json())) == plain
    assert config.changed({}) == config


def test_a_setting_is_changed_by_its_dotted_name_and_refused_by_it():
    assert TrainConfig().changed({"kl.kind": "cyclical", "epochs": 3}) == TrainConfig(
        kl=KLSchedule("cyclical"), epochs=3
    )
    with pytest.raises(BadConfig, match=r"kl.kind must be one of"):
        TrainConfig().changed({"kl.kind": "spiral"})
    assert TrainConfig.choices("kl.kind") == ("constant", "monotonic", "cyclical")
    assert TrainConfig.choices("objective") == ("same-tense", "cross-tense")


def test_settings_that_are_gone_are_read_where_they_were_off():
    assert ModelConfig.from_json({"hidden": 24, "pooling": 0, "deep_output": 0}) == ModelConfig(hidden=24)
    with pytest.raises(BadConfig, match="no setting"):
        ModelConfig.from_json({"deep_output": 40})
    assert TrainConfig.from_json({"sleep": 2, "sleep_variance": 0.3}) == TrainConfig(sleep=2)
