"""Files are written whole, and their lines are read within limits."""

import os
import subprocess
import sys
from dataclasses import dataclass
from threading import Thread

import pytest

from cvae.core.errors import BadRun
from cvae.core.files import read_lines, read_toml, replacing, write_atomically
from cvae.core.settings import ROOT


@dataclass(frozen=True)
class Line:
    text: str


GOOD = b'{"text": "a"}\n'


@pytest.fixture
def path(tmp_path):
    return tmp_path / "lines.jsonl"


@pytest.mark.parametrize("first", [GOOD + b"\n \n", b"\n\n\n", 3 * GOOD])
def test_a_bad_line_is_named_by_its_place_in_the_file(path, first):
    path.write_bytes(first + b"{}\n")
    with pytest.raises(BadRun, match=r"Line 4 of lines\.jsonl"):
        read_lines(path, Line)


def test_the_place_of_a_line_that_was_added_later_counts_those_read_before(path):
    path.write_bytes(b"\n" + GOOD + b'{"te')
    assert read_lines(path, Line) == [Line("a")]
    path.write_bytes(b"\n" + GOOD + GOOD + b"{}\n")
    with pytest.raises(BadRun, match="Line 4 of"):
        read_lines(path, Line)


def test_a_line_cut_off_within_a_letter_is_left_out(path):
    path.write_bytes(GOOD + '{"text": "ö'.encode()[:-1])
    assert read_lines(path, Line) == [Line("a")]
    path.write_bytes(GOOD + b"\0\0\0\n" + GOOD)
    with pytest.raises(BadRun, match=r"Line 2 of lines\.jsonl is not JSON"):
        read_lines(path, Line)


def test_a_line_that_another_has_replaced_is_read_anew_however_much_they_share(path):
    same = "a" * 500
    for letters in ("12", "324"):
        path.write_text("".join(f'{{"text": "{letter}{same}"}}\n' for letter in letters))
        assert read_lines(path, Line) == [Line(letter + same) for letter in letters]


def test_a_file_has_so_many_lines_and_no_more(path, monkeypatch):
    monkeypatch.setattr("cvae.core.files.MOST_LINES", 3)
    path.write_bytes(3 * GOOD)
    assert len(read_lines(path, Line)) == 3
    path.write_bytes(4 * GOOD)
    with pytest.raises(BadRun, match=r"lines\.jsonl has more than 3 lines\."):
        read_lines(path, Line)


def test_a_line_is_so_long_and_no_longer(path, monkeypatch):
    monkeypatch.setattr("cvae.core.files.LONGEST_LINE", len(GOOD))
    path.write_bytes(2 * GOOD)
    assert len(read_lines(path, Line)) == 2
    path.write_bytes(GOOD + GOOD.replace(b"a", b"aa"))
    with pytest.raises(BadRun, match=r"Line 2 of lines\.jsonl is too long\."):
        read_lines(path, Line)


def test_a_pipe_is_written_through_and_stays(path):
    os.mkfifo(path)
    read: list[bytes] = []
    reader = Thread(target=lambda: read.append(path.read_bytes()), daemon=True)
    reader.start()
    write_atomically(path, b"a word\n")
    reader.join()
    assert read == [b"a word\n"] and path.is_fifo() and [*path.parent.iterdir()] == [path]


def test_a_new_file_has_the_mode_of_the_umask_and_a_name_of_any_length(tmp_path):
    path = tmp_path / f"{'a' * 251}.csv"
    code = f"from pathlib import Path; from cvae.core.files import write_text; write_text(Path({str(path)!r}), '')"
    for umask, mode in ((0o077, 0o600), (0o002, 0o664)):
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, umask=umask)
        assert path.stat().st_mode & 0o777 == mode
        path.unlink()


@pytest.mark.parametrize("old", [0o600, 0o640, 0o444])
def test_a_file_that_is_replaced_is_private_until_it_has_its_old_mode(path, old):
    path.touch()
    path.chmod(old)
    with replacing(path) as temporary:
        assert temporary.stat().st_mode & 0o777 == 0o600
        temporary.write_bytes(b"new")
    assert path.stat().st_mode & 0o777 == old and path.read_bytes() == b"new"


def test_toml_may_begin_with_a_mark(path):
    path.write_text("epochs = 3", encoding="utf-8-sig")
    assert read_toml(path) == {"epochs": 3}


def test_standard_output_is_written_through():
    code = "from pathlib import Path; from cvae.core.files import write_text; write_text(Path('/dev/stdout'), 'a word')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT).stdout == b"a word"
