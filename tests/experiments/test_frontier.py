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


def test_runs_of_one_kl_weight_have_the_colours_of_their_groups_and_no_colour_bar(outcomes):
    alike = [replace(outcome, values=outcome.values | {"beta": 0.4}) for outcome in outcomes]
    for figure in (score_frontier(alike, "bleu4", "gaussian_score", PALETTE, True), rate_distortion(alike, PALETTE)):
        shown = points(figure)
        assert [trace.name for trace in shown] == list(dict.fromkeys(outcome.name for outcome in outcomes))
        assert [trace.marker.color for trace in shown] == list(PALETTE.series[:2])
        assert len({trace.marker.symbol for trace in shown}) == 2
        assert figure.layout.coloraxis.cmax is None
        assert {trace.name for trace in shown} <= {trace.name for trace in figure.data if trace.showlegend is None}


def test_where_kl_weights_differ_a_point_is_coloured_by_its_weight_and_marked_by_its_architecture(outcomes):
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
        assert f"{start:g}" in [note.text for note in figure.layout.annotations]
    assert [trace.name for trace in drawn if trace.showlegend] == ["equal −ELBO (nats per word)"]


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


def test_names_lie_neither_on_points_nor_on_each_other(outcomes):
    def put(name, x, y):
        return replace(outcomes[0], name=name, values={"bleu4": x, "gaussian_score": y, "beta": x})

    crowd = [put(name, 0.5, 0.5) for name in "abcde"]
    column = [put("column", 0.0, 0.1 * i) for i in range(11)]
    notes = score_frontier(
        [*crowd, *column, put("far", 1, 0)], "bleu4", "gaussian_score", PALETTE, True
    ).layout.annotations
    assert [note.text for note in notes] == ["a", "b", "c", "d", "column", "far"]
    a, b, c, d, beside, _ = notes
    assert a.yshift > 0 > b.yshift and c.xshift > 0 > d.xshift and (c.xanchor, d.xanchor) == ("left", "right")
    assert beside.x == 0 and beside.xanchor == "left" and beside.xshift > 0


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
