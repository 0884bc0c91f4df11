"""Recorded runs: reading them whatever state they are in, telling them apart, smoothing and averaging them."""

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.core import files
from cvae.core.config import (
    Augmentation,
    KLSchedule,
    LearningRateSchedule,
    ModelConfig,
    TeacherForcingSchedule,
    TrainConfig,
)
from cvae.core.errors import BadRun
from cvae.experiments.groups import difference_table, differing, group_runs, in_force
from cvae.experiments.smoothing import align, line_of, recorded, seed_band, smooth, thin
from cvae.experiments.summary import records_csv, summarize
from cvae.runs.history import Curve, columns_of, find_runs, read_about, read_run, stamp_of_run
from cvae.runs.progress import progress_of
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.training.records import EpochRecord, StepRecord
from tests.browser import hundred_runs
from tests.recordings import EPOCHS, records, write_run

CYCLICAL = KLSchedule(kind="cyclical", maximum=0.5, cycles=4)


def read_all(folder):
    return [read_run(path, name) for name, paths in find_runs(folder).items() for path in paths]


def curve_of(*runs):
    return Curve("curve", tuple(columns_of(run) for run in runs))


# Reading


def test_a_real_run_is_read_as_it_was_recorded(tmp_path, tiny_config):
    run = Run.create(tmp_path / "cells" / "first", replace(tiny_config, epochs=3, evaluate_every=2, seed=5))
    written = list(train_in_folder(run))
    [found] = read_all(tmp_path)
    assert (found.experiment, found.name, found.id, found.seed) == ("cells", "first", "cells/first", 5)
    assert found.columns["reconstruction"].tolist() == [record.reconstruction for record in written]
    assert recorded(found.columns, "gaussian_score", "epoch")[0].tolist() == [2, 3]
    assert found.settings["model.cell"] == "lstm"


def test_the_made_up_runs_of_a_benchmark_can_be_read(tmp_path):
    wandering = list(hundred_runs.wander(Random(0), beta=0.95))
    folder = write_run(tmp_path / "run", TrainConfig(epochs=hundred_runs.EPOCHS), wandering)
    assert len(Run(folder).history()) == hundred_runs.EPOCHS


def test_a_record_with_fewer_scores_than_answers_is_refused(tmp_path, tiny_config):
    lines = records(0.5, pair_answers=["went", "sang"], pair_scores=[1.0])
    with pytest.raises(BadRun, match="2 answers to test pairs, and 1 scores"):
        read_run(write_run(tmp_path / "uneven", tiny_config, lines))


def recorded_by(config: TrainConfig, speed: Callable[[float], float], score: Callable[[int], float]):
    """The points and the history of a run: `speed` seconds an epoch at an epoch, and `score` seconds for its scores."""
    points, history, seconds = [], [], 0.0
    for epoch in range(1, config.epochs + 1):
        for tenth in range(1, 11):
            epochs = epoch if tenth == 10 else epoch - 1 + tenth / 10
            seconds += speed(epochs) / 10
            points.append(StepRecord(epochs, len(points) + 1, seconds, 8, 5.0, 1.0, 1.0, 1.0, 0.1))
        due = config.scores_after(epoch)
        seconds += score(epoch) if due else 0.0
        history.append(EpochRecord(epoch, len(points), seconds, 1.0, 1.0, 0.1, 5.0, 1.0, distinct=3 if due else None))
    return points, history


@pytest.mark.parametrize(
    ("speed", "score", "since"),
    [
        (lambda _: 1.0, lambda _: 0.0, 0),
        (lambda _: 1.0, lambda epoch: 20.0 if epoch == 4 else 5.0, 0),  # at first words don't end, and take long
        (lambda _: 0.01, lambda epoch: 2.0 if epoch == 4 else 0.5, 0),
        (lambda epochs: 1.0 + epochs / 40, lambda _: 1.0, 0),
        (lambda epochs: 2.0 - epochs / 40, lambda epoch: 3.0 - epoch / 40, 0),
        (lambda epochs: 10.0 if epochs > 20 else 1.0, lambda epoch: 10.0 if epoch > 20 else 1.0, 25),  # got busy at 20
    ],
)
def test_the_time_left_is_right_within_a_factor_of_two_or_is_not_told(tiny_config, speed, score, since):
    config = replace(tiny_config, epochs=40, evaluate_every=4)
    points, history = recorded_by(config, speed, score)
    ratios = []
    for i, last in enumerate(points):
        progress = progress_of(config, points[: i + 1], history[: math.ceil(last.epochs) - 1])
        left = history[-1].seconds - last.seconds
        assert (progress.seconds_left is None) == (last.epochs <= 8)
        assert progress.measuring == (last.epochs % 4 == 0)
        if last.epochs > max(8, since) and left > 0:
            ratios.append(progress.seconds_left / left)
    assert 0.5 <= min(ratios) <= max(ratios) <= 2


def test_runs_are_found_below_their_experiments_and_not_inside_each_other(tmp_path):
    for place in ("b/two", "b/one", "a/deep/one", "b/one/copy", ".hidden/one", "alone"):
        write_run(tmp_path / place, TrainConfig(), [])
    found = {name: [path.name for path in paths] for name, paths in find_runs(tmp_path).items()}
    assert found == {"": ["alone"], "a/deep": ["one"], "b": ["one", "two"]}
    assert list(find_runs(tmp_path / "b" / "one")) == [""]
    assert find_runs(tmp_path / "nowhere") == {}


def test_a_line_that_is_half_written_is_left_out_until_it_is_whole(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), records(0.5, 2))
    third = json.dumps(records(0.5, 3)[2])
    with (path / "history.jsonl").open("a") as file:
        file.write(third[:40])
    assert read_run(path).columns["epoch"].tolist() == [1, 2]
    with (path / "history.jsonl").open("a") as file:
        file.write(third[40:] + "\n")
    assert read_run(path).columns["epoch"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "damage",
    [lambda packed: packed[:-9], lambda packed: packed[:40], lambda packed: b"{}" + packed],
    ids=["cut at the end", "cut at the start", "not packed"],
)
def test_a_packed_history_is_read_like_any_other_and_a_damaged_one_is_refused(tmp_path, damage):
    run = Run(write_run(tmp_path / "run", TrainConfig(), records(0.5, 20)))
    history = run.history()
    run.keep_history()
    packed = run.packed_history_path.read_bytes()
    assert run.history() == history and not run.history_path.exists()
    run.packed_history_path.write_bytes(damage(packed))
    with pytest.raises(BadRun, match=r"history\.jsonl\.gz can't be unpacked: it is damaged"):
        run.history()
    run.packed_history_path.write_bytes(packed)
    assert run.history() == history
    with pytest.raises(BadRun, match="Only the history of this run was kept"):
        next(train_in_folder(run))


def test_what_was_read_is_kept_until_the_file_is_another(tmp_path, monkeypatch):
    path, parsed = write_run(tmp_path / "run", TrainConfig(), records(0.5, 2)), []
    real = files.parse
    monkeypatch.setattr(files, "parse", lambda what, *rest: parsed.append(what) or real(what, *rest))
    history = path / "history.jsonl"
    for _ in range(3):
        Run(path).history()
    assert parsed == ["Line 1 of history.jsonl", "Line 2 of history.jsonl"]
    with history.open("a") as file:
        file.write(json.dumps(records(0.5, 3)[2]) + "\n")
    assert len(Run(path).history()) == 3 and parsed[2:] == ["Line 3 of history.jsonl"]
    history.write_text("".join(json.dumps(record) + "\n" for record in records(0.9, 5)))
    assert [record.kl for record in Run(path).history()] == [3.9] * 5


def test_kept_records_make_room_by_the_size_of_their_files(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_KNOWN", 10_000)
    paths = [
        write_run(tmp_path / name, TrainConfig(), records(0.5, 1, samples=[["walk"] * count]))
        for name, count in (("long", 900), ("short", 4), ("other", 900))
    ]
    for path in paths:
        Run(path).history()
    kept = {path.parent for path, _ in files._known} & set(paths)
    assert kept == {*paths[1:]}


def test_a_run_without_history_has_no_numbers_and_one_without_config_is_none(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), [])
    (path / "history.jsonl").unlink()
    assert read_run(path).columns == {}
    (path / "config.json").write_text('{"config": ')
    with pytest.raises(BadRun, match=r"config\.json is not JSON"):
        read_run(path)
    (path / "config.json").unlink()
    with pytest.raises(BadRun, match="There is no run in"):
        read_run(path)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"epoch": "two"}, "has no usable 'epoch'"),
        ({"epoch": None}, "has no usable 'epoch'"),
        ({"epoch": True}, "has no usable 'epoch'"),
        ({"epoch": 6}, "epoch 6 comes after 6"),
        ({"step": 1}, "step 1 comes after 60"),
        ({"kl": 10**400}, "has no usable 'kl'"),
        ({"kl": math.nan}, "has no usable 'kl'"),
        ({"kl": math.inf}, "has no usable 'kl'"),
        ({"mutual_information": 720}, "has no usable 'mutual_information'"),
        ({"heldout_by_kind": {"\ud800": 0.5}}, "has no usable 'heldout_by_kind'"),
        ({"samples": [["go", "\x00"]]}, "has no usable 'samples'"),
        ({"samples": [["go"]]}, "recorded unequally many words"),
        ({"samples": []}, ""),
        ({"later": [1.0]}, ""),
    ],
)
def test_a_record_is_usable_or_the_run_says_where_it_is_not(tmp_path, change, sentence):
    last = records(0.5, 7)[-1] | change
    path = write_run(tmp_path / "run", TrainConfig(), [*records(0.5), last])
    if not sentence:
        assert len(read_run(path).columns["epoch"]) == 7
        return
    with pytest.raises(BadRun, match=sentence):
        read_run(path)


@pytest.mark.parametrize("setting", ["seed", "epochs"])
def test_a_run_whose_seed_or_length_is_no_number_is_refused_by_name(tmp_path, setting):
    path = write_run(tmp_path / "run", TrainConfig(), records(0.5))
    (path / "config.json").write_text(json.dumps({"config": {setting: None}}))
    with pytest.raises(BadRun, match=f"config.json can't be used: {setting} must be of type int, not None"):
        read_run(path)


def test_a_history_in_another_encoding_is_refused_and_one_that_is_begun_is_not(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), [])
    (path / "history.jsonl").write_text('{"epoch": 1}\n{"epoch": 2}\n', encoding="utf-16")
    with pytest.raises(BadRun, match=r"Line 1 of history\.jsonl is not JSON"):
        read_run(path)
    (path / "history.jsonl").write_text('{"epoch": 1, "st')
    assert read_run(path).columns == {}


def test_a_folder_whose_name_is_no_text_is_refused(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), records(0.5))
    with pytest.raises(BadRun, match="rename the folder"):
        read_run(path.rename(tmp_path / "run\udcff"))


def test_a_line_has_a_value_where_one_was_recorded(tmp_path):
    curve = curve_of([{"epoch": i, "kl": float(i), "bleu4": 0.5 if i % 2 else None} for i in range(1, 6)])
    assert line_of(curve, "kl", "epoch").x.tolist() == [1, 2, 3, 4, 5]
    assert line_of(curve, "bleu4", "epoch").x.tolist() == [1, 3, 5]


def test_the_fingerprint_changes_with_every_new_line(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), records(0.5, 1))
    before = stamp_of_run(path)
    assert stamp_of_run(path) == before
    with (path / "history.jsonl").open("a") as file:
        file.write(json.dumps(records(0.5)[1]) + "\n")
    assert stamp_of_run(path) != before


def test_tables_become_columns_and_conversions_are_told_with_their_epoch(tmp_path):
    more = {"heldout_by_kind": {"plain": 0.5}, "conversions": [["go", "go", "goes", "going", "goed"]]}
    last = records(0.5, 2)[1] | more
    found = read_run(write_run(tmp_path / "run", TrainConfig(), [*records(0.5, 1), last]))
    assert found.columns["heldout_by_kind.plain"][1] == 0.5
    assert found.conversions == [(2, (("go", "go", "goes", "going", "goed"),))]


def test_settings_that_an_old_config_lacks_take_their_defaults(tmp_path):
    path = write_run(tmp_path / "run", TrainConfig(), [])
    (path / "config.json").write_text('{"config": {"epochs": 7}}')
    assert read_run(path).settings == {**read_run(path).settings, "epochs": 7, "kl.cycles": 4}


def test_an_experiment_says_what_it_is_about(tmp_path):
    folder = tmp_path / "kl-weight"
    folder.mkdir()
    assert read_about(folder).title == "KL weight"
    (folder / "experiment.json").write_text('{"title": "How much?", "question": "Q"}')
    about = read_about(folder)
    assert (about.title, about.question, about.answer) == ("How much?", "Q", "")
    (folder / "experiment.json").write_text("[")
    assert read_about(folder).title == "KL weight"


# Telling apart


def grouped(tmp_path, *configs):
    for i, config in enumerate(configs):
        write_run(tmp_path / "some-runs" / f"run-{i}", config, records(0.5))
    return group_runs(read_all(tmp_path))


def test_runs_that_differ_in_their_seed_alone_belong_together(tmp_path):
    lstm, gru = TrainConfig(), TrainConfig(model=ModelConfig(cell="gru"))
    groups = grouped(tmp_path, lstm, gru, replace(lstm, seed=1), replace(gru, seed=2))
    assert [(group.name, [run.seed for run in group.runs]) for group in groups] == [("GRU", [0, 2]), ("LSTM", [0, 1])]
    assert [group.place for group in groups] == [0, 1]


def test_a_group_knows_after_which_epoch_its_runs_have_a_sleep_phase(tmp_path):
    awake, asleep = grouped(tmp_path, TrainConfig(epochs=7), TrainConfig(epochs=7, sleep=2.0, sleep_start=0.3))
    assert (awake.asleep, asleep.asleep) == (None, 3) == tuple(group.curve().asleep for group in (awake, asleep))
    assert [curve.asleep for curve in asleep.curves()] == [3]


@pytest.mark.parametrize(
    ("configs", "names"),
    [
        ([TrainConfig(kl=KLSchedule(kind="constant", maximum=m)) for m in (0.5, 0, 0.1)],
         ["KL weight 0", "KL weight 0.1", "KL weight 0.5"]),
        ([TrainConfig(kl=replace(CYCLICAL, cycles=n)) for n in (8, 2)] + [TrainConfig(kl=KLSchedule(kind="constant"))],
         ["constant", "cyclical, 2 cycles", "cyclical, 8 cycles"]),
        ([TrainConfig(teacher_forcing=TeacherForcingSchedule("linear", 1.0, 0.0)),
          TrainConfig(teacher_forcing=TeacherForcingSchedule(start=0.5))],
         ["teacher forcing 0.5", "teacher forcing 1 to 0"]),
        ([TrainConfig(learning_rate=LearningRateSchedule(peak=p), objective="same-tense") for p in (1e-2, 1e-3)],
         ["learning rate 0.001", "learning rate 0.01"]),
        ([TrainConfig(letter_dropout=0.2), TrainConfig(batch_size=64)],
         ["batch size 64, letters dropped 0%", "batch size 128, letters dropped 20%"]),
        ([TrainConfig(), TrainConfig(augmentation=(Augmentation("invented_short"), Augmentation("large")))],
         ["with invented short and large verbs", "no other verbs"]),
        ([TrainConfig(model=ModelConfig(condition_every_step=every), objective=to)
          for every, to in ((False, "cross-tense"), (False, "same-tense"), (True, "same-tense"))],
         ["cross-tense", "same-tense", "tense each letter, same-tense"]),
        ([TrainConfig(), TrainConfig(batch_size=64, epochs=9, letter_dropout=0.2, tense_dropout=0.2, sleep=1)],
         ["run-1", "run-0"]),
        ([TrainConfig()], ["run-0"]),
        ([TrainConfig(), TrainConfig(seed=1)], ["some-runs"]),
    ],
)  # fmt: skip
def test_groups_are_named_after_what_differs_in_its_order(tmp_path, configs, names):
    assert [group.name for group in grouped(tmp_path, *configs)] == names


def test_a_setting_that_another_makes_void_tells_nothing_apart(tmp_path):
    configs = [TrainConfig(kl=KLSchedule(kind="constant", cycles=n)) for n in (2, 4)]
    assert len(grouped(tmp_path, *configs)) == 1
    groups = grouped(tmp_path / "more", TrainConfig(kl=KLSchedule(kind="constant")), TrainConfig(kl=CYCLICAL))
    assert differing([group.settings for group in groups]) == ["kl.kind"]
    assert "kl.cycles" not in in_force(groups[0].settings)
    table = difference_table({group.name: group.settings for group in groups})
    assert table == {"setting": ["kl.kind"], "constant": ["constant"], "cyclical": ["cyclical"]}


# Smoothing


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50), st.floats(0, 0.99))
def test_smoothing_is_the_weighted_mean_of_what_came_before(values, weight):
    for n, found in enumerate(smooth(np.array(values), weight)):
        weights = weight ** np.arange(n, -1, -1)
        assert found == pytest.approx(np.average(values[: n + 1], weights=weights), abs=1e-6)


def test_a_constant_stays_constant_from_its_first_value_on():
    assert smooth(np.full(9, 3.0), 0.99) == pytest.approx(np.full(9, 3.0))


@pytest.mark.parametrize(("column", "smoothed"), [("reconstruction", True), ("bleu4", False), ("beta", False)])
def test_schedules_are_never_smoothed(column, smoothed):
    curve = curve_of(records(0.5))
    plain, smooth_line = line_of(curve, column, "epoch"), line_of(curve, column, "epoch", smoothing=0.9)
    assert (smooth_line.y.tolist() != pytest.approx(plain.y.tolist())) == smoothed
    if column == "beta":
        assert smooth_line.raw is None
    else:
        assert smooth_line.raw[1].tolist() == plain.y.tolist()


@given(st.integers(1, 6000), st.integers(4, 1500))
def test_thinning_keeps_the_ends_and_the_extremes(length, most):
    y = np.random.default_rng(length).normal(size=length)
    thin_x, thin_y = thin(np.arange(length), y, most)
    assert len(thin_x) <= most
    assert np.all(np.diff(thin_x) > 0)
    assert (thin_x[0], thin_x[-1]) == (0, length - 1)
    assert (thin_y.min(), thin_y.max()) == (y.min(), y.max())
    assert np.array_equal(thin_y, y[thin_x])


# Seeds


def test_mean_and_range_over_seeds_are_theirs():
    line = line_of(curve_of(records(0.2), records(0.4), records(0.9)), "bleu4", "epoch")
    assert line.x.tolist() == [2, 4, 6]
    assert line.y == pytest.approx([0.5] * 3)
    assert (line.low, line.high) == (pytest.approx([0.2] * 3), pytest.approx([0.9] * 3))


def test_the_other_band_is_one_standard_deviation():
    values = np.random.default_rng(0).normal(size=(5, 8))
    low, high = seed_band(values, "deviation")
    assert high - low == pytest.approx(2 * values.std(axis=0, ddof=1))


def test_seeds_recorded_at_different_moments_are_joined_by_straight_lines():
    x, values = align([(np.array([0.0, 2.0]), np.array([0.0, 4.0])), (np.array([0.0, 1.0, 2.0]), np.ones(3))], 100)
    assert x.tolist() == [0, 1, 2]
    assert values.tolist() == [[0, 2, 4], [1, 1, 1]]


def test_a_seed_that_stopped_early_neither_hides_the_others_nor_counts_where_it_is_not():
    line = line_of(curve_of(records(0.9, 2), records(0.2), records(0.4)), "kl", "epoch")
    assert line.x.tolist() == list(range(1, EPOCHS + 1))
    assert line.y == pytest.approx([3.5, 3.5, 3.3, 3.3, 3.3, 3.3])
    alone = line_of(curve_of(records(0.9), records(0.2, 2), records(0.4, 2)), "kl", "epoch")
    assert alone.x.tolist() == [1, 2]


def test_what_no_seed_recorded_is_no_line():
    assert line_of(curve_of(records(0.9), []), "mutual_information", "epoch") is None
    assert line_of(curve_of([{"step": 3, "kl": 1.0}]), "kl", "epoch") is None


# Tables


def test_best_and_last_are_means_over_the_seeds():
    rising = [{"epoch": 1, "bleu4": 0.9, "kl": 1}, {"epoch": 2, "bleu4": 0.5, "kl": 2}]
    found = summarize(curve_of(rising, [{"epoch": 1, "bleu4": 0.7, "kl": 4}]), "bleu4")
    assert (found.best, found.last, found.spread) == (
        pytest.approx(0.8),
        pytest.approx(0.6),
        pytest.approx(0.02**0.5),
    )
    loss = summarize(curve_of(records(0.5)), "reconstruction")
    assert loss.best == loss.last == pytest.approx(20 / EPOCHS + 0.5)
    assert loss.spread is None
    assert summarize(curve_of(rising), "kl").best is None


def test_one_csv_holds_every_record_of_every_run_and_no_formula(tmp_path):
    write_run(tmp_path / "=one" / "+a", TrainConfig(), records(0.5))
    write_run(tmp_path / "two" / "b", TrainConfig(seed=3, objective="same-tense"), records(0.5, 3, merged=0.25))
    runs = {run.name: [run] for run in read_all(tmp_path)}
    rows = list(csv.DictReader(io.StringIO(records_csv(runs).decode())))
    assert [row["run"] for row in rows] == ["'+a"] * EPOCHS + ["b"] * 3
    assert rows[0]["experiment"] == "'=one"
    assert [rows[0]["objective"], rows[-1]["objective"]] == ["cross-tense", "same-tense"]
    assert float(rows[1]["bleu4"]) == 0.5
    assert (rows[0]["bleu4"], rows[0]["merged"], rows[-1]["merged"]) == ("", "", "0.25")
