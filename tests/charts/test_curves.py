"""The panels of curves: what is drawn, where, and that no curve is told by its colour alone."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cvae.charts.base import significant
from cvae.charts.curve_traces import SPOTS, moved_apart, straightened, style_of, title_of
from cvae.charts.curves import (
    LOSSES_AND_SCHEDULES,
    MANY,
    MOST_IN_ALL,
    REFERENCES,
    REPORT_BLEU4,
    Look,
    draw_curves,
)
from cvae.experiments.smoothing import Line
from cvae.runs.history import Curve, columns_of
from cvae.training.records import SCORES
from tests.conftest import PALETTE
from tests.recordings import EPOCHS, records

ALL = (*LOSSES_AND_SCHEDULES, *SCORES)


def curve(place=0, seeds=1, variant=0, **more):
    runs = tuple(columns_of(records(0.3 + 0.1 * seed, **more)) for seed in range(seeds))
    return Curve(f"curve <{place}>.{variant}", runs, place, variant)


def draw(curves, panels=ALL, **look):
    return draw_curves(curves, panels, Look(**look), PALETTE)


def in_panel(figure, i):
    return [trace for trace in figure.data if trace.yaxis == ("y" if i == 0 else f"y{i + 1}")]


def lines(traces):
    return [trace for trace in traces if trace.hovertemplate]


def test_every_panel_shows_its_column_of_every_curve_over_one_x_axis():
    curves = [curve(0), curve(1)]
    figure = draw(curves)
    for i, column in enumerate(ALL):
        drawn = lines(in_panel(figure, i))
        assert len(drawn) == 2
        for trace, one in zip(drawn, curves, strict=True):
            known = np.isfinite(one.runs[0][column])
            assert trace.xaxis == "x"
            assert list(trace.x) == one.runs[0]["epoch"][known].tolist()
            assert list(trace.y) == one.runs[0][column][known].tolist()
    titles = [note.text for note in figure.layout.annotations]
    assert set(title_of(column) for column in ALL) <= set(titles)
    assert figure.layout.xaxis.title.text == "epoch"


@pytest.mark.parametrize(("x", "last"), [("epoch", EPOCHS), ("step", 10 * EPOCHS), ("seconds", 1.5 * EPOCHS)])
def test_x_is_epoch_step_or_seconds(x, last):
    figure = draw([curve()], ("kl",), x=x)
    assert lines(figure.data)[0].x[-1] == last
    assert figure.layout.xaxis.range[1] >= last
    assert draw([curve()], ("kl",), x=x, x_range=(2, 3)).layout.xaxis.range == (2, 3)


@pytest.mark.parametrize(("x", "place"), [("epoch", 2), ("step", 20), ("seconds", 3.0)])
def test_the_sleep_phase_is_marked_where_it_begins(x, place):
    awake, asleep = curve(0), replace(curve(1), asleep=2)
    figure = draw([awake, asleep], ("kl", "bleu4"), x=x, reference=False)
    assert [(mark.x0, mark.x1, mark.xref, mark.yref) for mark in figure.layout.shapes] == [
        (place, place, "x", "y domain"), (place, place, "x", "y2 domain")
    ]  # fmt: skip
    [name] = [note for note in figure.layout.annotations if note.text == "sleep phase"]
    assert name.x == place and {mark.line.color for mark in figure.layout.shapes} == {style_of(asleep, PALETTE)[0]}
    for unmarked in (awake, replace(asleep, asleep=EPOCHS), replace(asleep, runs=({},))):
        assert not draw([unmarked], ("kl",), x=x).layout.shapes


def test_panels_lie_under_each_other_without_overlap_column_by_column():
    figure = draw([curve()], across=2)
    domains = [figure.layout[f"yaxis{i or ''}"].domain for i in (0, 2, 3, 4)]
    assert all(below[1] < above[0] for above, below in pairwise(domains))
    assert figure.layout.yaxis5.domain == figure.layout.yaxis.domain
    assert figure.layout.xaxis2.matches == "x"
    assert figure.layout.xaxis.domain[1] < figure.layout.xaxis2.domain[0]


def test_the_height_depends_on_the_number_of_panels_and_in_one_column_on_a_legend():
    shown = [curve()], [curve(i, seeds=3) for i in range(20)]
    heights = {draw(curves).layout.height for curves in ([], *shown)}
    assert len(heights) == 1
    assert draw([curve()], ALL[:2]).layout.height < heights.pop()
    few, many = (draw(curves, legend=True).layout.height for curves in shown)
    assert few < many
    few, many = (draw(curves, legend=True, across=2).layout.height for curves in shown)
    assert few == many


def test_a_panel_without_records_says_so():
    figure = draw([Curve("young", (columns_of([{"epoch": 1, "step": 5, "kl": 2.0}]),))], ("kl", "bleu4"))
    assert [note.text for note in figure.layout.annotations if note.yref == "y2 domain"][1] == "nothing recorded"
    [axes_alone] = in_panel(figure, 1)  # without any trace Plotly would put its title on the first panel
    assert axes_alone.mode == "none" and list(axes_alone.y) == [None]


def test_records_of_steps_and_epochs_mix():
    mixed = [{"step": 1, "kl": 4.0, "beta": 0.1}, {"step": 2, "kl": 3.0, "beta": 0.2}, *records(0.5, 1)]
    figure = draw([Curve("live", (columns_of(mixed),))], ("kl", "bleu4", "reconstruction"), x="step")
    assert list(lines(in_panel(figure, 0))[0].x) == [1, 2, 10]
    assert list(lines(in_panel(figure, 2))[0].x) == [10]


def test_several_seeds_have_a_band_around_their_mean():
    figure = draw([curve(seeds=3)], ("kl",))
    [band] = [trace for trace in figure.data if trace.fill == "toself"]
    assert (min(band.y), max(band.y)) == (pytest.approx(3.3), pytest.approx(3.5))
    assert list(lines(figure.data)[0].y) == pytest.approx([3.4] * EPOCHS)
    assert not [trace for trace in draw([curve()], ("kl",)).data if trace.fill]


def test_smoothed_lines_lie_over_faint_raw_ones_and_schedules_stay_as_they_are():
    figure = draw([curve()], ("reconstruction", "beta"), smoothing=0.8)
    raw, smoothed = in_panel(figure, 0)
    assert raw.opacity < 0.5 and raw.hoverinfo == "skip"
    assert raw.line.width < smoothed.line.width
    assert list(raw.y) != list(smoothed.y)
    assert len(in_panel(figure, 1)) == 1


def test_a_log_axis_is_for_losses_and_shows_no_band_at_zero():
    zero = Curve("zero", tuple(columns_of([{"epoch": 1, "kl": kl}, {"epoch": 2, "kl": kl}]) for kl in (0.0, 2.0)))
    figure = draw([zero, curve(1)], ("kl", "beta", "bleu4"), log=("kl",))
    assert [figure.layout[name].type for name in ("yaxis", "yaxis2", "yaxis3")] == ["log", None, None]
    [band] = [trace for trace in figure.data if trace.fill == "toself"]
    assert min(band.y) > 0


def test_the_report_is_marked_at_its_bleu_alone():
    figure = draw([curve()], ("bleu4", "kl"))
    [mark] = figure.layout.shapes
    assert (mark.y0, mark.y1, mark.yref) == (REPORT_BLEU4, REPORT_BLEU4, "y")
    assert REFERENCES["bleu4"][1] in [note.text for note in figure.layout.annotations]


def test_no_two_of_many_curves_look_alike_and_none_differ_in_colour_alone():
    styles = [style_of(curve(place), PALETTE) for place in range(30)]
    assert len(set(styles)) == len({style[:2] for style in styles}) == 30
    assert len({style[1:] for style in styles[:10]}) == 10
    seeds = [style_of(curve(3, variant=seed), PALETTE) for seed in range(5)]
    assert len({colour for colour, _, _ in seeds}) == 1
    assert len({dash for _, dash, _ in seeds}) == 5


def test_names_are_shown_as_they_are():
    figure = draw([curve()], ("kl",), legend=True)
    assert [trace.name for trace in figure.data if trace.showlegend] == ["curve &lt;0&gt;.0"]
    assert all("<0>" not in trace.name for trace in lines(figure.data))


@pytest.mark.parametrize("count", [1, 3])
def test_what_plotly_would_fill_into_a_name_stays_a_name(count):
    curves = [replace(curve(place), name="%{x}") for place in range(count)]
    figure = draw(curves, ("kl", "bleu4"), beside={"bleu4": "heldout"})
    assert {trace.name for trace in lines(figure.data)} == {"%{x}"}
    assert not [trace for trace in lines(figure.data) if "%{x}" in trace.hovertemplate]


def test_many_curves_are_drawn_in_few_traces_and_named_by_the_pointer():
    curves = [curve(place) for place in range(100)]
    figure = draw(curves, ("reconstruction", "bleu4"))
    assert len(figure.data) <= 2 * (len(PALETTE.series) + 1)
    assert figure.layout.hovermode == "closest"
    *drawn, spots = in_panel(figure, 0)
    assert {trace.hoverinfo for trace in drawn} == {"skip"} and spots.line.width == 0
    points = {point for trace in drawn for point in zip(trace.x, trace.y, strict=True)}
    named = {(name, x): y for name, x, y in zip(spots.text, spots.x, spots.y, strict=True) if np.isfinite(x)}
    for one in curves:
        for x, y in zip(one.runs[0]["epoch"], one.runs[0]["reconstruction"], strict=True):
            assert (x, y) in points
            assert named[f"curve &lt;{one.place}&gt;.0", x] == y
    assert draw(curves[:MANY]).layout.hovermode == "x unified"


def test_long_runs_are_thinned_to_what_a_browser_draws_at_once():
    long = tuple({"epoch": i, "kl": (i * 37 % 101) / 100} for i in range(1, 4001))
    curves = [Curve(f"{place}", (columns_of(long),), place) for place in range(40)]
    figure = draw(curves, ("kl", "bleu4"))
    *drawn, spots = in_panel(figure, 0)
    assert sum(len(trace.x) for trace in drawn) <= MOST_IN_ALL + 2 * len(curves)
    assert max(np.nanmax(trace.y) for trace in drawn) == 1.0
    assert len(spots.x) <= (SPOTS + 1) * len(curves) and set(spots.text) == {str(place) for place in range(40)}


def test_a_figure_that_is_handed_over_twice_looks_unchanged_to_plotly():
    mixed = [{"epoch": 1, "step": 1, "kl": 4.0}, {"epoch": 2, "step": 2_345_678, "kl": 1 / 3}]
    spec = json.loads(draw([Curve("one", (columns_of(mixed),))], ("kl", "bleu4"), x="step").to_json())
    assert "template" not in spec["layout"] and "datarevision" in spec["layout"]
    assert (spec["data"][0]["x"], spec["data"][0]["y"]) == ([1, 2_345_680], [4, 0.33333])
    many = json.loads(draw([curve(place) for place in range(MANY + 1)], ("kl",)).to_json())
    assert all(isinstance(trace[name], list) and trace[name][-1] is None for trace in many["data"] for name in "xy")


@pytest.mark.parametrize("value", [0.0, 1.0, -0.00012345678, 12.345678, 99999.96, 1.2345678e9, 4e-12])
def test_significant_digits_are_kept_and_no_others(value):
    assert significant(np.array([value, np.nan]), 4)[0] == float(f"{value:.4g}")


def test_level_stretches_need_no_points_between_their_ends():
    line = straightened(Line(np.arange(7.0), np.array([1.0, 1, 1, 2, 2, 2, 3])))
    assert line.x.tolist() == [0, 2, 3, 5, 6]


def test_a_name_in_the_legend_comes_and_goes_with_all_that_is_its_curves():
    figure = draw([curve(0, 3), curve(1, 3)], ("kl", "bleu4"), legend=True, labels=True, beside={"bleu4": "heldout"})
    names = {trace.name for trace in figure.data}
    assert all(trace.legendgroup == trace.name for trace in figure.data)
    assert len([trace for trace in figure.data if trace.showlegend]) == len(names)
    for name in names:
        kinds = [trace.mode for trace in figure.data if trace.name == name]
        assert kinds.count("text") == 2 and len(kinds) == 2 * 3 + 1 + 1  # band, line, name; what is beside; legend


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other():
    assert moved_apart([10, 10, 60, 12], [150] * 4, 15) == [10, 25, 60, 40]
    assert moved_apart([10, 12, 11], [36, 160, 15], 15) == [10, 12, 25]  # a line that ends elsewhere is in nobody's way
    level = [
        Curve(str(i), (columns_of([{"epoch": 1, "kl": 1.0}, {"epoch": 2, "kl": 5 + 0.01 * i}]),), i) for i in range(3)
    ]
    heights = sorted(trace.y[0] for trace in draw(level, ("kl",), labels=True).data if trace.mode == "text")
    assert all(high - low > 0.2 for low, high in pairwise(heights))


@pytest.mark.parametrize(
    ("name", "stands"), [("constant, KL weight 0.4", True), ("tense each letter, KL weight to 0.4", False)]
)
def test_a_name_too_long_for_the_end_of_its_line_stands_in_the_legend_alone(name, stands):
    named = replace(curve(0, 3), name=name)
    figure = draw([named, curve(1, 3)], ("kl", "bleu4"), legend=True, labels=True, across=2)
    assert any(trace.mode == "text" for trace in figure.data) is stands
    assert any(trace.showlegend and trace.name == name for trace in figure.data)


def test_names_stay_near_their_lines_on_a_log_axis_that_begins_far_above_a_tenth_of_a_nat():
    curves = [
        Curve(str(i), (columns_of([{"epoch": 1, "kl": 60.0}, {"epoch": 2, "kl": 8 + 0.1 * i}]),), i) for i in range(3)
    ]
    texts = [t for t in draw(curves, ("kl",), labels=True, log=("kl",), row_height=200).data if t.mode == "text"]
    assert min(trace.y[0] for trace in texts) == pytest.approx(8)
    assert max(trace.y[0] for trace in texts) < 8 * (60 / 8) ** (2.1 * 15 / 200)  # two lines of text further up


def test_a_colon_in_a_name_is_no_mark():
    named = [replace(curve(i), name=f"yours: run {i}") for i in range(2)]
    texts = [trace.text[0] for trace in draw(named, ("kl",), labels=True).data if trace.mode == "text"]
    assert texts == ["  yours: run 0", "  yours: run 1"]


@pytest.mark.parametrize(("lowest", "numbered"), [(8.0, "D2"), (0.01, 1)])
def test_the_numbers_of_a_log_axis_do_not_lie_on_each_other(lowest, numbered):
    falling = Curve("falling", (columns_of([{"epoch": 1, "kl": 60.0}, {"epoch": 2, "kl": lowest}]),))
    assert draw([falling], ("kl",), log=("kl",)).layout.yaxis.dtick == numbered


def test_a_log_axis_begins_at_a_tenth_of_a_nat():
    collapsed = Curve("gone", (columns_of([{"epoch": 1, "kl": 1e-9}, {"epoch": 2, "kl": 50.0}]),))
    figure = draw([collapsed], ("kl",), log=("kl",))
    [line] = [trace for trace in figure.data if trace.mode == "lines"]
    assert list(line.y) == [0.1, 50.0] and figure.layout.yaxis.labelalias == {"0.1": "≤ 0.1"}
