"""What open pages cost `python -m cvae app`: `python -m tests.load.idle [--seconds 60] [--watchers 30]`.

Prints the processor time of the app, in shares of a core, with one tab open that does nothing, and with a class that
watches one running run, and by how much the app's memory grew meanwhile. Status 1 when the tab costs 2% or more, or
the class half a core or more. The processor time of the run itself, which is another process, is not counted.
"""

import argparse
import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from cvae.runs.run import Run
from tests.browser.server import serve_app
from tests.load.measures import memory, processor_seconds, servers
from tests.load.visitor import Visitor, open_tab

SETTLE = 15.0
"""Seconds until the pages are drawn."""
LONG = "model.hidden=256&batch_size=8&epochs=300&verbs=1227"
"""A run that lasts longer than anybody watches, with as many epochs as the page offers."""


async def share(seconds: float) -> float:
    """Return the share of a core that the app uses in so many seconds."""
    before = processor_seconds(servers())
    await asyncio.sleep(seconds)
    return (processor_seconds(servers()) - before) / seconds


async def idle(address: str, seconds: float) -> float:
    """One tab with a page on which nothing happens."""
    async with open_tab(address) as visitor:
        await visitor.visit("convert")
        await asyncio.sleep(SETTLE)
        return await share(seconds)


async def watch(address: str, runs: Path, watchers: int, seconds: float) -> tuple[float, float]:
    """A class that has opened the link of one run that trains: the share of a core, and MB that the app grew."""
    async with AsyncExitStack() as stack:
        starter = await stack.enter_async_context(open_tab(address))
        await starter.visit("train", LONG)
        await starter.enter("start-run", trigger_value=True)
        run_id = next(runs.glob("*/job.json")).parent.name
        visitors: list[Visitor] = []
        for _ in range(watchers):
            visitors.append(await stack.enter_async_context(open_tab(address)))
            await visitors[-1].visit("train", f"run={run_id}")
        await asyncio.sleep(SETTLE)
        before, used = memory(servers()), await share(seconds)
        if (last := Run(runs / run_id).last_status()).status != "running":
            sys.exit(f"The run ended before the time was over: {last.status}. {last.reason}")
        return used, memory(servers()) - before


def main() -> None:
    """Serve the app as its users do, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--watchers", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs, log = Path(folder) / "runs", Path(folder) / "app.log"
        with serve_app(Path(folder)) as address:
            alone = asyncio.run(idle(address, options.seconds))
            print(f"one idle tab: {alone:.1%} of a core", flush=True)
            together, grown = asyncio.run(watch(address, runs, options.watchers, options.seconds))
            print(f"{options.watchers} tabs on one running run: {together:.1%} of a core, {grown:+.0f} MB")
        odd = [line for line in log.read_text().splitlines() if line.strip() and not line.lstrip().startswith("{")]
    print(f"lines of the log that are no JSON: {len(odd)}", *odd[:5], sep="\n")
    sys.exit(not (alone < 0.02 and together < 0.5))


if __name__ == "__main__":
    main()
