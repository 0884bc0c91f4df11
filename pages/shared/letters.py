"""Letters to click, on any page with forms: a visitor chooses another letter, and the rest of the form respells itself.

What is shown is HTML of `pages.shared.forms`. letters.js sends `{name, begins, whole}`, or `{}` for the model's own
letters.
"""

from collections.abc import Callable, Hashable, Mapping
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
from cvae.inference.decoding import Form
from cvae.web.picture import read_script
from pages.shared.forms import Choice
from pages.shared.models import Opened
from pages.shared.navigation import put_in_address

CHOSEN = "respelled"
"""The parameter of links, `name|letters`, with another | where the form ends there; and the key in the session."""
SCRIPT = Path(__file__).parent / "letters.js"
Message = Mapping[str, Any]


def respell(opened: Opened, conversion: Conversion, key: str = CHOSEN) -> tuple[Conversion, Choice | None]:
    """Return the conversion with the letters chosen for one of its forms, and the choice, or None without any.

    key: the parameter of links, one for each word on a page.
    """
    of, spell = subject(opened, conversion), partial(convert_from, opened.model, conversion.mean)
    forms, choice = respell_forms(of, conversion.forms, spell, key, opened.model.vocabulary)
    return replace(conversion, forms=forms), choice


def respell_forms(
    of: Hashable,
    forms: Mapping[str, Form],
    spell: Callable[[str, str, bool], Form],
    key: str = CHOSEN,
    vocabulary: Vocabulary | None = None,
) -> tuple[dict[str, Form], Choice | None]:
    """Return the forms with the letters chosen for one of them, and the choice, or None without any.

    of: what a choice belongs to; another word has none. spell: decodes a form, given its name, the letters that it
    begins with, and whether it ends there. vocabulary: where the names are tenses, for older links.
    """
    shown, choice = dict(forms), None
    asked, message = st.session_state.get(key) or (of, _read_link(forms, key, vocabulary))
    if asked == of and message:
        with suppress(TenseLabError, KeyError):  # the link was changed by hand
            name, begins, whole = str(message["name"]), str(message["begins"]), bool(message["whole"])
            own, shown[name] = forms[name], spell(name, begins, whole)
            choice = Choice(name, begins, whole, own)
    st.session_state[key] = of, message if choice else {}
    stale = {"letter", "step"} if choice else {"letter", "step", key}  # the first two come from older links
    for name in stale & st.query_params.keys():
        del st.query_params[name]
    if choice:
        put_in_address(key, f"{choice.name}|{choice.begins}{'|' if choice.whole else ''}")
    return shown, choice


def subject(opened: Opened, conversion: Conversion) -> Hashable:
    """Return what a choice belongs to: the version of the model, and the word with its tense, or the point."""
    return opened.version, conversion.word, conversion.source or tuple(conversion.mean.tolist())


def show(key: str, html: str, of: Hashable = None, chosen: str = CHOSEN) -> None:
    """Show HTML with letters or branches to click; what is chosen there belongs to `of`, see `respell_forms`."""
    _component()(key=key, data={"html": html}, on_chosen_change=partial(_take, key, of, chosen))


def choose(opened: Opened, conversion: Conversion, tense: str, begins: str, whole: bool) -> None:
    """Choose letters for one form, as a click on a letter does."""
    message = {"name": tense, "begins": begins, "whole": whole}
    st.session_state[CHOSEN] = subject(opened, conversion), message


def _take(key: str, of: Hashable, chosen: str) -> None:
    message = st.session_state[key]["chosen"]
    if of and isinstance(message, Mapping):
        st.session_state[chosen] = of, message


def _read_link(forms: Mapping[str, Form], key: str, vocabulary: Vocabulary | None) -> Message:
    """Return the choice in the link, or {}.

    Older links name a step, such as `6 e`, and a letter or `end`, of the form in the tense `look`.
    """
    query = st.query_params
    if key in query:
        name, _, begins = query[key].partition("|")
        return {"name": name, "begins": begins.removesuffix("|"), "whole": begins.endswith("|")}
    if "letter" not in query or vocabulary is None:
        return {}
    try:
        tense = vocabulary.tenses[vocabulary.tense(query.get("look", vocabulary.tenses[-1]))]
        text, step = forms[tense].text, int(query.get("step", "1").split()[0])
    except (TenseLabError, ValueError, IndexError):
        return {}
    if not 1 <= step <= len(text) + 1:
        return {}
    begins, is_end = text[: step - 1], query["letter"] == "end"
    return {"name": tense, "begins": begins if is_end else begins + query["letter"], "whole": is_end}


@cache
def _component() -> ComponentRenderer:
    script = read_script("elements") + SCRIPT.read_text(encoding="utf-8")
    return st.components.v2.component("letters", html='<div class="letters"></div>', js=script, isolate_styles=False)
