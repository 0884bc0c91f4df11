"""The spelling of a user's table: from a cell to the forms in it, normalized and checked letter by letter."""

import re
from dataclasses import dataclass

from cvae.core.errors import BadData
from cvae.core.text import quoted
from cvae.data.columns import EMPTY_CELLS
from cvae.data.tables import FOREIGN
from cvae.data.vocabulary import MAX_LETTERS, is_letter, name_letter, normalize

REMARKS = frozenset(f",;{FOREIGN}()（）[]~*†‡")
"""Signs with which people write other spellings and remarks: they are letters only where an alphabet names them."""


def refuse_remarks(cell: str, alphabet: str) -> None:
    """Raise BadData for a cell with one of REMARKS that this alphabet does not name."""
    if sign := next((sign for sign in cell if sign in REMARKS and sign not in alphabet), ""):
        raise BadData(f"{quoted(cell)} holds “{sign}”: separate spellings by |, and leave out any other marks.")


@dataclass(frozen=True)
class Orthography:
    """The spelling of a table's forms: with the letters of `alphabet`, or with any letters when it is empty.

    named: whether the alphabet is one that the table names.
    """

    alphabet: str
    capitals: bool
    dotless: bool
    named: bool = False

    def words(self, cell: str) -> tuple[str, ...]:
        """Return the normalized alternatives of a cell, `a/b` or `a|b`; none where the form is missing.

        Raises BadData.
        """
        refuse_remarks(cell, self.alphabet)
        parts = [] if cell in EMPTY_CELLS else re.split(r"\s*[/|]\s*", cell)
        words = (normalize(part, self.capitals, self.dotless) for part in parts if part not in EMPTY_CELLS)
        return tuple(dict.fromkeys(self._checked(word) for word in words if word not in EMPTY_CELLS))

    def _checked(self, word: str) -> str:
        if odd := next((letter for letter in word if not is_letter(letter)), ""):
            raise BadData(f"{name_letter(odd)} in {quoted(word)} can't be a letter.")
        if self.alphabet and (odd := next((letter for letter in word if letter not in self.alphabet), "")):
            do = "add it to the line “# alphabet:”, or leave it out" if self.named else "name the columns first"
            raise BadData(f"{name_letter(odd)} in {quoted(word)} is not in the alphabet of this table: {do}.")
        if len(word) > MAX_LETTERS:
            raise BadData(f"{quoted(word)} has {len(word):,} letters: a word has at most {MAX_LETTERS}.")
        return word
