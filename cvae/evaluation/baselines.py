"""Two baselines: analogy, which changes a word as verbs that rhyme with it change, and lemminflect's rules."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import ENGLISH_TENSES

START = "^"
"""A mark before every word, so that a whole word shares a longer ending with itself than with any other."""


class Analogy:
    """A baseline that inflects unknown verbs like known ones.

    The change between two forms of a verb is what remains of each after their common beginning: `sing` to `sang` is
    -ing +ang. A word is changed as the known verbs are whose form in its tense shares the longest ending with
    it, among those that lose no more than this ending; the most frequent change wins, then the first by alphabet.
    So a known verb becomes what it is known to become. (Much like the baseline of the CoNLL-SIGMORPHON shared task,
    which follows the longest ending that it knows a change for: Cotterell et al. 2017, section 5.)
    """

    def __init__(self, verbs: Sequence[Paradigm]):
        self.verbs = tuple(verbs)
        self._rhymes = [
            sorted((form[::-1] + START, verb) for verb, form in enumerate(forms))
            for forms in zip(*self.verbs, strict=True)
        ]

    def paradigm(self, word: str, source: int) -> Paradigm:
        """Return all forms of a word that is given in tense number `source`."""
        tenses = range(len(self._rhymes))
        return tuple(word if target == source else self.form(word, source, target) for target in tenses)

    def form(self, word: str, source: int, target: int) -> str:
        """Return one form of a word; the word itself when no known verb can be followed."""
        rhymes, backwards = self._rhymes[source], word[::-1] + START
        for shared in range(len(word) + 1, -1, -1):
            # 1. Find the verbs whose form in the source tense has the same last letters.
            ending = backwards[:shared]
            first, beyond = (bisect_left(rhymes, (key,)) for key in (ending, ending + "\U0010ffff"))
            # 2. Count how they change, as far as no more letters are lost than are shared.
            changes = Counter[tuple[str, str]]()
            for _, verb in rhymes[first:beyond]:
                before, after = self.verbs[verb][source], self.verbs[verb][target]
                shorter = min(len(before), len(after))
                same = next((i for i in range(shorter) if before[i] != after[i]), shorter)
                if len(before) - same <= shared:
                    changes[before[same:], after[same:]] += 1
            # 3. Change the word in the most frequent way.
            if changes:
                (lost, gained), _ = min(changes.items(), key=lambda item: (-item[1], item[0]))
                return word.removesuffix(lost) + gained
        return word


TAGS = ("VB", "VBZ", "VBG", "VBD", "VBN")  # of the Penn treebank, in the order of ENGLISH_FORMS


def rule_paradigm(word: str, tense: str, tenses: Sequence[str] = ENGLISH_TENSES) -> Paradigm:
    """Inflect a word given in one tense by rule alone; `tenses` are ENGLISH_FORMS or its first four."""
    lemmatizer, inflections = _tables()
    base = word
    if tense != ENGLISH_TENSES[0]:
        base = lemmatizer.getAllLemmasOOV(word, "VERB").get("VERB", (word,))[0]
    forms = inflections.getAllInflectionsOOV(base, "VERB")
    return (base, *(forms[tag][0] for tag in TAGS[1 : len(tenses)]))


@cache
def _tables() -> tuple[Any, Any]:
    """Return lemminflect's lemmatizer and inflector; importing them takes a quarter of a second."""
    from lemminflect.core.Inflections import Inflections
    from lemminflect.core.Lemmatizer import Lemmatizer

    return Lemmatizer(), Inflections()
