"""Read and check files of paradigms, one verb a line: `walk walks walking walked`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cvae.core.errors import BadConfig, BadData, BadWord, TenseLabError, UnknownCharacter
from cvae.core.files import is_special
from cvae.core.text import counted, listed
from cvae.data.orthography import REMARKS
from cvae.data.tables import FOREIGN, HEADERS, decode_text, header_of
from cvae.data.verbs import MISSING, Paradigm, Paradigms, as_cells, verb_of
from cvae.data.vocabulary import ENGLISH_ALPHABET, ENGLISH_TENSES, MAX_LETTERS, Vocabulary, clean_name, normalize

DATA = Path(__file__).parent / "lists"
MAX_BYTES = 10_000_000
OWN = "data.txt"
"""The file in the folder of a run that holds data of its own."""


def read_paradigms(source: str | Path, folder: Path | None = None, having: str = "") -> Paradigms:
    """Read the paradigms of a file, or of a list that comes with the library by its name alone (`train`).

    `data.txt` is looked for in `folder` first, the folder of a run that was given data of its own. Only the verbs whose
    line contains the text `having` are read.
    Raises BadData for a file that is missing, too large, not UTF-8, or has a line that is wrong.
    """
    path = data_path(source, folder)
    if having:
        lines = read_text(path).splitlines()
        return parse_paradigms("\n".join(line for line in lines if having in line or line.startswith("#")))
    return _bundled(path) if path.parent == DATA else parse_paradigms(read_text(path))


@lru_cache(maxsize=4)
def _bundled(path: Path) -> Paradigms:
    """Read a list that comes with the library, and therefore never changes, once for all readers."""
    return parse_paradigms(read_text(path))


def data_path(source: str | Path, folder: Path | None = None) -> Path:
    """Return the file that `read_paradigms` reads."""
    if folder and str(source) == OWN and (folder / OWN).is_file():
        return folder / OWN
    return DATA / f"{source}.txt" if is_bundled(str(source)) else Path(source)


def is_bundled(name: str) -> bool:
    """Return whether a list of this name comes with the library."""
    return re.fullmatch(r"\w{1,40}", name) is not None and (DATA / f"{name}.txt").is_file()


def read_text(path: Path) -> str:
    """Return the text of a file. Raises BadData when it is missing, larger than 10 MB or not UTF-8."""
    return decode_text(read_content(path), _shown(path))


def read_content(path: Path) -> bytes:
    """Return the bytes of a file of data. Raises BadData when it is missing or larger than 10 MB."""
    name = _shown(path)
    try:
        if is_special(path):
            raise BadData(f"{name} is not a file.")
        if path.stat().st_size > MAX_BYTES:
            raise BadData(f"{name} is larger than {MAX_BYTES // 1_000_000} MB: leave some rows out.")
        return path.read_bytes()
    except OSError as error:
        raise BadData(f"{name} can't be read: {error.strerror}.") from error


def _shown(path: Path) -> str:
    return OWN if path.name == OWN else str(path)  # the folder of a run in the app is nobody's business


def parse_paradigms(text: str) -> Paradigms:
    """Parse paradigms whose forms are separated by spaces, tabs, commas or semicolons; empty lines are skipped.

    Without a header the columns are the four English tenses and the alphabet is a-z. Two header lines may come
    first: `# tenses: NAME NAME ...` (2 to 256 names, separated by commas when they contain spaces) and
    `# alphabet: LETTERS`; with the first alone, the alphabet is whatever letters occur, without REMARKS. Other lines
    that start with `#` are comments. Raises BadData with a line number.
    """
    header: dict[str, str] = {}
    verbs: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        inner = line.strip()
        if inner.startswith("#"):
            key, value = header_of(inner)
            if key in HEADERS and verbs:
                raise BadData(f"the header “{key}” must come before the first verb.", number)
            header[key] = value
        elif inner:
            verbs.append((number, line))
    if not verbs:
        raise BadData("There is no verb in this file: write one per line, its forms separated by spaces.")
    tenses = names_of(header["tenses"]) if "tenses" in header else ENGLISH_TENSES
    alphabet = signs_of(header.get("alphabet", "" if "tenses" in header else ENGLISH_ALPHABET))
    lines = [(number, cells_of(line, len(tenses))) for number, line in verbs]
    if not alphabet:
        letters = {c for _, cells in lines for cell in cells if cell not in MISSING for c in normalize(cell)}
        alphabet = "".join(sorted(letters - REMARKS - {"|"}))
    try:
        vocabulary = Vocabulary(alphabet, tenses)
    except BadConfig as error:
        raise BadData(f"The header can't be used. {error}") from error
    rows = []
    for number, cells in lines:
        if len(cells) == len(tenses) + 1 and not cells[-1]:
            cells.pop()  # a separator after the last cell
        try:
            rows.append(read_row(cells, vocabulary))
        except TenseLabError as error:
            raise BadData(f"{error}", number) from error
    return Paradigms(tuple(rows), vocabulary)


def cells_of(line: str, count: int) -> list[str]:
    """Split a row by tabs alone where that gives `count` cells, which may contain spaces, else by any separator.

    The first or the last of the cells between tabs may be empty, unless tabs only surround the row.
    """
    inner = line.strip()
    if "\t" in inner:
        for text in (line.strip(" "), inner):
            cells = re.split(r" *\t *", text)
            if len(cells) == count:
                return cells
    marks = ",;\t" if re.search("[,;\t]", inner) else FOREIGN
    return re.split(rf"\s*[{marks}]\s*|\s+", inner)


def names_of(value: str) -> tuple[str, ...]:
    """Return names of tenses, separated by tabs, or else by commas or semicolons, or else by spaces."""
    mark = next((mark for mark in ("\t", "[,;]", f"[{FOREIGN}]") if re.search(mark, value)), r"\s+")
    return tuple(filter(None, map(clean_name, re.split(mark, value))))


def signs_of(value: str) -> str:
    """Read an alphabet: letters separated by spaces, with ␣ for the space itself, or all in one piece."""
    signs = value.split()
    return "".join(signs).replace("␣", " ") if len(signs) > 1 or len(value) == 1 else normalize(value, capitals=True)


def read_row(cells: Sequence[str], vocabulary: Vocabulary) -> Paradigm:
    """Read the verb of one row: a cell holds a word, spellings separated by `|`, or nothing (also `-`).

    Raises BadData for a wrong number of cells, a wrong word or fewer than two forms.
    """
    if len(cells) != len(vocabulary.tenses):
        needed = f"{len(vocabulary.tenses)} are needed ({listed(vocabulary.tenses)})"
        raise BadData(f"{counted(len(cells), 'column')}, but {needed}.")
    found = [
        () if cell in MISSING else dict.fromkeys(read_spelling(part, vocabulary) for part in cell.split("|"))
        for cell in cells
    ]
    return verb_of([tuple(cell) for cell in found])


def read_spelling(text: str, vocabulary: Vocabulary) -> str:
    """Return a word of a file as it is stored. Raises BadData, in other words than those for a word that is typed."""
    try:
        return vocabulary.check(text)
    except (BadWord, UnknownCharacter) as error:
        word = vocabulary.normalize(text)
        if not word:
            raise BadData("A spelling is empty: write it, or leave out the | beside it.") from error
        if len(word) > MAX_LETTERS:
            raise BadData(str(error)) from error
        alphabet = vocabulary.describe_alphabet()
        raise BadData(
            f"{vocabulary.foreign(word)} is not in the alphabet of this file ({alphabet}): "
            "leave it out, or add it to the header “alphabet”."
        ) from error


def write_paradigms(paradigms: Paradigms) -> str:
    """Write the text that `parse_paradigms` reads as the same paradigms; the English headers are left out."""
    vocabulary = paradigms.vocabulary
    header = []
    if vocabulary != Vocabulary():
        tabs = "\t".join(vocabulary.tenses)
        header = [f"# tenses: {tabs}", f"# alphabet: {' '.join(vocabulary.alphabet.replace(' ', '␣'))}"]
    return "\n".join(header + ["\t".join(as_cells(row)) for row in paradigms.rows]) + "\n"


@dataclass(frozen=True)
class Pair:
    """A conversion with its right answer."""

    source_tense: str
    target_tense: str
    source: str
    target: str


def read_pairs() -> list[Pair]:
    """Read the ten test pairs of the report, lines of `source-tense target-tense source target`."""
    return [Pair(*line.split()) for line in (DATA / "test.txt").read_text(encoding="utf-8").splitlines()]
