"""What else a word might have become: a letter forced, the likeliest words, and how often each one is drawn."""

from collections import Counter

import torch
from torch import Tensor

from cvae.data.vocabulary import EOS, MAX_LETTERS, SOS
from cvae.inference.conversion import Form, as_forms, draw_posterior, posterior, spell
from cvae.model.cvae import CVAE, NEVER_WRITTEN

BEAM_WIDTH = 5
DRAWS = 100


def convert_from(model: CVAE, word: str, source: str | None, target: str, prefix: str, end: bool = False) -> Form:
    """The word in tense `target`, its first letters being `prefix`, and no more when `end`; the model does the rest.

    z is the posterior mean, as in `convert`. The confidence counts the forced letters too: it is the probability that
    the model gives to this whole word. Raises BadWord or UnknownCharacter.
    """
    letters = (model.vocabulary.encode(prefix)[:-1] if prefix else []) + [EOS] * end
    z, _ = posterior(model, word, source)
    tense = torch.tensor([model.vocabulary.tense(target)])
    forced = torch.tensor([letters], dtype=torch.long)
    return as_forms(model, spell(model, z, tense, forced=forced), keep_probabilities=True)[0]


def likeliest_words(
    model: CVAE, word: str, source: str | None, target: str, width: int = BEAM_WIDTH
) -> list[tuple[str, float]]:
    """The words that beam search finds in tense `target`, with their probabilities given z, the likeliest first.

    z is the posterior mean. Raises BadWord or UnknownCharacter.
    """
    z, _ = posterior(model, word, source)
    ids, logs = beam_search(model, z, torch.tensor([model.vocabulary.tense(target)]), width)
    return list(zip(map(model.vocabulary.decode, ids.tolist()), logs.exp().tolist(), strict=True))


@torch.inference_mode()
def beam_search(model: CVAE, z: Tensor, tense: Tensor, width: int = BEAM_WIDTH) -> tuple[Tensor, Tensor]:
    """The `width` likeliest words found for one z (1, Z) in one tense (1,): ids (W, T), log-probabilities (W,), sorted.

    All beams are one batch. A word that has ended stays in the beam and is padded with EOS; after `MAX_LETTERS` + 1
    steps the search stops, as `spell` does. Width 1 is the greedy word.
    """
    spelling = model.decoder.start(z, tense)
    ids, scores = torch.full((1, 1), SOS), torch.zeros(1)
    for _ in range(MAX_LETTERS + 1):
        logits, spelling = model.decoder(ids[:, -1:], spelling)
        logs = logits[:, 0].log_softmax(1).index_fill(1, NEVER_WRITTEN, float("-inf"))  # (W, V)
        ended = ids[:, -1] == EOS
        logs[ended] = float("-inf")
        logs[ended, EOS] = 0.0
        every = (scores[:, None] + logs).flatten()
        scores, best = every.topk(min(width, int(every.isfinite().sum())))
        beam, letter = best // logs.size(1), best % logs.size(1)
        ids, spelling = torch.cat([ids[beam], letter[:, None]], 1), spelling.of(beam)
        if bool((letter == EOS).all()):
            break
    return ids[:, 1:], scores


@torch.inference_mode()
def drawn_answers(
    model: CVAE, word: str, source: str | None, target: str, count: int = DRAWS, seed: int = 0
) -> list[tuple[str, int]]:
    """What `count` draws of q(z | x) become in tense `target`, and how often each word comes, the most frequent first.

    Raises BadConfig, BadWord or UnknownCharacter.
    """
    z = draw_posterior(model, word, source, count, seed)
    tense = torch.full((count,), model.vocabulary.tense(target))
    texts = Counter(form.text for form in as_forms(model, spell(model, z, tense), keep_probabilities=False))
    return sorted(texts.items(), key=lambda item: (-item[1], item[0]))
