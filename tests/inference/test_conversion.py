"""Strings in, strings out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cvae.core.config import ModelConfig
from cvae.core.errors import BadConfig, BadWord, UnknownCharacter
from cvae.data.vocabulary import EOS, MAX_LETTERS, SPECIALS, Vocabulary
from cvae.inference.conversion import FEW, LEAST_SHARE, convert, draw_tense_posterior, encode, infer_posterior, readings
from cvae.inference.sampling import draw_aggregate, draw_prior, sample
from cvae.model.cvae import build_model

WORDS = ["walk", "was", "stopping", "a", "tries"]


def test_a_conversion_has_a_form_for_every_tense(model):
    [conversion] = convert(model, ["Walk "])
    assert conversion.word == "walk"
    assert tuple(conversion.forms) == model.vocabulary.tenses


def test_converting_together_or_alone_gives_the_same(model):
    together = convert(model, WORDS, [None, "p", "pg", None, "tp"])
    for conversion, word, source in zip(together, WORDS, [None, "p", "pg", None, "tp"], strict=True):
        [alone] = convert(model, [word], source)
        assert alone.source == conversion.source
        assert [f.text for f in alone.forms.values()] == [f.text for f in conversion.forms.values()]
        if source is None:
            np.testing.assert_allclose(alone.tense_posterior, conversion.tense_posterior, rtol=1e-4, atol=1e-7)


def test_auto_is_the_likeliest_tense_and_a_given_one_is_kept(model):
    [auto] = convert(model, ["walk"])
    assert auto.source == model.vocabulary.tenses[int(auto.tense_posterior.argmax())]
    assert auto.tense_posterior.sum() == pytest.approx(1)
    for tense in model.vocabulary.tenses:
        [given] = convert(model, ["walk"], tense)
        assert given.source == tense and given.tense_posterior is None


def test_readings_are_different_verbs_and_their_shares_are_what_the_draws_of_z_say(model):
    shares = draw_tense_posterior(model, "stopping")
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    found = readings(model, "Stopping")
    assert [reading.share for reading in found] == sorted((reading.share for reading in found), reverse=True)
    assert sum(reading.share for reading in found) == pytest.approx(shares[shares >= LEAST_SHARE].sum(), abs=1e-5)
    bases = [reading.conversion.forms["sp"].text for reading in found]
    assert len(set(bases)) == len(bases)
    for reading in found:
        [told] = convert(model, ["stopping"], reading.conversion.source)
        assert [form.text for form in reading.conversion.forms.values()] == [form.text for form in told.forms.values()]


def test_a_word_has_a_reading_even_where_no_tense_of_many_is_likely():
    vocabulary = Vocabulary("abc", tuple(f"t{i}" for i in range(40)))
    many = build_model(ModelConfig(hidden=64, latent=2), vocabulary, 1).eval()
    assert draw_tense_posterior(many, "ab").max() < LEAST_SHARE
    [reading] = readings(many, "ab")
    assert len(reading.conversion.forms) == 40


def test_a_word_comes_back_when_it_is_decoded_in_its_own_tense(model):
    [conversion] = convert(model, ["walk"], "tp")
    own = conversion.forms["tp"]
    assert not conversion.comes_back
    again = replace(conversion, forms=conversion.forms | {"tp": replace(own, text="walk")})
    assert again.comes_back


def test_draws_of_the_aggregate_posterior_are_around_the_given_verbs_and_the_longer_begin_with_the_shorter(model):
    rows = [("walk", "walks", "walking", "walked"), ("sing", "sings", "singing", "sang")]
    short, long = draw_aggregate(model, rows, 3, seed=5), draw_aggregate(model, rows, 8, seed=5)
    torch.testing.assert_close(short, long[:3])
    centres = draw_aggregate(model, rows, 200, seed=1, temperature=0)
    means, _ = encode(model, [form for row in rows for form in row], [*model.vocabulary.tenses] * 2)
    distances = (centres[:, None] - means).abs().amax(2)  # of each draw from each form
    assert distances.min(1).values.max() < 1e-5 and len(distances.argmin(1).unique()) == 8
    with pytest.raises(BadConfig, match="nothing to draw from"):
        draw_aggregate(model, [], 3, seed=0)


def test_confidence_is_the_product_of_the_letters_probabilities(model):
    [conversion] = convert(model, ["walk"], keep_probabilities=True)
    for form in conversion.forms.values():
        steps = len(form.text) + form.ended
        assert form.probabilities.shape == (steps, len(model.vocabulary))
        np.testing.assert_allclose(form.probabilities.sum(1), 1, rtol=1e-5)
        ids = [SPECIALS + model.vocabulary.alphabet.index(letter) for letter in form.text] + [EOS] * form.ended
        assert list(form.ids) == ids
        assert form.confidence == pytest.approx(float(np.prod(form.probabilities[range(steps), ids])), rel=1e-4)


def test_a_word_without_end_is_stopped_and_says_so(model):
    with torch.no_grad():
        model.decoder.output.bias[EOS] = -1e9
    [conversion] = convert(model, ["walk"])
    for form in conversion.forms.values():
        assert not form.ended and len(form.text) == MAX_LETTERS + 1


def test_no_words_give_no_conversions(model):
    assert convert(model, []) == []


@pytest.mark.parametrize(("word", "error"), [("", BadWord), ("wa1k", UnknownCharacter), ("x" * 99, BadWord)])
def test_bad_words_are_refused(model, word, error):
    with pytest.raises(error):
        convert(model, ["walk", word])


def test_an_unknown_tense_is_refused(model):
    with pytest.raises(BadWord, match="There is no tense “future”"):
        convert(model, ["walk"], "future")


@pytest.mark.parametrize("sources", [["p"], [], ["p", "sp", "tp"]])
def test_more_or_fewer_tenses_than_words_are_refused(model, sources):
    with pytest.raises(BadConfig, match=f"these are {len(sources)} for 2"):
        convert(model, ["walked", "go"], sources)


@pytest.mark.parametrize("words", [WORDS[:FEW], WORDS * 2])
def test_the_posterior_is_that_in_the_tense_that_was_found(model, words):
    found = infer_posterior(model, words, None)
    torch.testing.assert_close(found.tense_posterior.sum(1), torch.ones(len(words)))
    assert found.tenses == found.tense_posterior.argmax(1).tolist()
    mean, logvar = encode(model, words, [model.vocabulary.tenses[tense] for tense in found.tenses])
    torch.testing.assert_close(found.mean, mean, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(found.logvar, logvar, rtol=1e-4, atol=1e-6)


def test_the_same_seed_samples_the_same_and_a_longer_draw_begins_with_the_shorter(model):
    assert sample(model, 20, seed=3) == sample(model, 20, seed=3)
    assert sample(model, 20, seed=3)[:7] == sample(model, 7, seed=3)
    assert not torch.equal(draw_prior(model, 5, seed=3), draw_prior(model, 5, seed=4))


def test_temperature_scales_z(model):
    torch.testing.assert_close(draw_prior(model, 5, 0, 0.5), 0.5 * draw_prior(model, 5, 0))
    assert len(set(sample(model, 10, temperature=0))) == 1


def test_the_prior_is_standard_normal(model):
    z = draw_prior(model, 5000, 0)
    assert abs(float(z.mean())) < 0.02 and abs(float(z.std()) - 1) < 0.02


@pytest.mark.parametrize(("count", "temperature"), [(0, 1), (100_001, 1), (5, -1), (5, 11), (5, float("nan"))])
def test_draws_out_of_bounds_are_refused(model, count, temperature):
    with pytest.raises(BadConfig):
        draw_prior(model, count, 0, temperature)
