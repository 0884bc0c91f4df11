"""Files of one JSON document a line, which a process may be killed while it writes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from cvae.core.errors import BadRun
from cvae.core.files import write_atomically

Made = TypeVar("Made")


def append_line(path: Path, values: Mapping[str, Any]) -> None:
    """Add one line and flush it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


def read_lines(path: Path, make: Callable[[dict[str, Any]], Made]) -> list[Made]:
    """What `make` makes of each whole line; a last one that was cut off, be it within a letter, is left out.

    Nothing when there is no file. Raises BadRun for a line that can't be read.
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
            made.append(make(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise BadRun(f"Line {number} of {path} is damaged: mend it, or take it out.") from error
    return made


def keep_lines(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Drop the other lines, and what was cut off. Raises BadRun as `read_lines`."""
    lines = read_lines(path, lambda line: json.dumps(line, ensure_ascii=False) + "\n" if wanted(line) else "")
    write_atomically(path, "".join(lines).encode())
