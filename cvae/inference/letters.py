"""What the letters of a decoded word tell: which ones are new, and what else each might have been."""

import numpy as np

from cvae.data.vocabulary import EOS, SPECIALS, Vocabulary


def new_letters(word: str, form: str) -> list[bool]:
    """For each letter of a form, whether it comes after the beginning that it shares with the word.

    A common ending counts only in forms of the same length: `sing` to `sang` has a new `a`, but `sang` to `singing` has
    a new `inging`. Without a common beginning, as in `went` to `going`, every letter is new.
    """
    shorter = min(len(word), len(form))
    begin = next((i for i in range(shorter) if word[i] != form[i]), shorter)
    rest = len(form) - begin if begin and len(word) == len(form) else 0
    end = next((i for i in range(rest) if word[-1 - i] != form[-1 - i]), rest)
    return [begin <= i < len(form) - end for i in range(len(form))]


def likeliest_letters(probabilities: np.ndarray, vocabulary: Vocabulary, count: int = 3) -> list[tuple[str, float]]:
    """The most probable letters of one step (V,) with their probabilities; the end of the word is ``."""
    writable = [EOS, *range(SPECIALS, len(vocabulary))]
    best = sorted(writable, key=lambda i: -probabilities[i])[:count]
    return [("" if i == EOS else vocabulary.letter(i), float(probabilities[i])) for i in best]


def entropy_bits(probabilities: np.ndarray) -> np.ndarray:
    """The entropy -sum p log2 p of each row of (..., V), in bits: 0 where the model is sure of the letter."""
    logs = np.log2(probabilities, out=np.zeros_like(probabilities), where=probabilities > 0)
    bits: np.ndarray = -(probabilities * logs).sum(-1)
    return bits
