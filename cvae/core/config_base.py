"""A frozen group of settings: it checks itself, and is written to JSON and read back."""

import dataclasses
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from cvae.core.dotted import merge, nest
from cvae.core.errors import BadConfig

LONGEST_TEXT = 500
"""The most letters of a text, such as the name of a file: sentences repeat it."""


def shorten(value: Any) -> str:
    """Return a value as messages show it; Python writes no whole number of more than 4,300 digits."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"


@dataclass(frozen=True)
class Config:
    """A frozen group of settings. Raises BadConfig, with the dotted name of the setting, for a value out of its range.

    `path` is the dotted name of the group within TrainConfig. `gone` are settings that no longer exist, which older
    versions wrote: of these 0 can be read, which turned them off. Of `ignored` ones any value can.
    """

    path: ClassVar[str] = ""
    gone: ClassVar[frozenset[str]] = frozenset()
    ignored: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, path: str = "", gone: str = "", ignored: str = "") -> None:
        cls.path, cls.gone, cls.ignored = path, frozenset(gone.split()), frozenset(ignored.split())

    @classmethod
    def full_name(cls, name: str) -> str:
        """Return the dotted name of a setting of this group."""
        return f"{cls.path}.{name}" if cls.path else name

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for setting in dataclasses.fields(self):
            name, value = self.full_name(setting.name), getattr(self, setting.name)
            _check_type(name, value, hints[setting.name])
            if "range" not in setting.metadata:
                continue
            low, high = setting.metadata["range"]
            if not low <= value <= high:
                raise BadConfig(f"{name} must be between {low:g} and {high:g}, not {shorten(value)}.")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as dicts, lists, strings and numbers, which `from_json` reads as the same config."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Return the config written by `to_json`; settings that are absent take their defaults. Raises BadConfig."""
        if not isinstance(values, dict):
            raise BadConfig(f"{cls.path or 'A config'} must be a table of settings.")
        settings = dataclasses.fields(cls)
        renamed = {setting.metadata.get("formerly"): setting.name for setting in settings}
        values = {renamed.get(name, name): value for name, value in values.items() if name not in cls.ignored}
        values = {name: value for name, value in values.items() if value or name not in cls.gone}
        if unknown := sorted(set(values) - {setting.name for setting in settings}):
            raise BadConfig(f"There is no setting {shorten(cls.full_name(unknown[0]))}.")
        hints = get_type_hints(cls)
        return cls(**{name: _from_json(value, hints[name]) for name, value in values.items()})

    def changed(self, settings: Mapping[str, Any]) -> Self:
        """Return this config with other values of some settings, given by their dotted names. Raises BadConfig."""
        return self.from_json(merge(self.to_json(), nest(settings)))

    @classmethod
    def choices(cls, name: str) -> tuple[str, ...]:
        """Return the values that a setting, given by its dotted name, can take: those of its Literal, in order."""
        first, _, rest = name.partition(".")
        hint = get_type_hints(cls)[first]
        return hint.choices(rest) if rest else get_args(hint)


def _from_json(value: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Config):
        return hint.from_json(value)
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return tuple(_from_json(item, get_args(hint)[0]) for item in value)
    return value


def _check_type(name: str, value: Any, hint: Any) -> None:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise BadConfig(f"{name} must be one of {', '.join(get_args(hint))}, not {shorten(value)}.")
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            raise BadConfig(f"{name} must be a number, not {shorten(value)}.")
    elif get_origin(hint) is tuple:
        if not isinstance(value, tuple) or not all(isinstance(item, get_args(hint)[0]) for item in value):
            raise BadConfig(f"{name} must be a list, not {shorten(value)}.")
        for item in value:
            _check_type(name, item, get_args(hint)[0])
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise BadConfig(f"{name} must be of type {hint.__name__}, not {shorten(value)}.")
    elif hint is str and not value.isprintable():
        raise BadConfig(f"{name} must not contain control characters or line ends, as {shorten(value)} does.")
    elif hint is str and len(value) > LONGEST_TEXT:
        raise BadConfig(f"{name} must have at most {LONGEST_TEXT} letters, not {len(value):,}.")


def within(default: float, low: float, high: float) -> Any:
    """Return a field of a Config whose values lie between two bounds, both included."""
    return field(default=default, metadata={"range": (low, high)})
