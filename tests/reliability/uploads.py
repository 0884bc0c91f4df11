"""Archives that are bombs, lie or lead elsewhere; and well-formed runs with the oddest figures and words."""

import io
import json
import random
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cvae.core.config import Augmentation, LearningRateSchedule, ModelConfig, TrainConfig
from cvae.data.dataset import keep_data
from cvae.runs.bundle import README, write_bundle, zipped
from cvae.runs.run import CONFIG, HISTORY, MODEL, STEPS, Run
from cvae.runs.session import train_in_folder
from cvae.runs.steering import STEERING
from cvae.runs.upload import read_upload
from tests.conftest import FOUR_VERBS
from tests.reliability.tally import Tally

NUMBERS = (
    0,
    1,
    -1,
    1e-300,
    1e14,
    1e15,
    1e300,
    2**53,
    2**63,
    10**299,
    float("nan"),
    float("inf"),
    True,
    None,
    "1",
    [],
    {},
    0.5,
)
TEXTS = ("", "walk", "\u202e", "<script>", "a" * 1000, "\0", "é", "epoch", "=1+1", "`*_$", None, 3, "\ud800")
STEP = {"epochs": 0.5, "step": 2, "seconds": 0.1, "words": 8, "reconstruction": 3.0, "kl": 1.0, "beta": 0.1}
STEP |= {"teacher_forcing": 1.0, "learning_rate": 0.001}
CHANGE = {"step": 3, "beta": 0.5, "teacher_forcing": None, "learning_rate": None}


def make_run(path: Path) -> Run:
    """A small run with data of its own and some of a list, two scored epochs and a point."""
    path.mkdir(parents=True)
    config = TrainConfig(
        model=ModelConfig(embedding=8, hidden=16, latent=3), learning_rate=LearningRateSchedule(peak=1e-2),
        augmentation=(Augmentation("train", classes=("irregular",)),), epochs=2, evaluate_every=1, draws=5,
        batch_size=16,
    )  # fmt: skip
    run = Run.create(path, keep_data(path, config, FOUR_VERBS))
    list(train_in_folder(run))
    run.steps_path.write_text(json.dumps(STEP) + "\n")
    run.steering.log_path.write_text(json.dumps(CHANGE) + "\n")
    return run


def members(content: bytes) -> dict[str, bytes]:
    """The files of a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def bombs(content: bytes) -> Iterator[bytes]:
    """Return archives made by hand to fill a disk, a memory or another folder."""
    files = members(content)
    for name in (README, HISTORY, MODEL, CONFIG, STEPS):
        yield zipped(files | {name: bytes(40 * 2**20)})  # 40 MB of zeros in 40 KB
    lying = zipped({README: b"A" * 2**22})
    for size in (10, 0, 2**32 - 1):
        yield lying.replace(struct.pack("<L", 2**22), struct.pack("<L", size))
    for name in (
        "../x",
        "/etc/passwd",
        "a/../../x",
        "..\\x",
        "C:\\x",
        "x\0y",
        "\u202e",
        "config.json/",
        "",
        ".",
        "x" * 60_000,
    ):
        yield zipped(files | {name: b"x"})
    for i in (2, 1000, 10_000):
        yield zipped({f"{n}": b"" for n in range(i)})
    nested = content
    for _ in range(5):
        nested = zipped({README: nested, HISTORY: nested})
        yield nested
    link = zipfile.ZipInfo(CONFIG)
    link.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    yield target.getvalue()
    yield from (content + content, content[:-1], b"PK" + content, content[:100] + content, content + b"\0" * 65_536)


def spoilt(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Return an archive with some bytes changed, cut out or doubled."""
    dice = random.Random(seed)
    for _ in range(count):
        data = bytearray(content)
        for _ in range(dice.randint(1, 4)):
            place, length = dice.randrange(len(data)), dice.randint(1, 40)
            change = dice.randrange(4)
            if change == 0:
                data[place] ^= 1 << dice.randrange(8)
            elif change == 1:
                del data[place : place + length]
            elif change == 2:
                data[place:place] = data[place : place + length]
            else:
                data[place : place + length] = bytes(dice.choice((0, 255)) for _ in range(length))
        yield bytes(data)


def odd_runs(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield whole archives in which some figures, words or settings are odd."""
    dice, files = random.Random(seed), members(content)
    for _ in range(count):
        changed = dict(files)
        for name in dice.sample((HISTORY, STEPS, STEERING, CONFIG), dice.randint(1, 2)):
            if name == CONFIG:
                changed[name] = json.dumps(_odd(json.loads(files[name]), dice, 0.05)).encode()
            else:
                changed[name] = b"\n".join(_odd_line(line, dice) for line in files[name].splitlines()) + b"\n"
        yield zipped(changed)


def _odd_line(line: bytes, dice: random.Random) -> bytes:
    values = json.loads(line)
    for name in dice.sample(list(values), dice.randint(0, 2)):
        values[name] = _odd(values[name], dice, 0.7)
    return json.dumps(values).encode()


def _odd(value: Any, dice: random.Random, often: float) -> Any:
    """Return another value, mostly of the same type."""
    if isinstance(value, Mapping):
        return {name: _odd(item, dice, often) for name, item in value.items()}
    if isinstance(value, list):
        items = [_odd(item, dice, often / 3) for item in value]
        return dice.choice((items, items[1:], items * 2, items[::-1])) if dice.random() < often else items
    if dice.random() > often:
        return value
    return dice.choice(TEXTS if isinstance(value, str) else NUMBERS)


def try_archives(folder: Path, count: int, seed: int = 0) -> tuple[list[Tally], list[bytes]]:
    """Upload bombs, damaged archives and odd runs, and use those of the odd runs that are accepted."""
    content = write_bundle(make_run(folder / "run").path, "<html></html>")
    made, kept = Tally("bombs and traps"), []
    for archive in bombs(content):
        made.take(lambda archive=archive: read_upload(archive), archive[:30])
    broken = Tally("archives with spoilt bytes")
    for archive in spoilt(content, count, seed):
        broken.take(lambda archive=archive: read_upload(archive), archive[:30])
    odd = Tally("archives with odd figures")
    for archive in odd_runs(content, count, seed):
        if odd.take(lambda archive=archive: read_upload(archive)):
            kept.append(archive)
    return [made, broken, odd], kept
