"""Reading and writing files: atomic writes, JSON lines, TOML and CSV."""

import csv
import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tempfile
import threading
import time
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO
from uuid import uuid4
from zlib import crc32
from zlib import error as BadDeflate

from cvae.core.errors import BadConfig, BadData, BadRun, TenseLabError
from cvae.core.schema import Made, make

ROOM = 1 << 16
"""Free bytes below which a disk counts as full, because not even a status can be written any more."""


def is_full(folder: Path) -> bool:
    """Return whether the disk of this folder is full. Raises OSError when there is no such folder."""
    return shutil.disk_usage(folder).free < ROOM


def stamp_of(path: Path) -> tuple[int, int, int]:
    """Return inode, time of change in ns, and size, which together change whenever a file is written or replaced.

    Raises OSError.
    """
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_size


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal digits, the key under which results computed from it are kept.

    Raises OSError.
    """
    return _digest(path, stamp_of(path))


@lru_cache(maxsize=256)
def _digest(path: Path, stamp: tuple[int, int, int]) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


RENAMES, PAUSE = 20, 0.05
"""How often a rename is tried on Windows, and the seconds between two tries."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary file that replaces `path` at the end; the old file stays when an error is raised.

    A link stays, and the file that it points to is replaced; the mode is kept. A pipe or a device is written through.
    """
    special = path.parts[:2] in (("/", "dev"), ("/", "proc")) and path.parts[2:3] != ("shm",)
    through = special or (path.exists() and not path.is_file())
    target = Path(os.path.realpath(path)) if path.is_symlink() and not through else path
    old = target.stat().st_mode & 0o777 if target.exists() and not through else None
    temporary = Path(tempfile.gettempdir() if through else target.parent) / f".{uuid4().hex}"
    # The mode of a new file is that of the umask; what will have another mode, or none, is private until then.
    temporary.touch(0o600 if through or old is not None else 0o666, exist_ok=False)
    try:
        yield temporary
        if through:
            with temporary.open("rb") as source, path.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            temporary.unlink()
        else:
            if old is not None:
                temporary.chmod(old)
            _rename(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _rename(source: Path, target: Path) -> None:
    """Put a file in the place of another. Windows refuses while somebody reads the old one, so it is tried again."""
    for _ in range(RENAMES - 1 if sys.platform == "win32" else 0):
        with suppress(PermissionError):
            source.replace(target)
            return
        time.sleep(PAUSE)
    source.replace(target)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file. Raises OSError and leaves the old one when that fails."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextmanager
def refusing(path: Path, kind: type[TenseLabError]) -> Iterator[None]:
    """Raise an error of this kind, a sentence that names the path, where it can't be written."""
    try:
        yield
    except OSError as error:
        raise kind(f"{path} can't be written: {error.strerror or error}.") from error


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file. Raises BadData when it can't be written."""
    with refusing(Path(path.name), BadData):  # the folder of a run in the app is nobody's business
        write_atomically(path, text.encode())


def write_json(path: Path, value: Any) -> None:
    """Write one indented JSON document atomically. Raises OSError."""
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def is_special(path: Path) -> bool:
    """Return whether this is a folder, a pipe or a device: the latter has no size, and no end. Raises OSError."""
    return path.exists() and not path.is_file()


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file. Raises BadConfig."""
    try:
        if is_special(path):
            raise BadConfig(f"{path} is not a file.")
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadConfig(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadConfig(f"{path} can't be read as TOML: {error}.") from error


def append_line(path: Path, values: Mapping[str, Any]) -> None:
    """Append a JSON document as one line and flush it. Raises OSError."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


@dataclass
class _Known:
    """The part of a file that has been read: `lines` up to `end`, and its CRC-32. fault: why reading stopped."""

    stamp: tuple[int, ...] = ()
    lines: int = 0
    end: int = 0
    checksum: int = 0
    records: list[Any] = field(default_factory=list)
    fault: str = ""


_known: dict[tuple[Path, type], _Known] = {}
_reading = threading.RLock()
MOST_LINES, MOST_KNOWN, LONGEST_LINE = 200_000, 1 << 24, 1 << 20
"""Lines of one file; bytes of all files whose records are kept, which take up to 15 times as much; bytes of a line."""


def read_lines(path: Path, kind: type[Made]) -> list[Made]:
    """Return a dataclass of this kind for each complete line; a last one that was cut off is left out.

    Every line is checked by `cvae.core.schema`, and read only once: records are kept for all readers, and later calls
    read what has been appended. A missing file has no lines; one that ends in .gz is unpacked. Raises BadRun for a line
    that can't be used.
    """
    with _reading:
        known = _known.pop((path, kind), _Known())  # put back below as the most recently used
        try:
            stamp = stamp_of(path)
            if stamp != known.stamp:
                known = _read_on(path, kind, known)
                known.stamp = stamp
        except FileNotFoundError:
            return []
        except (gzip.BadGzipFile, EOFError, BadDeflate) as error:
            raise BadRun(f"{path.name} can't be unpacked: it is damaged.") from error
        except OSError as error:
            raise BadRun(f"{path.name} can't be read: {error.strerror}.") from error
        _known[path, kind] = known
        while len(_known) > 1 and sum(each.end for each in _known.values()) > MOST_KNOWN:
            del _known[next(iter(_known))]
    if known.fault:
        raise BadRun(known.fault)
    return list(known.records)


def _open(path: Path) -> gzip.GzipFile | io.BufferedReader:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _read_on(path: Path, kind: type[Made], known: _Known) -> _Known:
    """Read the lines that were added since, or all of them when what was read before has changed."""
    with _open(path) as file:
        if known.fault or crc32(file.read(known.end)) != known.checksum:
            known = _Known()
            file.seek(0)
        while (line := file.readline(LONGEST_LINE)).endswith(b"\n"):
            known.lines += 1
            try:
                if known.lines > MOST_LINES:
                    raise BadRun(f"{path.name} has more than {MOST_LINES:,} lines.")
                if line.strip():
                    known.records.append(parse(f"Line {known.lines} of {path.name}", line, kind))
            except BadRun as error:
                known.fault = str(error)
                return known
            known.end, known.checksum = known.end + len(line), crc32(line, known.checksum)
    if len(line) == LONGEST_LINE:
        known.fault = f"Line {known.lines + 1} of {path.name} is too long."
    return known


def parse(what: str, content: str | bytes, kind: type[Made]) -> Made:
    """Make a dataclass from a JSON document, see `cvae.core.schema`. Raises BadRun, which names it by `what`."""
    try:
        values = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadRun(f"{what} is not JSON.") from error
    try:
        return make(kind, values)
    except ValueError as error:
        raise BadRun(f"{what} {error}.") from error


def read_json(path: Path, kind: type[Made], most: int = LONGEST_LINE) -> Made:
    """Read one JSON document of at most `most` bytes as a dataclass of this kind.

    Raises BadRun, or OSError when there is no such file.
    """
    with path.open("rb") as file:
        return parse(path.name, file.read(most), kind)


def keep_lines(path: Path, kind: type[Made], wanted: Callable[[Made], bool]) -> None:
    """Drop all lines but the wanted ones, and a last one that was cut off. Raises BadRun as `read_lines` does."""
    kept: list[Any] = [record for record in read_lines(path, kind) if wanted(record)]
    write_atomically(path, as_lines(kept))


def as_lines(records: Iterable[Any]) -> bytes:
    """Write each dataclass as a JSON document on one line."""
    return "".join(json.dumps(asdict(record), ensure_ascii=False) + "\n" for record in records).encode()


def pack(path: Path, packed: Path) -> None:
    """Replace a file by a compressed one, whose bytes depend on its content only. Raises OSError."""
    write_atomically(packed, gzip.compress(path.read_bytes(), mtime=0))
    path.unlink()


def write_table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return a table as CSV in which spreadsheets find no formulas."""
    text = io.StringIO(newline="")
    write_rows(text, [header, *rows])
    return text.getvalue()


def write_rows(file: TextIO, rows: Iterable[Sequence[object]], delimiter: str = ",") -> None:
    """Write rows to a CSV file: texts are composed (NFC) and made harmless, numbers stay as they are."""
    csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(
        [harmless(unicodedata.normalize("NFC", cell)) if isinstance(cell, str) else cell for cell in row]
        for row in rows
    )


def harmless(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula (OWASP, "CSV injection")."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
