"""Letters <-> ids. The alphabet and the tense names are data: they travel with every checkpoint."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from cvae.core.errors import BadConfig, BadWord, UnknownCharacter

PAD, SOS, EOS, UNK = range(4)
SPECIALS = 4

ENGLISH_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
ENGLISH_TENSES = ("sp", "tp", "pg", "p")
TENSE_TITLES = {"sp": "simple present", "tp": "third person", "pg": "present progressive", "p": "simple past"}

MAX_ALPHABET = 100
MIN_TENSES, MAX_TENSES = 2, 8
MAX_LETTERS = 32
"""The longest word that is read or written: twice the longest of the English data, and a bound for every decoder."""


LONGEST_COMPOSED = 1000
"""Characters of the longest text whose accents are composed: more than a word, an alphabet or a paradigm has."""


def normalize(text: str) -> str:
    """The form in which words are stored and compared: no spaces around, composed accents, lower case.

    A text that is too long to be any of those stays as it is: to compose it may take time quadratic in its length.
    """
    text = text.strip().lower()
    return text if len(text) > LONGEST_COMPOSED else unicodedata.normalize("NFC", text)


def is_letter(character: str) -> bool:
    """Whether a character may be part of an alphabet: a letter or vowel sign of any script, an apostrophe, a hyphen."""
    return (unicodedata.category(character)[0] in "LM" or character in "'’-") and character == normalize(character)


@dataclass(frozen=True)
class Vocabulary:
    """An alphabet of up to 100 letters and 2 to 8 tense names; ids 0 to 3 are PAD, SOS, EOS and UNK.

    Raises BadConfig for an alphabet or tense names that can't be used.
    """

    alphabet: str = ENGLISH_ALPHABET
    tenses: tuple[str, ...] = ENGLISH_TENSES

    def __post_init__(self) -> None:
        if not 1 <= len(self.alphabet) <= MAX_ALPHABET or len(set(self.alphabet)) < len(self.alphabet):
            raise BadConfig(f"An alphabet has 1 to {MAX_ALPHABET} different letters.")
        if odd := [letter for letter in self.alphabet if not is_letter(letter)]:
            raise BadConfig(f"{odd[0]!r} can't be part of an alphabet: use lower-case letters, ' or -.")
        if not MIN_TENSES <= len(self.tenses) <= MAX_TENSES or len(set(self.tenses)) < len(self.tenses):
            raise BadConfig(f"Give {MIN_TENSES} to {MAX_TENSES} different tense names.")
        if any(not 1 <= len(name) <= 40 or not name.isprintable() or name in ("all", "auto") for name in self.tenses):
            raise BadConfig("A tense name has 1 to 40 printable characters and is neither 'all' nor 'auto'.")

    def __len__(self) -> int:
        """The number of ids: the alphabet and the four special ones."""
        return SPECIALS + len(self.alphabet)

    def tense(self, name: str) -> int:
        """The index of a tense. Raises BadWord when there is none of this name."""
        if name not in self.tenses:
            raise BadWord(f"There is no tense {name!r}: use one of {', '.join(self.tenses)}.")
        return self.tenses.index(name)

    def title(self, tense: str) -> str:
        """What a tense is called in a sentence: `simple past` for `p`; names of other data stand for themselves."""
        return TENSE_TITLES[tense] if self.tenses == ENGLISH_TENSES else tense

    def check(self, text: str) -> str:
        """The normalized word. Raises BadWord or UnknownCharacter with a sentence for the user."""
        word = normalize(text)
        if not word:
            raise BadWord("Type a word: there is nothing to convert yet.")
        if len(word) > MAX_LETTERS:
            raise BadWord(f"This is too long: a word has at most {MAX_LETTERS} letters, this has {len(word):,}.")
        if set(word) <= self._ids.keys():
            return word
        if any(letter.isspace() for letter in word):
            raise BadWord("Type one word: there is a space inside.")
        letter = next(letter for letter in word if letter not in self._ids)
        shown = f"“{letter}”" if letter.isprintable() else f"The character U+{ord(letter):04X}"
        raise UnknownCharacter(f"{shown} is not in this model's alphabet ({self.describe_alphabet()}): leave it out.")

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {letter: i for i, letter in enumerate(self.alphabet, start=SPECIALS)}

    def describe_alphabet(self) -> str:
        """The alphabet in a few characters, for messages."""
        return "a–z" if self.alphabet == ENGLISH_ALPHABET else self.alphabet

    def encode(self, word: str) -> list[int]:
        """The ids of a word's letters, then EOS. Raises BadWord or UnknownCharacter."""
        return [self._ids[letter] for letter in self.check(word)] + [EOS]

    def decode(self, ids: Iterable[int]) -> str:
        """The letters before the first EOS; other special ids are shown as `?`."""
        letters = []
        for i in ids:
            if i == EOS:
                break
            letters.append(self.letter(i))
        return "".join(letters)

    def letter(self, i: int) -> str:
        """The letter of one id; `?` for a special id, which no word contains."""
        return self.alphabet[i - SPECIALS] if i >= SPECIALS else "?"
