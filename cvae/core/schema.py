"""Input from outside becomes dataclasses: JSON whose every value is checked by the annotation of its field.

A field may be a number, a text, a truth value, a Literal, a tuple or a dict of these, another dataclass, or one of
these or None. `Annotated[float, Within(0, 1)]` limits a number, `Annotated[str, Most(32)]` the length of a text, a
tuple or a dict. Every number is finite, and every text is free of control characters and lone surrogates, so that
whoever gets the dataclass need not look again.
"""

import types
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

JOINERS = "\u200c\u200d"
"""Zero-width characters that are nevertheless part of words: they decide how the letters beside them are shaped."""
VISIBLE = str.maketrans("", "", JOINERS)
Made = TypeVar("Made")
Read = Callable[[Any], Any]


@dataclass(frozen=True)
class Within:
    """The range of a number, both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class Most:
    """The largest length of a text, a tuple or a dict."""

    length: int


ANY, LONG, MANY = Within(-1e15, 1e15), Most(1000), Most(1000)
"""The limits of numbers, texts and collections that are annotated with none."""
Share = Annotated[float, Within(0, 1 + 1e-6)]
Count = Annotated[int, Within(0, 10**12)]
Seconds = Annotated[float, Within(0, 1e9)]
MOST_NATS = 1e9
Nats = Annotated[float, Within(-1, MOST_NATS)]


def one_line(text: str, most: int = LONG.length) -> str:
    """Return a text that passes the gate: one line of printable signs that is not too long."""
    return "".join(sign if sign.isprintable() or sign in JOINERS else " " for sign in text)[:most]


def make(kind: type[Made], value: Any) -> Made:
    """Make a dataclass from a JSON object, whose unknown names are passed over.

    Raises ValueError with the beginning of a sentence, such as `has no usable 'kl'`.
    """
    hint: Any = kind
    read: Callable[[Any], Made] = reader(hint)
    return read(value)


@cache
def reader(hint: Any) -> Read:
    """Return the function that turns a JSON value into one of this type, or raises ValueError."""
    kind, limit = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None)
    origin, parts = get_origin(kind), get_args(kind)
    if kind in (int, float):
        return _number(kind, limit or ANY)
    if kind is str:
        return _text(limit or LONG)
    if kind in (bool, types.NoneType):
        return lambda value: value if isinstance(value, kind) else refuse()
    if origin is Literal:
        return lambda value: value if isinstance(value, str) and value in parts else refuse()
    if origin in (types.UnionType, Union):
        read = reader(next(part for part in parts if part is not types.NoneType))
        return lambda value: None if value is None else read(value)
    if origin is tuple:
        return _tuple(reader(parts[0]), (limit or MANY).length)
    if origin is dict:
        return _dict(reader(parts[0]), reader(parts[1]), (limit or MANY).length)
    return _dataclass(kind)


def refuse() -> Any:
    """Raise ValueError: the value is not of the type that is asked for."""
    raise ValueError("is not what belongs here")


def _number(kind: type, limit: Within) -> Read:
    allowed = (int, float) if kind is float else int

    def read(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, allowed) or not limit.low <= value <= limit.high:
            refuse()
        return kind(value)

    return read


def _text(limit: Most) -> Read:
    def read(value: Any) -> str:
        if not isinstance(value, str) or len(value) > limit.length or not value.translate(VISIBLE).isprintable():
            refuse()
        return str(value)

    return read


def _tuple(read: Read, most: int) -> Read:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple) or len(value) > most:
            refuse()
        return tuple(map(read, value))

    return read_all


def _dict(name: Read, read: Read, most: int) -> Read:
    def read_all(value: Any) -> dict[Any, Any]:
        if not isinstance(value, dict) or len(value) > most:
            refuse()
        return {name(key): read(item) for key, item in value.items()}

    return read_all


def _dataclass(kind: Any) -> Read:
    """Read an object field by field; a class with a `from_json` of its own reads itself."""
    if hasattr(kind, "from_json"):
        return lambda value: kind.from_json(value)
    hints = get_type_hints(kind, include_extras=True)
    needed = {each.name: each.default is MISSING and each.default_factory is MISSING for each in fields(kind)}
    reads = {name: reader(hints[name]) for name in needed}

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("is not a valid record")
        values = {}
        for name, read_one in reads.items():
            if name in value:
                try:
                    values[name] = read_one(value[name])
                except (ValueError, TypeError, OverflowError) as error:
                    raise ValueError(f"has no usable {name!r}") from error
            elif needed[name]:
                raise ValueError(f"has no {name!r}")
        return kind(**values)

    return read
