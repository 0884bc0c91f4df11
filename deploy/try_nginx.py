"""Try `deploy/nginx.conf` with a real nginx before two processes of the app: `python -m deploy.try_nginx`.

All of it runs on loopback, with ports of its own, and needs `nginx` (Debian: apt-get install nginx-light). A line is
printed for each thing that must hold, and the exit status is 1 when one does not.
"""

import asyncio
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cvae.core.settings import ROOT
from tests.browser.server import serve_app
from tests.load.visitor import Failed, open_tab

VISITORS = 12
CLOSED = ["/_stcore/metrics", "//_stcore/metrics", "/_stcore/%6detrics", "/_stcore/./metrics", "/_stcore/metrics?x=1"]
WRAPPED = "daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\nhttp {{\n{site}\n}}\n"


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path, apps: list[str]) -> Iterator[str]:
    """Run nginx with the file of this repository, but other ports, before these apps; yield its address."""
    site, port = (ROOT / "deploy" / "nginx.conf").read_text(), free_port()
    for line, app in zip(("8501", "8502"), without_protocol(apps), strict=True):
        site = site.replace(f"127.0.0.1:{line}", app)
    site = site.replace("listen 80 default_server;", f"listen 127.0.0.1:{port};")
    site = site.replace("/var/log/nginx/tense-lab.log", f"{folder}/access.log")
    (folder / "nginx.conf").write_text(WRAPPED.format(folder=folder, site=site))
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if program is None:
        sys.exit("There is no nginx: apt-get install nginx-light")
    server = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 60
        while status(address, "/_stcore/health")[0] != 200:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("nginx did not start.")
            time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


def without_protocol(addresses: list[str]) -> list[str]:
    """Return addresses as nginx writes them, without the protocol."""
    return [address.removeprefix("http://") for address in addresses]


def status(address: str, path: str, cookie: str = "") -> tuple[int, str]:
    """Return what a GET of this path is answered: its status (0 without an answer), and the cookie of a new seat."""
    request = urllib.request.Request(address + path, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            cookies = answer.headers.get_all("Set-Cookie", [])
            return answer.status, next((each.partition(";")[0] for each in cookies if each.startswith("seat=")), "")
    except urllib.error.HTTPError as error:
        return error.code, ""
    except OSError:
        return 0, ""


async def convert(address: str, cookie: str) -> bool:
    """Open the page as a visitor with this cookie and type a verb; return whether the answer came."""
    try:
        async with open_tab(address, cookie) as visitor:
            await visitor.visit("convert")
            await visitor.enter("word", string_value="went")
            return visitor.labels()[:4] == ["go", "goes", "going", "went"]
    except (Failed, OSError) as error:
        print("              ", error)
        return False


async def all_convert(address: str, cookies: list[str]) -> int:
    """Let these visitors convert at the same time, and return how many get their answer."""
    return sum(await asyncio.gather(*(convert(address, cookie) for cookie in cookies)))


def seats(log: Path) -> dict[str, set[str]]:
    """Return the processes that each cookie was led to."""
    found = defaultdict(set)
    for line in log.read_text().splitlines():
        match = re.match(r"\S+ (\d+) \S+ \S+ (\S+) (\S+) ", line)
        if match and match[2] != "-":
            found[match[3]].add(match[2])
    return found


def main() -> None:
    """Start two apps on one folder of runs and nginx before them, and check what visitors get."""
    checks: list[bool] = []

    def check(what: str, holds: bool) -> None:
        print(f"{'holds' if holds else 'DOES NOT HOLD':<14}{what}", flush=True)
        checks.append(holds)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shared = {"TENSE_LAB_RUNS": str(folder / "runs")}
        for each in ("one", "two"):
            (folder / each).mkdir()
        with serve_app(folder / "one", shared) as one:
            with serve_app(folder / "two", shared) as two, nginx(folder, [one, two]) as address:
                check("the health check answers", status(address, "/_stcore/health")[0] == 200)
                check("a process alone tells its metrics", status(one, "/_stcore/metrics")[0] == 200)
                check("nginx does not", all(status(address, path)[0] in (400, 404) for path in CLOSED))
                cookies = [status(address, "/")[1] for _ in range(VISITORS)]
                check("each visitor gets a cookie of its own", len(set(cookies) - {""}) == VISITORS)
                check("who has one keeps it", status(address, "/", cookies[0])[1] == "")
                for app in (one, two):  # so that the libraries and the model are loaded
                    asyncio.run(convert(app, ""))
                answered = asyncio.run(all_convert(address, cookies))
                check(f"{answered} of {VISITORS} visitors convert over WebSocket", answered == VISITORS)
                led = seats(folder / "access.log")
                mine = [led[cookie.removeprefix("seat=")] for cookie in cookies]
                check("each cookie leads to one process", all(len(processes) == 1 for processes in mine))
                check("both processes have visitors", len(set().union(*mine)) == 2)
                check("no query is in the log", "?" not in (folder / "access.log").read_text())
            with nginx(folder, [one, "http://127.0.0.1:1"]) as address:
                answered = asyncio.run(all_convert(address, cookies))
                check(f"one process is gone: {answered} of {VISITORS} convert with the other", answered == VISITORS)
    sys.exit(not all(checks))


if __name__ == "__main__":
    main()
