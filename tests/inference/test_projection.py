"""Maps that were computed beforehand: what lies between the verbs, and which file belongs to which checkpoint."""

import pytest
import torch

from cvae.cli.tsne import embed_by_sklearn
from cvae.inference.projection import Embedding, kept_neighbours, load_embedding, map_path, same_on_map, save_places


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def embedding():
    generator = torch.Generator().manual_seed(1)
    return Embedding(torch.randn(40, 6, generator=generator), torch.randn(40, 2, generator=generator))


def test_a_verb_goes_to_its_own_place_and_back(embedding):
    torch.testing.assert_close(embedding.project(embedding.z), embedding.places)
    torch.testing.assert_close(embedding.lift(embedding.places), embedding.z)
    assert embedding.around(tuple(embedding.places[7].tolist()))[0] == 7


def test_between_two_verbs_lies_their_mean():
    embedding = Embedding(torch.tensor([[0.0, 0, 2], [4, 0, 0]]), torch.tensor([[-1.0, 0], [1, 0]]))
    torch.testing.assert_close(embedding.lift([[0.0, 0.0]]), torch.tensor([[2.0, 0, 1]]))
    near = embedding.lift([[0.5, 0.0]])  # thrice as near to the second: nine times its weight
    torch.testing.assert_close(near, torch.tensor([[3.6, 0, 0.2]]))


def test_a_far_point_is_the_mean_of_verbs_and_finite(embedding):
    z = embedding.lift([[1e4, -1e4]])
    assert z.isfinite().all() and (z.amin() >= embedding.z.amin()) and (z.amax() <= embedding.z.amax())


def test_a_map_that_is_z_keeps_every_neighbour_and_a_shuffled_one_few():
    z = torch.randn(400, 2, generator=torch.Generator().manual_seed(1))
    assert kept_neighbours(z, z) == 1
    assert kept_neighbours(z, z[torch.randperm(400, generator=torch.Generator().manual_seed(2))]) < 0.1
    assert kept_neighbours(z[:4], z[4:8]) == kept_neighbours(z[:1], z[:1]) == 1  # fewer than are compared


def test_groups_that_lie_together_are_shared_by_neighbours_and_mixed_ones_by_chance():
    places = torch.randn(400, 2, generator=torch.Generator().manual_seed(0))
    apart = torch.cat([places[:200] + 50, places[200:]]).numpy()
    halves = [i // 200 for i in range(400)]
    assert same_on_map(halves, apart) == (1.0, 0.5)
    shared, chance = same_on_map([i % 2 for i in range(400)], places.numpy())
    assert chance == 0.5 and abs(shared - 0.5) < 0.1


def test_a_map_is_read_for_the_file_that_it_was_made_for_and_for_no_other(checkpoint, embedding):
    assert load_embedding(checkpoint, embedding.z) is None
    save_places(checkpoint, embedding.places)
    assert torch.equal(load_embedding(checkpoint, embedding.z).places, embedding.places)
    assert load_embedding(checkpoint, embedding.z[1:]) is None
    checkpoint.write_bytes(b"other weights")
    assert load_embedding(checkpoint, embedding.z) is None


@pytest.mark.parametrize("content", [b"", b"no map", b"\xff" * 100, None])
def test_a_damaged_map_is_none(checkpoint, embedding, content):
    save_places(checkpoint, embedding.places)
    path = map_path(checkpoint)
    path.write_bytes(path.read_bytes()[:-10] if content is None else content)
    assert load_embedding(checkpoint, embedding.z) is None


def test_a_map_with_a_place_that_is_no_number_is_none(checkpoint, embedding):
    save_places(checkpoint, embedding.places * torch.nan)
    assert load_embedding(checkpoint, embedding.z) is None


def test_tsne_puts_two_clouds_apart_and_does_so_every_time():
    generator = torch.Generator().manual_seed(1)
    clouds = torch.randn(60, 5, generator=generator) + 20 * (torch.arange(60) % 2)[:, None]
    places = embed_by_sklearn(clouds.numpy())
    assert places.shape == (60, 2) and abs(places).max() == pytest.approx(3)
    assert (places == embed_by_sklearn(clouds.numpy())).all()
    nearest = torch.cdist(torch.from_numpy(places), torch.from_numpy(places)).fill_diagonal_(torch.inf).argmin(1)
    assert ((nearest - torch.arange(60)) % 2 == 0).all()
