"""The fast path of the whole model gives the numbers of the plain one."""

import pytest
import torch

from cvae.cli.reference_lstm import plain_forward
from cvae.core.config import ModelConfig
from cvae.data.batches import WordTable
from cvae.data.paradigms import read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.model.cvae import build_model
from cvae.model.objective import kl_divergence, negative_elbo, reconstruction_loss

RAGGED = torch.arange(0, 40, 3)


@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("letter_by_letter", [False, True])
def test_losses_and_gradients_of_a_step_are_equal(ratio, letter_by_letter):
    model = build_model(ModelConfig(embedding=12, hidden=20, latent=3), Vocabulary(), seed=0)
    table = WordTable.of(read_paradigms("train").rows[:20], model.vocabulary)
    words = torch.arange(len(table))[table.lengths == 8] if letter_by_letter else RAGGED
    batch = table.batch(words, words // 4 * 4 + 3)
    results = []
    for forward in (
        lambda g: model(batch, ratio, generator=g),
        lambda g: plain_forward(model, batch, ratio, g, letter_by_letter),
    ):
        model.zero_grad()
        logits, mean, logvar = forward(torch.Generator().manual_seed(4))
        loss = negative_elbo(reconstruction_loss(logits, batch.target), kl_divergence(mean, logvar), 0.3)
        loss.backward()
        results.append([loss, logits, *(p.grad for p in model.parameters())])
    for fast, plain in zip(*results, strict=True):
        torch.testing.assert_close(fast, plain, atol=1e-5, rtol=1e-4)
