"""Paradigms of verbs that do not exist, to teach a model the rules.

The idea is the data hallucination of Anastasopoulos and Neubig, "Pushing the limits of low-resource morphological
inflection", EMNLP 2019. Each row is in its file once; how often a model sees it is decided at training time.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import product, takewhile

from cvae.data.build.lexicons import FORM, Variants, contradicts, rule_paradigms
from cvae.data.inflection import PREFIXES, class_by_rule
from cvae.data.verbs import KeptVerbs, Paradigm, Verb, all_spellings, spellings

REGULAR_ROWS, PREFIXED_SYLLABLES, ROWS_OF_A_RHYME = 25_000, 500, 12

ONSETS = (
    "b bl br c ch cl cr d dr f fl fr g gl gr h j k l m n p pl pr qu r s sc scr sh sk sl sm sn sp spl spr st str sw "
    "t th tr tw v w wh y z"
)
CODAS = "bdgmnprt"
RHYME = "[aeiouy]+[^aeiouy]*e?"
LATIN_PREFIXES = "ad com con de dis e ex im in inter ob per pre pro re sub sur trans"
LATIN_STEMS = "fer pel mit cur"


class Gate:
    """A gate that admits a paradigm unless a form of it is in the real files, or was admitted in the same tense before.

    It also refuses dropped words, verbs that a lexicon conjugates otherwise, and verbs that contain one of `kept`.
    """

    def __init__(
        self,
        real: Iterable[Paradigm],
        kept: Iterable[Paradigm],
        lexicons: Sequence[Mapping[str, Variants]],
        is_dropped: Callable[[str], bool],
    ):
        self.lexicons, self.is_dropped = lexicons, is_dropped
        self._real, self._kept = all_spellings(real), KeptVerbs(kept)
        self._admitted: set[tuple[int, str]] = set()

    def admit(self, rows: Iterable[Paradigm]) -> list[Paradigm]:
        """Return the rows that are admitted, in order."""
        return [row for row in rows if self._admits(row)]

    def _admits(self, row: Paradigm) -> bool:
        slots = {(tense, form) for tense in range(len(row)) for form in spellings(row, tense)}
        forms = {form for _, form in slots}
        usable = all(FORM.fullmatch(form) and form not in self._real and not self.is_dropped(form) for form in forms)
        if not usable or slots & self._admitted or self._kept.refuse(row) or contradicts(row, self.lexicons):
            return False
        self._admitted |= slots
        return True


def regular(counts: Mapping[str, int], gate: Gate) -> list[Paradigm]:
    """Inflect the most frequent other English words by rule: `marshmallow marshmallows marshmallowing ...`.

    Words that look inflected, real participles (no `written writtens`) and words that end in an irregular verb (no
    `offshooted`) are left out, and so is what the rules do badly: they have no `panicked`, and guess from the letters
    whether a last syllable is stressed, so that they make `baconned`.
    """
    irregular = tuple(
        base
        for base, (third, progressive, past, _) in gate.lexicons[0].items()
        if len(base) > 3 and class_by_rule((base, third[0], progressive[0], past[0])) == "irregular"
    )
    entries = [variants for lexicon in gate.lexicons for variants in lexicon.values()]
    inflected = {form for variants in entries for spellings in variants for form in spellings}
    words = [
        word
        for word in counts
        if re.fullmatch(r"(?=.*[aeiouy])[a-z]{3,13}", word)
        and not word.endswith(("s", "ed", "ing", "ly", "c", *irregular))
        and word not in inflected
    ]
    rows = (row for row in rule_paradigms(words) if class_by_rule(row) != "doubling")
    return gate.admit(rows)[:REGULAR_ROWS]


def prefixed(real: Sequence[Paradigm], gate: Gate) -> list[Paradigm]:
    """Put other prefixes before irregular verbs of one syllable: `outdrive outdrives outdriving outdrove`.

    Some of these are only known with a first syllable: `hamstring hamstrung` gives `restring restrung`.
    """
    return gate.admit(with_prefix(prefix, row) for row in irregular_syllables(real) for prefix in PREFIXES)


def irregular_syllables(real: Sequence[Paradigm]) -> list[Paradigm]:
    """Return the irregular verbs of one syllable, and the last syllables of longer ones that end in none of them."""
    irregular = [row for row in real if class_by_rule(row) == "irregular" and row[0] not in ("be", "have")]
    syllables = {row for row in irregular if re.fullmatch(f"[^aeiouy]*{RHYME}", row[0])}
    longer = [row for row in irregular if not any(all(map(str.endswith, row, root)) for root in syllables)]
    return sorted(syllables | {root for row in longer if (root := last_syllable(row))})


def last_syllable(row: Paradigm) -> Paradigm:
    """Return the forms from the last syllable of the base form on, where all begin with the letters before it.

    Otherwise, and when that syllable begins with a vowel, the result is empty.
    """
    onsets = "|".join(sorted(ONSETS.split(), key=len, reverse=True))
    syllable = re.search(f"({onsets}){RHYME}$", row[0])
    if syllable is None or not all(form.startswith(row[0][: syllable.start()]) for form in row):
        return ()
    return tuple(form[syllable.start() :] for form in row)


def rhyming(real: Sequence[Paradigm], gate: Gate) -> list[Paradigm]:
    """Invent verbs of one syllable that rhyme with an irregular one, each conjugated as a real verb that ends like it.

    `gling` becomes `glung` as `cling` does, and `dring` `drang` as `ring` does. One of the real verbs that share the
    longest ending is chosen, so that a pattern is as frequent among these verbs as among real ones.
    """
    rows = []
    for rhyme, verbs in verbs_by_rhyme(real).items():
        if any(class_by_rule(verb) == "irregular" for verb in verbs):
            rows += [conjugate_alike(onset + rhyme, verbs) for onset in ONSETS.split()]
    return gate.admit(row for row in rows if row)


def short(real: Sequence[Paradigm], gate: Gate) -> list[Paradigm]:
    """Invent verbs of one syllable that rhyme with regular ones, some of each rhyme: `blue blues bluing blued`."""
    rows = []
    for rhyme, verbs in verbs_by_rhyme(real).items():
        alike = [conjugate_alike(onset + rhyme, verbs) for onset in ONSETS.split()]
        rows += sorted(filter(None, alike), key=shuffle_key)[:ROWS_OF_A_RHYME]
    return gate.admit(rows)


def verbs_by_rhyme(real: Sequence[Paradigm]) -> dict[str, list[Paradigm]]:
    """Group verbs of one syllable by the ending of the base form from its vowel on, sorted by these endings.

    Irregular verbs that are only known with a first syllable, as in `hamstring`, are among them.
    """
    rhymes: dict[str, list[Paradigm]] = defaultdict(list)
    for row in dict.fromkeys([*real, *irregular_syllables(real)]):
        if syllable := re.fullmatch(f"(?:qu|[^aeiouy])+({RHYME})", row[0]):
            rhymes[syllable[1]].append(row)
    return dict(sorted(rhymes.items()))


def conjugate_alike(base: str, verbs: Sequence[Paradigm]) -> Paradigm:
    """Make the paradigm of a base form like that of a verb with which it shares the longest ending.

    It is empty when that verb changes letters before this ending (`go went`).
    """
    shared = {verb: _shared_ending(base, verb[0]) for verb in verbs}
    longest = max(shared.values())
    like = min((verb for verb in verbs if shared[verb] == longest), key=lambda verb: shuffle_key((base, *verb)))
    onset, replaced = base[: len(base) - longest], like[0][: len(like[0]) - longest]
    if not all(form.startswith(replaced) for form in like):
        return ()
    return tuple(onset + form.removeprefix(replaced) for form in like)


def _shared_ending(one: str, other: str) -> int:
    """Return the number of letters that two words have in common at their ends."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def doubling(gate: Gate) -> list[Paradigm]:
    """Invent verbs that double the last letter: `blem blemmed`, these with prefixes, and Latin `conpel conpelled`."""
    syllables = map("".join, product(ONSETS.split(), "aeiou", CODAS))
    short = gate.admit(doubled(syllable) for syllable in syllables if "quu" not in syllable)
    longer = [with_prefix(prefix, row) for prefix, row in product(PREFIXES, short)]
    latin = [doubled(prefix + stem) for prefix, stem in product(LATIN_PREFIXES.split(), LATIN_STEMS.split())]
    return short + gate.admit(sorted(longer, key=shuffle_key)[:PREFIXED_SYLLABLES] + latin)


def doubled(base: str) -> Paradigm:
    """Return the regular paradigm of a verb whose last letter is doubled."""
    return base, base + "s", base + base[-1] + "ing", base + base[-1] + "ed", base + base[-1] + "ed"


def with_prefix(prefix: str, row: Paradigm) -> Paradigm:
    """Put a prefix before each spelling of each form of a verb."""
    return Verb([[prefix + form for form in spellings(row, tense)] for tense in range(len(row))])


def shuffle_key(row: Paradigm) -> str:
    """Return a key that sorts rows into an arbitrary order, which is the same on every machine."""
    return sha256(" ".join(row).encode()).hexdigest()
