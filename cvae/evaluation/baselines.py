"""The analogy baseline: do to a word what is done to the known verb that it rhymes with."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import ENGLISH_TENSES

START = "^"
"""A mark before every word, so that a whole word shares a longer ending with itself than with any other."""

Change = tuple[str, str]
"""The end that is taken away from a word, and the end that is put in its place."""


class Analogy:
    """A baseline that inflects unknown verbs like known ones.

    Between two forms of a verb, the change is what is left of each after the beginning that they share: `sing` to
    `sang` is -ing +ang. A word is changed as the known verbs are whose form in its tense shares the longest ending with
    it, among those that lose no more than this ending; the most frequent change wins, then the first by alphabet.
    So a known verb becomes what it is known to become. (Much like the baseline of the CoNLL-SIGMORPHON shared task,
    which follows the longest ending that it knows a change for: Cotterell et al. 2017, section 5.)
    """

    def __init__(self, verbs: Sequence[Paradigm]):
        self.verbs = tuple(verbs)
        self._rhymes = [
            sorted((_backwards(form), verb) for verb, form in enumerate(forms))
            for forms in zip(*self.verbs, strict=True)
        ]

    def paradigm(self, word: str, source: int) -> Paradigm:
        """Return all forms of a word that is given in tense number `source`."""
        tenses = range(len(self._rhymes))
        return tuple(word if target == source else self.form(word, source, target) for target in tenses)

    def form(self, word: str, source: int, target: int) -> str:
        """Return one form of a word; the word itself when no known verb can be followed."""
        for shared in range(len(word) + 1, -1, -1):
            changes = (self._change(verb, source, target) for verb in self._sharing(word, shared, source))
            possible = Counter(change for change in changes if len(change[0]) <= shared)
            if possible:
                (lost, gained), _ = min(possible.items(), key=lambda item: (-item[1], item[0]))
                return word.removesuffix(lost) + gained
        return word

    def _sharing(self, word: str, letters: int, source: int) -> list[int]:
        """Return the verbs whose form in a tense has the last letters of the word."""
        rhymes, ending = self._rhymes[source], _backwards(word)[:letters]
        first, beyond = (bisect_left(rhymes, (key,)) for key in (ending, ending + "\U0010ffff"))
        return [verb for _, verb in rhymes[first:beyond]]

    def _change(self, verb: int, source: int, target: int) -> Change:
        before, after = self.verbs[verb][source], self.verbs[verb][target]
        shorter = min(len(before), len(after))
        same = next((i for i in range(shorter) if before[i] != after[i]), shorter)
        return before[same:], after[same:]


def _backwards(word: str) -> str:
    return word[::-1] + START


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
