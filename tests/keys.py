"""The keys of widgets, as the sources of the pages name them."""

import ast
from collections.abc import Iterator
from pathlib import Path

from cvae.core.settings import ROOT

FILES = sorted((ROOT / "pages").rglob("*.py"))
TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
PLACES = {
    f"{path.stem}.{node.name}": [argument.arg for argument in node.args.args].index("key")
    for path, tree in TREES.items()
    for node in tree.body
    if isinstance(node, ast.FunctionDef) and node.name != "offer_data"  # its widgets have longer keys
    if any(argument.arg == "key" for argument in node.args.args)
}
"""Where our own functions that show a widget take its key: `letters.show` first."""


def widgets_of(path: Path) -> Iterator[tuple[str, str]]:
    """The literal keys in a file, each with what is shown under it; containers hold no value."""
    for node in ast.walk(TREES[path]):
        if isinstance(node, ast.Call) and not (called := ast.unparse(node.func)).endswith("container"):
            named = {each.arg: each.value for each in node.keywords}
            key = named.get("key", dict(enumerate(node.args)).get(PLACES.get(called, -1)))
            if isinstance(key, ast.Constant):
                yield str(key.value), f"{called}{', bound' * ('bind' in named)}"
