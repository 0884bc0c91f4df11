"""Precompute the t-SNE maps of checkpoints: `python -m cvae.cli.tsne checkpoints/*.safetensors`.

This takes a minute or two for 5,000 verbs and needs scikit-learn, which the rest of the library does not.

Neither this nor `cvae.inference.tsne` can take the place of the other: the app computes maps of visitors' models
without scikit-learn, on one core and of at most 2,000 points, while Barnes and Hut's method here maps all verbs.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from cvae.core.errors import TenseLabError
from cvae.inference.latent import survey
from cvae.inference.projection import kept_neighbours, map_path, principal_plane, save_places
from cvae.inference.tsne import LARGEST_COORDINATE, PERPLEXITY
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint


def embed_by_sklearn(z: np.ndarray) -> np.ndarray:
    """Map points (N, Z) to places (N, 2) by t-SNE (van der Maaten and Hinton 2008), deterministically.

    Raises TenseLabError when scikit-learn is not installed.
    """
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise TenseLabError("scikit-learn is needed for maps: pip install scikit-learn.") from error

    perplexity = min(PERPLEXITY, (len(z) - 1) / 3)
    places = TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(z)
    return np.ascontiguousarray(places * (LARGEST_COORDINATE / np.abs(places).max()), dtype=np.float32)


def make_map(checkpoint: Path) -> tuple[float, float]:
    """Write the map of a checkpoint; return the share of neighbours that it keeps, and that a plane of PCA keeps.

    Raises BadCheckpoint, OSError, or TenseLabError when the training data or scikit-learn is not at hand.
    """
    model, info = load_checkpoint(checkpoint)
    rows = training_paradigms(info)
    if len(rows) < 5:
        raise TenseLabError(f"{checkpoint.name}: fewer than 5 verbs of its training data are at hand, so no map.")
    z = survey(model, sorted(rows)).z
    places = torch.from_numpy(embed_by_sklearn(z.numpy()))
    save_places(checkpoint, places)
    return kept_neighbours(z, places), kept_neighbours(z, principal_plane(z).project(z))


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m cvae.cli.tsne", description="Make the t-SNE maps of checkpoints.")
    parser.add_argument("checkpoint", nargs="+", type=Path)
    for path in parser.parse_args().checkpoint:
        try:
            kept, plane = make_map(path)
        except (TenseLabError, OSError) as error:
            sys.exit(str(error))
        print(f"{map_path(path)}: keeps {kept:.1%} of each verb's 10 nearest; two principal components {plane:.1%}")


if __name__ == "__main__":
    main()
