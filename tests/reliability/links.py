"""Links that nobody would follow: every parameter of every page with values that it must not have, and ids of runs."""

import random
from collections.abc import Iterator
from pathlib import Path

from cvae.core.config import TrainConfig
from cvae.core.dotted import flatten
from cvae.runs.queue import create_job, find_model, find_run, id_of
from cvae.runs.room import adopt
from cvae.runs.upload import keep_upload, read_upload
from pages.train.data import UNASKED
from tests.app import visit
from tests.keys import FILES, widgets_of
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


ASKED = ("models.ask_source", "models.ask_seed", "parts.ask_words", "letters.respell")
"""Our functions whose keys are in the address; other widgets are bound to it where they are shown."""
NAMED = {
    "a", "b", "c", "start", "end", "x", "y", "z0", "z1", "z2", "z3", "plane-verbs", "reading-walk", "left", "right",
    "left_model", "right_model", "left_respelled", "right_respelled", "respelled", "letter", "step", "checkpoint",
    "model", "run", "like", "lesson", "preset", "seed_of_run", "my_runs", "experiment", "tour", "lecture", "embed",
}  # fmt: skip
"""Parameters whose names the sources put together, or read from the address themselves."""


def parameters() -> list[str]:
    """Return all keys that the pages bind to their address, or read from it."""
    bound = {key for path in FILES for key, kind in widgets_of(path) if kind.endswith(", bound") or kind in ASKED}
    return sorted(bound | NAMED | flatten(TrainConfig().to_json()).keys() - set(UNASKED))


def ids(ways: list[str], count: int, seed: int) -> Iterator[str]:
    """Return texts that might lead out of the folder of runs, some of them by one of the ways that do."""
    dice = random.Random(seed)
    for _ in range(count):
        yield "".join(dice.choices([*PIECES, *ways], k=dice.randint(1, 6)))


def try_ids(folder: Path, count: int, seed: int = 0) -> Tally:
    """Check that none of the ids names a run or a model: neither the one in the folder nor the one in another."""
    tally, config = Tally("ids of runs"), TrainConfig(verbs=4)
    create_job(folder, [config], "not to be guessed")
    [outside] = create_job(folder.parent / "elsewhere", [config], "of another folder")
    outside.model_path.touch()
    for text in ids([f"../elsewhere/{outside.path.name}", str(outside.path)], count, seed):
        if find_model(folder, text) is not None or id_of(folder, text):
            tally.faults.append(f"{text!r:.80}: names a model")
        if tally.take(lambda text=text: find_run(folder, text), text) is not None:
            tally.faults.append(f"{text!r:.80}: names a run")
    return tally


def try_links(count: int, seed: int = 0) -> Tally:
    """Open every page with every value in all of its parameters at once, then with random values in some."""
    tally, names, dice = Tally("links"), parameters(), random.Random(seed)
    queries = [dict.fromkeys(names, value) for value in VALUES]
    queries += [{name: dice.choice(VALUES) for name in dice.sample(names, 8)} for _ in range(count)]
    for i, query in enumerate(queries[:count] if count < len(VALUES) else queries):
        for page in PAGES if count >= len(VALUES) else PAGES[i % len(PAGES) :][:1]:
            tally.take(lambda page=page, query=query: visit(page, **query), (page, list(query.items())[:1]))
    return tally


def try_odd_runs(folder: Path, archives: list[bytes]) -> Tally:
    """Runs that were let in, on the page of training and on that of curves."""
    tally = Tally("odd runs that were let in, drawn on the pages")
    for i, archive in enumerate(archives):
        fill = read_upload(archive)
        run_id = adopt(folder, lambda path, fill=fill: keep_upload(fill, path), "odd `run` <b>")
        page, query = ("train", {"run": run_id}) if i % 2 else ("curves", {"my_runs": run_id, "chart": "Mistakes"})
        tally.take(lambda page=page, query=query: visit(page, **query), run_id)
    return tally
