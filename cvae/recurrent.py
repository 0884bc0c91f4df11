"""The recurrent layer of encoder and decoder: an LSTM or a GRU that reads letters."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from cvae.config import ModelConfig
from cvae.recurrence import GRUSequence, LSTMSequence, gru_step, input_gates, lstm_step, untaped

States = tuple[Tensor, ...]
"""The recurrent state, each (B, H): hidden and cell for an LSTM, hidden for a GRU."""


class Recurrent(nn.Module):
    """An LSTM or a GRU that reads letters, and beside each the same vector; the state is always a tuple.

    The parameters are those of nn.LSTM or nn.GRU; `cvae.recurrence` computes with them.
    """

    def __init__(self, config: ModelConfig, beside: int, reverse: bool = False):
        super().__init__()
        kind = nn.LSTM if config.cell == "lstm" else nn.GRU
        self.rnn = kind(config.embedding + beside, config.hidden)
        self.embedding_size, self.reverse = config.embedding, reverse
        self.step = lstm_step if config.cell == "lstm" else gru_step
        self.frozen_table: Tensor | None = None

    def gate_table(self, embedding: nn.Embedding) -> Tensor:
        """The input half of the gates for every letter of the alphabet: (V, G). Computed once for a frozen model."""
        if embedding.weight.requires_grad:
            return self.compute_table(embedding)
        if self.frozen_table is None:
            with torch.inference_mode(False):  # a tensor that works in any mode, whoever asks first
                self.frozen_table = self.compute_table(embedding)
        return self.frozen_table

    def compute_table(self, embedding: nn.Embedding) -> Tensor:
        """Embedding and input weights in one: row v is what reading letter v adds to the gates."""
        rnn = self.rnn
        bias = rnn.bias_ih_l0 + rnn.bias_hh_l0 if isinstance(rnn, nn.LSTM) else rnn.bias_ih_l0
        return F.linear(embedding.weight, rnn.weight_ih_l0[:, : self.embedding_size], bias)

    def beside_gates(self, beside: Tensor) -> Tensor:
        """What the vector (B, K) beside the letters adds to the gates of every step: (B, G)."""
        return beside @ self.rnn.weight_ih_l0[:, self.embedding_size :].t()

    def forward(
        self, table: Tensor, beside: Tensor | None, letters: Tensor, states: States, lengths: Tensor | None = None
    ) -> tuple[Tensor, States]:
        """Letters (B, T) and states (B, H) to outputs (T, B, H) and the states after each word's last letter.

        Without lengths every word fills all T places. A reverse one reads each word from its end.
        """
        if self.reverse:
            letters = reverse_words(letters, lengths)
        last = None if lengths is None or bool((lengths == letters.size(1)).all()) else lengths - 1
        weight, letters = self.rnn.weight_hh_l0, letters.t().contiguous()
        if not torch.is_grad_enabled():
            return untaped(self.step, input_gates(table, letters, beside), states, last, weight, self.rnn.bias_hh_l0)
        if isinstance(self.rnn, nn.LSTM):
            outputs, *states = LSTMSequence.apply(table, weight, beside, letters, *states, last)
        else:
            outputs, *states = GRUSequence.apply(table, weight, self.rnn.bias_hh_l0, beside, letters, *states, last)
        return outputs, tuple(states)


def reverse_words(letters: Tensor, lengths: Tensor | None) -> Tensor:
    """The letters of each word from its last to its first, the padding left behind them: (B, T) -> (B, T)."""
    if lengths is None:
        return letters.flip(1)
    place = torch.arange(letters.size(1))
    return letters.gather(1, torch.where(place < lengths[:, None], lengths[:, None] - 1 - place, place))
