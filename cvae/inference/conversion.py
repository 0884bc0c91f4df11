"""Strings in, strings out: convert words, look at their letters, draw paradigms from the prior."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from cvae.data.batches import in_chunks, pad_words
from cvae.data.vocabulary import EOS, MAX_LETTERS, SOS
from cvae.model.cvae import CVAE, UNKNOWN_TENSE, greedy_next_letter
from cvae.model.objective import reconstruction_loss
from cvae.model.parallel import map_chunks

CHUNK = 256
"""Words decoded together: in all tenses, their gates still fit into a processor's cache."""


@dataclass(frozen=True)
class Form:
    """One decoded word.

    confidence: the probability of exactly these letters and the end after them, given z.
    ended: False when the decoder was stopped at `MAX_LETTERS` before it had written EOS.
    probabilities: of each id (V) at each step (letters and EOS), or None when they were not asked for.
    """

    text: str
    confidence: float
    ended: bool
    probabilities: np.ndarray | None = None  # (T, V)


@dataclass(frozen=True)
class Conversion:
    """One word in all tenses. tense_posterior: p(tense | word) under the model, (C,), when no source was given."""

    word: str
    source: str
    forms: dict[str, Form]
    tense_posterior: np.ndarray | None


def convert(
    model: CVAE,
    words: Sequence[str],
    sources: Sequence[str | None] | str | None = None,
    keep_probabilities: bool = False,
) -> list[Conversion]:
    """Every word in every tense, z = the posterior mean. A source of None: whatever tense it is, see `read_any_tense`.

    `sources` is one tense for all words or one for each. Raises BadWord or UnknownCharacter for the first bad word.
    """
    vocabulary = model.vocabulary
    if sources is None or isinstance(sources, str):
        sources = [sources] * len(words)
    words = [vocabulary.check(word) for word in words]
    known = [None if source is None else vocabulary.tense(source) for source in sources]
    order = sorted(range(len(words)), key=lambda i: (known[i] is None, len(words[i])))  # so that little is padded
    auto = next((place for place, i in enumerate(order) if known[i] is None), len(order))
    chunks = [*in_chunks(order[:auto], CHUNK), *in_chunks(order[auto:], CHUNK)]

    @torch.inference_mode()
    def convert_chunk(chunk: Sequence[int]) -> list[Conversion]:
        chosen = [words[i] for i in chunk]
        z, tenses, posteriors = _read(model, chosen, [known[i] for i in chunk])
        forms = decode_all_tenses(model, z, keep_probabilities)
        return [
            Conversion(word, vocabulary.tenses[tense], dict(zip(vocabulary.tenses, row, strict=True)), posterior)
            for word, tense, row, posterior in zip(chosen, tenses, forms, posteriors, strict=True)
        ]

    conversions: dict[int, Conversion] = {}
    for chunk, converted in zip(chunks, map_chunks(convert_chunk, chunks), strict=True):
        conversions |= zip(chunk, converted, strict=True)
    return [conversions[i] for i in range(len(words))]


def _read(
    model: CVAE, words: Sequence[str], known: Sequence[int | None]
) -> tuple[Tensor, list[int], list[np.ndarray | None]]:
    """Words whose tenses are all known, or all not: z (B, Z), the tenses, and p(tense | word) where it was asked.

    A word whose tense was found is read once more in that tense: that is a little more often right.
    """
    posteriors: list[np.ndarray | None] = [None] * len(words)
    tenses = [tense for tense in known if tense is not None]
    if not tenses:
        _, posterior = read_any_tense(model, words)
        tenses, posteriors = posterior.argmax(1).tolist(), list(posterior.numpy())
    letters, lengths = pad_words(words, model.vocabulary)
    z, _ = model.encode(letters, lengths, torch.tensor(tenses))
    return z, tenses, posteriors


@torch.inference_mode()
def encode(model: CVAE, words: Sequence[str], tenses: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Mean and logvar of q(z | x, c), each (B, Z), of words in given tenses. Raises BadWord or UnknownCharacter."""
    letters, lengths = pad_words(words, model.vocabulary)
    return model.encode(letters, lengths, torch.tensor([model.vocabulary.tense(name) for name in tenses]))


@torch.inference_mode()
def read_any_tense(model: CVAE, words: Sequence[str]) -> tuple[Tensor, Tensor]:
    """Words whose tense is not told: means of q(z | x) (B, Z), and p(tense | word) (B, C).

    p(c | x, z) is proportional to p(x | z, c) under equal priors, z at the mean of q(z | x): the tense in which the
    decoder would spell the very word again. Where two tenses share a form, as in `put`, both are about as likely.
    """
    count, tenses = len(words), len(model.vocabulary.tenses)
    letters, lengths = pad_words(words, model.vocabulary)
    z, _ = model.encode(letters, lengths, torch.full((count,), UNKNOWN_TENSE))
    targets, tense = letters.repeat_interleave(tenses, 0), torch.arange(tenses).repeat(count)
    logits = model.decode_targets(z.repeat_interleave(tenses, 0), tense, targets)
    return z, (-reconstruction_loss(logits, targets)).view(count, tenses).softmax(1)


@torch.inference_mode()
def decode_all_tenses(model: CVAE, z: Tensor, keep_probabilities: bool = False) -> list[list[Form]]:
    """The likeliest letters of each z (B, Z) in each of the C tenses: B lists of C forms."""
    tenses = len(model.vocabulary.tenses)
    tense = torch.arange(tenses).repeat(len(z))
    forms = as_forms(model, spell(model, z.repeat_interleave(tenses, 0), tense), keep_probabilities)
    return [forms[i : i + tenses] for i in range(0, len(forms), tenses)]


@dataclass(frozen=True)
class Spelled:
    """The likeliest letters of some words, and their logarithmic probabilities; places after EOS hold zeros."""

    ids: Tensor  # (B, T)
    logs: Tensor  # (B, T, V)


@torch.inference_mode()
def spell(model: CVAE, z: Tensor, tense: Tensor, limit: int = MAX_LETTERS + 1, forced: Tensor | None = None) -> Spelled:
    """Decode z (B, Z) in tenses (B,) letter by letter until every word has ended, at most `limit` steps.

    `forced` (B, K) are the first ids of each word, whatever the model thinks of them. When half of the words have ended
    they leave the batch, so that a few long ones do not hold up the rest.
    """
    state = model.decoder.start(z, tense)
    rows, letters = torch.arange(len(z)), torch.full((len(z), 1), SOS)
    going = torch.ones(len(z), dtype=torch.bool)
    ids, scores = torch.zeros(len(z), limit, dtype=torch.long), torch.zeros(len(z), limit, len(model.vocabulary))
    for step in range(limit):
        logits, state = model.decoder(letters, state)
        told = None if forced is None or step >= forced.size(1) else forced[rows, step : step + 1]
        letters = greedy_next_letter(logits) if told is None else told  # (B, 1)
        ids[rows, step], scores[rows, step] = letters[:, 0], logits[:, 0]
        going &= letters[:, 0] != EOS
        left = int(going.sum())
        if not left:
            break
        if left <= len(rows) // 2:
            rows, letters, state, going = rows[going], letters[going], state.of(going), going[going]
    ids, scores = ids[:, : step + 1], scores[:, : step + 1]
    ends = ids == EOS
    written = ends.cumsum(1) - ends.int() == 0  # up to the first EOS
    return Spelled(ids * written, scores.log_softmax(2) * written[..., None])


def as_forms(model: CVAE, spelled: Spelled, keep_probabilities: bool) -> list[Form]:
    """Words and confidences."""
    ids, logs = spelled.ids, spelled.logs
    ends = ids == EOS
    ended = ends.any(1)
    steps = torch.where(ended, ends.int().argmax(1) + 1, ids.size(1))  # letters and EOS
    confidence = logs.gather(2, ids[..., None])[..., 0].sum(1).exp()
    words = map(model.vocabulary.decode, ids.tolist())
    forms = [Form(*row) for row in zip(words, confidence.tolist(), ended.tolist(), strict=True)]
    if not keep_probabilities:
        return forms
    probabilities = logs.exp().numpy()
    return [replace(form, probabilities=probabilities[i, : steps[i]]) for i, form in enumerate(forms)]


@torch.inference_mode()
def posterior(model: CVAE, word: str, source: str | None = None) -> tuple[Tensor, Tensor]:
    """Mean and logvar, each (1, Z), of q(z | x, c); a source of None is the tense in which `convert` reads the word.

    Raises BadWord or UnknownCharacter.
    """
    return encode(model, [word], [likeliest_tense(model, word) if source is None else source])


def likeliest_tense(model: CVAE, word: str) -> str:
    """The tense in which `convert` reads a word when it is not told. Raises BadWord or UnknownCharacter."""
    _, tenses = read_any_tense(model, [word])
    return model.vocabulary.tenses[int(tenses.argmax())]
