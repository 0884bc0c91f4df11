"""Every row of the tables of docs/reliability.md done again: `python -m tests.reliability.claims [WORD...]`.

Runs the command of each row, prints what the document claims beside what it said now, and ends with status 1 when a
command failed. WORD: only rows that hold one of these. --list: only print the commands.
"""

import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cvae.core.settings import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
COMMAND = re.compile(r"`((?:python -m|pytest|make) [^`]+)`")
SHOWN = 6
"""The last lines of an output that are printed."""


@dataclass(frozen=True)
class Claim:
    """A row: what was done, the figure that the document gives, and the command that gives it."""

    what: str
    figure: str
    command: str


def read_claims(text: str) -> Iterator[Claim]:
    """Yield the rows of all tables that have a command."""
    names: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("| ") else []
        if not cells:
            names = names if line.startswith("|-") else []
        elif not names:
            names = cells
        elif found := COMMAND.search(line):
            figures = [cell for name, cell in zip(names[1:], cells[1:], strict=False) if name in ("figure", "where")]
            yield Claim(cells[0], " ".join(figures), found[1])


def measure(command: str, claims: Sequence[Claim]) -> bool:
    """Run the command of some rows and print both; whether it ended well."""
    words = shlex.split(command)
    if words[0] in ("python", "pytest"):
        words = [sys.executable, *(words[1:] if words[0] == "python" else ["-m", *words])]
    began = time.monotonic()
    done = subprocess.run(words, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    said = done.stdout.strip().splitlines()[-SHOWN:]
    print(f"\n{command}")
    print(*(f"  claimed:  {claim.what}: {claim.figure}" for claim in claims), sep="\n")
    print(*(f"  measured: {line}" for line in said), sep="\n")
    end = "ended well" if done.returncode == 0 else f"FAILED with status {done.returncode}"
    print(f"  {end} after {time.monotonic() - began:.0f} s", flush=True)
    return done.returncode == 0


def main(words: list[str]) -> int:
    """All rows, each command once. The exit status."""
    listed, wanted = "--list" in words, [word for word in words if word != "--list"]
    claims = [
        claim
        for claim in read_claims(DOCUMENT.read_text(encoding="utf-8"))
        if not wanted or any(word in f"{claim.what} {claim.command}" for word in wanted)
    ]
    if listed:
        print(*(f"{claim.command:<60} {claim.what}" for claim in claims), sep="\n")
        return 0
    commands: dict[str, list[Claim]] = {}
    for claim in claims:
        commands.setdefault(claim.command, []).append(claim)
    return 0 if all([measure(command, rows) for command, rows in commands.items()]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
