"""Sums in z, and what one would expect of them."""

import pytest
import torch

from cvae.evaluation.arithmetic import (
    STEPS,
    Sum,
    beginning_sums,
    count_whole_walks,
    decode_sums,
    expect_sum,
    form_sums,
)
from cvae.inference.latent import Atlas, decode_along, decode_point, straight, survey

ROWS = tuple(
    (base, f"{base}s", f"{base}ing") for base in ("export", "import", "expose", "impose", "walk", "talk", "go")
)


@pytest.fixture
def atlas():
    return Atlas(ROWS, torch.zeros(len(ROWS), 3, 2), torch.zeros(len(ROWS), 3, 2))


@pytest.mark.parametrize(
    ("words", "tense", "expected"),
    [
        (("walking", "walk", "go"), 2, "going"),
        (("walk", "walks", "talks"), 0, "talk"),
        (("export", "import", "impose"), 0, "expose"),
        (("exporting", "importing", "imposeing"), 2, "exposeing"),
    ],
)
def test_a_sum_of_known_words_has_the_word_that_one_would_expect(atlas, words, tense, expected):
    assert expect_sum(atlas, *words) == Sum(*words, tense, expected)


@pytest.mark.parametrize(
    "words", [("walk", "go", "talk"), ("walk", "walk", "go"), ("walking", "walk", "goes"), ("x", "walk", "go")]
)
def test_of_another_sum_nothing_is_expected(atlas, words):
    assert expect_sum(atlas, *words) is None


def test_sums_are_drawn_with_what_is_expected_of_them_and_the_same_seed_draws_the_same(atlas):
    for draw in (form_sums, beginning_sums):
        sums = draw(atlas, 10, seed=1)
        assert sums == draw(atlas, 10, seed=1) != draw(atlas, 10, seed=2)
        assert all(expect_sum(atlas, each.a, each.b, each.c) == each for each in sums)
    assert {each.expected for each in beginning_sums(atlas, 10)} == {"export", "import", "expose", "impose"}


def test_where_all_forms_of_a_verb_lie_at_one_point_a_sum_is_the_decoded_verb(model):
    atlas = survey(model, [("walk", "walks", "walking", "walked"), ("stop", "stops", "stopping", "stopped")])
    atlas = Atlas(atlas.rows, atlas.z[:, None].expand_as(atlas.mean), atlas.logvar)
    sums = decode_sums(model, atlas, form_sums(atlas, 6))
    points = [decode_point(model, atlas.z[atlas.by_form[each.c]]) for each in sums]
    assert [each.decoded for each in sums] == [
        list(point.forms.values())[each.tense].text for each, point in zip(sums, points, strict=True)
    ]
    assert decode_sums(model, atlas, []) == []


def test_a_way_holds_where_every_word_on_it_is_a_verb(model):
    atlas = survey(model, [("walk", "walks", "walking", "walked"), ("stop", "stops", "stopping", "stopped")])
    ways = [straight(start, end, STEPS) for start in atlas.z for end in atlas.z]
    said = {form.text for way in ways for form in decode_along(model, way, "sp")}
    rows = tuple((word, "", "", "") for word in (*sorted(said), "walk", "stop"))
    places = torch.arange(len(rows)) % 2  # verbs at the two points in turns, so that every word is one
    named = Atlas(rows, atlas.mean[places], atlas.logvar[places])
    assert count_whole_walks(model, named, straight, 6) == 6
    assert count_whole_walks(model, Atlas((("no",) * 4, ("nor",) * 4), atlas.mean, atlas.logvar), straight, 6) == 0
