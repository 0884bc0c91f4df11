"""What else a word might have become."""

import math

import pytest
import torch

from cvae.core.settings import ROOT
from cvae.data.vocabulary import MAX_LETTERS
from cvae.inference.alternatives import beam_search, convert_from, drawn_answers, likeliest_words
from cvae.inference.conversion import convert, posterior, spell
from cvae.inference.sampling import draw_posterior, draw_prior, sample_around
from cvae.inference.trace import reconstruction
from cvae.model.checkpoint import load_checkpoint


@pytest.fixture(scope="module")
def trained_model():
    """The shipped model of the convert page."""
    return load_checkpoint(ROOT / "checkpoints" / "open-vocabulary.safetensors")[0]


def word_probability(model, word, source, target, answer):
    """p(answer | z, target) when the decoder reads the true letters, z the posterior mean of the word."""
    z, _ = posterior(model, word, source)
    return math.exp(-reconstruction(model, z[0], target, answer))


@pytest.mark.parametrize("source", ["sp", None])
def test_forcing_the_models_own_letters_changes_nothing(model, source):
    [conversion] = convert(model, ["walk"], source, keep_probabilities=True)
    for tense, form in conversion.forms.items():
        for length in range(min(len(form.text), MAX_LETTERS) + 1):
            again = convert_from(model, "walk", source, tense, form.text[:length])
            assert (again.text, again.ended) == (form.text, form.ended)
            assert again.confidence == pytest.approx(form.confidence, rel=1e-4)
            assert again.probabilities == pytest.approx(form.probabilities, abs=1e-5)


def test_a_forced_beginning_stays_and_a_forced_end_ends(model):
    assert convert_from(model, "walk", "sp", "p", "stopp").text.startswith("stopp")
    short = convert_from(model, "walk", "sp", "p", "st", end=True)
    assert (short.text, short.ended, len(short.probabilities)) == ("st", True, 3)
    assert short.confidence == pytest.approx(word_probability(model, "walk", "sp", "p", "st"), rel=1e-4)
    assert convert_from(model, "walk", "sp", "p", "", end=True).text == ""


def test_a_beam_of_width_one_is_the_greedy_word(model):
    z = draw_prior(model, 6, seed=2)
    for row in z.split(1):
        for tense in torch.arange(4).split(1):
            ids, logs = beam_search(model, row, tense, 1)
            greedy = spell(model, row, tense)
            assert ids.tolist() == greedy.ids.tolist()
            chosen = greedy.logs.gather(2, greedy.ids[..., None]).sum()
            assert float(logs) == pytest.approx(float(chosen), rel=1e-4)


def test_beam_probabilities_are_those_of_teacher_forcing_and_sorted(trained_model):
    for target in ("sp", "p"):
        found = likeliest_words(trained_model, "walk", None, target)
        assert len(found) == len({text for text, _ in found}) == 5
        assert [share for _, share in found] == sorted((share for _, share in found), reverse=True)
        for text, share in found:
            if text:
                assert share == pytest.approx(word_probability(trained_model, "walk", None, target, text), rel=1e-3)
    assert likeliest_words(trained_model, "walk", "sp", "p")[0][0] == "walked"


def test_a_wider_beam_finds_no_worse_word(model):
    z, tense = draw_prior(model, 1, seed=4), torch.tensor([3])
    assert float(beam_search(model, z, tense, 5)[1][0]) >= float(beam_search(model, z, tense, 1)[1][0]) - 1e-5


def test_drawn_answers_are_counted_and_seeded(trained_model):
    drawn = drawn_answers(trained_model, "walk", None, "p", 50, seed=1)
    assert sum(count for _, count in drawn) == 50
    assert drawn == drawn_answers(trained_model, "walk", None, "p", 50, seed=1)
    assert [count for _, count in drawn] == sorted((count for _, count in drawn), reverse=True)
    assert drawn[0][0] == "walked"


def test_draws_around_a_word_begin_with_the_shorter_draw_and_centre_on_its_mean(model):
    mean, _ = posterior(model, "walk", "sp")
    assert torch.equal(draw_posterior(model, "walk", "sp", 3, 5), draw_posterior(model, "walk", "sp", 6, 5)[:3])
    assert torch.allclose(draw_posterior(model, "walk", "sp", 2, 5, temperature=0.0), mean.expand(2, -1))
    [conversion] = convert(model, ["walk"], "sp")
    assert sample_around(model, "walk", "sp", 1, 0, 0.0) == [tuple(form.text for form in conversion.forms.values())]
