"""What the load commands measure: times of answers, errors, and the memory of the app."""

import asyncio
import os
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from tests.load.visitor import Failed

MB = 2**20


class Times:
    """The seconds of answers by what was asked, and the sentences of what failed."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()

    async def take(self, what: str, answer: Awaitable[float]) -> None:
        """Wait for an answer, and note how long it took or why it did not come. Raises Failed."""
        try:
            self._seconds[what].append(await answer)
        except Failed as error:
            self.errors[f"{what}: {error}"] += 1
            raise

    def fail(self, sentence: str) -> None:
        """Note what is wrong with an answer that came. Raises Failed."""
        self.errors[sentence] += 1
        raise Failed(sentence)

    def percentile(self, share: int) -> float:
        """Return a percentile of all answers in seconds; infinite when there are none."""
        if len(self._all()) < 2:
            return float("inf")
        return statistics.quantiles(self._all(), n=100, method="inclusive")[share - 1]

    def _all(self) -> list[float]:
        return [each for seconds in self._seconds.values() for each in seconds]

    def report(self) -> str:
        """A line for each thing that was asked, one for all, and the errors."""
        lines = [_line(what, seconds) for what, seconds in [*sorted(self._seconds.items()), ("all", self._all())]]
        lines += [f"{count} × {sentence}" for sentence, count in self.errors.items()]
        return "\n".join([*lines, f"errors {self.errors.total()}"])


def _line(what: str, seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return f"{what:<24} {len(seconds)} answers"
    last = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return (
        f"{what:<24} {len(seconds):6,} answers   median {statistics.median(seconds) * 1000:6,.0f} ms   "
        f"95th percentile {last * 1000:6,.0f} ms   longest {max(seconds) * 1000:6,.0f} ms"
    )


def servers() -> list[int]:
    """The processes that this one has started."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def memory(pids: Sequence[int]) -> float:
    """Return the resident memory of the processes in MB."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) * 1024 / MB for line in lines if line.startswith("VmRSS"))


def processor_seconds(pids: Sequence[int]) -> float:
    """Return the seconds of processor time that the processes have used."""
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


async def sample(look: Callable[[], float], seconds: float, every: float = 2.0) -> list[tuple[float, float]]:
    """(seconds since now, what `look` said), again and again for so long."""
    began, seen = time.monotonic(), []
    while (passed := time.monotonic() - began) < seconds:
        seen.append((passed, look()))
        await asyncio.sleep(every)
    return seen


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the slope of the line that fits best (least squares)."""
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope
