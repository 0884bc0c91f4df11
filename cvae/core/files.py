"""Files that are written as a whole or not at all; JSON lines, TOML and CSV."""

import csv
import io
import json
import os
import shutil
import sys
import tempfile
import time
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO, TypeVar

from cvae.core.errors import BadConfig, BadData, BadRun

ROOM = 1 << 16
"""Free bytes below which a disk counts as full, because not even a status can be written any more."""


def is_full(folder: Path) -> bool:
    """Whether the disk of this folder is full."""
    return shutil.disk_usage(folder).free < ROOM


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
    descriptor, name = tempfile.mkstemp(dir=None if through else target.parent, prefix=f".{target.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        if through:
            with temporary.open("rb") as source, path.open("wb") as sink:
                shutil.copyfileobj(source, sink)
            temporary.unlink()
        else:
            # mkstemp makes it private; a checkpoint is not
            temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
            _rename(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _rename(source: Path, target: Path) -> None:
    """Put a file in the place of another. Windows refuses while somebody reads that one, which is soon over."""
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


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 file that the user asked for. Raises BadData when it can't be written."""
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise BadData(f"{path} can't be written: {error.strerror}.") from error


def write_json(path: Path, value: Any) -> None:
    """Write one indented JSON document atomically."""
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file. Raises BadConfig."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path} can't be read as TOML: {error}.") from error


Made = TypeVar("Made")


def append_line(path: Path, values: Mapping[str, Any]) -> None:
    """Append a JSON document as one line and flush it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


def read_lines(path: Path, make: Callable[[dict[str, Any]], Made], skip_damaged: bool = False) -> list[Made]:
    """Return what `make` makes of each complete line; a last line that was cut off is left out.

    A missing file has no lines. Raises BadRun for a line that is damaged; with `skip_damaged` such lines are left out,
    too, and BadRun is raised only when no line can be read.
    """
    try:
        *lines, _cut_off = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise BadRun(f"{path} can't be read: {error.strerror}.") from error
    made = []
    for number, line in enumerate(lines, start=1):
        try:
            made.append(make(json.loads(line.decode())))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if not skip_damaged:
                raise BadRun(f"Line {number} of {path} is damaged: correct it, or remove it.") from error
    if lines and not made:
        raise BadRun(f"{path} holds no records: it must be UTF-8 text with one JSON object a line.")
    return made


def keep_lines(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Drop all lines but the wanted ones, and a last line that was cut off. Raises BadRun as `read_lines` does."""
    lines = read_lines(path, lambda line: json.dumps(line, ensure_ascii=False) + "\n" if wanted(line) else "")
    write_atomically(path, "".join(lines).encode())


def write_table(header: Sequence[object], rows: Sequence[Sequence[object]]) -> str:
    """Return CSV in which no spreadsheet finds a formula."""
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
