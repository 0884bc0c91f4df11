"""The vocabulary, which maps letters to ids and back. Alphabet and tense names are data that every checkpoint keeps."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from cvae.core.errors import BadConfig, BadWord, UnknownCharacter
from cvae.core.schema import JOINERS, VISIBLE
from cvae.core.text import listed, quoted

PAD, SOS, EOS, UNK = range(4)
SPECIALS = 4

ENGLISH_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
ENGLISH_TENSES = ("sp", "tp", "pg", "p")
"""The tenses of the classroom report."""
ENGLISH_FORMS = (*ENGLISH_TENSES, "pp")
TENSE_TITLES = {
    "sp": "simple present",
    "tp": "third person",
    "pg": "present progressive",
    "p": "simple past",
    "pp": "past participle",
}

TENSE_ALIASES = {
    "sp": ("present", "present simple", "base", "base form", "infinitive", "inf", "lemma", "vb", "vbp"),
    "tp": ("third person singular", "3rd person", "3sg", "present 3sg", "vbz"),
    "pg": ("progressive", "present participle", "gerund", "ing", "ing form", "-ing form", "vbg"),
    "p": ("past", "past simple", "past tense", "preterite", "preterit", "vbd"),
    "pp": ("past participle", "participle", "perfect participle", "vbn"),
}
"""Other names of the English tenses besides their codes and titles: those of grammars and of the Penn Treebank."""

MAX_ALPHABET = 256
MIN_TENSES, MAX_TENSES, MOST_TENSES = 2, 8, 256
"""The tenses of a vocabulary: at least 2, at most 256; at most 8 in the app, and unless more are asked for."""
MAX_LETTERS = 32
"""The longest word that is read or written: twice the longest of the English data, and a bound for every decoder."""


LONGEST_COMPOSED = 1000
"""Characters of the longest text whose accents are composed: more than a word, an alphabet or a paradigm has."""
INVISIBLE = dict.fromkeys([0xAD, 0x61C, 0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF])
"""Invisible characters that are dropped, such as marks of direction. Joiners stay, because they shape letters."""
SHOWN = {" ": "␣", "\u200c": "ZWNJ", "\u200d": "ZWJ"}
RESERVED = "#|␣"
"""Signs that mean something else in a data file: a comment, another spelling, a space of the alphabet."""
ALIKE = ("'’ʼ", "-‐‑")
DESCRIBED = 60
"""The number of letters of an alphabet that a message names."""
HANGUL = re.compile("[가-힣]")
JAMO = re.compile("HANGUL (?:CHO|JUNG|JONG)SEONG (.+)")


def normalize(text: str, capitals: bool = False, dotless: bool = False) -> str:
    """Return the form in which words are stored and compared.

    Accents are composed (NFC) and Hangul syllables are spelled out by their letters (NFD), so that an alphabet stays
    small. Outer and repeated spaces and invisible characters are removed, and capitals become small letters unless
    `capitals` is set. A Turkish İ becomes i; with `dotless`, I becomes ı. A text too long to be a word keeps its
    accents as they are, because composing them may take time quadratic in its length.
    """
    text = text.strip()
    if len(text) > LONGEST_COMPOSED:
        return text if capitals else text.lower()
    text = unicodedata.normalize("NFC", text.translate(INVISIBLE))
    if not capitals:
        text = text.replace("İ", "i").replace("I", "ı" if dotless else "i").lower()
    text = unicodedata.normalize("NFC", " ".join(text.split()).strip(f" {JOINERS}"))
    return HANGUL.sub(lambda syllable: unicodedata.normalize("NFD", syllable[0]), text)


def compose(text: str) -> str:
    """Return a text as it is written outside of the library, with accents and Hangul syllables composed (NFC)."""
    return unicodedata.normalize("NFC", text)


def isolated(letter: str) -> str:
    """Return a letter as it is shown by itself.

    A mark stands on a dotted circle, a space and a joiner are shown by signs, and a part of a Hangul syllable by the
    letter of its name: its own glyph leaves room for the rest of the syllable.
    """
    if letter in SHOWN:
        return SHOWN[letter]
    if syllable := JAMO.match(unicodedata.name(letter, "")):
        return unicodedata.lookup(f"HANGUL LETTER {syllable[1]}")
    return f"◌{letter}" if unicodedata.category(letter)[0] == "M" else letter


def clusters(text: str) -> list[slice]:
    """Split a word into pieces that are drawn as one: a letter and its marks, a Hangul syllable, joined Arabic letters.

    An approximation of the grapheme clusters of Unicode (UAX 29), in which letters that join stay together, too.
    """
    starts = []
    for i, letter in enumerate(text):
        before = text[i - 1] if i else ""
        joined = unicodedata.bidirectional(letter) == "AL" == unicodedata.bidirectional(before or " ")
        after_joiner = before != "" and (before == JOINERS[1] or "VIRAMA" in unicodedata.name(before, ""))
        mark = unicodedata.category(letter)[0] == "M" or letter in JOINERS or "\u1160" <= letter <= "\u11ff"
        if not i or not (joined or after_joiner or mark):
            starts.append(i)
    return [slice(start, end) for start, end in pairwise([*starts, len(text)])]


def ending(word: str) -> str:
    """Return the last two letters of a word as it is written, with their marks."""
    word = compose(word)
    letters = [i for i, letter in enumerate(word) if unicodedata.category(letter)[0] != "M"]
    return word[letters[-2] :] if len(letters) > 2 else word


def is_letter(character: str) -> bool:
    """Return whether a character may be part of an alphabet: a printable sign, a joiner, or the space inside a form."""
    if character in (" ", *JOINERS):
        return True
    printable = character.isprintable() and not character.isspace() and character not in RESERVED
    return printable and unicodedata.normalize("NFC", character) == character


def name_letter(letter: str) -> str:
    """Return a letter as messages show it: in quotation marks, or as a code point when it can't be one."""
    return f"“{isolated(letter)}”" if is_letter(letter) else f"The character U+{ord(letter):04X}"


def clean_name(name: str) -> str:
    """Return the name of a tense or a column as it is kept: like a word, see `normalize`, but as it is written."""
    name = normalize(name, capitals=True)
    return compose(name) if len(name) <= LONGEST_COMPOSED else name


def fold_name(name: str) -> str:
    """Normalize the name of a tense or a column for comparison: without case, and with single spaces in place of _."""
    return " ".join(clean_name(name).casefold().replace("_", " ").split())


@dataclass(frozen=True)
class Vocabulary:
    """An alphabet of up to 256 letters and 2 to 256 tense names; ids 0 to 3 are PAD, SOS, EOS and UNK.

    Raises BadConfig for an alphabet or tense names that can't be used.
    """

    alphabet: str = ENGLISH_ALPHABET
    tenses: tuple[str, ...] = ENGLISH_TENSES

    def __post_init__(self) -> None:
        if not 1 <= len(self.alphabet) <= MAX_ALPHABET:
            raise BadConfig(f"An alphabet has 1 to {MAX_ALPHABET} letters; this one has {len(self.alphabet):,}.")
        if odd := [letter for letter in self.alphabet if not is_letter(letter)]:
            why = "use printable signs, accents composed"
            raise BadConfig(f"{name_letter(odd[0])} can't be part of an alphabet: {why}.")
        if again := [letter for i, letter in enumerate(self.alphabet) if letter in self.alphabet[:i]]:
            raise BadConfig(f"{name_letter(again[0])} is in the alphabet twice: leave one of them out.")
        if not MIN_TENSES <= (count := len(self.tenses)) <= MOST_TENSES:
            raise BadConfig(f"Give {MIN_TENSES} to {MOST_TENSES} different tense names; these are {count}.")
        shown = [name.translate(VISIBLE) for name in self.tenses]
        if any(not 1 <= len(name) <= 40 or not name.isprintable() or name in ("all", "auto") for name in shown):
            raise BadConfig("A tense name has 1 to 40 printable characters and is neither “all” nor “auto”.")
        if twice := [name for i, name in enumerate(self.tenses) if name in self.tenses[:i]]:
            raise BadConfig(f"Two tenses are named “{twice[0]}”: rename one of them.")

    def __len__(self) -> int:
        """The number of ids: the alphabet and the four special ones."""
        return SPECIALS + len(self.alphabet)

    @property
    def is_english(self) -> bool:
        """Whether these are the four English tenses of the report or, with the past participle, five; letters a-z."""
        return self.alphabet == ENGLISH_ALPHABET and self.tenses in (ENGLISH_TENSES, ENGLISH_FORMS)

    def tense(self, name: str) -> int:
        """Return the index of a tense by its name or one of its usual names, in any case. Raises BadWord for others."""
        if name in self.tenses:
            return self.tenses.index(name)
        wanted = fold_name(name)
        for i, tense in enumerate(self.tenses):
            usual = TENSE_ALIASES.get(tense, ()) if self.title(tense) != tense else ()
            if wanted in (fold_name(tense), fold_name(self.title(tense)), *usual):
                return i
        raise BadWord(f"There is no tense {quoted(name)}: use one of {listed(self.tenses)}.")

    def title(self, tense: str) -> str:
        """Return the name of a tense for a sentence: `simple past` for `p`; names of other data stay as they are."""
        return TENSE_TITLES[tense] if self.is_english else tense

    @cached_property
    def capitals(self) -> bool:
        """Whether capitals are letters of their own, as in German nouns: the alphabet has some."""
        return self.alphabet != self.alphabet.lower()

    def normalize(self, text: str) -> str:
        """Return the word as this alphabet spells it, see the function `normalize`.

        Of letters that it lacks, capitals become small, and apostrophes and hyphens become those that it has.
        """
        word = normalize(text, self.capitals, "ı" in self._ids)
        if len(word) > LONGEST_COMPOSED:
            return word
        if HANGUL.search(self.alphabet):  # of a model that was made when syllables were letters
            word = compose(word)
        return "".join(letter if letter in self._ids else self._similar(letter) for letter in word)

    def _similar(self, letter: str) -> str:
        similar = next((signs for signs in ALIKE if letter in signs), letter.lower())
        return next((sign for sign in similar if sign in self._ids), letter)

    def check(self, text: str) -> str:
        """Return the normalized word. Raises BadWord or UnknownCharacter with a sentence for the user."""
        known = len(text) <= MAX_LETTERS and " " not in text and self._ids.keys() >= set(text)
        if known and text.isascii() and text.islower():
            return text  # the quick way for nearly all words of a long list
        word = self.normalize(text)
        if not word:
            raise BadWord("Type a word: there is nothing to convert yet.")
        if len(word) > MAX_LETTERS:
            raise BadWord(f"This is too long: a word has at most {MAX_LETTERS} letters, this has {len(word):,}.")
        if not (shown := self.foreign(word)):
            return word
        if any(letter.isspace() for letter in word):
            raise BadWord("Type one word: there is a space inside.")
        raise UnknownCharacter(f"{shown} is not in this model’s alphabet ({self.describe_alphabet()}): leave it out.")

    def foreign(self, word: str) -> str:
        """Return the first letter of a word that the alphabet lacks, as messages show it, or nothing."""
        letter = next((letter for letter in word if letter not in self._ids), "")
        return name_letter(letter) if letter else ""

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {letter: i for i, letter in enumerate(self.alphabet, start=SPECIALS)}

    def describe_alphabet(self) -> str:
        """Return the alphabet in a few characters, for messages."""
        if self.alphabet == ENGLISH_ALPHABET:
            return "a–z"
        more = len(self.alphabet) - DESCRIBED
        return "".join(map(isolated, self.alphabet[:DESCRIBED])) + (f" and {more} more" if more > 0 else "")

    def encode(self, word: str) -> list[int]:
        """Return the ids of a word's letters, then EOS. Raises BadWord or UnknownCharacter."""
        return [*self.ids_of(self.check(word)), EOS]

    def ids_of(self, letters: str) -> list[int]:
        """Return the ids of letters of the alphabet as they are, none of them `foreign`."""
        return [self._ids[letter] for letter in letters]

    def decode(self, ids: Iterable[int]) -> str:
        """Return the letters before the first EOS; other special ids are shown as `?`."""
        letters = []
        for i in ids:
            if i == EOS:
                break
            letters.append(self.letter(i))
        return "".join(letters)

    def letter(self, i: int) -> str:
        """Return the letter of one id, or `?` for a special id, which no word contains."""
        return self.alphabet[i - SPECIALS] if i >= SPECIALS else "?"
