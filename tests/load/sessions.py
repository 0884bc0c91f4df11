"""Many visitors at once: `python -m tests.load.sessions [--sessions 50] [--seconds 300] [--think 30]`.

Each is a WebSocket session of its own and does one thing after the other: types a verb (two answers: half of it, and
the whole), draws samples, opens the map, or comes to Convert anew; between two things it thinks, 0.5 to 1.5 times
`--think` seconds. In the first three minutes, which are not counted, they hurry. Prints answers, their times, errors,
and the memory of the app. Status 1 when there was an error, or the 95th percentile is a second or more.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from cvae.data.paradigms import read_paradigms
from tests.browser.server import serve_app
from tests.load.measures import Times, memory, processor_seconds, sample, servers, slope
from tests.load.visitor import Failed, Visitor, open_tab

WARM_UP, HASTE = 180.0, 10
"""The seconds before anything is measured, in which the visitors think a tenth as long: what the app keeps of each, and
its caches, then have the size that they stay at."""
ARRIVALS = 15.0
"""Seconds over which the visitors arrive."""
SEEDS = 2**31 - 1


@cache
def words() -> list[str]:
    """Return the words that the visitors type."""
    return [word for row in read_paradigms("large").rows for word in row]


async def convert(visitor: Visitor, times: Times, chance: random.Random) -> None:
    """Type a verb."""
    word = chance.choice(words())
    await times.take("open Convert", visitor.visit("convert"))
    await times.take("convert half a word", visitor.enter("word", string_value=word[: len(word) // 2 + 1]))
    await times.take("convert", visitor.enter("word", string_value=word))
    if len(visitor.labels()) < 4:
        times.fail("The four forms were not on the page.")


async def draw(visitor: Visitor, times: Times, chance: random.Random) -> None:
    """Draw a hundred points that nobody has drawn before, and again."""
    await times.take("open Sample", visitor.visit("sample"))
    await times.take("sample", visitor.enter("seed", double_value=chance.randrange(SEEDS)))
    await times.take("sample", visitor.enter("again", trigger_value=True))
    if not visitor.elements("metric") and "Gaussian score" not in visitor.text:
        times.fail("The score was not on the page.")


async def look_at_map(visitor: Visitor, times: Times, chance: random.Random) -> None:
    """Open the map, and look for a verb."""
    await times.take("open the map", visitor.visit("latent"))
    await times.take("find on the map", visitor.enter("verb", string_value=chance.choice(words())))
    if not visitor.elements("bidi_component"):
        times.fail("The map was not on the page.")


async def stay(address: str, times: Times, number: int, start: float, end: float, think: float) -> None:
    """One visitor, from the first page until the end; before `start` in haste, and with no times that count."""
    chance, early = random.Random(number), Times()
    early.errors = times.errors  # those count at any time
    await asyncio.sleep(chance.uniform(0, ARRIVALS))
    while time.monotonic() < end:
        try:
            async with open_tab(address) as visitor:
                await early.take("first page", visitor.visit("convert"))
                while (now := time.monotonic()) < end:
                    await asyncio.sleep(chance.uniform(0.5, 1.5) * (think / HASTE if now < start else think))
                    [act] = chance.choices([convert, draw, look_at_map], weights=[3, 1, 1])
                    await act(visitor, early if now < start else times, chance)
        except Failed:
            pass  # noted; comes again


async def open_everything(address: str) -> None:
    """So that the libraries and the models are loaded: the very first visitor waits for that, and is not counted."""
    async with open_tab(address) as visitor:
        for page in ("convert", "sample", "latent"):
            await visitor.visit(page)


async def look(pids: Sequence[int], seconds: float) -> tuple[list[tuple[float, float]], float]:
    """After the warm-up: the app's memory in MB, again and again for so long, and its share of a core."""
    await asyncio.sleep(WARM_UP)
    before = processor_seconds(pids)
    seen = await sample(lambda: memory(pids), seconds)
    return seen, (processor_seconds(pids) - before) / seconds


async def visit(address: str, options: argparse.Namespace) -> tuple[Times, float]:
    """Their times after the warm-up, and the growth of the app's memory in MB a minute, by the line that fits best."""
    await open_everything(address)
    times, pids = Times(), servers()
    first, start = memory(pids), time.monotonic() + WARM_UP
    looking = asyncio.create_task(look(pids, options.seconds))
    staying = (
        stay(address, times, number, start, start + options.seconds, options.think)
        for number in range(options.sessions)
    )
    await asyncio.gather(*staying)
    seen, busy = await looking
    growth = 60 * slope(seen)
    print(times.report())
    print(f"processor of the app {busy:.0%} of one core")
    print(
        f"memory {first:,.0f} MB at first, {seen[0][1]:,.0f} MB after the warm-up, {seen[-1][1]:,.0f} MB at the end, "
        f"{growth:+.2f} MB a minute"
    )
    return times, growth


def main() -> None:
    """Serve the app, visit it, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--think", type=float, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "app.log"
        with serve_app(Path(folder)) as address:
            print(f"{options.sessions} sessions for {options.seconds:.0f} s that think about {options.think:g} s")
            times, _ = asyncio.run(visit(address, options))
        faults = [line for line in log.read_text().splitlines() if "error" in line.lower() or "Traceback" in line]
    print(f"errors in the log {len(faults)}", *faults[:3], sep="\n")
    sys.exit(bool(times.errors or faults or times.percentile(95) >= 1))


if __name__ == "__main__":
    main()
