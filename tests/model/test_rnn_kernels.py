"""The fused recurrence gives the numbers of torch's own layers, forwards and backwards."""

import pytest
import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from cvae.core.config import ModelConfig
from cvae.model.rnn import CELLS, Recurrent, RoundedLinear

V, E, K, H, B, T = 9, 5, 3, 16, 6, 7


@pytest.fixture(params=list(CELLS))
def recurrent(request):
    torch.manual_seed(0)
    return Recurrent(ModelConfig(cell=request.param, embedding=E, hidden=H), condition_size=K).double()


def inputs(lengths):
    torch.manual_seed(1)
    embedding = nn.Embedding(V, E).double()
    condition = torch.randn(B, K, dtype=torch.double, requires_grad=True)
    states = [torch.randn(B, H, dtype=torch.double, requires_grad=True) for _ in range(2)]
    return embedding, torch.randint(V, (B, T)), condition, states, lengths


def fused(recurrent, embedding, letters, condition, states, lengths):
    count = 2 if isinstance(recurrent.rnn, nn.LSTM) else 1
    outputs, ends = recurrent(
        recurrent.gate_table(embedding), recurrent.condition_gates(condition), letters, tuple(states[:count]), lengths
    )
    return outputs, ends


def plain(recurrent, embedding, letters, condition, states, lengths):
    x = torch.cat([embedding(letters), condition[:, None].expand(-1, T, -1)], 2).transpose(0, 1)
    lstm = isinstance(recurrent.rnn, nn.LSTM)
    start = tuple(state[None] for state in states) if lstm else states[0][None]
    packed, ends = recurrent.rnn(pack_padded_sequence(x, lengths, enforce_sorted=False), start)
    outputs, _ = pad_packed_sequence(packed, total_length=T)
    return outputs, tuple(end[0] for end in (ends if lstm else (ends,)))


@pytest.mark.parametrize("lengths", [torch.full((B,), T), torch.tensor([7, 1, 3, 7, 2, 5])], ids=["equal", "ragged"])
def test_numbers_and_gradients_equal_those_of_torch(recurrent, lengths):
    results = []
    for compute in (fused, plain):
        embedding, letters, condition, states, _ = inputs(lengths)
        recurrent.zero_grad()
        outputs, ends = compute(recurrent, embedding, letters, condition, states, lengths)
        inside = (torch.arange(T)[:, None] < lengths)[..., None]
        loss = (outputs * inside).sin().sum() + sum((i + 2) * end.cos().sum() for i, end in enumerate(ends))
        loss.backward()
        gradients = [p.grad for p in recurrent.parameters()] + [embedding.weight.grad, condition.grad]
        gradients += [state.grad for state in states[: len(ends)]]
        results.append([outputs * inside, *ends, *gradients])
    for ours, theirs in zip(*results, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_last_states_alone_can_carry_the_gradient(recurrent):
    lengths = torch.tensor([7, 1, 3, 7, 2, 5])
    gradients = []
    for compute in (fused, plain):
        embedding, letters, condition, states, _ = inputs(lengths)
        _, ends = compute(recurrent, embedding, letters, condition, states, lengths)
        ends[-1].square().sum().backward()
        gradients.append(embedding.weight.grad)
    torch.testing.assert_close(*gradients)


def test_products_rounded_to_bfloat16_stay_near(recurrent):
    recurrent.float()
    lengths = torch.tensor([7, 1, 3, 7, 2, 5])
    results = []
    for dtype in (None, torch.bfloat16):
        recurrent.round_products(dtype)
        embedding, letters, condition, states, _ = inputs(lengths)
        arguments = (recurrent, embedding.float(), letters, condition.float(), [s.float() for s in states], lengths)
        recurrent.zero_grad()
        outputs, _ = fused(*arguments)
        outputs.sin().sum().backward()
        with torch.no_grad():
            frozen, _ = fused(*arguments)
        results.append([outputs, frozen, *(p.grad for p in recurrent.parameters())])
    for exact, rounded in zip(*results, strict=True):
        assert exact.dtype == rounded.dtype == torch.float32
        assert 0 < (exact - rounded).norm() < 0.02 * exact.norm()


def test_a_linear_layer_rounds_its_product_with_frozen_weights_alone():
    layer, inputs = RoundedLinear(24, 40), torch.randn(6, 24)
    exact = torch.nn.functional.linear(inputs, layer.weight, layer.bias)
    layer.round_products(torch.bfloat16)
    torch.testing.assert_close(layer(inputs), exact)
    rounded = layer.requires_grad_(False)(inputs)
    assert rounded.dtype == torch.float32
    assert 0 < (exact - rounded).norm() < 0.02 * exact.norm()
