"""Letters to click, on any page with forms: a visitor chooses another letter, and the rest of the form respells itself.

What is shown is HTML of `pages.shared.forms`. letters.js sends `{tense, begins, whole}`, or `{}` for the model's own
letters.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from cvae.core.errors import TenseLabError
from cvae.data.vocabulary import Vocabulary
from cvae.inference.alternatives import convert_from
from cvae.inference.conversion import Conversion
from pages.shared.forms import Choice
from pages.shared.models import Opened

CHOSEN = "respelled"
"""The parameter of links, `tense|letters`, with another | where the form ends there; and the key in the session."""
SCRIPT = Path(__file__).parent / "letters.js"
Message = Mapping[str, Any]
Word = tuple[tuple[str, str], str, str]
"""The version of the model, a word and the tense in which it was read: what a choice belongs to."""


def respell(opened: Opened, conversion: Conversion) -> tuple[Conversion, Choice | None]:
    """Return the conversion with the letters chosen for one of its forms, and the choice, or None without any."""
    word, shown, choice = _word(opened, conversion), conversion, None
    of, message = st.session_state.get(CHOSEN) or (word, _read_link(conversion, opened.model.vocabulary))
    if of == word and message:
        with suppress(TenseLabError, KeyError):  # of a link that was changed by hand
            tense, begins, whole = str(message["tense"]), str(message["begins"]), bool(message["whole"])
            form = convert_from(opened.model, conversion, tense, begins, whole)
            choice = Choice(tense, begins, whole, conversion.forms[tense])
            shown = replace(conversion, forms=conversion.forms | {tense: form})
    st.session_state[CHOSEN] = word, message if choice else {}
    if choice:
        st.query_params[CHOSEN] = f"{choice.tense}|{choice.begins}{'|' if choice.whole else ''}"
    else:
        for name in {CHOSEN, "letter", "step"} & st.query_params.keys():
            del st.query_params[name]
    return shown, choice


def show(key: str, html: str, opened: Opened, conversion: Conversion | None = None) -> None:
    """Show HTML with letters or branches to click; what is chosen there belongs to this conversion."""
    word = _word(opened, conversion) if conversion else None
    _component()(key=key, data={"html": html}, on_chosen_change=partial(_take, key, word))


def choose(opened: Opened, conversion: Conversion, tense: str, begins: str, whole: bool) -> None:
    """Choose letters for one form, as a click on a letter does."""
    st.session_state[CHOSEN] = _word(opened, conversion), {"tense": tense, "begins": begins, "whole": whole}


def _take(key: str, word: Word | None) -> None:
    message = st.session_state[key]["chosen"]
    if word and isinstance(message, Mapping):
        st.session_state[CHOSEN] = word, message


def _word(opened: Opened, conversion: Conversion) -> Word:
    return opened.version, conversion.word, conversion.source


def _read_link(conversion: Conversion, vocabulary: Vocabulary) -> Message:
    """Return the choice in the link, or {}.

    Older links name a step, such as `6 e`, and a letter or `end`, of the form in the tense `look`.
    """
    query = st.query_params
    if CHOSEN in query:
        tense, _, begins = query[CHOSEN].partition("|")
        return {"tense": tense, "begins": begins.removesuffix("|"), "whole": begins.endswith("|")}
    if "letter" not in query:
        return {}
    try:
        tense = vocabulary.tenses[vocabulary.tense(query.get("look", vocabulary.tenses[-1]))]
        text, step = conversion.forms[tense].text, int(query.get("step", "1").split()[0])
    except (TenseLabError, ValueError, IndexError):
        return {}
    if not 1 <= step <= len(text) + 1:
        return {}
    begins, is_end = text[: step - 1], query["letter"] == "end"
    return {"tense": tense, "begins": begins if is_end else begins + query["letter"], "whole": is_end}


@cache
def _component() -> ComponentRenderer:
    script = SCRIPT.read_text(encoding="utf-8")
    return st.components.v2.component("letters", html='<div class="letters"></div>', js=script, isolate_styles=False)
