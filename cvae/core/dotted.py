"""Settings by dotted names, as messages, links, grids and tables use them: nested tables to flat ones, and back."""

from collections.abc import Mapping
from typing import Any


def flatten(values: Mapping[str, Any], lists: bool = True) -> dict[str, Any]:
    """Flatten nested tables into one with dotted names; `lists` are tables, too, whose items are numbered from 1."""
    flat: dict[str, Any] = {}
    for name, value in values.items():
        if lists and isinstance(value, list | tuple):
            value = {str(i): item for i, item in enumerate(value, start=1)}
        if isinstance(value, Mapping):
            flat |= {f"{name}.{inner}": item for inner, item in flatten(value, lists).items()}
        else:
            flat[name] = value
    return flat


def nest(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Turn settings with dotted names, at any depth, into nested tables."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        first, dot, rest = name.partition(".")
        inner = {rest: value} if dot else value
        found = merge(found, {first: nest(inner) if isinstance(inner, dict) else inner})
    return found


def merge(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with changes; tables are merged, everything else is replaced."""
    merged = dict(base)
    for name, value in changes.items():
        old = merged.get(name)
        merged[name] = merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return merged
