"""What came of many hostile or unlucky inputs: counted, timed, and held against what is allowed."""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cvae.core.errors import TenseLabError
from cvae.core.settings import ROOT

LONGEST_SENTENCE = 600
WRITING = {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.rmtree"}


@dataclass
class Tally:
    """A count of inputs of one kind: refused with a sentence, accepted, or with another error (faults)."""

    what: str
    refused: int = 0
    accepted: int = 0
    faults: list[str] = field(default_factory=list)
    slowest: float = 0.0
    began: float = field(default_factory=time.perf_counter)
    before: float = field(default_factory=lambda: peak_mb())

    def take(self, work: Callable[[], object], shown: object = "") -> object:
        """Do the work once; return its result, or None when it was refused in one line that is not too long."""
        began = time.perf_counter()
        found = None
        try:
            found = work()
            self.accepted += 1
        except TenseLabError as error:
            self.refused += 1
            if not 0 < len(str(error)) <= LONGEST_SENTENCE or "\n" in str(error):
                self.faults.append(f"{shown!r:.80}: no sentence: {str(error)!r:.80}")
        except Exception as error:  # whatever it is: it would have been a traceback
            self.faults.append(f"{shown!r:.80}: {type(error).__name__}: {str(error)!r:.120}")
        self.slowest = max(self.slowest, time.perf_counter() - began)
        return found

    def report(self) -> bool:
        """Print one line; return whether there was no fault."""
        seconds, grown = time.perf_counter() - self.began, peak_mb() - self.before
        print(
            f"{self.what}: {self.refused + self.accepted + len(self.faults):,} tried, {self.refused:,} refused with a "
            f"sentence, {self.accepted:,} accepted, {len(self.faults)} faults; {seconds:.1f} s, slowest "
            f"{1000 * self.slowest:.0f} ms, peak memory +{grown:.0f} MB",
            flush=True,
        )
        for fault in self.faults[:10]:
            print(f"  fault: {fault}")
        return not self.faults


def peak_mb() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


SYSTEM = ("/proc", "/sys", "/dev", "/usr/share/zoneinfo")
_touched: list[str] = []
_listening = False


@contextmanager
def touched(allowed: Path) -> Iterator[list[str]]:
    """The files that this process opens or changes outside `allowed`, the project and Python itself."""
    global _listening
    if not _listening:
        sys.addaudithook(_listen)
        _listening = True
    homes = tuple(str(path) for path in (allowed.resolve(), ROOT, sys.prefix, sys.base_prefix, *SYSTEM))
    outside: list[str] = []
    _touched.clear()
    yield outside
    outside += [path for path in _touched if not os.path.realpath(path).startswith(homes)]


def _listen(event: str, arguments: tuple) -> None:
    if event == "open" or event in WRITING:
        _touched.extend(
            os.fsdecode(path) for path in arguments[:2] if isinstance(path, str | bytes) and "/" in str(path)
        )
