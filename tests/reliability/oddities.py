"""Odd values in every field of every file of a run and a model.

`python -m tests.reliability.oddities [COUNT] [SEED] [LOOKED_AT]`: each case takes a good run, puts an odd value into
one or two fields of one of its files, or spoils the file itself, and lets everything that reads runs read it. Nothing
but a sentence may come of it. One in LOOKED_AT is also looked at on the pages and by the commands.
"""

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

from cvae.charts.curves import LOSSES_AND_SCHEDULES, Look, draw_curves
from cvae.core.settings import limits
from cvae.experiments.answers import fill_in
from cvae.experiments.groups import difference_table, group_runs
from cvae.experiments.summary import records_csv
from cvae.model.checkpoint import METADATA_KEY, load_checkpoint, read_info
from cvae.runs.bundle import history_table, write_bundle
from cvae.runs.history import Curve, read_about, read_run, watch_run
from cvae.runs.queue import full_title, partners, queue, standing
from cvae.runs.room import clean_up
from cvae.runs.run import Run
from cvae.training.collapse import judge
from cvae.training.records import SCORES
from tests.app import visit
from tests.conftest import PALETTE
from tests.reliability import words
from tests.reliability.tally import Tally
from tests.reliability.uploads import make_run

RUN_ID = "r" * 22
FILES = (
    "config.json", "history.jsonl", "steps.jsonl", "steering.jsonl", "control.json", "status.json", "job.json",
    "experiment.json",
)  # fmt: skip
PAGES = (("train", {"run": RUN_ID}), ("curves", {"my_runs": RUN_ID}), ("convert", {"run": RUN_ID}))
DEEP: Any = json.loads("[" * 200 + "]" * 200)
ODD: tuple[Any, ...] = (
    None, True, "", "1", "text", 0, -1, 1, 0.5, 2**63, 10**400, -(10**400), 1e308, -1e308, float("nan"), float("inf"),
    720, [], {}, [[]], [None], ["x"] * 2000, [["go"]] * 200, {"a": None}, {"\ud800": 1}, {"": 0.5}, DEEP, "\ud800",
    "\0", "\u202e", "a\nb", "x" * 10_000, "<img src=x onerror=alert(1)>", "![p](http://example.org/p.png)", "$x$",
    ":red[x]", "www.example.org", "=1+1", "../../etc/passwd", "queued", "running", "sp",
)  # fmt: skip
SPOILT = (b"", b"\0" * 100, b"[" * 100_000, b"{}\n", b"null\n", b"\xff\xfe", b'{"epoch": 1', b"\n\n\n", b"1e999\n")


def cases(run: Path, count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Names of files with odd contents."""
    dice = random.Random(seed)
    good = {name: (run / name).read_bytes() for name in FILES}
    for _ in range(count):
        name = dice.choice(FILES)
        if dice.random() < 0.05:
            yield name, dice.choice(SPOILT)
            continue
        lines = [json.loads(line) for line in (good[name].splitlines() if name.endswith("l") else [good[name]])]
        for _ in range(dice.randint(1, 2)):
            _spoil(dice.choice(lines), dice)
        if dice.random() < 0.1:
            dice.shuffle(lines)
        yield name, b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _spoil(values: Any, dice: random.Random) -> None:
    """Put an odd value into a field at any depth, or take the field out."""
    while True:
        key = dice.choice(list(values)) if isinstance(values, dict) else dice.randrange(len(values))
        inner = values[key]
        if isinstance(inner, dict | list) and inner and dice.random() < 0.5:
            values = inner
        elif dice.random() < 0.1:
            del values[key]
            return
        else:
            values[key] = deepcopy(dice.choice(ODD))
            return


def read_everything(folder: Path) -> Iterator[Callable[[], object]]:
    """What the pages and the commands do with a run, each by itself."""
    run = Run(folder)
    yield lambda: watch_run(run).columns
    yield lambda: judge(watch_run(run).history)
    yield lambda: history_table(run.history())
    yield lambda: draw(folder)
    yield lambda: (run.steering.asked(), run.steering.changes())
    yield lambda: (full_title(run), partners(run))
    yield lambda: (standing(run), queue(folder.parent), clean_up(folder.parent, limits()))
    yield lambda: write_bundle(folder)


def draw(folder: Path) -> None:
    """Curves, tables and answers of the page of curves."""
    found = [read_run(folder, "some")]
    groups = group_runs(found)
    curves = [Curve("one", tuple(run.columns for run in found))]
    draw_curves(curves, [*LOSSES_AND_SCHEDULES, *SCORES], Look(), PALETTE).to_json()
    records_csv({"one": found})
    difference_table({group.name: group.settings for group in groups})
    about = read_about(folder)
    fill_in((about.answer, about.differs), found)


def header_cases(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """A checkpoint whose description has odd values."""
    dice = random.Random(seed)
    length = int.from_bytes(content[:8], "little")
    document = json.loads(content[8 : 8 + length])
    for _ in range(count):
        header = json.loads(document["__metadata__"][METADATA_KEY])
        for _ in range(dice.randint(1, 2)):
            _spoil(header, dice)
        start = json.dumps({**document, "__metadata__": {METADATA_KEY: json.dumps(header)}}).encode()
        yield len(start).to_bytes(8, "little") + start + content[8 + length :]


def prepare(folder: Path) -> Path:
    """A good run with all its files under an id."""
    run = make_run(folder / RUN_ID)
    (run.path / "job.json").write_text(json.dumps({"queued": 1.0, "runs": [RUN_ID], "title": "A run", "name": ""}))
    (run.path / "control.json").write_text(json.dumps({"pause": False, "stop": False, "pause_at": None, "hand": {}}))
    (run.path / "experiment.json").write_text(json.dumps({"title": "T", "question": "Q", "answer": "{run:kl}"}))
    return run.path


def try_oddities(folder: Path, count: int, seed: int = 0, looked_at: int = 100) -> list[Tally]:
    """Runs with odd files, and models with odd descriptions; one in `looked_at` is shown on the pages, too."""
    run, files, headers, pages = prepare(folder), Tally("odd files"), Tally("odd descriptions"), Tally("odd, on pages")
    good = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    for i, (name, content) in enumerate(cases(run, count - count // 5, seed)):
        (run / name).write_bytes(content)
        for work in read_everything(run):
            files.take(work, (name, content[:60]))
        if i % looked_at == looked_at - 1:
            page, query = PAGES[i // looked_at % len(PAGES)]
            pages.take(lambda page=page, query=query: visit(page, **query), (name, content[:200]))
            pages.take(
                lambda: words.run(["train", "--resume", "--out", str(run), "--set", "a=b"]), (name, content[:60])
            )
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        for other, data in good.items():
            (run / other).write_bytes(data)
    path = run / "model.safetensors"
    for content in header_cases(good["model.safetensors"], count // 5, seed):
        path.write_bytes(content)
        headers.take(lambda: (read_info(path), load_checkpoint(path)), content[8:200])
    return [files, headers, pages]


def main(count: int = 100_000, seed: int = 0, looked_at: int = 100) -> int:
    """All cases in a folder of their own. The exit status."""
    import os

    with tempfile.TemporaryDirectory() as place:
        os.environ["TENSE_LAB_RUNS"] = place
        return 0 if all([tally.report() for tally in try_oddities(Path(place), count, seed, looked_at)]) else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
