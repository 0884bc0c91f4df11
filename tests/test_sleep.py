"""The sleep phase: points of the prior belong to the verb that most probably put them there."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
import torch
from torch.distributions import Normal

from cvae.batches import WordTable, pad_words
from cvae.checkpoint import load_checkpoint
from cvae.inference import decode_paradigms
from cvae.model import CVAE
from cvae.paradigms import Paradigm
from cvae.records import Knobs
from cvae.shards import open_threads
from cvae.sleep import SleepBatch, likeliest_verbs, sleep_batches, verb_posteriors
from cvae.training import sleep_step, start_training, train
from cvae.training_data import load_training_data


def test_the_likeliest_verb_has_the_greatest_density():
    means, variances, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, torch.randn(50, 3)
    density = Normal(means, variances.sqrt()).log_prob(z[:, None]).sum(2)
    assert torch.equal(likeliest_verbs(z, means, variances), density.argmax(1))


def test_a_dimension_that_tells_no_verbs_apart_has_no_say():
    means, variances, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, torch.randn(50, 3)
    noise = 0.01 * torch.randn(7, 100)
    wider = torch.cat([means, noise], 1), torch.cat([variances, torch.ones(7, 100)], 1)
    chosen = likeliest_verbs(torch.cat([z, 100 * torch.randn(50, 100)], 1), *wider)
    assert torch.equal(chosen, likeliest_verbs(z, means, variances))


def test_the_decoder_is_to_write_at_every_point_the_likeliest_verb(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    batches = sleep_batches(model, table, 4, 200, 16, torch.Generator().manual_seed(0))
    asked = [batch for batch in batches if not batch.dreamt]
    assert sum(len(batch.z) for batch in asked) == 200
    assert len({word for batch in asked for word in words_of(batch, model)}) > 10
    for batch in asked:
        assert len(batch.z) <= 16
        verbs = likeliest_verbs(batch.z, *verb_posteriors(model, table, 4))
        assert words_of(batch, model) == forms_of(verbs, batch, four_paradigms)


def test_the_encoder_is_to_find_the_verbs_that_the_decoder_writes(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    batches = sleep_batches(model, table, 4, 400, 16, torch.Generator().manual_seed(0))
    dreams = [batch for batch in batches if batch.dreamt]
    drawn = [forms for batch in batches if not batch.dreamt for forms in decode_paradigms(model, batch.z)]
    assert len(drawn) == 400
    assert 0 < sum(len(batch.z) for batch in dreams) <= sum(forms in four_paradigms for forms in drawn) < 400
    for batch in dreams:
        for forms, word, tense in zip(
            decode_paradigms(model, batch.z), words_of(batch, model), batch.tense.tolist(), strict=True
        ):
            assert forms in four_paradigms and forms[tense] == word
        assert batch.lengths.tolist() == [len(word) + 1 for word in words_of(batch, model)]


def test_no_point_belongs_to_a_verb_when_the_posterior_has_collapsed(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    with torch.no_grad():
        for head in [*model.encoder.mean, *model.encoder.logvar]:
            for parameter in head.parameters():
                parameter.zero_()
    table = WordTable.of(four_paradigms, model.vocabulary)
    assert sleep_batches(model, table, 4, 40, 16, torch.Generator().manual_seed(0)) == []


def words_of(batch: SleepBatch, model: CVAE) -> list[str]:
    return [model.vocabulary.decode(ids) for ids in batch.word.tolist()]


def forms_of(verbs: torch.Tensor, batch: SleepBatch, rows: Sequence[Paradigm]) -> list[str]:
    return [rows[verb][tense] for verb, tense in zip(verbs.tolist(), batch.tense.tolist(), strict=True)]


@pytest.mark.parametrize(("dreamt", "learns"), [(False, "decoder."), (True, "encoder.")])
def test_a_step_moves_one_half_of_the_model(tiny_config, dreamt, learns):
    state = start_training(tiny_config, load_training_data(tiny_config))
    before = {name: weight.clone() for name, weight in state.model.named_parameters()}
    letters, lengths = pad_words(["walk", "sings"], state.model.vocabulary)
    batch = SleepBatch(torch.ones(2, 16), letters, lengths, torch.tensor([0, 1]), dreamt)
    with open_threads() as threads:
        sleep_step(tiny_config, batch, state, Knobs(0.5, 1.0, 1e-3), threads)
    moved = [name for name, weight in state.model.named_parameters() if not torch.equal(weight, before[name])]
    assert moved and all(name.startswith(learns) for name in moved)


def test_sleep_begins_when_it_should(tiny_config):
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
