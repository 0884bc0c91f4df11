"""The t-SNE that the app computes in the background."""

import pytest
import torch

from cvae.inference import tsne
from cvae.inference.projection import kept_neighbours, principal_plane


@pytest.fixture
def clouds():
    """Points in five clouds, in six dimensions."""
    generator = torch.Generator().manual_seed(0)
    centres = 8 * torch.randn(5, 6, generator=generator)
    return torch.randn(150, 6, generator=generator) + centres[torch.arange(150) % 5]


def test_neighbours_are_kept_better_than_on_a_plane_and_the_same_points_give_the_same_map(clouds):
    places = tsne.compute_map(clouds).places
    assert places.shape == (150, 2) and places.abs().max() == pytest.approx(tsne.LARGEST_COORDINATE)
    assert kept_neighbours(clouds, places) > kept_neighbours(clouds, principal_plane(clouds).project(clouds))
    assert torch.equal(places, tsne.compute_map(clouds).places)


def test_of_many_points_a_part_is_laid_out_and_the_others_are_put_among_them(clouds, monkeypatch):
    monkeypatch.setattr(tsne, "LARGEST", 80)
    places = tsne.compute_map(clouds).places
    near = torch.cdist(places, places).fill_diagonal_(torch.inf).argmin(1)
    assert places.shape == (150, 2) and ((near - torch.arange(150)) % 5 == 0).float().mean() > 0.9


def test_the_widths_give_every_point_the_perplexity_that_was_asked_for(clouds):
    near, p = tsne.affinities(clouds, 10.0)
    p = p * len(clouds)
    assert p.sum(1) == pytest.approx(1, abs=1e-5)
    assert (-(p * p.clamp_min(1e-12).log()).sum(1)).exp() == pytest.approx(10, rel=1e-2)
    assert (near != torch.arange(len(clouds))[:, None]).all()


def test_forces_are_those_of_the_definition(clouds):
    places = clouds[:20, :2]
    near, p = tsne.affinities(clouds[:20], 5.0)
    steps = places[:, None] - places
    q = (1 / (1 + steps.square().sum(2))).fill_diagonal_(0)
    dense = torch.zeros(20, 20).scatter(1, near, p)
    dense = (dense + dense.t()) / 2
    assert torch.allclose(tsne.attraction(places, near, p), (dense * q)[..., None].mul(steps).sum(1), atol=1e-5)
    assert torch.allclose(tsne.repulsion(places), (q.square() / q.sum())[..., None].mul(steps).sum(1), atol=1e-5)


def test_points_that_all_coincide_have_a_map_too():
    assert tsne.compute_map(torch.zeros(40, 3)).places.isfinite().all()
