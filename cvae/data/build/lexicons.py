"""Verbs and word counts from the data files of three pinned packages, read without importing the packages.

lemminflect: the SPECIALIST Lexicon, whose forms are used. pyinflect: AGID, an independent second vote.
symspellpy: counts of words in Google Books, which rank the verbs.
"""

import csv
import gzip
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from cvae.data.verbs import Paradigm

VERSIONS = {"lemminflect": "0.2.3", "pyinflect": "0.5.1", "symspellpy": "6.10.1"}
FORM = re.compile(r"[a-z]{2,22}")

Variants = tuple[list[str], list[str], list[str], list[str]]
Lexicon = dict[str, Variants]
"""Base form -> the spellings of its third person, progressive, past and participle, the preferred one first."""


def check_versions() -> None:
    """Raise RuntimeError unless the pinned versions are installed, since others would give other files."""
    for package, wanted in VERSIONS.items():
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "not installed"
        if found != wanted:
            raise RuntimeError(f"{package} {wanted} is needed to build the data, and it is {found}.")


def specialist() -> Lexicon:
    """Read the verbs of the SPECIALIST Lexicon, with the corrections that lemminflect makes to them."""
    folder = _folder("lemminflect") / "resources"
    with gzip.open(folder / "infl_lu.csv.gz", "rt", encoding="utf-8") as lines:
        rows = [row for row in csv.reader(lines) if row[1] == "verb" and len(row) == 6 and row[2] and row[4] and row[5]]
    lexicon = {row[0]: _variants(row) for row in rows}
    with (folder / "infl_overrides.csv").open(encoding="utf-8") as lines:
        for base, tag, form in csv.reader(lines):
            if base in lexicon and tag in ("VBZ", "VBG", "VBD"):
                lexicon[base][("VBZ", "VBG", "VBD").index(tag)][:] = [form]
    return lexicon


def agid() -> Lexicon:
    """Read the verbs of AGID, the Automatically Generated Inflection Database."""
    with (_folder("pyinflect") / "infl.csv").open(encoding="utf-8") as lines:
        return {row[0]: _variants(row) for row in csv.reader(lines) if row[1] == "V" and len(row) == 6}


def word_counts() -> dict[str, int]:
    """Read how often each of some 83,000 words occurs in Google Books, the most frequent first."""
    text = (_folder("symspellpy") / "frequency_dictionary_en_82_765.txt").read_text(encoding="utf-8-sig")
    return {word: int(count) for word, count in (line.split() for line in text.splitlines())}


def rule_paradigms(words: Iterable[str]) -> list[Paradigm]:
    """Inflect each word as a verb by lemminflect's rules for unknown words."""
    from lemminflect import Inflections  # imported late: it takes a quarter of a second

    inflections = Inflections()
    rows = []
    for word in words:
        forms = inflections.getAllInflectionsOOV(word, "VERB")
        rows.append((word, *(forms[tag][0] for tag in ("VBZ", "VBG", "VBD", "VBN"))))
    return rows


def contradicts(row: Paradigm, lexicons: Sequence[Mapping[str, Variants]]) -> bool:
    """Return whether a lexicon knows the verb and conjugates it otherwise."""
    known = (lexicon[row[0]] for lexicon in lexicons if row[0] in lexicon)
    return any(
        form not in spellings for variants in known for form, spellings in zip(row[1:4], variants[:3], strict=True)
    )


def _folder(package: str) -> Path:
    spec = find_spec(package)
    assert spec and spec.origin  # see `check_versions`
    return Path(spec.origin).parent


def _variants(row: list[str]) -> Variants:
    """Order the cells of a verb: base, part of speech, past, participle, progressive, third person in both packages."""
    past, participle, progressive, third = (cell.split("/") for cell in row[2:])
    return third, progressive, past, participle
