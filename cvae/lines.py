"""Files of one JSON document a line, which a process may be killed while it writes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cvae.files import write_atomically


def append_line(path: Path, values: Mapping[str, Any]) -> None:
    """Add one line and flush it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """All whole lines; a last one that was cut off in the middle is left out. Nothing when there is no file."""
    if not path.exists():
        return []
    *lines, _cut_off = path.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in lines]


def keep_lines(path: Path, wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Drop the other lines, and what was cut off."""
    kept = [json.dumps(line, ensure_ascii=False) + "\n" for line in read_lines(path) if wanted(line)]
    write_atomically(path, "".join(kept).encode())
