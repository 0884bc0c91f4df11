"""The app and the tests of converting with the network cut off: `python -m tests.supply.offline` (Linux).

Starts itself again in a network namespace that has nothing but loopback, with an audit hook in every Python process
that notes each address and name that anything asks for. Ends with status 1 when something failed, or asked for more
than loopback.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from cvae.core.settings import ROOT
from tests.browser.server import serve_app
from tests.load.visitor import open_tab

INSIDE, NOTES = "--inside", "OFFLINE_NOTES"
PAGES = ["", "convert", "inside", "sample", "latent", "curves", "train", "theory"]
TESTS = ["tests/inference/test_conversion.py", "tests/pages/test_convert_page.py"]
HOOK = f'''
import os, sys
def note(event, args):
    if event == "socket.connect" and isinstance(args[1], tuple):
        host = args[1][0]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0] or "localhost"
    else:
        return
    host = host.decode() if isinstance(host, bytes) else str(host)
    if not host.startswith(("127.", "::1", "localhost", "0.0.0.0")):
        with open(os.environ["{NOTES}"], "a") as file:
            file.write(host + "\\n")
sys.addaudithook(note)
'''
PROBE = "import socket; socket.getaddrinfo('tense-lab.invalid', 80)"


def main() -> None:
    """Make the namespace when outside of it; check the app when inside."""
    if INSIDE in sys.argv:
        sys.exit(look())
    cut = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    inside = f'ip link set lo up && exec "{sys.executable}" -m tests.supply.offline {INSIDE}'
    sys.exit(subprocess.run([*cut, "sh", "-c", inside], cwd=ROOT).returncode)


def look() -> bool:
    """Whether something was wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        notes = folder / "notes.txt"
        notes.touch()
        (folder / "sitecustomize.py").write_text(HOOK)
        hooked = {"PYTHONPATH": f"{folder}:{ROOT}", NOTES: str(notes)}
        os.environ |= hooked
        subprocess.run([sys.executable, "-c", PROBE], stderr=subprocess.DEVNULL)
        watched = notes.read_text().split() == ["tense-lab.invalid"]
        links = [link for _, link in socket.if_nameindex()]
        print(f"network interfaces: {', '.join(links)}; the hook {'works' if watched else 'DOES NOT WORK'}")
        notes.write_text("")
        with serve_app(folder, hooked) as address:
            asyncio.run(visit(address))
        failed = subprocess.run([sys.executable, "-m", "pytest", *TESTS], cwd=ROOT).returncode
        asked = sorted(set(notes.read_text().splitlines()))
    print(f"asked for, beside loopback, in all that: {', '.join(asked) or 'nothing'}")
    return bool(links != ["lo"] or not watched or failed or asked)


async def visit(address: str) -> None:
    """Every page, and a word. Raises Failed."""
    async with open_tab(address) as visitor:
        for page in PAGES:
            await visitor.visit(page)
        await visitor.visit("convert")
        await visitor.enter("word", string_value="went")
        print(f"{len(PAGES)} pages opened without a network; went: {', '.join(visitor.labels()[:4])}")


if __name__ == "__main__":
    main()
