"""Whole files or nothing: what a reader finds under a name is never half written."""

import json
import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from cvae.errors import BadConfig, BadData


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside the target, then rename over it. Raises OSError and leaves the old file when that fails."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(0o644)  # mkstemp makes it private; a checkpoint is not
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


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
