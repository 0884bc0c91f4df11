"""A batch shared out among threads gives the gradients of its shares, one after the other."""

from dataclasses import replace

import pytest
import torch

from cvae.core.config import ModelConfig
from cvae.data.batches import WordTable
from cvae.data.dataset import load_training_data
from cvae.data.paradigms import read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.model.cvae import build_model
from cvae.model.objective import reconstruction_loss
from cvae.model.parallel import Threads, add_gradients, gradients, open_threads
from cvae.training.loop import train
from cvae.training.state import start_training
from tests.recordings import without_seconds


@pytest.fixture
def two_threads():
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(1)


def losses(model, batch):
    mean, _ = model.encode(batch.source, batch.source_lengths, batch.source_tense)
    return reconstruction_loss(model.decode_targets(mean, batch.target_tense, batch.target), batch.target)


def test_the_gradient_of_the_shares_is_that_of_the_batch(two_threads):
    model = build_model(ModelConfig(embedding=8, hidden=16, latent=2), Vocabulary(), 0)
    batch = WordTable.of(read_paradigms("train").rows[:9], model.vocabulary).batch(torch.arange(35), torch.arange(35))
    losses(model, batch).sum().backward()
    whole = [parameter.grad for parameter in model.parameters()]
    with open_threads() as threads:
        assert threads.count == 2 and torch.get_num_threads() == 1
        parts = batch.split(threads.count)
        assert sum(len(part.source) for part in parts) == 35
        add_gradients(model, threads.map(lambda part: gradients(model, losses(model, part).sum()), parts))
    assert torch.get_num_threads() == 2
    for parameter, expected in zip(model.parameters(), whole, strict=True):
        torch.testing.assert_close(parameter.grad, expected, atol=1e-5, rtol=1e-4)


def test_parameters_out_of_reach_get_no_gradient():
    model = build_model(ModelConfig(embedding=8, hidden=16, latent=2), Vocabulary(), 0)
    loss = model.decode(torch.zeros(1, 4), torch.tensor([0]), torch.tensor([[1]])).sum()
    add_gradients(model, Threads().map(lambda share: gradients(model, share), [loss]))
    assert model.encoder.embedding.weight.grad is None and model.decoder.output.bias.grad is not None


def test_two_seeded_runs_on_two_threads_have_equal_histories(tiny_config, two_threads):
    config = replace(tiny_config, epochs=3, evaluate_every=3, letter_dropout=0.2, sleep=1.0, sleep_start=0.3)
    histories = []
    for _ in range(2):
        data = load_training_data(config)
        records = train(config, data, start_training(config, data))
        histories.append(without_seconds(records))
    assert histories[0] == histories[1]
