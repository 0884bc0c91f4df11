"""The prior in cells: each as probable as any other, each near the mean of its verb."""

import pytest
import torch
from torch.distributions import Normal

from cvae.training.cells import Cells


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(("verbs", "width"), [(1, 3), (2, 1), (5, 2), (64, 6), (100, 3)])
def test_every_cell_is_as_probable_as_any_other(verbs, width):
    cells = Cells.around(draw(verbs, width), torch.arange(verbs))
    points = 4000 * verbs
    counts = cells.at(draw(points, width, seed=1))[0].bincount(minlength=verbs)
    assert (counts - 4000).abs().max() < 4.5 * 4000**0.5


def test_verbs_whose_means_are_spread_as_the_prior_keep_their_places():
    means = torch.tensor([[x, y] for x in (-1.5, -0.3, 0.3, 1.5) for y in (-1.5, -0.3, 0.3, 1.5)])
    cells = Cells.around(means, torch.arange(16))
    assert torch.equal(cells.at(means)[0], torch.arange(16))


def test_the_dimension_along_which_the_means_vary_most_is_cut_first():
    means = torch.tensor([[0.1, -3.0, 0.0], [-0.1, 3.0, 0.0], [0.1, 3.0, 0.0], [-0.1, -3.0, 0.0]])
    cells = Cells.around(means, torch.tensor([10, 11, 12, 13]))
    assert cells.dimensions.tolist()[:2] == [1, 0]
    assert cells.at(torch.tensor([[0.5, -0.5, 9.0], [-0.5, 0.5, 9.0]]))[0].tolist() == [10, 11]


def test_a_border_is_the_quantile_of_the_verbs_below_it():
    cells = Cells.around(torch.tensor([[0.0], [1.0], [2.0]]), torch.arange(3))
    verbs, borders = cells.at(torch.tensor([[-2.0], [0.0], [2.0]]))
    third, two_thirds = Normal(0.0, 1.0).icdf(torch.tensor([1 / 3, 2 / 3]))
    assert verbs.tolist() == [0, 1, 2]
    torch.testing.assert_close(borders[:, 0], third.expand(3))
    torch.testing.assert_close(borders[1:, 1], two_thirds.expand(2))


@pytest.mark.parametrize(("verbs", "width"), [(2, 1), (5, 2), (64, 6), (100, 3), (1227, 10)])
def test_a_border_lies_between_two_cells(verbs, width):
    cells, z = Cells.around(draw(verbs, width).double(), torch.arange(verbs)), draw(500, width, seed=1).double()
    for level in range(cells.levels):
        sides = [
            cells.move_to_borders(z, z.new_full((500,), step), torch.full((500,), level)) for step in (-1e-9, 1e-9)
        ]
        below, above = (cells.at(side)[0] for side in sides)
        assert (below != above).all()
        assert ((sides[1] - z).abs() > 1e-12).sum(1).max() == 1  # no other dimension changes
