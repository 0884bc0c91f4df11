"""Laws of the latent space, for untrained models of every architecture."""

import math

import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal, kl_divergence

from cvae import diagnostics
from cvae.diagnostics import active_units, aggregate_moments, examine, kl_per_dimension, mutual_information, verdict
from cvae.errors import TenseLabError
from cvae.inference import encode, read_any_tense
from cvae.latent import (
    MAX_VERBS,
    analogy,
    centre,
    decode_point,
    flips,
    locate,
    moved,
    neighbours,
    plane_through,
    principal_plane,
    spell_along,
    spherical,
    straight,
    survey,
)
from cvae.traits import REST, classes, trait, traits
from cvae.vocabulary import Vocabulary


@pytest.fixture
def atlas(model, four_paradigms):
    return survey(model, four_paradigms)


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


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
    torch.testing.assert_close(other.z, read_any_tense(model, ["blorf"])[0][0])


@pytest.mark.parametrize("word", ["", "two words", "naïve", "can", "a" * 40])
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
    monkeypatch.setattr("cvae.latent.MAX_VERBS", 2)
    assert survey(model, four_paradigms).rows == four_paradigms[::2]
    assert MAX_VERBS > 4883


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
    words = [form.text for form in spell_along(model, points, "p")]
    assert words == [decode_point(model, point)[3].text for point in points]


# Sums


def test_a_minus_a_plus_b_is_b():
    a, b = draw(2, 8)
    torch.testing.assert_close(analogy(a, a, b), b)
    torch.testing.assert_close(analogy(a, b, b), a)


def test_the_mean_of_one_is_itself_and_of_two_lies_half_way():
    a, b = draw(2, 8)
    assert torch.equal(centre([a]), a)
    torch.testing.assert_close(centre([a, b]), straight(a, b, 3)[1])


# Health


def test_kl_per_dimension_is_that_of_torch():
    mean, logvar = draw(40, 5), draw(40, 5, seed=1)
    expected = kl_divergence(Normal(mean, (0.5 * logvar).exp()), Normal(0.0, 1.0)).mean(0)
    torch.testing.assert_close(kl_per_dimension(mean, logvar), expected)


def test_the_mixture_is_that_of_torch():
    mean, logvar, z = draw(30, 4), draw(30, 4, seed=1), draw(6, 4, seed=2)
    parts = Independent(Normal(mean, (0.5 * logvar).exp()), 1)
    expected = MixtureSameFamily(Categorical(torch.ones(30)), parts).log_prob(z)
    torch.testing.assert_close(diagnostics._log_mixture(z, mean, logvar).float(), expected)


def test_a_collapsed_posterior_tells_nothing_and_is_no_way_from_the_prior():
    health = examine(torch.zeros(100, 6), torch.zeros(100, 6))
    assert health.information == pytest.approx(0, abs=1e-5) and health.distance == pytest.approx(0, abs=1e-5)
    assert verdict(health).startswith("None of the 6 dimensions")


def test_the_distance_of_one_gaussian_is_its_kl():
    mean, logvar = torch.tensor([[1.0, -1.0]]).repeat(400, 1), torch.full((400, 2), -1.0)
    expected = float(kl_divergence(Normal(mean[0], math.exp(-0.5)), Normal(0.0, 1.0)).sum())
    assert examine(mean, logvar).distance == pytest.approx(expected, rel=1e-4)


def test_words_far_apart_are_told_apart():
    mean, logvar = 100 * torch.arange(64.0)[:, None].repeat(1, 2), torch.full((64, 2), -4.0)
    information, error = mutual_information(mean, logvar)
    assert information == pytest.approx(math.log(64), rel=1e-3) and error < 1e-3
    assert verdict(examine(mean, logvar)) == "All 2 dimensions carry something; none has collapsed."


def test_overlapping_words_are_told_apart_by_less():
    mean, logvar = torch.tensor([[-1.0], [1.0]]).repeat(200, 1), torch.zeros(400, 1)
    information, error = mutual_information(mean, logvar, draws=400)
    assert abs(information - 0.3368) < 4 * error  # of a sign sent through noise as large as itself


def test_moments_of_the_aggregate_are_those_of_its_draws():
    mean, logvar = draw(20, 3), draw(20, 3, seed=1) - 1
    noise = draw(20, 20_000, 3, seed=2)
    z = (mean[:, None] + (0.5 * logvar).exp()[:, None] * noise).flatten(0, 1)
    expected = aggregate_moments(mean, logvar)
    torch.testing.assert_close(z.mean(0), expected[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.std(0), expected[1], atol=0.02, rtol=0)


def test_health_orders_by_kl_and_counts_active_units(atlas):
    health = examine(*atlas.words)
    kl = health.kl[health.order]
    assert bool((kl.diff() <= 0).all())
    assert int(health.active.sum()) == active_units(atlas.words[0])
    assert health.words == 16


# What a map is coloured by


def test_every_trait_has_a_value_a_verb(atlas):
    for name in traits(Vocabulary()):
        assert len(trait(name, atlas)) == len(atlas.rows)
    assert trait("regular", atlas) == ["regular", "irregular", "regular", "irregular"]
    assert trait("length", atlas) == [4, 2, 4, 4]
    assert "rule" not in traits(Vocabulary("ab", ("now", "then")))


def test_classes_begin_with_the_commonest_letters_with_a_and_the_rest_comes_last():
    assert classes(["-te", REST, REST, "-er", "-er"]) == ["-er", "-te", REST]
    assert classes(["c", "a", "c"]) == ["a", "c"]
