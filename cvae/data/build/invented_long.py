"""Long paradigms of verbs that do not exist, so that a model learns to copy many letters: up to 22.

Substrings of words are recombined, as in the hallucination of Liu and Hulden, "Can a Transformer Pass the Wug Test?",
ACL 2022; whole words are derived from words as English does it.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from cvae.data.build.invented import ONSETS, Gate, conjugate_alike, doubled, shuffle_key, with_prefix
from cvae.data.build.spellings import ise_spelling
from cvae.data.inflection import class_by_rule
from cvae.data.verbs import Paradigm, Verb

DERIVED_ROWS, CHAIN_ROWS, ODD_ROWS, COMPOUND_ROWS = 12_000, 14_000, 2_500, 3_000
SHORTEST, LONGEST = 7, 19
"""The number of letters of a base form; its other forms have up to three more."""

LONG_PREFIXES = (
    "over under out un dis mis pre fore counter inter super hyper trans non de re co en auto micro multi "
    "photo electro cross down back hand air side side through post sub tele bio geo neo retro ultra anti semi "
    "self"
)
SUFFIXES = "ize ify ate en ize ate"
SIMPLE = "b c d f g h j k l m n p qu r s t v w z l m n r s t br ch dr gr pl pr sh st th tr"
VOWELS = "a a a e e e i i i o o o u u a e i o ai ea ee ie oa oo ou au y"
CLOSED = "b c ck d f g l ll m n nd nt ng p r rd rm rn rt s ss st t tt th x z"
RARE = "ff gg pp ppe tt tte tch dge sc lc nc rc sk sque gue ce ge ve the"
IN_S = "us is os as ess iss oss isc"
IN_C = "ac ic oc"
ODD = (
    "bd cn dv dj fn fs gd hj js jx kr kv ks lj lx mb mf mk mx nj nx pf pn px qs rf rx sr sv sz tk tl tv vl vr "
    "wl xb xf xl xm xt yk zb zl zm zv"
)


def derived(real: Sequence[Paradigm], counts: Mapping[str, int], gate: Gate) -> list[Paradigm]:
    """Derive verbs from words: `overphotograph`, `marketify`, `airdrop`. Verbs that double a letter go on doing so."""
    regular = [row for row in real if class_by_rule(row) != "irregular"]
    nouns = [
        word
        for word in counts
        if 3 <= len(word) <= 12 and word.isalpha() and not word.endswith(("s", "ed", "ing", "ly"))
    ]
    heads = [word for word in nouns if 3 <= len(word) <= 5][:600]
    short = [row for row in regular if len(row[0]) <= 5 and _syllables(row[0]) == 1]
    verbs = [
        with_prefix(pick(LONG_PREFIXES.split(), f"prefix {i} {row[0]}"), row)
        for row in regular
        if len(row[0]) > 4
        for i in range(3)
    ]
    stems = {word: word.rstrip("aeiouy") or word for word in nouns if len(word) >= 4}  # `bott` of `bottle`
    verbs += [conjugate(stem + pick(SUFFIXES.split(), f"suffix {word}")) for word, stem in stems.items()]
    verbs += [conjugate(pick(LONG_PREFIXES.split(), f"word {word}") + word) for word in nouns if len(word) >= 5]
    compounds = [with_prefix(pick(heads, f"compound {i} {row[0]}"), row) for row in short for i in range(8)]
    doubling = [
        with_prefix(pick(heads, f"doubling {i} {row[0]}"), row)
        for row in short
        if class_by_rule(row) == "doubling"
        for i in range(8)
    ]
    return [
        *_some(verbs, DERIVED_ROWS, gate),
        *_some(compounds, COMPOUND_ROWS, gate),
        *_some(doubling, COMPOUND_ROWS // 2, gate),
    ]


def syllables(real: Sequence[Paradigm], gate: Gate) -> list[Paradigm]:
    """Invent chains of two to five syllables that end and inflect like a real verb, and words with odd letters."""
    longer = [row for row in real if _syllables(row[0]) > 1 and class_by_rule(row) != "irregular"]
    pieces = sorted({row[0][: next(_syllable_starts(row[0]))] for row in longer})
    chains = [_chain_like(row, i, pieces) for row in longer for i in range(4)]
    odd = [_odd(i) for i in range(2 * ODD_ROWS)]
    rare = [
        conjugate(
            _chain(f"rare {i}", 1 + i % 3)
            + pick([*RARE.split(), *IN_S.split(), *IN_S.split(), *IN_C.split()], f"end {i}")
        )
        for i in range(6000)
    ]
    return [*_some(chains, CHAIN_ROWS, gate), *_some(odd, ODD_ROWS, gate), *_some(rare, ODD_ROWS, gate)]


def conjugate(base: str) -> Paradigm:
    """Return the regular paradigm of a base form that doubles nothing; one in -ize may also be spelled -ise."""
    ending = base[-1]
    third, stem, past = base + "s", base, base + "ed"
    if base.endswith(("s", "x", "z", "ch", "sh")):
        third = base + "es"
    elif ending == "y" and base[-2] not in "aeiou":
        third, past = base[:-1] + "ies", base[:-1] + "ied"
    elif base.endswith(tuple(IN_C.split())):
        stem, past = base + "k", base + "ked"
    elif ending == "e":
        stem, past = base if base.endswith(("ee", "oe", "ye")) else base[:-1], base + "d"
    row = base, third, stem + "ing", past, past
    british = ise_spelling(row)
    return row if british is None else Verb([[form, other] for form, other in zip(row, british, strict=True)])


def pick(options: Sequence[str], key: str) -> str:
    """Pick one of the options pseudo-randomly: the same key always gives the same one."""
    return options[int.from_bytes(sha256(key.encode()).digest()[:8]) % len(options)]


def _chain(key: str, count: int) -> str:
    """Invent a word of this many syllables."""
    parts = []
    for i in range(count):
        onset = pick(ONSETS.split() if i == 0 else SIMPLE.split(), f"{key} onset {i}")
        coda = (
            pick(CLOSED.split(), f"{key} coda {i}") if i < count - 1 and pick("01", f"{key} closed {i}") == "1" else ""
        )
        parts.append(onset + pick(VOWELS.split(), f"{key} vowel {i}") + coda)
    return "".join(parts)


def _chain_like(row: Paradigm, i: int, pieces: Sequence[str]) -> Paradigm:
    """Put one to three syllables, invented ones or of real verbs, before the last one or two of a verb."""
    key = f"chain {i} {row[0]}"
    starts = list(_syllable_starts(row[0]))
    end = row[0][starts[-1] if i % 2 or len(starts) < 3 else starts[-2] :]
    count = int(pick("1233", key))
    if i < 2:
        return conjugate_alike(_chain(key, count) + end, [row])
    return conjugate_alike("".join(pick(pieces, f"{key} piece {k}") for k in range(count)) + end, [row])


def _odd(i: int) -> Paradigm:
    """Invent a word that begins as no English one does: `xfer`, `jsonify`."""
    key = f"odd {i}"
    base = pick(ODD.split(), key) + pick(VOWELS.split(), f"{key} v") + pick(CLOSED.split(), f"{key} c")
    more = int(pick("00123", f"{key} more"))
    ending = pick(["", "er", "ify", "ate", "ize", "ame", "ent"], f"{key} e")
    base += (_chain(f"{key} m", more) + pick(CLOSED.split(), f"{key} d") if more else "") + ending
    one = not more and not ending and base[-2] in "aeiou" and base[-3] not in "aeiou" and base[-1] in "bdgmnprtl"
    return doubled(base) if one else conjugate(base)


def _syllable_starts(word: str) -> Iterator[int]:
    """Yield the index of the last consonant before each vowel but the first."""
    vowels = "aeiouy"
    for i in range(1, len(word)):
        if word[i] not in vowels and word[i - 1] in vowels and any(letter in vowels for letter in word[i:]):
            yield i


def _syllables(word: str) -> int:
    """Count the syllables approximately: the groups of vowels, without a final e."""
    body = word[:-1] if word.endswith("e") else word
    return sum(1 for i, letter in enumerate(body) if letter in "aeiouy" and (i == 0 or body[i - 1] not in "aeiouy"))


def _some(rows: Sequence[Paradigm], count: int, gate: Gate) -> list[Paradigm]:
    """Admit at most `count` of the rows that are long enough, in an arbitrary order."""
    fitting = [row for row in rows if row and (SHORTEST <= len(row[0]) <= LONGEST or row[0][:2] in ODD.split())]
    return gate.admit(sorted(dict.fromkeys(fitting), key=shuffle_key)[: 2 * count])[:count]
