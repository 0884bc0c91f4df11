"""Input from somebody who means harm: `python -m tests.reliability.hostile [NAME...]` prints what came of it.

Each part runs in a process of its own, so that its memory can be measured. No file is touched outside its folder.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch

from cvae.core.settings import ROOT
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import CVAE
from cvae.runs import workers
from tests.reliability import links, models, tables, uploads, words
from tests.reliability.tally import Tally, touched

SHIPPED = ROOT / "checkpoints" / "open-vocabulary.safetensors"


def _model() -> CVAE:
    return load_checkpoint(SHIPPED)[0]


def _words(_: Path) -> list[Tally]:
    return [words.try_words(_model(), 10_000), words.try_words_on_the_command_line(60)]


def _tables(folder: Path) -> list[Tally]:
    return [*tables.try_tables(_model(), 1000), tables.try_tables_on_the_command_line(folder, 60)]


def _models(folder: Path) -> list[Tally]:
    content = SHIPPED.read_bytes()
    return [models.try_models("models made with evil intent", models.evil(content), folder, use_every=1)]


def _archives(folder: Path) -> list[Tally]:
    tallies, let_in = uploads.try_archives(folder, 1500)
    return [*tallies, links.try_odd_runs(folder / "runs", let_in[:60]), links.try_ids(folder / "runs", 10_000)]


def _links(_: Path) -> list[Tally]:
    return [links.try_links(len(links.VALUES))]


PARTS: dict[str, Callable[[Path], list[Tally]]] = {
    "words": _words, "tables": _tables, "models": _models, "archives": _archives, "links": _links,
}  # fmt: skip


def run_part(name: str) -> bool:
    """Run one part in an empty folder; return whether there was no fault."""
    torch.set_num_threads(1)
    workers.warm_up = lambda: None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["TENSE_LAB_RUNS"] = str(folder / "runs")
        tempfile.tempdir = place
        with touched(folder) as outside:
            good = [tally.report() for tally in PARTS[name](folder)]
        outside = sorted(set(outside))
        print(f"{name}: files touched outside the folder: {len(outside)} {outside[:3] or ''}", flush=True)
    return all(good) and not outside


def main(names: list[str]) -> int:
    """Run all parts in processes of their own, or the named one here; return the exit status."""
    if len(names) == 1:
        return 0 if run_part(names[0]) else 1
    command = [sys.executable, "-m", "tests.reliability.hostile"]
    return max(subprocess.run([*command, name], check=False).returncode for name in names or PARTS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
