"""Laws of the latent space, for untrained models of every architecture."""

import pytest
import torch

from cvae.core.errors import TenseLabError
from cvae.inference.conversion import encode
from cvae.inference.latent import (
    MAX_VERBS,
    Atlas,
    analogy,
    centre,
    decode_along,
    decode_point,
    draw_clouds,
    flips,
    locate,
    moved,
    neighbours,
    spherical,
    straight,
    survey,
)
from cvae.inference.projection import plane_through, principal_plane
from cvae.inference.word_lists import real_paradigms
from tests.conftest import draw


@pytest.fixture
def atlas(model, four_paradigms):
    return survey(model, four_paradigms)


# Where verbs are


def test_the_atlas_holds_each_form_as_it_is_encoded_alone(model, atlas):
    for i, row in enumerate(atlas.rows):
        mean, logvar = encode(model, row, model.vocabulary.tenses)
        torch.testing.assert_close(atlas.mean[i], mean)
        torch.testing.assert_close(atlas.logvar[i], logvar)
        torch.testing.assert_close(atlas.z[i], mean.mean(0))


def test_a_verb_is_its_own_nearest_neighbour_and_the_others_follow_by_distance(atlas):
    for i, name in enumerate(atlas.names):
        near = neighbours(atlas, atlas.z[i])
        assert near[0].name == name and near[0].distance == 0
        assert [item.distance for item in near] == sorted(item.distance for item in near)
        assert len(near) == len(atlas.rows)
        assert neighbours(atlas, atlas.z[i], without=i) == near[1:]


def test_every_form_leads_to_its_verb_and_other_words_to_their_own_posterior(model, atlas):
    for word in ("sing", "sings", "singing", " Sang"):
        place = locate(model, atlas, word)
        assert place.word == "sing" and torch.equal(place.z, atlas.z[place.verb])
    other = locate(model, atlas, "blorf")
    assert other.verb is None
    torch.testing.assert_close(other.z, encode(model, ["blorf"], None)[0][0])


@pytest.mark.parametrize("word", ["", "two words", "naïve", "must", "a" * 40])
def test_what_is_no_verb_has_no_place(model, atlas, word):
    with pytest.raises(TenseLabError):
        locate(model, atlas, word)


def test_a_form_of_two_verbs_is_the_one_that_begins_with_it(model):
    rows = [("see", "sees", "seeing", "saw"), ("saw", "saws", "sawing", "sawed")]
    assert locate(model, survey(model, rows), "saw").verb == 1


def test_verbs_that_begin_alike_have_different_names(model):
    rows = [("lie", "lies", "lying", "lied"), ("lie", "lies", "lying", "lay"), ("go", "goes", "going", "went")]
    assert survey(model, rows).names == ("lie (lied)", "lie (lay)", "go")


def test_a_long_list_is_thinned_out(model, four_paradigms, monkeypatch):
    monkeypatch.setattr("cvae.inference.latent.MAX_VERBS", 2)
    assert survey(model, four_paradigms).rows == four_paradigms[::2]
    assert len(real_paradigms(5)) < MAX_VERBS


# Planes


def test_a_point_of_the_plane_comes_back_to_its_place():
    plane = principal_plane(draw(50, 7))
    places = draw(5, 2, seed=1)
    torch.testing.assert_close(plane.project(plane.lift(places)), places)
    torch.testing.assert_close(plane.lift([[0.0, 0.0]])[0], plane.centre)


def test_principal_axes_are_those_of_the_covariance():
    points = draw(200, 6) * torch.tensor([5.0, 3.0, 2.0, 1.0, 0.5, 0.1])
    values, vectors = torch.linalg.eigh(torch.cov(points.t()))
    for first in (0, 2):
        plane = principal_plane(points, first)
        torch.testing.assert_close(plane.axes @ plane.axes.t(), torch.eye(2), atol=1e-5, rtol=0)
        for row in range(2):
            i = -1 - first - row
            assert abs(float(plane.axes[row] @ vectors[:, i])) == pytest.approx(1, abs=1e-3)
            assert plane.shares[row] == pytest.approx(float(values[i] / values.sum()), rel=1e-4)


@pytest.mark.parametrize("shape", [(1, 5), (4, 1), (2, 1), (1, 1)])
def test_too_few_points_or_dimensions_still_give_a_plane(shape):
    points = draw(*shape)
    plane = principal_plane(points)
    assert plane.project(points).isfinite().all() and plane.lift([[1.0, 1.0]]).shape == (1, shape[1])


def test_a_plane_through_three_points_holds_them():
    a, b, c = draw(3, 6)
    plane = plane_through(a, b, c)
    for point in (a, b, c, analogy(b, a, c)):
        torch.testing.assert_close(plane.lift(plane.project(point[None]))[0], point, atol=1e-5, rtol=1e-5)
    x, y = plane.project(b[None])[0]
    assert x == pytest.approx(float((b - a).norm()), rel=1e-5) and abs(y) < 1e-5
    assert plane_through(a, a, a).project(b[None]).tolist() == [[0.0, 0.0]]


def test_a_moved_point_differs_in_the_moved_dimensions_alone():
    z = draw(5)
    change = moved(z, {1: 0.5, 3: -2.0}) - z
    torch.testing.assert_close(change, torch.tensor([0.0, 0.5, 0.0, -2.0, 0.0]))


# Between points


@pytest.mark.parametrize("walk", [straight, spherical])
def test_both_ways_begin_and_end_at_the_two_points(walk):
    start, end = draw(2, 9)
    points = walk(start, end, 7)
    assert points.shape == (7, 9)
    torch.testing.assert_close(points[0], start)
    torch.testing.assert_close(points[-1], end)


def test_a_spherical_way_keeps_the_length_between_those_of_its_ends_and_turns_evenly():
    start, end = draw(2, 9)
    points = spherical(start, 3 * end, 11)
    lengths = points.norm(dim=1)
    assert bool((lengths.diff() > 0).all()) == bool(start.norm() < 3 * end.norm())
    assert lengths.min() >= min(lengths[0], lengths[-1]) and lengths.max() <= max(lengths[0], lengths[-1])
    angles = torch.cosine_similarity(points[1:], points[:-1]).acos()
    torch.testing.assert_close(angles, angles.mean().expand(10), atol=1e-3, rtol=0)


@pytest.mark.parametrize("end", [torch.zeros(4), -2 * torch.ones(4), 3 * torch.ones(4)])
def test_without_a_direction_to_turn_in_the_way_is_straight(end):
    start = torch.ones(4)
    torch.testing.assert_close(spherical(start, end, 5), straight(start, end, 5))


def test_flips_are_where_the_word_changes():
    assert flips(["walk", "walk", "talk", "walk", "walk"]) == [False, False, True, True, False]


def test_words_on_the_way_are_those_of_its_points(model, atlas):
    points = straight(atlas.z[0], atlas.z[1], 4)
    words = [form.text for form in decode_along(model, points, "p")]
    assert words == [decode_point(model, point).forms["p"].text for point in points]


# Sums


def test_a_minus_a_plus_b_is_b():
    a, b = draw(2, 8)
    torch.testing.assert_close(analogy(a, a, b), b)
    torch.testing.assert_close(analogy(a, b, b), a)


def test_the_mean_of_one_is_itself_and_of_two_lies_half_way():
    a, b = draw(2, 8)
    assert torch.equal(centre([a]), a)
    torch.testing.assert_close(centre([a, b]), straight(a, b, 3)[1])


def test_the_share_between_is_about_five_per_cent_where_posteriors_are_the_prior_and_all_where_they_are_far(atlas):
    near = Atlas(atlas.rows, torch.zeros_like(atlas.mean), torch.zeros_like(atlas.logvar))
    assert draw_clouds(near).between == pytest.approx(0.05, abs=0.03)
    far = draw_clouds(Atlas(atlas.rows, atlas.mean + 50, atlas.logvar - 5), 200)
    assert far.between == 1 and far.prior.shape == far.posterior.shape == (200, atlas.z.size(1))
    assert torch.equal(far.prior, draw_clouds(Atlas(atlas.rows, atlas.mean, atlas.logvar), 200).prior)
