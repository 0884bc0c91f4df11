"""Models that were cut, spoilt or made with evil intent: refused with a sentence, or loaded with usable weights."""

import json
import random
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.checkpoint import METADATA_KEY, load_checkpoint
from cvae.runs.upload import read_upload
from tests.reliability.tally import Tally

HUGE = 10**400
DEEP = "[" * 100_000
SETTINGS: tuple[Mapping[str, Any], ...] = (
    {"model": {"hidden": 10**9}}, {"model": {"hidden": HUGE}}, {"model": {"hidden": -1}}, {"model": {"hidden": 1.5}},
    {"model": {"latent": 10**18}}, {"model": {"embedding": HUGE}}, {"model": []}, {"model": None},
    {"model": {"x" * 10**5: 1}},
    {"model": {"cell": "x" * 10**5}}, {"model": {"cell": ["lstm"]}}, {"alphabet": "a" * 10**5}, {"alphabet": ""},
    {"alphabet": 5},
    {"alphabet": "\u0301" * 99}, {"alphabet": "\ud800"}, {"tenses": ["a"] * 10**5}, {"tenses": "abcd"}, {"tenses": 7},
    {"tenses": ["\0", "b"]}, {"tenses": {"a": 1, "b": 2}}, {"format": HUGE}, {"format": True}, {"format": "1"},
    {"training": {"epochs": HUGE}}, {"training": {"kl": {"maximum": HUGE}}}, {"training": {"kl": {"maximum": "1"}}},
    {"training": {"augmentation": [{"data": "large"}] * 20_000}}, {"training": {"augmentation": "large"}},
    {"training": []},
    {"training": {"data": "/etc/passwd"}}, {"training": {"data": "/dev/zero"}}, {"training": {"data": "\0"}},
    {"training": {"data": ["x"]}}, {"training": {"verbs": HUGE}}, {"scores": {"bleu4": HUGE, "distinct": HUGE}},
    {"scores": {"bleu4": "x", "heldout": [1]}}, {"scores": 3}, {"scores": [[1, 2, 3]]}, {"data": {"paradigms": HUGE}},
    {"data": {"name": "x" * 10**5}}, {"data": {"name": ["<b>"], "paradigms": -1}}, {"data": {"fingerprint": [1]}},
    {"versions": None},
)  # fmt: skip
"""Changes of the description."""


def parts(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the numbers of a .safetensors file."""
    length = struct.unpack("<Q", content[:8])[0]
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header: Any, numbers: bytes) -> bytes:
    """The file of this header, which may be text that is no JSON."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(text)) + text + numbers


def evil(content: bytes) -> Iterator[bytes]:
    """Yield models made by hand: every field of the format and of the description with a bad value."""
    header, numbers = parts(content)
    described = json.loads(header["__metadata__"][METADATA_KEY])
    for change in SETTINGS:
        [(key, value)] = change.items()
        more = {key: described[key] | value if isinstance(value, dict) and key != "tenses" else value}
        yield joined(header | {"__metadata__": {METADATA_KEY: json.dumps(described | more)}}, numbers)
    name = next(name for name in header if name != "__metadata__")
    end = header[name]["data_offsets"][1]
    for field, values in {
        "dtype": ("F64", "F16", "BF16", "I8", "U64", "BOOL", "F8_E4M3", "F4", "X", 3, None),
        "shape": ([], [0], [-1], [10**18, 10**18], [2**63], [1.5], "x", [1] * 10**4, None),
        "data_offsets": (
            [0, 2**63],
            [end, 0],
            [-4, 4],
            [4, end + 4],
            [0, len(numbers) * 2],
            [0],
            [],
            "x",
            None,
            [0, HUGE],
        ),
    }.items():
        for value in values:
            yield joined(header | {name: header[name] | {field: value}}, numbers)
    for text in (
        "",
        "{}",
        "[]",
        "null",
        '"x"',
        DEEP,
        "{" * 1000,
        '{"__metadata__": {"tense-lab": 5}}',
        '{"__metadata__": []}',
    ):
        yield joined(text, numbers)
    yield joined(header | {"__metadata__": {METADATA_KEY: DEEP}}, numbers)
    yield joined({f"w{i}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for i in range(15_000)}, b"")
    yield joined(header | {"__metadata__": {METADATA_KEY: " " * 2**21}}, numbers)
    for length in (0, 1, 2**20, 2**32, 2**63, 2**64 - 1):
        yield struct.pack("<Q", length) + content[8:]
    for number in (float("nan"), float("inf"), 3e38):
        yield joined(header, struct.pack("<f", number) * (len(numbers) // 4))
    yield from (b"", b"PK", b"\x80\x04\x95pickle", b"\0" * 1000, content * 2, content + b"\0", content[8:])


def flips(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Yield models with one flipped bit, a third of them in the header; of every fifth, a part is cut off instead."""
    dice = random.Random(seed)
    header = struct.unpack("<Q", content[:8])[0] + 8
    for i in range(count):
        place = dice.randrange(header) if i % 3 == 0 else dice.randrange(len(content))
        if i % 5 == 4:
            yield content[:place]
        else:
            yield content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :]


def try_models(what: str, contents: Iterator[bytes], folder: Path, use_every: int = 10) -> Tally:
    """Load models as the app does; some of those that load are also used and uploaded."""
    tally, path = Tally(what), folder / "model.safetensors"
    for i, content in enumerate(contents):
        path.write_bytes(content)
        tally.take(_user(path, content, whole=i % use_every == 0), f"file {i}")
    return tally


def _user(path: Path, content: bytes, whole: bool) -> Callable[[], None]:
    def use() -> None:
        model, _ = load_checkpoint(path)
        assert all(bool(weight.isfinite().all()) for weight in model.state_dict().values())
        if whole:
            word = model.vocabulary.alphabet[:3]
            convert(model, [word], keep_probabilities=True)
            sample(model, 2)
            read_upload(content)

    return use
