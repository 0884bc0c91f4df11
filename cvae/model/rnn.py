"""The recurrent layer of encoder and decoder: an LSTM or a GRU that reads letters."""

from collections.abc import Callable
from typing import Any, cast

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from cvae.core.config import ModelConfig
from cvae.model.rnn_kernels import GRUSequence, LSTMSequence, Step, gru_step, input_gates, lstm_step, unroll

States = tuple[Tensor, ...]
"""The recurrent state, each (B, H): hidden and cell for an LSTM, hidden for a GRU."""

CELLS: dict[str, tuple[Callable[[int, int], nn.RNNBase], Step, type[torch.autograd.Function] | None]] = {
    "lstm": (nn.LSTM, lstm_step, LSTMSequence),
    "gru": (nn.GRU, gru_step, GRUSequence),
}
"""For each cell the layer that holds the parameters, the function of one step, and a function of whole words with a
backward pass of its own, or None to let torch differentiate the steps."""


class Weights(nn.RNNBase):
    """The parameters of nn.LSTM and nn.GRU by their names, which torch itself does not declare."""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor


class Recurrent(nn.Module):
    """An LSTM or a GRU that reads letters, each joined with the same conditioning input; the state is always a tuple.

    The parameters are those of nn.LSTM or nn.GRU. On the processor `cvae.model.rnn_kernels` computes with them, from a
    table of what each letter adds to the gates; on an accelerator the layer itself does, from the embedding. The
    processor rounds the factors of its products to `products`, when that is set.
    """

    def __init__(self, config: ModelConfig, condition_size: int, reverse: bool = False):
        super().__init__()
        layer, self.step, self.sequence = CELLS[config.cell]
        self.rnn = cast(Weights, layer(config.embedding + condition_size, config.hidden))
        self.embedding_size, self.reverse = config.embedding, reverse
        self.products: torch.dtype | None = None
        self.cache: dict[str, Tensor] = {}

    def round_products(self, dtype: torch.dtype | None) -> None:
        """Round the factors of products to this type, or not at all."""
        self.products = dtype
        self.cache.clear()

    @property
    def on_accelerator(self) -> bool:
        """Whether the layer of torch, which is cuDNN's on CUDA, reads the letters."""
        return self.rnn.weight_hh_l0.device.type not in ("cpu", "meta")

    def gate_table(self, embedding: nn.Embedding) -> Tensor:
        """Join embedding and input weights: row v of (V, G) is what reading letter v adds to the gates.

        On an accelerator, return the embedding (V, E) itself.
        """
        if self.on_accelerator:
            return embedding.weight

        def compute() -> Tensor:
            rnn = self.rnn
            bias = rnn.bias_ih_l0 + rnn.bias_hh_l0 if isinstance(rnn, nn.LSTM) else rnn.bias_ih_l0
            return F.linear(embedding.weight, rnn.weight_ih_l0[:, : self.embedding_size], bias)

        return self.cached("table", compute)

    def cached(self, name: str, compute: Callable[[], Tensor]) -> Tensor:
        """Compute a tensor that depends on the weights alone: once for a frozen model, otherwise at every call."""
        if self.rnn.weight_hh_l0.requires_grad:
            return compute()
        if name not in self.cache:
            with torch.inference_mode(False):  # so that the tensor can be used in any mode
                self.cache[name] = compute()
        return self.cache[name]

    def condition_gates(self, condition: Tensor) -> Tensor:
        """Return what the condition (B, K) adds to the gates at every step (B, G); on an accelerator, itself."""
        if self.on_accelerator:
            return condition
        return condition @ self.rnn.weight_ih_l0[:, self.embedding_size :].t()

    def forward(
        self,
        table: Tensor,
        condition_gates: Tensor | None,
        letters: Tensor,
        states: States,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, States]:
        """Return outputs (T, B, H) and the states after each word's last letter, from letters (B, T) and states (B, H).

        Without lengths every word fills all T places. With `reverse`, each word is read from its end.
        """
        if self.reverse:
            letters = reverse_words(letters, lengths)
        if self.on_accelerator:
            return self.read(F.embedding(letters.t(), table), condition_gates, states, lengths)
        last = None if lengths is None or bool((lengths == letters.size(1)).all()) else lengths - 1
        letters = letters.t().contiguous()
        if self.sequence is None or not torch.is_grad_enabled():
            gates = input_gates(table, letters, condition_gates)
            recurrent = self.cached("weight", self.rnn.weight_hh_l0.to(self.products).t().contiguous)  # (H, G)
            return unroll(self.step, gates, states, last, recurrent, self.rnn.bias_hh_l0)
        weight = self.rnn.weight_hh_l0.to(self.products)
        bias = () if isinstance(self.rnn, nn.LSTM) else (self.rnn.bias_hh_l0,)  # an LSTM has it in the table
        outputs, *states = self.sequence.apply(table, weight, *bias, condition_gates, letters, *states, last)
        return outputs, tuple(states)

    def read(
        self, inputs: Tensor, condition: Tensor | None, states: States, lengths: Tensor | None
    ) -> tuple[Tensor, States]:
        """Read embedded letters (T, B, E) and the condition (B, K) with the layer of torch; otherwise as `forward`."""
        steps = len(inputs)
        if condition is not None:
            inputs = torch.cat([inputs, condition.expand(steps, -1, -1)], 2)
        start = tuple(state[None].contiguous() for state in states)
        read: Any = inputs if lengths is None else pack_padded_sequence(inputs, lengths.cpu(), enforce_sorted=False)
        outputs, ends = self.rnn(read, start if len(start) > 1 else start[0])
        if lengths is not None:
            outputs, _ = pad_packed_sequence(outputs, total_length=steps)
        return outputs, tuple(end[0] for end in (ends if len(start) > 1 else (ends,)))


class RoundedLinear(nn.Linear):
    """A linear layer that, with frozen weights, rounds the factors of its product to `products`, when that is set.

    While it is trained it rounds nothing: `precision` is that of the recurrent products, which take most of a step.
    """

    products: torch.dtype | None = None

    def round_products(self, dtype: torch.dtype | None) -> None:
        """Round the factors of products to this type, or not at all."""
        self.products = dtype

    def forward(self, inputs: Tensor) -> Tensor:
        """Return (..., M) from inputs (..., N)."""
        if self.products is None or self.weight.requires_grad or self.weight.device.type != "cpu":
            return super().forward(inputs)
        rounded = (each.to(self.products) for each in (inputs, self.weight, self.bias))
        return F.linear(*rounded).to(inputs.dtype)


def reverse_words(letters: Tensor, lengths: Tensor | None) -> Tensor:
    """Reverse the letters of each word and leave the padding after them: (B, T) -> (B, T)."""
    if lengths is None:
        return letters.flip(1)
    place, lengths = torch.arange(letters.size(1), device=letters.device), lengths.to(letters.device)
    return letters.gather(1, torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place))
