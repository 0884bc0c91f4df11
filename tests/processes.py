"""Other processes: waiting for what they do, and finding them by what they hold."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PATIENCE = 180
"""Seconds to wait for another process on a busy machine."""


def wait_until(condition: Callable[[], object], pause: float = 0.01) -> None:
    """Wait until a condition holds, asked again after each pause in seconds. Raises AssertionError."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(pause)


def processes(fits: Callable[[Path], bool]) -> list[int]:
    """The ids of the other processes whose folder in /proc fits a description."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            if int(folder.name) != os.getpid() and fits(folder):
                found.append(int(folder.name))
    return found


def holders(file: Path) -> list[int]:
    """The ids of the other processes that have a file open."""
    target = file.resolve()
    return processes(lambda folder: any(_leads_to(link, target) for link in (folder / "fd").iterdir()))


def _leads_to(link: Path, file: Path) -> bool:
    """Whether a link of /proc leads to a file; one that was closed meanwhile leads nowhere."""
    try:
        return link.readlink() == file
    except OSError:
        return False
