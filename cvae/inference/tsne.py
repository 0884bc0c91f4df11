"""t-SNE of the verbs of a model, as the app computes it in the background for models without a precomputed map.

N is the number of points, Z the width of z, K of the neighbours that attract each point.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from cvae.inference.projection import Embedding

PERPLEXITY = 30.0
STEPS, EXAGGERATED, EXAGGERATION = 750, 200, 12.0
"""The number of steps; how many of them, at the beginning, exaggerate attraction so that clusters form, and by what
factor."""
LARGEST = 2000
"""With more points than this, only every second, third, ... is mapped; the others are put among their neighbours."""
CHUNK = 1024
LARGEST_COORDINATE = 3.0
"""t-SNE has no unit: this makes a map as large as one of principal components."""


@torch.inference_mode()
def compute_map(z: Tensor, is_stopped: Callable[[], bool] = lambda: False) -> Embedding:
    """Return the map of points z (N, Z), at least 5: the same points always give the same map, unless it is stopped."""
    chosen = z[:: -(-len(z) // LARGEST)]
    places = embed(chosen, is_stopped)
    return Embedding(z, places if len(chosen) == len(z) else Embedding(chosen, places).project(z))


def embed(z: Tensor, is_stopped: Callable[[], bool]) -> Tensor:
    """Map points z (N, Z) to places (N, 2) by t-SNE (van der Maaten and Hinton 2008).

    Each point is attracted by its nearest alone and repelled by all. The descent is that of scikit-learn: principal
    components to begin with, momentum and gains.
    """
    near, p = affinities(z, min(PERPLEXITY, (len(z) - 1) / 3))
    centred = z - z.mean(0)
    places = centred @ torch.linalg.svd(centred, full_matrices=False).Vh[:2].t()
    places = torch.nn.functional.pad(places, (0, 2 - places.size(1))) * (1e-4 / places[:, 0].std().clamp_min(1e-12))
    velocity, gains, rate = torch.zeros_like(places), torch.ones_like(places), max(len(z) / EXAGGERATION / 4, 50.0)
    for step in range(STEPS):
        if is_stopped():
            break
        pull, push = attraction(places, near, p), repulsion(places)
        gradient = 4 * ((EXAGGERATION if step < EXAGGERATED else 1.0) * pull - push)
        gains = torch.where((gradient > 0) != (velocity > 0), gains + 0.2, gains * 0.8).clamp_min(0.01)
        velocity = (0.5 if step < EXAGGERATED else 0.8) * velocity - rate * gains * gradient
        places = places + velocity
    places = places - places.mean(0)
    largest = places.abs().max()
    return torch.nan_to_num(places * (LARGEST_COORDINATE / largest))  # of a model that puts all verbs at one point


def affinities(z: Tensor, perplexity: float) -> tuple[Tensor, Tensor]:
    """Return the K nearest of each point and p(j | i) / N, both (N, K); halving finds the width of each Gaussian."""
    count = min(len(z) - 1, round(3 * perplexity))
    distances = torch.cdist(z, z).square().fill_diagonal_(torch.inf)
    far, near = distances.topk(count, largest=False)
    far = far - far[:, :1]
    low, high, precision = torch.zeros(len(z)), torch.full((len(z),), torch.inf), torch.ones(len(z))
    for _ in range(60):
        p = (-far * precision[:, None]).softmax(1)
        is_wide = -(p * p.clamp_min(1e-12).log()).sum(1) > math.log(perplexity)
        low, high = torch.where(is_wide, precision, low), torch.where(is_wide, high, precision)
        precision = torch.where(high.isinf(), 2 * precision, (low + high) / 2)
    return near, p / len(z)


def attraction(places: Tensor, near: Tensor, p: Tensor) -> Tensor:
    """Return for places (N, 2) the sum over j of p_ij q_ij (y_i - y_j), where p_ij is the mean of both directions."""
    steps = places[:, None] - places[near]  # (N, K, 2)
    pull = (p / (1 + steps.square().sum(2)))[..., None] * steps
    return pull.sum(1).index_add(0, near.flatten(), -pull.flatten(0, 1)) / 2


def repulsion(places: Tensor) -> Tensor:
    """Return for places (N, 2) the sum over j of q_ij² (y_i - y_j) over the sum of all q, in chunks of rows."""
    total, push, squares = 0.0, torch.empty_like(places), places.square().sum(1)
    for chunk in torch.arange(len(places)).split(CHUNK):
        far = squares[chunk, None] + squares - 2 * places[chunk] @ places.t()
        q = 1 / (1 + far.clamp_min(0))
        total += float(q.sum()) - len(chunk)  # without the point itself
        q = q.square()
        push[chunk] = q.sum(1, keepdim=True) * places[chunk] - q @ places
    return push / total
