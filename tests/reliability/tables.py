"""Tables that nobody would make: formulas, quotes, NUL, a million columns, other encodings, and any bytes at all."""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import openpyxl
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from cvae.data.paradigms import parse_paradigms
from cvae.data.tables import decode_text
from cvae.data.user_table import read_user_table
from cvae.data.word_table import read_words
from cvae.inference.tables import convert_requests
from cvae.model.cvae import CVAE
from tests.conftest import read_requests, write_answers
from tests.reliability.tally import Tally
from tests.reliability.words import MILLION, run

ENGLISH = "word,from,to,gold\nwalk,sp,p,walked\nwent,auto,all,\n"
GERMAN = "Infinitiv;Präteritum;Partizip\nhören;hörte;gehört\nsein;war;gewesen\n"
CELLS = (
    "walk", "walk/walked", "walk|walked", "-", "V;PST", "가다", "\u200c",
    "=1+1", "@SUM(A1)", "+1", "-1", "\t=x", '"', '""', '"a', "a\0b", "'", "ä", "#", "# tenses: a b", "all",
    "auto", "sp",
    "\u202e", "\u2028", "\x85", "\x1c", "", " ", "a" * 40, "\ufeff", "1e999", "é" * 33, "{", "\\", "<b>",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "utf-7", "shift_jis", "cp500")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
HUGE = (
    b"," * MILLION, b"word" + b"," * MILLION, b"word\n" + b"," * MILLION, b'"' * MILLION, b"\n" * MILLION,
    b"a\n" * 500_000,
    b"word\n" + b"a\n" * 499_000, b"\0" * MILLION, b"a b\n" + b"x y\n" * 249_000, b'word\n"' + b"a" * 999_000,
    b"# tenses: " + b"a, " * 333_000, b"# alphabet: " + "\u0323\u0301".encode() * 249_000 + b"\na b c d\n",
    b"a,b\n" + "\u0323\u0301".encode() * 249_000 + b",x\n", b"word,gold\nwalk," + "\u0323\u0301".encode() * 249_000,
    b"# " * 500_000, b"a;" * 500_000, b"a\tb\n" * 250_000, b"\xff\xfe" * 500_000, "\u2028".encode() * 333_000,
)  # fmt: skip


def tables(count: int, seed: int, huge: Sequence[bytes] = HUGE) -> Iterator[bytes]:
    """The huge ones, then random ones: odd cells as text or workbooks, good tables in other encodings; some spoilt."""
    dice = random.Random(seed)
    yield from huge
    for i in range(count - len(huge)):
        mark = dice.choice([",", ";", "\t", " ", ", "])
        if i % 4 in (0, 3):
            rows = [[dice.choice(CELLS) for _ in range(dice.randint(1, 9))] for _ in range(dice.randint(0, 12))]
            text = "\n".join(mark.join(row) for row in rows).encode()
            yield text if i % 4 else _spoilt(_workbook(rows), dice) if dice.random() < 0.5 else _workbook(rows)
        elif i % 4 == 1:
            head = dice.choice(["word", "word,from", "word,gold", "word,from,to,gold"])
            rows = [[dice.choice(CELLS) for _ in head.split(",")] for _ in range(dice.randint(1, 8))]
            yield (head + "\n" + "\n".join(",".join(row) for row in rows)).encode()
        else:
            yield _spoilt(dice.choice([ENGLISH, GERMAN]).encode(dice.choice(ENCODINGS), "replace"), dice)


def _spoilt(good: bytes, dice: random.Random) -> bytes:
    content = bytearray(good)
    for _ in range(dice.randint(0, 6)):
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content)


def _workbook(rows: Sequence[Sequence[str]]) -> bytes:
    """These cells as an Excel workbook, without the signs that none can hold."""
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row])
    book.save(file)
    return file.getvalue()


def try_tables(model: CVAE, count: int, seed: int = 0, huge: Sequence[bytes] = HUGE) -> list[Tally]:
    """Read tables as words to convert, verbs to train on, and data files; no answer may hold a formula."""
    pasted, own, data = Tally("tables of words"), Tally("tables to train on"), Tally("data files")
    for content in tables(count, seed, huge):
        shown = content[:60]
        pasted.take(lambda content=content: read_words(decode_text(content, "This file")), shown)
        own.take(lambda content=content: read_user_table(content).text, shown)
        data.take(lambda content=content: parse_paradigms(decode_text(content, "This file")), shown)
    answers = Tally("small tables converted")
    for content in tables(count // 4, seed + 1):
        if len(content) < 10_000:
            answers.take(lambda content=content: convert(model, content), content[:60])
    return [pasted, own, data, answers]


def convert(model: CVAE, content: bytes) -> None:
    """Convert a table into answers that no spreadsheet executes."""
    requests = read_requests(decode_text(content, "This file"), model.vocabulary)
    written = write_answers(convert_requests(model, requests), model.vocabulary)
    rows = list(csv.reader(io.StringIO(written)))
    assert len(rows) == len(requests) + 1
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row)


def try_tables_on_the_command_line(folder: Path, count: int, seed: int = 2) -> Tally:
    """Give the tables to `convert --file` and `train --data`."""
    tally = Tally("tables on the command line")
    source, out = folder / "in.csv", folder / "out.csv"
    for i, content in enumerate(tables(count, seed)):
        source.write_bytes(content if len(content) < 10_000 else content[:10_000])
        arguments = ["convert", "--file", str(source), "--out", str(out)]
        if i % 2:
            arguments = ["train", "--data", str(source), "--out", str(folder / f"run{i}"), "--epochs", "0"]
        tally.take(lambda arguments=arguments: run(arguments), content[:60])
    return tally
