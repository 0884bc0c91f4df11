"""The recurrent layer of encoder and decoder: an LSTM or a GRU that reads letters."""

from collections.abc import Callable
from typing import cast

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from cvae.core.config import ModelConfig
from cvae.model.rnn_kernels import GRUSequence, LSTMSequence, Step, gru_step, input_gates, lstm_step, untaped

States = tuple[Tensor, ...]
"""The recurrent state, each (B, H): hidden and cell for an LSTM, hidden for a GRU."""

CELLS: dict[str, tuple[Callable[[int, int], nn.RNNBase], Step, type[torch.autograd.Function] | None]] = {
    "lstm": (nn.LSTM, lstm_step, LSTMSequence),
    "gru": (nn.GRU, gru_step, GRUSequence),
}
"""Of a cell the layer with its parameters, one step, and a whole word with its own backward pass (None: by torch)."""


class Weights(nn.RNNBase):
    """The parameters of nn.LSTM and nn.GRU by their names, which torch itself does not declare."""

    weight_ih_l0: Tensor
    weight_hh_l0: Tensor
    bias_ih_l0: Tensor
    bias_hh_l0: Tensor


class Recurrent(nn.Module):
    """An LSTM or a GRU that reads letters, each joined with the same conditioning input; the state is always a tuple.

    The parameters are those of nn.LSTM or nn.GRU; `cvae.model.rnn_kernels` computes with them.
    """

    def __init__(self, config: ModelConfig, condition_size: int, reverse: bool = False):
        super().__init__()
        layer, self.step, self.sequence = CELLS[config.cell]
        self.rnn = cast(Weights, layer(config.embedding + condition_size, config.hidden))
        self.embedding_size, self.reverse = config.embedding, reverse
        self.kept: dict[str, Tensor] = {}

    def gate_table(self, embedding: nn.Embedding) -> Tensor:
        """The input half of the gates for every letter of the alphabet: (V, G)."""
        return self.keep("table", lambda: self.compute_table(embedding))

    def recurrent_weight(self) -> Tensor:
        """The recurrent half of the gates as `untaped` wants it: (H, G), contiguous."""
        return self.keep("weight", self.rnn.weight_hh_l0.t().contiguous)

    def keep(self, name: str, compute: Callable[[], Tensor]) -> Tensor:
        """What follows from the weights alone: computed once for a frozen model, else whenever it is asked for."""
        if self.rnn.weight_hh_l0.requires_grad:
            return compute()
        if name not in self.kept:
            with torch.inference_mode(False):  # a tensor that works in any mode, whoever asks first
                self.kept[name] = compute()
        return self.kept[name]

    def compute_table(self, embedding: nn.Embedding) -> Tensor:
        """Embedding and input weights in one: row v is what reading letter v adds to the gates."""
        rnn = self.rnn
        bias = rnn.bias_ih_l0 + rnn.bias_hh_l0 if isinstance(rnn, nn.LSTM) else rnn.bias_ih_l0
        return F.linear(embedding.weight, rnn.weight_ih_l0[:, : self.embedding_size], bias)

    def condition_gates(self, condition: Tensor) -> Tensor:
        """What the conditioning input (B, K) adds to the gates at every step: (B, G)."""
        return condition @ self.rnn.weight_ih_l0[:, self.embedding_size :].t()

    def forward(
        self,
        table: Tensor,
        condition_gates: Tensor | None,
        letters: Tensor,
        states: States,
        lengths: Tensor | None = None,
    ) -> tuple[Tensor, States]:
        """Letters (B, T) and states (B, H) to outputs (T, B, H) and the states after each word's last letter.

        Without lengths every word fills all T places. A reverse one reads each word from its end.
        """
        if self.reverse:
            letters = reverse_words(letters, lengths)
        last = None if lengths is None or bool((lengths == letters.size(1)).all()) else lengths - 1
        letters = letters.t().contiguous()
        if self.sequence is None or not torch.is_grad_enabled():
            gates = input_gates(table, letters, condition_gates)
            return untaped(self.step, gates, states, last, self.recurrent_weight(), self.rnn.bias_hh_l0)
        weight = self.rnn.weight_hh_l0
        bias = () if isinstance(self.rnn, nn.LSTM) else (self.rnn.bias_hh_l0,)  # an LSTM has it in the table
        outputs, *states = self.sequence.apply(table, weight, *bias, condition_gates, letters, *states, last)
        return outputs, tuple(states)


def reverse_words(letters: Tensor, lengths: Tensor | None) -> Tensor:
    """The letters of each word from its last to its first, the padding left behind them: (B, T) -> (B, T)."""
    if lengths is None:
        return letters.flip(1)
    place = torch.arange(letters.size(1))
    return letters.gather(1, torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place))
