"""Reading a table in whatever form people have it: encoding, delimiter, quoting and comments, down to rows of cells.

The meaning of the cells is left to `cvae.data.user_table`, which reads paradigms, and `cvae.data.word_table`, which
reads lists of words.
"""

import codecs
import csv
import io
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from cvae.core.errors import BadData
from cvae.data.workbook import is_workbook, workbook_text

HEADERS = ("tenses", "alphabet")
"""The lines `# NAME: VALUE` that say something about the table; other lines that begin with # are comments."""
FOREIGN = "；؛，،、"
"""The semicolons and commas of Chinese, Japanese and Arabic, which separate cells where nothing else does."""
DELIMITERS = ("\t", ";,", FOREIGN)
"""Signs that separate cells: those of a group come before all later ones."""
SPACES = " "
DELIMITER_NAMES = (
    {SPACES: "spaces", "\t": "tabs"} | dict.fromkeys(";；؛", "semicolons") | dict.fromkeys(",，،、", "commas")
)

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is the beginning of this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
KINDS = (
    (rb"PK\x03\x04|PK\x05\x06", "a ZIP archive or a damaged Excel workbook: save the sheet as “CSV UTF-8”"),
    (rb"\xd0\xcf\x11\xe0", "an old Excel workbook: save the sheet as “CSV UTF-8”"),
    (rb"%PDF", "a PDF document: copy the table into a spreadsheet and save it as “CSV UTF-8”"),
    (rb"\{\\rtf", "an RTF document: copy the table into a spreadsheet and save it as “CSV UTF-8”"),
    (rb"\x89PNG|\xff\xd8\xff|GIF8", "a picture: type the table into a spreadsheet and save it as “CSV UTF-8”"),
    (rb"PAR1", "a Parquet file: save the table as CSV"),
    (rb"SQLite f", "an SQLite database: export the table as CSV"),
    (rb"\x1f\x8b", "compressed with gzip: unpack it first"),
    (
        rb"<(!doctype|!--|html|\?xml|table|svg)",
        "HTML or XML: copy the table into a spreadsheet, save it as “CSV UTF-8”",
    ),
    (rb'\{\s*"|\[\s*[\[{"]', "JSON: save the table as CSV"),
)
"""How files of other kinds begin, behind a byte-order mark and blanks, in any case; and what to do with each."""
BEGINNING = 64
"""The number of bytes at the beginning of a file by which its kind is recognised."""


def other_kind(start: bytes) -> str:
    """Return what a file that starts with these bytes is, workbooks being ZIP archives, or nothing for plain text."""
    start = start[:BEGINNING].removeprefix(codecs.BOM_UTF8).lstrip()
    return next((what for pattern, what in KINDS if re.match(pattern, start, re.IGNORECASE)), "")


def encoding_of(start: bytes, name: str) -> str:
    """Return the encoding of a text that starts with these bytes: that of its byte-order mark, or else UTF-8.

    Raises BadData, which calls the text `name`, where it is UTF-16 without a mark.
    """
    encoding = next((encoding for mark, encoding in MARKS if start.startswith(mark)), "utf-8")
    if encoding == "utf-8" and start.count(0) > len(start) // 4:
        raise BadData(f"{name} is not UTF-8 text but UTF-16 without a mark: save it as “CSV UTF-8” and try again.")
    return encoding


def decode_text(content: bytes, name: str) -> str:
    """Decode UTF-8, or UTF-16 or UTF-32 with a byte-order mark; of an Excel workbook, return the first sheet as text.

    Raises BadData, which calls the content `name` and says what the file seems to be, so that its owner knows how to
    save it.
    """
    if is_workbook(content):
        return workbook_text(content, name)
    if what := other_kind(content):
        raise BadData(f"{name} is not a table but {what}.")
    encoding = encoding_of(content, name)
    try:
        return content.decode(encoding).lstrip("\ufeff")  # a program may have written a second mark
    except UnicodeDecodeError as error:
        what = "text in an older encoding, such as Windows-1252" if encoding == "utf-8" else "damaged"
        raise BadData(f"{name} is not UTF-8 text but {what}: save it as “CSV UTF-8” and try again.") from error


@dataclass(frozen=True)
class NumberedRow:
    """The cells of one row, without spaces around them. line: where it ends in the file, counted from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """All rows of a table that are not empty; the first one may be a header.

    settings: the values of HEADERS. comments: how many lines are left out, because they begin with #.
    """

    rows: tuple[NumberedRow, ...]
    delimiter: str
    settings: dict[str, str] = field(default_factory=dict)
    comments: int = 0

    @property
    def width(self) -> int:
        """How many columns most rows have."""
        return Counter(len(row.cells) for row in self.rows).most_common(1)[0][0] if self.rows else 0


def read_sheet(text: str) -> Sheet:
    """Read a table whose cells are separated by tabs, semicolons, commas or, without any of these, by spaces.

    A first line `sep=;` names the delimiter, as spreadsheets write it. Lines that begin with # are settings or
    comments; a first line such as `#base,past` names the columns. A quote that is never closed costs its own row only.
    """
    delimiter, lines = named_delimiter(number_lines(io.StringIO(text, newline="")))
    settings: dict[str, str] = {}
    rows, comments = _without_comments(list(lines), settings)
    delimiter = delimiter or find_delimiter([line for _, line in rows])
    return Sheet(split_lines(rows, delimiter), delimiter, settings, comments)


def refuse_if_far_beyond(most: int, text: str, what: str) -> None:
    """Raise BadData for a text of over twice as many lines as there may be rows, before it takes seconds to parse.

    Fewer lines may still be few enough rows, because there may be comments, and line ends inside quotes.
    """
    lines = sum(1 for line in text.splitlines() if not line.isspace() and line)
    if lines > 2 * most:
        raise BadData(f"This is a table of about {lines:,} rows, but {most:,} is the most {what}: leave some out.")


def number_lines(file: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines of a file that are not blank, with their numbers."""
    return ((number, line) for number, line in enumerate(file, start=1) if line.strip())


def named_delimiter(lines: Iterator[tuple[int, str]]) -> tuple[str | None, Iterator[tuple[int, str]]]:
    """Return the delimiter named by a first line `sep=;` and the lines below it, or None and all lines."""
    first = next(lines, None)
    if first is None:
        return None, lines
    named = re.fullmatch(r'"?sep=(.?)"?\s*', first[1], re.IGNORECASE)
    return (named[1].strip() or "\t", lines) if named else (None, chain([first], lines))


def split_lines(lines: Sequence[tuple[int, str]], delimiter: str) -> tuple[NumberedRow, ...]:
    """Return the rows of these lines that are not empty."""
    if delimiter == SPACES:
        return tuple(NumberedRow(number, tuple(line.split())) for number, line in lines)
    return tuple(row for row in split_rows(lines, delimiter) if any(row.cells))


def _without_comments(lines: Sequence[tuple[int, str]], settings: dict[str, str]) -> tuple[list[tuple[int, str]], int]:
    """Return the lines of the table and the number of comments; what `# NAME: VALUE` says goes into `settings`.

    A first line such as `#base,past` names the columns: it stays, without its #.
    """
    delimiter = find_delimiter([line for _, line in lines if not line.lstrip().startswith("#")])
    kept, comments = [], 0
    for number, line in lines:
        text = line.strip()
        if not text.startswith("#"):
            kept.append((number, line))
            continue
        key, value = header_of(text)
        if key in HEADERS:
            settings.setdefault(key, value)
        elif not kept and not settings and delimiter != SPACES and delimiter in text:
            kept.append((number, text.lstrip("# ")))
        else:
            comments += 1
    return kept, comments


def header_of(line: str) -> tuple[str, str]:
    """Return the key and the value of a line `# key: value`."""
    key, _, value = line.removeprefix("#").partition(":")
    return key.strip(), value.strip()


def find_delimiter(lines: Sequence[str], otherwise: str = SPACES) -> str:
    """Return the delimiter that occurs in most of these lines, or `otherwise` when none occurs in more than half.

    Tabs come first, because the cells between them may hold any number of commas and semicolons.
    """
    for marks in DELIMITERS:
        found = {mark: [line.count(mark) for line in lines if mark in line] for mark in marks}
        best = max(marks, key=lambda mark: (len(found[mark]), sum(found[mark])))
        if 2 * len(found[best]) > len(lines):
            return best
    return otherwise


def split_rows(lines: Iterable[tuple[int, str]], delimiter: str) -> Iterator[NumberedRow]:
    """Yield the rows of numbered lines of CSV; a quoted cell may hold line ends.

    A line whose quote is not one of CSV, or is never closed, is split as it stands, and the next line is a row again.
    Only the lines of one row are held: `csv` refuses a cell of over 131,072 characters, and so ends an open quote.
    """
    coming = iter(lines)
    taken, again = deque[tuple[int, str]](), deque[tuple[int, str]]()

    def texts() -> Iterator[str]:
        while line := again.popleft() if again else next(coming, None):
            taken.append(line)
            yield line[1]

    while True:
        try:
            for cells in csv.reader(texts(), delimiter=delimiter, skipinitialspace=delimiter != "\t", strict=True):
                yield NumberedRow(taken[-1][0], tuple(cell.strip() for cell in cells))
                taken.clear()
            return
        except csv.Error:
            number, text = taken.popleft()
            again.extendleft(reversed(taken))
            taken.clear()
            yield NumberedRow(number, tuple(cell.strip() for cell in text.strip().split(delimiter)))
