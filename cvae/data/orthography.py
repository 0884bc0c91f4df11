"""The spelling of a user's table: from a cell to the forms in it, normalized and checked letter by letter."""

import re
from dataclasses import dataclass

from cvae.core.errors import BadData
from cvae.data.columns import EMPTY_CELLS
from cvae.data.vocabulary import MAX_LETTERS, is_letter, normalize

MAX_SHOWN = 12
"""The number of letters of an overlong word that a message shows."""


@dataclass(frozen=True)
class Orthography:
    """The spelling of a table's forms: with the letters of `alphabet`, or with any letters when it is empty."""

    alphabet: str
    capitals: bool
    dotless: bool

    def words(self, cell: str) -> tuple[str, ...]:
        """Return the normalized alternatives of a cell, `a/b` or `a|b`; none where the form is missing.

        Raises BadData.
        """
        parts = [] if cell in EMPTY_CELLS else re.split(r"\s*[/|]\s*", cell)
        words = (normalize(part, self.capitals, self.dotless) for part in parts if part not in EMPTY_CELLS)
        return tuple(dict.fromkeys(self._checked(word) for word in words if word not in EMPTY_CELLS))

    def _checked(self, word: str) -> str:
        quoted = f"“{word if len(word) <= MAX_LETTERS else word[:MAX_SHOWN] + '…'}”"
        for letter in word:
            if not is_letter(letter):
                raise BadData(f"The character U+{ord(letter):04X} in {quoted} can't be a letter.")
            if self.alphabet and letter not in self.alphabet:
                raise BadData(f"“{letter}” in {quoted} is not in the alphabet of this table: name the columns first.")
        if len(word) > MAX_LETTERS:
            raise BadData(f"{quoted} has {len(word):,} letters: a word has at most {MAX_LETTERS}.")
        return word
