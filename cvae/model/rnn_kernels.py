"""Kernels of the LSTM and the GRU: the results of nn.LSTM and nn.GRU in less time.

For training, a whole word is one autograd function; without gradients, `unroll` keeps nothing that only a backward
pass would need. The letters come from an alphabet of a few dozen, so the input half of every gate is a row of a small
table instead of a matrix product; gates are computed in place, their gradients then overwrite them (so no graph can be
gone through backwards twice), and the gradient of the recurrent weights is one product after the loop. Weights may have
a lower precision than the rest: factors of products are then rounded to it.
Everything is time first inside: T steps, B words, hidden size H, and G = 4H gates of an LSTM (i, f, g, o) or 3H of a
GRU (r, u, n).
"""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
tanh_backward, tanh_backward_into = torch.ops.aten.tanh_backward, torch.ops.aten.tanh_backward.grad_input

Step = Callable[[Tensor, tuple[Tensor, ...], Tensor, Tensor], tuple[Tensor, ...]]


class Context(Protocol):
    """The context of torch in which a forward pass leaves what the backward pass needs; None may stand for a tensor."""

    table_size: int
    has_condition: bool
    saved_tensors: tuple[Tensor, ...]

    def save_for_backward(self, *tensors: Tensor | None) -> None: ...
    def set_materialize_grads(self, value: bool) -> None: ...


def input_gates(table: Tensor, letters: Tensor, condition: Tensor | None) -> Tensor:
    """Look up the input half of all gates: table (V, G), letters (T, B), condition (B, G) or None -> (T, B, G)."""
    gates = table.index_select(0, letters.flatten()).view(*letters.shape, -1)
    return gates if condition is None else gates.add_(condition)


def input_gradients(gates: Tensor, letters: Tensor, size: int, has_condition: bool) -> tuple[Tensor, Tensor | None]:
    """Return the gradients of table (V, G) and condition (B, G) from that of the gates' input half (T, B, G)."""
    table = gates.new_zeros(size, gates.size(2)).index_add_(0, letters.flatten(), gates.flatten(0, 1))
    return table, gates.sum(0) if has_condition else None


def select_last(sequence: Tensor, last: Tensor | None) -> Tensor:
    """Select each word's last step: (T, B, H) and indices (B,) -> (B, H); without indices it is the final step."""
    return sequence[-1] if last is None else sequence[last, torch.arange(sequence.size(1))]


def add_last(step: int, steps: int, last: Tensor | None, total: Tensor, gradient: Tensor | None) -> None:
    """Add to `total` (B, H) the gradient of the states after the last letter, for the words that end at this step."""
    if gradient is None:
        return
    if last is not None:
        total += gradient * (last == step)[:, None]
    elif step == steps - 1:
        total += gradient


def add_product(total: Tensor, factor: Tensor, weight: Tensor) -> Tensor:
    """Add the product (N, K) @ (K, M) to `total` (N, M), in place; `factor` is rounded to the weight's precision."""
    if factor.dtype == weight.dtype:
        return total.addmm_(factor, weight)
    return total.add_(factor.to(weight.dtype) @ weight)


def weight_gradient(gates: Tensor, hiddens: Tensor, weight: Tensor) -> Tensor:
    """Return the gradient of the weight (G, H) from those of the gates (T, B, G) and the states (T + 1, B, H)."""
    return gates.flatten(0, 1).to(weight.dtype).t() @ hiddens[:-1].flatten(0, 1).to(weight.dtype)


class LSTMSequence(torch.autograd.Function):
    """An LSTM over whole words: the hidden states (T, B, H), and hidden and cell (B, H) at each word's last step.

    `apply` takes table (V, 4H), weight (4H, H), condition (B, 4H) or None, letters (T, B), hidden and cell (B, H)
    and last (B,), None where all words end at step T - 1. Hochreiter and Schmidhuber 1997 with forget gates, as in
    torch.nn.LSTM; both biases are part of the table.
    """

    @staticmethod
    def forward(
        ctx: Context, table: Tensor, weight: Tensor, condition: Tensor | None,
        letters: Tensor, hidden: Tensor, cell: Tensor, last: Tensor | None,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        gates = input_gates(table, letters, condition)
        steps, (batch, size) = len(letters), hidden.shape
        hiddens, cells = gates.new_empty(2, steps + 1, batch, size).unbind(0)
        hiddens[0], cells[0] = hidden, cell
        tanh_cells = torch.empty_like(cells[1:])
        recurrent = weight.t()
        for s in range(steps):
            i, f, c, o = activate_lstm(add_product(gates[s], hiddens[s], recurrent))
            torch.mul(f, cells[s], out=cells[s + 1]).addcmul_(i, c)
            torch.tanh(cells[s + 1], out=tanh_cells[s])
            torch.mul(o, tanh_cells[s], out=hiddens[s + 1])
        ctx.save_for_backward(gates, hiddens, cells, tanh_cells, weight, letters, last)
        ctx.set_materialize_grads(False)
        ctx.table_size, ctx.has_condition = len(table), condition is not None
        return hiddens[1:], select_last(hiddens[1:], last).clone(), select_last(cells[1:], last).clone()

    @staticmethod
    @once_differentiable
    def backward(
        ctx: Context, d_outputs: Tensor | None, d_last_hidden: Tensor | None, d_last_cell: Tensor | None
    ) -> tuple[Tensor | None, ...]:
        gates, hiddens, cells, tanh_cells, weight, letters, last = ctx.saved_tensors
        steps, batch, size = tanh_cells.shape
        d_hidden, d_cell = gates.new_zeros(2, batch, size).unbind(0)
        for s in reversed(range(steps)):
            add_last(s, steps, last, d_hidden, d_last_hidden)
            add_last(s, steps, last, d_cell, d_last_cell)
            if d_outputs is not None:
                d_hidden += d_outputs[s]
            i, f, g, o = gates[s].chunk(4, 1)
            d_cell += tanh_backward(d_hidden * o, tanh_cells[s])
            d_i, d_f, d_g, d_o = d_cell * g, d_cell * cells[s], d_cell * i, d_hidden.mul_(tanh_cells[s])
            d_cell.mul_(f)
            for gate, gradient in ((i, d_i), (f, d_f), (o, d_o)):
                sigmoid_backward(gradient, gate, grad_input=gate)
            tanh_backward_into(d_g, g, grad_input=g)
            add_product(d_hidden.zero_(), gates[s], weight)
        d_weight = weight_gradient(gates, hiddens, weight)
        d_table, d_condition = input_gradients(gates, letters, ctx.table_size, ctx.has_condition)
        return d_table, d_weight, d_condition, None, d_hidden, d_cell, None


class GRUSequence(torch.autograd.Function):
    """A GRU over whole words: the hidden states (T, B, H), and hidden (B, H) at each word's last step.

    `apply` takes table (V, 3H), weight (3H, H), bias (3H,), condition (B, 3H) or None, letters (T, B), hidden (B, H)
    and last (B,), None where all words end at step T - 1. Cho et al. 2014 in the form of torch.nn.GRU: the reset gate
    acts after the recurrent product, whose bias is therefore not part of the table.
    """

    @staticmethod
    def forward(
        ctx: Context, table: Tensor, weight: Tensor, bias: Tensor, condition: Tensor | None,
        letters: Tensor, hidden: Tensor, last: Tensor | None,
    ) -> tuple[Tensor, Tensor]:  # fmt: skip
        gates = input_gates(table, letters, condition)
        steps, (batch, size) = len(letters), hidden.shape
        hiddens = gates.new_empty(steps + 1, batch, size)
        hiddens[0] = hidden
        recurrents = torch.empty_like(gates)
        for s in range(steps):
            h = add_product(recurrents[s].copy_(bias), hiddens[s], weight.t())
            r, u = gates[s, :, : 2 * size].add_(h[:, : 2 * size]).sigmoid_().chunk(2, 1)
            n = gates[s, :, 2 * size :].addcmul_(r, h[:, 2 * size :]).tanh_()
            torch.lerp(n, hiddens[s], u, out=hiddens[s + 1])
        ctx.save_for_backward(gates, hiddens, recurrents, weight, letters, last)
        ctx.set_materialize_grads(False)
        ctx.table_size, ctx.has_condition = len(table), condition is not None
        return hiddens[1:], select_last(hiddens[1:], last).clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Context, d_outputs: Tensor | None, d_last_hidden: Tensor | None) -> tuple[Tensor | None, ...]:
        gates, hiddens, recurrents, weight, letters, last = ctx.saved_tensors
        steps, (batch, size) = len(letters), hiddens.shape[1:]
        d_hidden = gates.new_zeros(batch, size)
        for s in reversed(range(steps)):
            add_last(s, steps, last, d_hidden, d_last_hidden)
            if d_outputs is not None:
                d_hidden += d_outputs[s]
            r, u, n = gates[s].chunk(3, 1)
            recurrent = recurrents[s, :, 2 * size :]
            d_u, d_n = d_hidden * (hiddens[s] - n), d_hidden * (1 - u)
            d_hidden *= u
            sigmoid_backward(d_u, u, grad_input=u)
            tanh_backward_into(d_n, n, grad_input=n)
            d_r = n * recurrent
            torch.mul(n, r, out=recurrent)
            sigmoid_backward(d_r, r, grad_input=r)
            recurrents[s, :, : 2 * size] = gates[s, :, : 2 * size]
            add_product(d_hidden, recurrents[s], weight)
        d_weight = weight_gradient(recurrents, hiddens, weight)
        d_table, d_condition = input_gradients(gates, letters, ctx.table_size, ctx.has_condition)
        return d_table, d_weight, recurrents.sum((0, 1)), d_condition, None, d_hidden, None


def lstm_step(gates: Tensor, states: tuple[Tensor, ...], weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    """Do one LSTM step: hidden and cell (B, H) to new ones, by weight (H, 4H); the gates' input half is overwritten."""
    hidden, cell = states
    i, f, g, o = activate_lstm(add_product(gates, hidden, weight), quick_tanh_)
    cell = (f * cell).addcmul_(i, g)
    return quick_tanh_(cell.clone()).mul_(o), cell


def gru_step(gates: Tensor, states: tuple[Tensor, ...], weight: Tensor, bias: Tensor) -> tuple[Tensor, ...]:
    """Do one GRU step: hidden (B, H) to a new one, by weight (H, 3H); the gates' input half is overwritten."""
    size = len(weight)
    recurrent = add_product(bias.expand(len(gates), -1).clone(), states[0], weight)
    r, u = gates[:, : 2 * size].add_(recurrent[:, : 2 * size]).sigmoid_().chunk(2, 1)
    n = quick_tanh_(gates[:, 2 * size :].addcmul_(r, recurrent[:, 2 * size :]))
    return (torch.lerp(n, states[0], u),)


def unroll(
    step: Step, gates: Tensor, states: tuple[Tensor, ...], last: Tensor | None, weight: Tensor, bias: Tensor
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the steps without a tape: outputs (T, B, H) and the states at each word's last step, from gates (T, B, G).

    weight (H, G) is contiguous: a product with a few words takes half the time that it takes with a transposed view.
    """
    outputs, ends = [], states
    for s in range(len(gates)):
        states = step(gates[s], states, weight, bias)
        outputs.append(states[0])
        if last is None:
            ends = states
        else:
            here = (last == s)[:, None]
            ends = tuple(torch.where(here, new, old) for new, old in zip(states, ends, strict=True))
    return states[0][None] if len(gates) == 1 else torch.stack(outputs), ends


def activate_lstm(gates: Tensor, tanh_: Callable[[Tensor], Tensor] = Tensor.tanh_) -> tuple[Tensor, ...]:
    """Return the gates i, f, g, o (B, H) of an LSTM, in place of their inputs (B, 4H)."""
    i, f, g, o = gates.chunk(4, 1)
    return i.sigmoid_(), f.sigmoid_(), tanh_(g), o.sigmoid_()


def quick_tanh_(x: Tensor) -> Tensor:
    """Compute tanh(x) = 2 sigmoid(2x) - 1 in place, to 2e-7: MKL's own takes four times as long on AMD processors."""
    return x.mul_(2).sigmoid_().mul_(2).sub_(1)
