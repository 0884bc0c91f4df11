"""What else a word might have become."""

import math

import pytest
import torch

from cvae.core.errors import BadWord
from cvae.core.settings import ROOT
from cvae.data.vocabulary import MAX_LETTERS, Vocabulary
from cvae.inference.alternatives import Branch, as_tree, beam_search, convert_from, drawn_answers, likeliest_words
from cvae.inference.conversion import convert
from cvae.inference.decoding import decode_greedily
from cvae.inference.sampling import draw_posterior, draw_prior, sample_around
from cvae.inference.trace import reconstruction
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import build_model
from tests.conftest import MODELS


@pytest.fixture(scope="module")
def trained_model():
    """The shipped model of the convert page."""
    return load_checkpoint(ROOT / "checkpoints" / "open-vocabulary.safetensors")[0]


def word_probability(model, conversion, target, answer):
    """Compute p(answer | z, target) from the true letters, with the z of the conversion."""
    return math.exp(-reconstruction(model, conversion.mean, target, answer))


def test_words_that_begin_alike_are_one_branch_up_to_where_they_part():
    tree = as_tree([("shot", 0.5), ("shots", 0.25), ("shooted", 0.125), ("ét", 0.0625), ("et", 0.03125)])
    assert tree == [
        Branch(
            "sho", 0.875, [Branch("t", 0.75, [Branch("", 0.5, []), Branch("s", 0.25, [])]), Branch("oted", 0.125, [])]
        ),
        Branch("ét", 0.0625, []),
        Branch("et", 0.03125, []),
    ]
    assert as_tree([("", 0.5), ("a", 0.25)]) == [Branch("", 0.5, []), Branch("a", 0.25, [])]


@pytest.mark.parametrize("source", ["sp", None])
def test_forcing_the_models_own_letters_changes_nothing(model, source):
    [conversion] = convert(model, ["walk"], source, keep_probabilities=True)
    for tense, form in conversion.forms.items():
        for length in range(min(len(form.text), MAX_LETTERS) + 1):
            again = convert_from(model, conversion.mean, tense, form.text[:length])
            assert (again.text, again.ended) == (form.text, form.ended)
            assert again.confidence == pytest.approx(form.confidence, rel=1e-4)
            assert again.probabilities == pytest.approx(form.probabilities, abs=1e-5)


def test_a_forced_beginning_stays_and_a_forced_end_ends(model):
    [walk] = convert(model, ["walk"], "sp")
    assert convert_from(model, walk.mean, "p", "stopp").text.startswith("stopp")
    short = convert_from(model, walk.mean, "p", "st", end=True)
    assert (short.text, short.ended, len(short.probabilities)) == ("st", True, 3)
    assert short.confidence == pytest.approx(word_probability(model, walk, "p", "st"), rel=1e-4)
    assert convert_from(model, walk.mean, "p", "", end=True).text == ""


@pytest.mark.parametrize("prefix", ["hört ", " ", "a\u200c", "\u200ca", "d  d"])
def test_spaces_and_joiners_at_the_ends_are_forced_too(prefix):
    model = build_model(MODELS["gru"], Vocabulary("adefhnortuö \u200c", ("a", "b")), seed=0).eval()
    form = convert_from(model, torch.zeros(model.config.z_size), "a", prefix, end=True)
    assert (form.text, len(form.ids)) == (prefix, len(prefix) + 1)


@pytest.mark.parametrize("prefix", ["a" * (MAX_LETTERS + 1), "ö", "A", " "])
def test_letters_that_are_none_or_too_many_are_refused(model, prefix):
    with pytest.raises(BadWord, match="Choose at most 32 letters of the alphabet"):
        convert_from(model, torch.zeros(model.config.z_size), "p", prefix)


def test_a_beam_of_width_one_is_the_greedy_word(model):
    z = draw_prior(model, 6, seed=2)
    for row in z.split(1):
        for tense in torch.arange(4).split(1):
            ids, logs = beam_search(model, row, tense, 1)
            greedy, greedy_logs = decode_greedily(model, row, tense)
            assert ids.tolist() == greedy.tolist()
            chosen = greedy_logs.gather(2, greedy[..., None]).sum()
            assert float(logs) == pytest.approx(float(chosen), rel=1e-4)


def test_beam_probabilities_are_those_of_teacher_forcing_and_sorted(trained_model):
    [walk] = convert(trained_model, ["walk"])
    for target in ("sp", "p"):
        found = likeliest_words(trained_model, walk, target)
        assert len(found) == len({text for text, _ in found}) == 5
        assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
        for text, share in found:
            if text:
                assert share == pytest.approx(word_probability(trained_model, walk, target, text), rel=1e-3)
    assert likeliest_words(trained_model, walk, "p")[0][0] == "walked"


def test_a_wider_beam_finds_no_worse_word(model):
    z, tense = draw_prior(model, 1, seed=4), torch.tensor([3])
    assert float(beam_search(model, z, tense, 5)[1][0]) >= float(beam_search(model, z, tense, 1)[1][0]) - 1e-5


def test_drawn_answers_are_counted_and_seeded(trained_model):
    [walk] = convert(trained_model, ["walk"])
    drawn = drawn_answers(trained_model, walk, "p", 50, seed=1)
    assert sum(count for _, count in drawn) == 50
    assert drawn == drawn_answers(trained_model, walk, "p", 50, seed=1)
    assert [count for _, count in drawn] == sorted((count for _, count in drawn), reverse=True)
    assert drawn[0][0] == "walked"


def test_draws_around_a_word_begin_with_the_shorter_draw_and_centre_on_its_mean(model):
    [conversion] = convert(model, ["walk"], "sp")
    drawn = draw_posterior(model, conversion.mean, conversion.logvar, 6, 5)
    assert torch.equal(draw_posterior(model, conversion.mean, conversion.logvar, 3, 5), drawn[:3])
    still = draw_posterior(model, conversion.mean, conversion.logvar, 2, 5, temperature=0.0)
    assert torch.allclose(still, conversion.mean.expand(2, -1))
    assert sample_around(model, "walk", "sp", 1, 0, 0.0) == [tuple(form.text for form in conversion.forms.values())]


@pytest.mark.parametrize("source", ["sp", None])
def test_a_word_is_encoded_once_an_answer(model, source, monkeypatch):
    calls, encode = [], model.encode
    monkeypatch.setattr(model, "encode", lambda *inputs: calls.append(inputs) or encode(*inputs))
    [walk] = convert(model, ["walk"], source, keep_probabilities=True)
    convert_from(model, walk.mean, "p", "wak")
    likeliest_words(model, walk, "p")
    drawn_answers(model, walk, "p", 10)
    assert len(calls) == 1
