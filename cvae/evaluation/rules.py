"""The rule baseline: lemminflect's rules for words that are in no lexicon (Jascob 2020), beside the model's answers."""

from functools import cache
from typing import Any

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import ENGLISH_TENSES

TAGS = ("VB", "VBZ", "VBG", "VBD")  # of the Penn treebank, in the order of ENGLISH_TENSES


def rule_paradigm(word: str, tense: str) -> Paradigm:
    """The four English forms of a word given in one tense (`sp`, `tp`, `pg` or `p`), by rule alone."""
    lemmatizer, inflections = _tables()
    base = word
    if tense != ENGLISH_TENSES[0]:
        base = lemmatizer.getAllLemmasOOV(word, "VERB").get("VERB", (word,))[0]
    forms = inflections.getAllInflectionsOOV(base, "VERB")
    return (base, *(forms[tag][0] for tag in TAGS[1:]))


@cache
def _tables() -> tuple[Any, Any]:
    """lemminflect reads its tables when it is first asked; importing it takes a quarter of a second."""
    from lemminflect.core.Inflections import Inflections
    from lemminflect.core.Lemmatizer import Lemmatizer

    return Lemmatizer(), Inflections()
