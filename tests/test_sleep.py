"""The sleep phase: points of the prior belong to the verb that most probably put them there."""

from dataclasses import replace

import torch
from torch.distributions import Normal

from cvae.batches import WordTable
from cvae.config import ModelConfig
from cvae.model import build_model
from cvae.paradigms import read_paradigms
from cvae.sleep import likeliest_verbs, sleep_batches, verb_posteriors
from cvae.training import start_training, train
from cvae.training_data import load_training_data
from cvae.vocabulary import Vocabulary


def test_the_likeliest_verb_has_the_greatest_density():
    means, variances, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, torch.randn(50, 3)
    density = Normal(means, variances.sqrt()).log_prob(z[:, None]).sum(2)
    assert torch.equal(likeliest_verbs(z, means, variances), density.argmax(1))


def test_every_point_is_given_a_form_of_its_verb():
    model = build_model(ModelConfig(embedding=8, hidden=16, latent=2), Vocabulary(), 0)
    rows = read_paradigms("train").rows[:30]
    table = WordTable.of(rows, model.vocabulary)
    batches = sleep_batches(model, table, 30, 200, 16, torch.Generator().manual_seed(0))
    assert sum(len(batch.z) for batch in batches) == 200
    for batch in batches:
        assert len(batch.z) <= 16
        verbs = likeliest_verbs(batch.z, *verb_posteriors(model, table, 30))
        words = [model.vocabulary.decode(ids) for ids in batch.target.tolist()]
        truth = [rows[v][t] for v, t in zip(verbs.tolist(), batch.target_tense.tolist(), strict=True)]
        assert words == truth


def test_sleep_begins_when_it_should_and_moves_the_decoder_alone(tiny_config):
    config = replace(tiny_config, epochs=2, sleep=1.0, sleep_start=0.5, evaluate_every=2)
    states = []
    for sleeping in (config, replace(config, sleep=0.0)):
        data = load_training_data(sleeping)
        state = start_training(sleeping, data)
        records = train(sleeping, data, state)
        first = next(records)
        states.append((first.step, list(records)[-1].step))
    (first, last), (first_awake, last_awake) = states
    assert first == first_awake and last > last_awake
