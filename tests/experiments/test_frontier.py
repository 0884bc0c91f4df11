"""What runs bought: the runs that none beats, and rate against distortion."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvae.charts.scores import levels, rate_distortion, score_frontier
from cvae.core.config import KLSchedule, ModelConfig, TrainConfig
from cvae.experiments.frontier import PRODUCT, bounds, frontier, measured, outcome_table, outcomes_of
from cvae.experiments.groups import group_runs
from cvae.runs.history import read_run
from tests.conftest import PALETTE
from tests.recordings import records, write_run


@pytest.fixture
def outcomes(tmp_path):
    """Return the outcomes of two LSTMs, and of a GRU whose KL costs nothing."""
    lstm, gru = TrainConfig(), TrainConfig(model=ModelConfig(cell="gru"), kl=KLSchedule(kind="constant", maximum=0))
    free = [{**record, "beta": 0.0, "kl": 500.0} for record in records(0.8)]
    paths = [
        write_run(tmp_path / "a", lstm, records(0.4)),
        write_run(tmp_path / "b", TrainConfig(seed=1), records(0.6)),
        write_run(tmp_path / "c", gru, free),
    ]
    return outcomes_of(group_runs([read_run(path, "some") for path in paths]))


def points(figure):
    return [trace for trace in figure.data if trace.hovertemplate]


def test_an_outcome_is_the_last_value_that_was_recorded(outcomes):
    first = next(outcome for outcome in outcomes if outcome.values["bleu4"] == 0.4)
    assert first.values["beta"] == pytest.approx(0.6)
    assert first.values["gaussian_score"] == 0.2
    assert first.architecture == "LSTM, cross-tense"
    assert measured(outcomes, "bleu4") == outcomes
    assert measured(outcomes, "mutual_information") == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30))
def test_the_frontier_is_what_no_other_place_beats(places):
    found = {places[i] for i in frontier(np.array(places, dtype=float))}
    beaten = {a for a in places if any(b != a and b[0] >= a[0] and b[1] >= a[1] for b in places)}
    assert found == set(places) - beaten


def test_every_run_is_a_point_coloured_by_its_kl_weight_and_marked_by_its_architecture(outcomes):
    figure = score_frontier(outcomes, "bleu4", "gaussian_score", PALETTE)
    gru, lstm = sorted(points(figure), key=lambda trace: trace.name)
    assert [*gru.x, *lstm.x] == [0.8, 0.4, 0.6]
    assert [*gru.marker.color, *lstm.marker.color] == pytest.approx([0, 0.6, 0.6])
    assert gru.marker.symbol != lstm.marker.symbol
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, pytest.approx(0.6))
    assert "seed 1" in lstm.text[1]


def test_lines_of_equal_elbo_have_one_sum(outcomes):
    figure = rate_distortion(outcomes, PALETTE)
    drawn = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(drawn) > 1
    for trace in drawn:
        start, end = (x + y for x, y in zip(trace.x, trace.y, strict=True))
        assert start == pytest.approx(end)
        assert f"−ELBO {start:g}" in [note.text for note in figure.layout.annotations]


def test_runs_whose_losses_are_no_bound_have_no_place_among_lines_of_equal_elbo(tmp_path):
    forced, hidden = TrainConfig(), TrainConfig(letter_dropout=0.25)
    free = [{**record, "teacher_forcing": 0.5} for record in records(0.7)]
    paths = [
        write_run(tmp_path / "a", forced, records(0.4)),
        write_run(tmp_path / "b", hidden, records(0.5)),
        write_run(tmp_path / "c", TrainConfig(seed=1), free),
    ]
    found = outcomes_of(group_runs([read_run(path, "some") for path in paths]))
    assert [outcome.values["bleu4"] for outcome in bounds(found)] == [0.4]
    assert sum(len(trace.x) for trace in points(rate_distortion(found, PALETTE))) == 1


def test_a_run_whose_kl_is_free_does_not_squeeze_the_others(outcomes):
    figure = rate_distortion(outcomes, PALETTE)
    assert figure.layout.xaxis.range[1] < 5
    assert 500 in [x for trace in points(figure) for x in trace.x]
    free = [outcome for outcome in outcomes if outcome.values["beta"] == 0]
    assert rate_distortion(free, PALETTE).layout.xaxis.range[1] > 500


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=20))
def test_levels_are_few_and_span_the_totals(totals):
    found = levels(np.array(totals))
    assert 1 <= len(found) <= 8
    assert found[-1] >= max(totals) * (1 - 1e-9)
    assert found == sorted(found)


def test_names_do_not_lie_on_each_other(outcomes):
    crowd = [replace(outcomes[0], name=str(i)) for i in range(5)]
    far = replace(outcomes[1], name="far", values=outcomes[1].values | {"bleu4": 9.0})
    notes = score_frontier([*crowd, far], "bleu4", "gaussian_score", PALETTE, labels=True).layout.annotations
    assert [(note.text, note.yshift) for note in notes] == [("0", 16), ("1", -16), ("far", 16)]


def test_nothing_measured_is_an_empty_picture(outcomes):
    assert not points(score_frontier(outcomes, "bleu4", "nothing", PALETTE))
    assert not points(rate_distortion([], PALETTE))


def test_the_table_has_a_row_for_each_run(outcomes):
    table = outcome_table(outcomes)
    assert {len(column) for column in table.values()} == {3}
    assert sorted(table["bleu4"]) == [0.4, 0.6, 0.8]
    assert table[PRODUCT] == [outcome.values[PRODUCT] for outcome in outcomes]


def test_a_run_that_draws_one_verb_again_and_again_leads_nowhere(tmp_path):
    collapsed = [{**record, "distinct": 1} for record in records(1.0)]
    paths = [
        write_run(tmp_path / "a", TrainConfig(), collapsed),
        write_run(tmp_path / "b", TrainConfig(seed=1), records(0.8)),
    ]
    one, many = outcomes_of(group_runs([read_run(path, "some") for path in paths]))
    assert one.values["gaussian_score"] > many.values["gaussian_score"]
    assert one.values[PRODUCT] == 0.5 and many.values[PRODUCT] == pytest.approx(2.8)
