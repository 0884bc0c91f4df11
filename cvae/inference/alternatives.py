"""Alternatives to a converted form: words with a forced letter, the likeliest words, and words of random draws."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from cvae.core.errors import BadWord
from cvae.data.vocabulary import EOS, MAX_LETTERS, SOS, SPECIALS, Vocabulary, clusters
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form, decode_forms
from cvae.inference.sampling import draw_posterior
from cvae.model.cvae import CVAE, NEVER_WRITTEN

BEAM_WIDTH = 5
DRAWS = 100


def convert_from(model: CVAE, z: Tensor, target: str, prefix: str, end: bool = False) -> Form:
    """Decode the word at z (Z,) in tense `target` that begins with `prefix`, and ends there if `end`.

    The letters are forced as they are, not normalized: a space or a joiner may be the last of them. The confidence
    counts them, too: it is the probability that the model gives to this whole word. Raises BadWord.
    """
    vocabulary = model.vocabulary
    if len(prefix) > MAX_LETTERS or vocabulary.foreign(prefix):
        raise BadWord(f"Choose at most {MAX_LETTERS} letters of the alphabet ({vocabulary.describe_alphabet()}).")
    tense = torch.tensor([vocabulary.tense(target)])
    forced = torch.tensor([vocabulary.ids_of(prefix) + [EOS] * end], dtype=torch.long)
    return decode_forms(model, z[None], tense, keep_probabilities=True, forced=forced)[0]


def likeliest_words(model: CVAE, conversion: Conversion, target: str) -> list[tuple[str, float]]:
    """Return the words that beam search finds in tense `target`, with their probabilities given z, likeliest first."""
    tense = torch.tensor([model.vocabulary.tense(target)])
    ids, logs = beam_search(model, conversion.mean[None], tense, BEAM_WIDTH)
    return list(zip(map(model.vocabulary.decode, ids.tolist()), logs.exp().tolist(), strict=True))


@dataclass(frozen=True)
class Branch:
    """Letters that some words continue with, the share of these words together, and how they go on, likeliest first.

    A branch without branches is the end of a word.
    """

    letters: str
    share: float
    branches: "list[Branch]"


def as_tree(words: Sequence[tuple[str, float]]) -> list[Branch]:
    """Put words with their shares together as one tree: words that begin alike are one branch up to where they part.

    Words part between letters only, not between a letter and its marks. Where a word ends and another one goes on, the
    end is a branch of its own, with no letters.
    """
    firsts: dict[str, list[tuple[str, float]]] = {}
    for text, share in words:
        first = text[clusters(text)[0]] if text else ""
        firsts.setdefault(first, []).append((text[len(first) :], share))
    tree = []
    for first, rest in firsts.items():
        branches = as_tree(rest) if first else []
        if len(branches) == 1:  # nothing parts here: the letters join those that follow
            first, branches = first + branches[0].letters, branches[0].branches
        tree.append(Branch(first, sum(share for _, share in rest), branches))
    return sorted(tree, key=lambda branch: -branch.share)


@torch.inference_mode()
def beam_search(model: CVAE, z: Tensor, tense: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Find the `width` likeliest words for one z (1, Z) in one tense (1,): ids (W, T), log-probabilities (W,), sorted.

    All beams are one batch. A word that has ended stays in the beam and is padded with EOS; after `MAX_LETTERS` + 1
    steps the search stops, as `decode_greedily` does. Width 1 is the greedy word.
    """
    state = model.decoder.start(z, tense)
    ids, scores = torch.full((1, 1), SOS), torch.zeros(1)
    for _ in range(MAX_LETTERS + 1):
        logits, state = model.decoder(ids[:, -1:], state)
        logs = logits[:, 0].log_softmax(1).index_fill(1, NEVER_WRITTEN, float("-inf"))  # (W, V)
        ended = ids[:, -1] == EOS
        logs[ended] = float("-inf")
        logs[ended, EOS] = 0.0
        every = (scores[:, None] + logs).flatten()
        scores, best = every.topk(min(width, int(every.isfinite().sum())))
        beam, letter = best // logs.size(1), best % logs.size(1)
        ids, state = torch.cat([ids[beam], letter[:, None]], 1), state.of(beam)
        if bool((letter == EOS).all()):
            break
    return ids[:, 1:], scores


def drawn_answers(
    model: CVAE, conversion: Conversion, target: str, count: int = DRAWS, seed: int = 0
) -> list[tuple[str, int]]:
    """Decode `count` draws of q(z | x, c) in tense `target`; return each word with its count, most frequent first.

    Raises BadConfig.
    """
    z = draw_posterior(model, conversion.mean, conversion.logvar, count, seed)
    tense = torch.full((count,), model.vocabulary.tense(target))
    texts = Counter(form.text for form in decode_forms(model, z, tense))
    return sorted(texts.items(), key=lambda item: (-item[1], item[0]))


def new_letters(word: str, form: str) -> list[bool]:
    """Return for each letter of a form whether it comes after the beginning that the form shares with the word.

    A common ending counts only in forms of the same length: `sing` to `sang` has a new `a`, but `sang` to `singing` has
    a new `inging`. Without a common beginning, as in `went` to `going`, every letter is new.
    """
    shorter = min(len(word), len(form))
    begin = next((i for i in range(shorter) if word[i] != form[i]), shorter)
    rest = len(form) - begin if begin and len(word) == len(form) else 0
    end = next((i for i in range(rest) if word[-1 - i] != form[-1 - i]), rest)
    return [begin <= i < len(form) - end for i in range(len(form))]


def likeliest_letters(probabilities: np.ndarray, vocabulary: Vocabulary, count: int) -> list[tuple[str, float]]:
    """Return the most probable letters of one step (V,) with their probabilities; the end of the word is empty."""
    writable = [EOS, *range(SPECIALS, len(vocabulary))]
    best = sorted(writable, key=lambda i: -probabilities[i])[:count]
    return [("" if i == EOS else vocabulary.letter(i), float(probabilities[i])) for i in best]


def entropy_bits(probabilities: np.ndarray) -> np.ndarray:
    """Return the entropy -sum p log2 p of each row of (..., V), in bits: 0 where the model is sure of the letter."""
    logs = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    bits: np.ndarray = -(probabilities * logs).sum(-1)
    return bits
