"""Twenty visitors press Start: `python -m tests.load.starts [--starts 20] [--seconds 60]`.

Each then keeps its page open, which looks at its run every 1.5 s. Meanwhile another one converts a word a second.
Prints how many runs there are of each status, what places in the queue the visitors see, and how long converting took.
Status 1 when more or fewer than TENSE_LAB_RUNNING of them run at a time, when somebody does not see its place, when
converting took 0.5 s or more (95th percentile), or when there was an error.
"""

import argparse
import asyncio
import json
import re
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from cvae.core.settings import Limits
from tests.browser.server import serve_app
from tests.load.measures import Times
from tests.load.sessions import words
from tests.load.visitor import Failed, Visitor, open_tab

SETTLE = 20.0
"""Seconds after the last click until everybody's page has been drawn again on two slow cores."""


def statuses(runs: Path) -> Counter[str]:
    """Count the runs by their status, read from their folders."""
    return Counter(json.loads(path.read_text())["status"] for path in runs.glob("*/status.json"))


def place(visitor: Visitor) -> int:
    """Read from its page the number in the queue; 0 when its run has begun, -1 when the page says neither."""
    if found := re.search(r"Number (\d+) in the queue", visitor.text):
        return int(found[1])
    return 0 if re.search("starting|running|Finished", visitor.text) else -1


async def start(visitor: Visitor, times: Times) -> None:
    """Open the page of training, and press Start."""
    with suppress(Failed):  # noted
        await times.take("open Train", visitor.visit("train"))
        await times.take("press Start", visitor.enter("start-run", trigger_value=True))


async def keep_converting(visitor: Visitor, times: Times) -> None:
    """A word a second, until cancelled."""
    for word in words():
        with suppress(Failed):
            await times.take("convert meanwhile", visitor.enter("word", string_value=word))
        await asyncio.sleep(1)


async def visit(address: str, runs: Path, options: argparse.Namespace) -> bool:
    """All of them. Whether it went as it must."""
    times, aside = Times(), Times()
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(open_tab(address))
        for page in ("train", "convert"):  # so that the libraries and the model are loaded
            await other.visit(page)
        cookies = [f"_streamlit_xsrf=visitor-{i}" for i in range(options.starts)]
        visitors = [await stack.enter_async_context(open_tab(address, cookie)) for cookie in cookies]
        await asyncio.gather(*(start(each, times) for each in visitors))
        await asyncio.sleep(SETTLE)
        converting = asyncio.create_task(keep_converting(other, aside))
        most = 0
        for _ in range(round(options.seconds)):
            await asyncio.sleep(1)
            most = max(most, statuses(runs)["running"])
        converting.cancel()
        seen, stand = sorted(place(each) for each in visitors), statuses(runs)
    print(times.report(), aside.report(), sep="\n")
    print(f"at most {most} at a time; in the end", ", ".join(f"{count} {name}" for name, count in stand.items()))
    print("places in the queue, as the visitors see them (0: it runs or has ended):", *seen)
    waiting = [number for number in seen if number > 0]
    told = -1 not in seen and waiting == list(range(1, len(waiting) + 1)) and len(waiting) == stand["queued"]
    return told and most == Limits.running and aside.percentile(95) < 0.5 and not (times.errors or aside.errors)


def main() -> None:
    """Serve the app with its own limits, start the runs, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs, log = Path(folder) / "runs", Path(folder) / "app.log"
        with serve_app(Path(folder)) as address:
            good = asyncio.run(visit(address, runs, options))
        faults = [line for line in log.read_text().splitlines() if "error" in line.lower() or "Traceback" in line]
    print(f"errors in the log {len(faults)}", *faults[:3], sep="\n")
    sys.exit(bool(faults) or not good)


if __name__ == "__main__":
    main()
