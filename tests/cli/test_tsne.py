"""The command that makes the maps of checkpoints."""

import sys

import pytest

from cvae.cli.tsne import main
from cvae.inference.latent import survey
from cvae.inference.projection import load_embedding, map_path
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint
from tests.app import save_claiming


def make_maps(monkeypatch, *paths):
    monkeypatch.setattr("sys.argv", ["tsne", *map(str, paths)])
    main()


def test_the_map_of_a_checkpoint_is_of_all_verbs_that_it_was_trained_on(tmp_path, monkeypatch, capsys):
    path = tmp_path / "german.safetensors"
    save_claiming(path, "sample_german")
    make_maps(monkeypatch, path)
    assert capsys.readouterr().out.startswith(f"{map_path(path)}: keeps ")
    model, info = load_checkpoint(path)
    assert load_embedding(path, survey(model, sorted(training_paradigms(info))).z) is not None


def test_without_scikit_learn_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "german.safetensors"
    save_claiming(path, "sample_german")
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(SystemExit, match="pip install scikit-learn"):
        make_maps(monkeypatch, path)
    assert not map_path(path).exists()


def test_fewer_than_five_verbs_have_no_map(tmp_path, monkeypatch, four_verbs):
    path = tmp_path / "four.safetensors"
    save_claiming(path, str(four_verbs))
    with pytest.raises(SystemExit, match="fewer than 5 verbs of its training data are at hand"):
        make_maps(monkeypatch, path)
    assert not map_path(path).exists()
