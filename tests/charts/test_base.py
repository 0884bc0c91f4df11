"""Figures show what they are given."""

import re

import pytest
import torch

from cvae.charts.base import stand_alone
from cvae.charts.kl import aggregate_bands, kl_bars
from cvae.evaluation.diagnostics import examine
from tests.conftest import PALETTE


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
    html = stand_alone(kl_bars(examine(torch.randn(5, 2), torch.zeros(5, 2)), PALETTE))
    assert "nats" in html
    assert not re.search(r'<(script|link)[^>]*(src|href)="http', html)
