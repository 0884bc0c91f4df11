"""The keys of widgets: Streamlit keeps what a widget holds under its key, on all pages together."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from cvae.core.settings import ROOT
from pages.shared.navigation import TEXTS
from tests.app import visit

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


def test_no_key_is_that_of_two_kinds_of_widgets():
    kinds = defaultdict(set)
    for path in FILES:
        for key, kind in widgets_of(path):
            kinds[key].add(kind)
    assert {"verb", "forms", "seed"} <= set(kinds)
    assert not {key: found for key, found in kinds.items() if len(found) > 1}


def test_what_is_typed_is_taken_from_links_as_it_is():
    boxes = "st.text_input, bound", "parts.ask_words"
    typed = {key for path in FILES for key, kind in widgets_of(path) if kind in boxes}
    assert {"word", "set"} < typed <= set(TEXTS)


def test_what_is_set_on_theory_is_no_selection_in_the_table_of_draws(four_verb_model):
    app = visit("theory", section="KL divergence")
    app.select_slider(key="draws").set_value(3_000).run()
    app.switch_page("pages/sample/sample.py").run()
    app.button(key="again").click().run()
    assert not app.exception and len(app.dataframe[0].value) == 100
