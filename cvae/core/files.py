"""Whole files or nothing: what a reader finds under a name is never half written."""

import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cvae.core.errors import BadConfig, BadData

ROOM = 1 << 16
"""Bytes below which a disk is full: not even a status can be written."""


def is_full(folder: Path) -> bool:
    """Whether nothing more can be written there."""
    return shutil.disk_usage(folder).free < ROOM


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file beside the target to write to, renamed over it at the end; when something is raised the old one stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o644)  # mkstemp makes it private; a checkpoint is not
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write a whole file. Raises OSError and leaves the old one when that fails."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """A whole UTF-8 file for the user. Raises BadData when it can't be written."""
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        raise BadData(f"{path} can't be written: {error.strerror}.") from error


def write_json(path: Path, value: Any) -> None:
    """One indented JSON document, written atomically."""
    write_atomically(path, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode())


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises BadConfig."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadConfig(f"{path} can't be read as TOML: {error}.") from error
