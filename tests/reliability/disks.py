"""Disks that are full, or can't be written."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cvae.core.config import TrainConfig
from cvae.core.errors import TenseLabError
from cvae.data.dataset import keep_data
from cvae.inference.conversion import convert
from cvae.model.checkpoint import find_checkpoints, load_checkpoint
from cvae.runs import queue
from cvae.runs.bundle import write_bundle
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.runs.upload import keep_upload, read_upload
from tests.recordings import history

MANY = "walk walks walking walked\n" * 5000
LEFT = (0, 100, 2_000, 5_000, 9_000, 20_000, 40_000, 60_000)
"""Bytes that are free when the training goes on."""


@contextmanager
def mounted(path: Path, size: str) -> Iterator[None]:
    """A disk of this size in memory. Only for root."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(path)], check=True)


def sentence_of(work) -> str:
    """Return the sentence of a refusal. Raises AssertionError when there is none, and any other error as it is."""
    try:
        work()
    except TenseLabError as error:
        return str(error)
    raise AssertionError("it was not refused")


def fill(path: Path, left: int) -> None:
    """Fill the disk until about this number of bytes are free."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    with path.open("r+b") as file:
        file.truncate(max(0, path.stat().st_size - left))


def start(path: Path, config: TrainConfig, data: str) -> Run:
    """A run with these data that has two epochs behind it."""
    path.mkdir(parents=True)
    run = Run.create(path, keep_data(path, config, data))
    records = train_in_folder(run)
    next(records)
    next(records)
    records.close()
    return run


def try_full_disk(disk: Path, config: TrainConfig, data: str) -> str:
    """Training, starting and bringing back on a disk without room; then with room again."""
    whole = start(disk / "whole", config, data)
    list(train_in_folder(whole))
    upload, wanted = read_upload(write_bundle(whole.path)), history(whole)
    said, filler = set(), disk / "filler"
    for left in LEFT:
        run = start(disk / f"run{left}", config, data)
        fill(filler, left)
        said.add(sentence_of(lambda run=run: list(train_in_folder(run))))
        said.add(sentence_of(lambda left=left: queue.create_job(disk / f"jobs{left}", [config], "x", data + MANY)))
        said.add(sentence_of(lambda left=left: keep_upload(upload, disk / f"upload{left}")))
        noted = queue.standing(run)
        assert noted.status in ("failed", "interrupted"), noted
        kept = len(run.history())
        assert kept >= 2
        filler.unlink()
        list(train_in_folder(run))
        assert history(run) == wanted, "the history is another"
        for path in (disk / f"run{left}").iterdir():
            path.unlink()
    return (
        f"{len(LEFT)} full disks: nothing recorded was lost, resumed histories equal; said: {' | '.join(sorted(said))}"
    )


def try_read_only(disk: Path, config: TrainConfig, data: str) -> str:
    """Make folders of runs and checkpoints read-only: reading goes on, writing is refused with a sentence."""
    run = start(disk / "run", config, data)
    list(train_in_folder(run))
    upload = read_upload(write_bundle(run.path))
    half = start(disk / "half", config, data)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    said = {
        sentence_of(lambda: list(train_in_folder(half))),
        sentence_of(lambda: Run.create(disk / "new", config)),
        sentence_of(lambda: keep_upload(upload, disk / "upload")),
        sentence_of(lambda: queue.queue_locked(disk / "runs2").__enter__()),
    }
    model, _ = load_checkpoint(find_checkpoints(run.path)["model"])
    convert(model, ["walk"])
    write_bundle(run.path)
    assert len(half.history()) == 2 and run.seconds_trained() > 0
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    list(train_in_folder(half))
    assert len(half.history()) == config.epochs
    return f"read-only folders: models and histories are read; said: {' | '.join(sorted(said))}"
