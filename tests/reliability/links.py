"""Links that nobody would follow: every parameter of every page with values that it must not have, and ids of runs."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

from streamlit.testing.v1 import AppTest

from cvae.core.settings import ROOT
from cvae.runs.queue import find_model, find_run, id_of
from cvae.runs.room import adopt
from cvae.runs.upload import keep_upload, read_upload
from tests.reliability.tally import Tally

PAGES = ("home", "convert", "inside", "sample", "latent", "curves", "train", "theory")
VALUES = (
    "\0", "../../../etc/passwd", "/etc/passwd", "..", ".", "", "-1", "0", "1e999", "nan", "inf", "1e308", "-0",
    "9" * 400, "true",
    "None", "[1]", "{}", "<script>alert(1)</script>", "\u202e", "é" * 40, "a" * 100_000, "%00", "%s", "walk,../x,\0",
    "a,b,c",
    "\u0301\u0323" * 1000, "\ufffd", "0x10", "1_000", "٣", "‘", "`*_[x](javascript:alert(1))$x$", "none",
    "classroom", "walk",
)  # fmt: skip
PIECES = (
    "..",
    "/",
    "\\",
    "\0",
    "a" * 22,
    "%2e",
    ".",
    "~",
    "é",
    " ",
    "\n",
    "job.json",
    "config.json",
    "",
    "A-b_9" * 5,
    "\u2024\u2024",
)


def parameters() -> list[str]:
    """Return all keys that the pages bind to their address, or read from it, as found in the sources."""
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "pages").rglob("*.py"))
    keys = set(re.findall(r'key="([\w.-]+)"', text)) | {f"z{i}" for i in range(4)}
    return sorted(keys | {"checkpoint", "run", "my_runs", "experiment", "lesson", "plane-verbs", "x", "embed"})


def ids(count: int, seed: int) -> Iterator[str]:
    """Return texts that might lead out of the folder of runs."""
    dice = random.Random(seed)
    for _ in range(count):
        yield "".join(dice.choices(PIECES, k=dice.randint(1, 6)))


def try_ids(folder: Path, count: int, seed: int = 0) -> Tally:
    """Check that none of the ids names a run or a model."""
    tally = Tally("ids of runs")
    for text in ids(count, seed):
        if find_model(folder, text) is not None or id_of(folder, text):
            tally.faults.append(f"{text!r:.80}: names a model")
        if tally.take(lambda text=text: find_run(folder, text), text) is not None:
            tally.faults.append(f"{text!r:.80}: names a run")
    return tally


def visit(page: str, query: dict[str, str]) -> AppTest:
    """A page opened by a link. Raises AssertionError with what the page would have shown as an exception."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.run()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}/{page}.py").run()
    assert not app.exception, app.exception[0].message
    return app


def try_links(count: int, seed: int = 0) -> Tally:
    """Open every page with every value in all of its parameters at once, then with random values in some."""
    tally, names, dice = Tally("links"), parameters(), random.Random(seed)
    queries = [dict.fromkeys(names, value) for value in VALUES]
    queries += [{name: dice.choice(VALUES) for name in dice.sample(names, 8)} for _ in range(count)]
    for i, query in enumerate(queries[:count] if count < len(VALUES) else queries):
        for page in PAGES if count >= len(VALUES) else PAGES[i % len(PAGES) :][:1]:
            tally.take(lambda page=page, query=query: visit(page, query), (page, list(query.items())[:1]))
    return tally


def try_odd_runs(folder: Path, archives: list[bytes]) -> Tally:
    """Runs that were let in, on the page of training and on that of curves."""
    tally = Tally("odd runs that were let in, drawn on the pages")
    for i, archive in enumerate(archives):
        fill = read_upload(archive)
        run_id = adopt(folder, lambda path, fill=fill: keep_upload(fill, path), "odd `run` <b>")
        page, query = ("train", {"run": run_id}) if i % 2 else ("curves", {"my_runs": run_id, "chart": "Mistakes"})
        tally.take(lambda page=page, query=query: visit(page, query), run_id)
    return tally
