"""The past participle of each verb, and the other spellings of its forms: British ones and double forms.

A verb is one row whose cells hold all spellings of a form, the American one first: `travel travels traveling|travelling
traveled|travelled ...`. A spelling that some other verb has in the same tense is left out: `practise` stays one verb's.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from cvae.data.build.lexicons import FORM, Variants
from cvae.data.inflection import class_by_rule
from cvae.data.verbs import Paradigm, Verb

SAME_AS_PAST = ("", "<>")
"""The marks by which the two lexicons say that a participle equals the simple past."""

DOUBLED = re.compile(r"(?<=[aeiou])([lpmtsg])(?=(ed|ing)$)")
NOT_ISE = re.compile(r"(cap|down|up|re|out|over)size$")


def complete(
    row: Paradigm,
    known: Sequence[Variants],
    participle: str | None,
    british: Iterable[Paradigm],
) -> Verb:
    """Complete four forms to a verb of five tenses with all spellings.

    known: the entries of the lexicons that have the verb. participle: its spellings by hand, separated by `|`, or None.
    british: rows of four forms that are other spellings of the same verb.
    """
    said = [
        [third, progressive, past, past if participles[0] in SAME_AS_PAST else participles]
        for third, progressive, past, participles in known
    ]
    five = (*row, participle.split("|")[0] if participle else _participle(row, said))
    others: list[list[str]] = [[], [], [], [], participle.split("|")[1:] if participle else []]
    for tense in range(1, 5):
        counts = Counter(form for spellings in said for form in dict.fromkeys(spellings[tense - 1]))
        others[tense] += [form for form, count in counts.items() if count == 2 or _doubles(five[tense], form)]
    for other in british:
        for tense, form in enumerate((*other, other[3])):
            if tense < 4 or five[4] == row[3]:
                others[tense].append(form)
    usable = ([other for other in more if FORM.fullmatch(other)] for more in others)
    return Verb([tuple(dict.fromkeys([form, *more])) for form, more in zip(five, usable, strict=True)])


def without_clashes(verbs: Sequence[Verb], is_dropped: Callable[[str], bool]) -> list[Verb]:
    """Remove other spellings that are dropped words, or a form of another verb in the same tense."""

    def keep(tense: int, form: str) -> bool:
        return owners[tense, form] == 1 and not is_dropped(form)

    owners = Counter((tense, form) for verb in verbs for tense, cell in enumerate(verb.cells) for form in set(cell))
    return [
        Verb([[cell[0], *(form for form in cell[1:] if keep(tense, form))] for tense, cell in enumerate(verb.cells)])
        for verb in verbs
    ]


def ise_spelling(row: Paradigm) -> Paradigm | None:
    """Return `organise organises ...` for a verb in -ize or -yze of three syllables or more, and None for others."""
    if not re.search(r"[aeiouy][^aeiouy]+ize$|lyze$", row[0]) or NOT_ISE.search(row[0]):
        return None
    return tuple(re.sub(r"([iy])z(e|es|ing|ed)$", r"\1s\2", form) for form in row)


def _participle(row: Paradigm, said: Sequence[Sequence[Sequence[str]]]) -> str:
    """Return the form that all lexicons put first, or the simple past.

    Raises RuntimeError where they differ on an irregular verb.
    """
    firsts = {spellings[3][0] for spellings in said}
    if len(firsts) == 1:
        [first] = firsts
        if first == row[3] or class_by_rule(row) == "irregular" or not first.endswith("ed"):
            return first if FORM.fullmatch(first) and len(said) == 2 else row[3]
    if len(firsts) > 1 and class_by_rule(row) == "irregular":
        raise RuntimeError(f"The lexicons differ on the participle of {row[0]}: settle it in participles.txt.")
    return row[3]


def _doubles(form: str, other: str) -> bool:
    """Return whether another spelling doubles the last letter before -ed or -ing: `travelled`, `focussing`."""
    return DOUBLED.sub(r"\1\1", form) == other != form
