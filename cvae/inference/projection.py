"""Projections of z to two dimensions: planes, and t-SNE maps, which `python -m cvae.cli.tsne` keeps with a checkpoint.

N is the number of verbs, Z the width of z.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from cvae.core.files import digest_of, write_atomically

METADATA_KEY = "tense-lab-map"
NEAREST = 5
"""The number of nearest verbs from which a point between verbs is interpolated."""
COMPARED, QUERIES = 10, 500
"""The number of neighbours that `kept_neighbours` compares, and the approximate number of verbs."""


class Projection:
    """The interface of planes and maps, which take points z to places in two dimensions and back."""

    def project(self, z: Tensor) -> Tensor:
        """Project points (B, Z) to places (B, 2)."""
        raise NotImplementedError

    def lift(self, places: Tensor | Sequence[Sequence[float]]) -> Tensor:
        """Lift places (B, 2) to points (B, Z)."""
        raise NotImplementedError

    def places_of(self, z: Tensor) -> np.ndarray:
        """Return the places (B, 2) of points (B, Z), to be drawn."""
        places: np.ndarray = self.project(z).numpy()
        return places

    def place_of(self, z: Tensor) -> tuple[float, float]:
        """Return the place of one point z (Z,)."""
        x, y = self.project(z[None])[0].tolist()
        return x, y

    def point_at(self, place: tuple[float, float]) -> Tensor:
        """Return the point z (Z,) of one place."""
        return self.lift([place])[0]


@dataclass(frozen=True)
class Embedding(Projection):
    """A map without a formula: points between the verbs are interpolated from the verbs around them."""

    z: Tensor  # (N, Z)
    places: Tensor  # (N, 2)

    def project(self, z: Tensor) -> Tensor:
        """Project points (B, Z) to places (B, 2): the weighted mean place of the verbs nearest in z."""
        return _mean_of_nearest(z, self.z, self.places)

    def lift(self, places: Tensor | Sequence[Sequence[float]]) -> Tensor:
        """Lift places (B, 2) to points (B, Z): the weighted mean z of the verbs nearest on the map."""
        return _mean_of_nearest(torch.as_tensor(places, dtype=self.places.dtype), self.places, self.z)

    def around(self, place: tuple[float, float]) -> list[int]:
        """Return the verbs whose mean `lift` takes, nearest first."""
        return _nearest(self.places.new_tensor([place]), self.places)[1][0].tolist()


def _nearest(points: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
    """Return the distances and indices of the nearest known points, (B, NEAREST) each."""
    distances = torch.cdist(points, known, compute_mode="donot_use_mm_for_euclid_dist")  # 0 for the same point
    return distances.topk(min(NEAREST, len(known)), largest=False)


def _mean_of_nearest(points: Tensor, known: Tensor, values: Tensor) -> Tensor:
    """Return for points (B, D) the mean of the values (N, E) of the nearest known points (N, D): (B, E).

    Weights fall with the square of the distance (Shepard 1968), so that a known point keeps its own value.
    """
    distances, near = _nearest(points, known)
    weights = 1 / distances.square().clamp_min(1e-12)
    return (weights[..., None] * values[near]).sum(1) / weights.sum(1, keepdim=True)


def kept_neighbours(z: Tensor, places: Tensor) -> float:
    """Return the share of the `COMPARED` nearest verbs in z (N, Z) that are also nearest on a map (N, 2).

    Mean over about `QUERIES` verbs, evenly taken.
    """
    asked = torch.arange(0, len(z), max(1, len(z) // QUERIES))
    in_z, on_map = (_others(points, asked) for points in (z, places))
    return float((in_z[:, :, None] == on_map[:, None, :]).any(2).float().mean()) if len(z) > 1 else 1.0


def same_on_map(groups: Sequence[int], places: np.ndarray) -> tuple[float, float]:
    """Return the share of the `COMPARED` nearest on a map (N, 2) that are of the same group as the verb, and by chance.

    Mean over about `QUERIES` verbs, evenly taken. groups: the number of each verb's group (N).
    """
    of, asked = torch.tensor(groups), torch.arange(0, len(places), max(1, len(places) // QUERIES))
    near = _others(torch.from_numpy(places), asked)
    same = (of[near] == of[asked, None]).float().mean() if len(places) > 1 else 1.0
    return float(same), float((of.bincount() / len(of)).square().sum())


def lay_out_verbs(projection: Projection, z: Tensor) -> tuple[np.ndarray, float]:
    """Return the places (N, 2) of the verbs at z (N, Z), and the share that `kept_neighbours` gives for them."""
    places = projection.places if isinstance(projection, Embedding) else projection.project(z)
    return places.numpy(), kept_neighbours(z, places)


def _others(points: Tensor, asked: Tensor) -> Tensor:
    """Return the indices of the points nearest to each of the `asked` ones, without that point itself."""
    distances = torch.cdist(points[asked], points)
    distances[torch.arange(len(asked)), asked] = torch.inf
    return distances.topk(min(COMPARED, len(points) - 1), largest=False).indices


def map_path(checkpoint: Path) -> Path:
    """Return the path of the map that belongs to a checkpoint."""
    return checkpoint.parent / "maps" / checkpoint.name


def save_places(checkpoint: Path, places: Tensor) -> None:
    """Save the places (N, 2) of the verbs of a checkpoint atomically. Raises OSError."""
    path = map_path(checkpoint)
    path.parent.mkdir(exist_ok=True)
    header = {METADATA_KEY: json.dumps({"checkpoint": digest_of(checkpoint)})}
    write_atomically(path, save({"places": places.contiguous()}, header))


def load_embedding(checkpoint: Path, z: Tensor) -> Embedding | None:
    """Load the map of the verbs at z (N, Z); None when no map was computed for exactly this checkpoint."""
    try:
        with safe_open(map_path(checkpoint), framework="pt") as file:
            header = json.loads((file.metadata() or {})[METADATA_KEY])
            places = file.get_tensor("places")
        if header["checkpoint"] != digest_of(checkpoint):
            return None
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None
    usable = places.shape == (len(z), 2) and places.dtype == torch.float32 and bool(places.isfinite().all())
    return Embedding(z, places) if usable else None


@dataclass(frozen=True)
class Plane(Projection):
    """A plane in z. For principal components, `shares` is the share of the variance of the verbs along each axis."""

    centre: Tensor  # (Z,)
    axes: Tensor  # (2, Z), of length 1 and at right angles; zeros where there is no such direction
    shares: tuple[float, float] | None = None

    def project(self, z: Tensor) -> Tensor:
        """Project points (B, Z) to places on the plane (B, 2); their distance from the plane is lost."""
        return (z - self.centre) @ self.axes.t()

    def lift(self, places: Tensor | Sequence[Sequence[float]]) -> Tensor:
        """Lift places (B, 2) to points (B, Z) on the plane: z = centre + x * axis 1 + y * axis 2."""
        return self.centre + torch.as_tensor(places, dtype=self.centre.dtype) @ self.axes


def principal_plane(points: Tensor, first: int = 0) -> Plane:
    """Return the plane of principal components `first` and `first + 1` of points (N, Z), counted from 0.

    From the singular value decomposition of the centred points; the largest weight of each axis is positive, so that
    the same points give the same picture everywhere.
    """
    centre = points.mean(0)
    _, lengths, components = torch.linalg.svd(points - centre, full_matrices=False)
    axes, shares = torch.zeros(2, points.size(1)), [0.0, 0.0]
    total = float(lengths.square().sum())
    for row, i in enumerate(range(first, min(first + 2, len(components)))):
        axis = components[i]
        axes[row] = axis * axis[axis.abs().argmax()].sign()
        shares[row] = float(lengths[i].square()) / total if total else 0.0
    return Plane(centre, axes, (shares[0], shares[1]))


def plane_through(origin: Tensor, along: Tensor, third: Tensor | None = None) -> Plane:
    """Return the plane that holds three points (Z,): axis 1 runs from the first to the second, the third has y > 0.

    Without a third point, the plane holds the origin of z, and axis 2 leads away from it.
    """
    third = 2 * (origin + along) if third is None else third
    axes = torch.zeros(2, len(origin))
    for i, direction in enumerate((along - origin, third - origin)):
        rest = direction - axes.t() @ (axes @ direction)
        length = rest.norm()
        if length > 1e-4 * max(1.0, float(direction.norm())):
            axes[i] = rest / length
    return Plane(origin, axes)
