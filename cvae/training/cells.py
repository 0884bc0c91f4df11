"""The prior, cut into cells of equal probability, one for each verb."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

MARGIN = 1e-6
"""The distance from 0 and 1 that cumulative probabilities keep, so that their quantiles are finite."""


@dataclass(frozen=True)
class Cells:
    """A balanced k-d tree (Bentley 1975) over N(0, I): each of its N leaves is as probable as any other, and a verb's.

    verbs: the verb of each leaf, in order, (N,). dimensions: of z, in the order in which the levels of the tree cut
    them; where there are more levels than dimensions, they take turns.
    """

    verbs: Tensor  # (N,)
    dimensions: Tensor  # (Z,)

    @classmethod
    def around(cls, means: Tensor, verbs: Tensor) -> "Cells":
        """Cut the prior so that the cell of each verb (N,) is about where its mean is: (N, Z).

        The verbs are halved at the median of the dimension along which the means vary most, the halves at that of the
        next one, and so on.
        """
        dimensions = means.var(0, correction=0).argsort(descending=True)

        def halve(rows: Tensor, level: int) -> list[Tensor]:
            if len(rows) == 1:
                return [rows]
            order = rows[means[rows, dimensions[level % len(dimensions)]].argsort()]
            half = len(rows) // 2
            return [*halve(order[:half], level + 1), *halve(order[half:], level + 1)]

        return cls(verbs[torch.cat(halve(torch.arange(len(means)), 0))], dimensions)

    @property
    def levels(self) -> int:
        """How many borders there are, at most, between the root of the tree and a leaf."""
        return math.ceil(math.log2(len(self.verbs)))

    def at(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Return the verb in whose cell each z lies, and the border that each level drew: (B, Z) -> (B,), (B, levels).

        A border is the value of z in the dimension that the level cuts; NaN at the last level for a cell that was not
        cut there.
        """
        used = self.dimensions[: self.levels]
        share = torch.special.ndtr(z[:, used])  # the probability below, in each dimension that is cut
        low, high = torch.zeros_like(share), torch.ones_like(share)
        first, end = torch.zeros(len(z), dtype=torch.long), torch.full((len(z),), len(self.verbs))
        borders = z.new_empty(len(z), self.levels)
        for level in range(self.levels):
            cut = level % len(used)
            # A cell that is a leaf already has a lower half of no verbs, and its upper half is the cell: no border.
            half = (end - first) // 2
            border = low[:, cut] + (high - low)[:, cut] * half / (end - first)
            upper = share[:, cut] >= border
            low[:, cut] = torch.where(upper, border, low[:, cut])
            high[:, cut] = torch.where(upper, high[:, cut], border)
            first, end = torch.where(upper, first + half, first), torch.where(upper, end, first + half)
            quantile = torch.special.ndtri(border.clamp(MARGIN, 1 - MARGIN))
            borders[:, level] = torch.where(half > 0, quantile, torch.nan)
        return self.verbs[first], borders

    def move_to_borders(self, z: Tensor, distance: Tensor, level: Tensor) -> Tensor:
        """Return z (B, Z), each moved to `distance` (B,) from the border that its cell's `level` (B,) drew.

        Where the last level drew none, the border is that of the level above it.
        """
        rows, borders = torch.arange(len(z)), self.at(z)[1]
        level = torch.where(borders[rows, level].isnan(), level - 1, level)
        moved = z.clone()
        moved[rows, self.dimensions[level % len(self.dimensions)]] = borders[rows, level] + distance
        return moved
