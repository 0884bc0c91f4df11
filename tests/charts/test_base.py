"""Figures show what they are given."""

import re

import numpy as np
import pytest
import torch

from cvae.charts.base import stand_alone
from cvae.charts.kl import aggregate_bands, kl_bars
from cvae.charts.latent_map import GRID, Mark, Track, View, reach, verb_map
from cvae.evaluation.diagnostics import examine
from cvae.inference.latent import REST
from tests.conftest import PALETTE

PLACES = np.array([[0.0, 1.0], [-2.0, 0.5], [0.3, -0.4]])
PARADIGMS = [("walk", "walked"), ("<b>be", "was"), ("go", "went")]


def draw_map(trait=None, **view):
    return verb_map(PLACES, PARADIGMS, trait, "trait", View(**view), PALETTE)


def verbs(figure):
    return [trace for trace in figure.data if trace.type == "scattergl"]


@pytest.mark.parametrize("trait", [None, ["a", "b", "a"], ["regular", REST, "regular"], [1.0, 2.0, 3.0]])
def test_every_verb_is_drawn_once_at_its_place(trait):
    found = {}
    for trace in verbs(draw_map(trait)):
        for number, x, y, text in zip(trace.customdata, trace.x, trace.y, trace.text, strict=True):
            assert number not in found
            found[int(number)] = (x, y)
            assert "<b>" not in text
    assert [found[i] for i in range(3)] == [tuple(place) for place in PLACES]


def test_classes_differ_in_symbol_as_well_as_in_colour():
    traces = verbs(draw_map(["a", "b", "c"]))
    assert len({trace.marker.symbol for trace in traces}) == len({trace.marker.color for trace in traces}) == 3


def test_the_rest_is_drawn_first_and_named_last():
    traces = verbs(draw_map(["-te", REST, REST]))
    assert [trace.name for trace in traces] == [REST, "-te"]
    assert traces[0].legendrank > traces[1].legendrank


def test_only_a_clickable_map_has_ground_to_click_which_covers_the_view():
    assert "ground" not in [trace.name for trace in draw_map().data]
    ground = draw_map(centre=(1.0, -1.0), half=0.5, clickable=True).data[0]
    assert ground.name == "ground" and ground.marker.opacity == ground.selected.marker.opacity == 0
    assert ground.customdata is None
    assert min(ground.y) == -1.5 and max(ground.y) == -0.5 and min(ground.x) <= 0.5 and max(ground.x) >= 1.5
    assert len(set(ground.y)) == GRID


def test_the_ground_leaves_a_click_to_the_verb_that_is_nearest():
    ground = draw_map(centre=(0.0, 1.0), half=1.0, clickable=True).data[0]
    distances = np.hypot(np.array(ground.x) - 0.0, np.array(ground.y) - 1.0)
    assert 0.02 < distances.min() < 0.1


def test_the_view_shows_all_verbs_or_what_it_is_told_to():
    figure = draw_map()
    assert figure.layout.xaxis.range[1] == reach(PLACES) > 2
    zoomed = draw_map(centre=(1.0, 2.0), half=0.5)
    assert zoomed.layout.xaxis.range == (0.5, 1.5) and zoomed.layout.yaxis.range == (1.5, 2.5)


def test_marks_and_tracks_are_named_and_escaped():
    track = Track("straight", [(0, 0), (0.5, 0), (1, 0)], ["go", "go", "<i>"], [False, False, True])
    figure = draw_map(marks=[Mark((1.0, 2.0), "<u>x")], tracks=[track])
    assert figure.layout.annotations[0].text == "<b>&lt;u&gt;x</b>"
    [line] = [trace for trace in figure.data if trace.name == "straight"]
    assert line.text == ("", "", "&lt;i&gt;")
    assert line.marker.size[2] > line.marker.size[0] == line.marker.size[1]


def test_every_second_new_word_of_a_path_is_a_line_further_from_it():
    for dash, second in (("solid", "<br>c"), ("dash", "c<br>")):
        path = Track("way", [(i, 0) for i in range(4)], ["a", "b", "b", "c"], [False, True, False, True], dash)
        assert draw_map(tracks=[path]).data[-1].text == ("", "b", "", second)


def test_bars_are_sorted_and_tell_collapsed_dimensions_by_their_pattern():
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(50, 4, generator=generator) * torch.tensor([0.0, 2.0, 1.0, 0.0])
    health = examine(mean, torch.zeros(50, 4))
    active, collapsed = kl_bars(health, PALETTE).data
    assert list(active.customdata) == [1, 2] and list(active.x) == [1, 2]
    assert sorted(collapsed.customdata) == [0, 3] and collapsed.marker.pattern.shape == "/"
    bands = aggregate_bands(health, PALETTE).data[0]
    assert list(bands.y) == pytest.approx([health.mean[i] for i in health.order])
    assert list(bands.error_y.array) == pytest.approx([health.std[i] for i in health.order])


def test_a_figure_stands_alone_without_the_internet():
    html = stand_alone(draw_map())
    assert "walk  walked" in html
    assert not re.search(r'<(script|link)[^>]*(src|href)="http', html)
