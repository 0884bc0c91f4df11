"""Words from points: z is decoded letter by letter, in one tense or in all.

B is the number of words, T of letters, V of ids in the vocabulary, Z the width of z and C the number of tenses.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cvae.data.vocabulary import EOS, MAX_LETTERS, SOS
from cvae.model.cvae import CVAE, greedy_next_letter


def percent(share: float) -> str:
    """Return a probability in per cent, such as `97.3%`; what would be rounded to 0 or 100 is `< 0.1%` or `> 99.9%`.

    cvae/web/elements.js writes it in the same way.
    """
    text = f"{share:.1%}"
    return {"0.0%": "< 0.1%", "100.0%": "> 99.9%"}.get(text, text)


@dataclass(frozen=True)
class Form:
    """One decoded word.

    confidence: the probability of exactly these letters and the end after them, given z. ids: the letters, and EOS
    unless the decoder was stopped. probabilities: of each id (V) at each step, or None when they were not asked for.
    """

    text: str
    confidence: float
    ids: tuple[int, ...]  # (T,)
    probabilities: np.ndarray | None = None  # (T, V)

    @property
    def ended(self) -> bool:
        """False when the decoder was stopped at `MAX_LETTERS` before it had written EOS."""
        return self.ids[-1] == EOS


@torch.inference_mode()
def decode_all_tenses(model: CVAE, z: Tensor, keep_probabilities: bool = False) -> list[list[Form]]:
    """Return the greedily decoded word at each z (B, Z) in each of the C tenses: B lists of C forms."""
    tenses = len(model.vocabulary.tenses)
    tense = torch.arange(tenses).repeat(len(z))
    forms = decode_forms(model, z, tense, keep_probabilities)
    return [forms[i : i + tenses] for i in range(0, len(forms), tenses)]


@torch.inference_mode()
def decode_forms(
    model: CVAE, z: Tensor, tense: Tensor, keep_probabilities: bool = False, forced: Tensor | None = None
) -> list[Form]:
    """Return the greedily decoded words at z (B, Z) in tenses (B,), see `decode_greedily`."""
    ids, logs = decode_greedily(model, z, tense, forced)
    ends = ids == EOS
    steps = torch.where(ends.any(1), ends.int().argmax(1) + 1, ids.size(1)).tolist()  # letters and EOS
    confidence = logs.gather(2, ids[..., None])[..., 0].sum(1).exp().tolist()
    probabilities = logs.exp().numpy() if keep_probabilities else None
    return [
        Form(
            model.vocabulary.decode(row),
            confidence[i],
            tuple(row[: steps[i]]),
            None if probabilities is None else probabilities[i, : steps[i]],
        )
        for i, row in enumerate(ids.tolist())
    ]


@torch.inference_mode()
def decode_greedily(model: CVAE, z: Tensor, tense: Tensor, forced: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Decode the likeliest letter after the likeliest letter, from z in tenses (B,), until every word has ended.

    z: (B, Z), or as many as B is a multiple of, see `Decoder.start`. Returns ids (B, T) and log-probabilities (B, T,
    V), zero after a word's EOS. `forced` (B, K) are the first ids of each word, whatever the model thinks of them. A
    word without an end is stopped after `MAX_LETTERS` + 1 steps.
    """
    words, limit = len(tense), MAX_LETTERS + 1
    ids, logits = torch.zeros(words, limit, dtype=torch.long), torch.zeros(words, limit, len(model.vocabulary))
    # 1. The decoder starts from z and the tense. All words are being written, and the letter before the first is SOS.
    state, letters = model.decoder.start(z, tense), torch.full((words, 1), SOS)
    rows, going = torch.arange(words), torch.ones(words, dtype=torch.bool)
    for step in range(limit):
        # 2. It reads the previous letter and gives a score to every letter that may come next.
        scores, state = model.decoder(letters, state)
        # 3. The likeliest letter is chosen, unless another one is forced.
        told = None if forced is None or step >= forced.size(1) else forced[rows, step : step + 1]
        letters = greedy_next_letter(scores) if told is None else told  # (B, 1)
        ids[rows, step], logits[rows, step] = letters[:, 0], scores[:, 0]
        # 4. A word ends with EOS. Once half of the words have ended they leave the batch: few wait for the longest.
        going &= letters[:, 0] != EOS
        left = int(going.sum())
        if not left:
            break
        if left <= len(rows) // 2:
            rows, letters, state, going = rows[going], letters[going], state.of(going), going[going]
    # 5. Letters that were written after a word's first EOS, while others went on, are cleared.
    ids, logits = ids[:, : step + 1], logits[:, : step + 1]
    ends = ids == EOS
    written = ends.cumsum(1) - ends.int() == 0
    return ids * written, logits.log_softmax(2) * written[..., None]
