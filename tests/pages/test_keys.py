"""The keys of widgets: Streamlit keeps what a widget holds under its key, on all pages together."""

from collections import defaultdict

from pages.shared.navigation import TEXTS
from tests.app import visit
from tests.keys import FILES, widgets_of


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
