"""Links and addresses: what pages share of them, words to click, and repairs before a page reads a link."""

import math
from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.navigation.page import Page

from pages.shared.messages import plain

SEEN, FIRST, ARRIVED = "page_seen", "page_is_first", "page_is_new"
"""Keys of the session state: the title of the page that was shown last, whether it was the first one, and whether it is
another one than in the run before."""
WANTED, AGAIN = "wanted_", "again_"
"""Keys of the session state, with the key of a text box: what it held when its page was left, and is to hold again."""
RENAMED = {("Latent", "view"): "latent_view"}
"""Parameters of older links, by the title of their page; Convert has a `view` of its own."""
MODEL, MODEL_PICKED, QUIET, RUN = "checkpoint", "checkpoint_picked", "model", "run"
"""Parameters of links and keys of the session state: the model of a page, the one that the visitor picked, the one of
a page without a picker, and a run, whose model is then offered, too."""
RUN_IDS = "run_ids"
"""The key of the session state for the ids of this visitor's runs."""
TEXTS = (
    "word", "typed", "verb", "example", "taught", "truth", "start", "end", "a", "b", "c", "set", "left", "right",
)  # fmt: skip
"""Parameters that hold what is typed; they may be empty, or `inf`."""
TENSES = "from", "to", "look", "tense", "verb_tense", "read-as", "write-as", "taught-tense"
"""Parameters that hold the name of a tense, which may be `inf`, too: the infinitive."""


LET_PAGE_SCROLL = """
document.addEventListener("touchstart", (event) => {
  if (event.touches.length === 1 && event.target.closest(".js-plotly-plot .draglayer")) event.stopPropagation();
}, true);
"""
"""Lets a finger scroll the page over a chart, and a tap mean the point below it. Plotly takes a touch for a drag: it
keeps the page from scrolling, and answers a tap with the point that was under the pointer before. Without the touch it
gets what browsers make of a tap: a pointer that moves there and clicks."""


def note_page(title: str) -> bool:
    """Whether the page is another one than a moment ago. On a phone the menu, which covers it, is then closed."""
    new = st.session_state.get(SEEN) != title
    st.session_state[ARRIVED] = new and SEEN in st.session_state
    if new:
        st.session_state[FIRST] = SEEN not in st.session_state
        st.session_state[SEEN] = title
    close = "document.querySelector('[data-testid=stSidebarCollapseButton] button')?.click()"
    # Not on the first page: the menu that is open there was opened by the visitor while the page still appears.
    run_once(title, "" if is_first_page() else f"if (innerWidth < 768) {close}")
    return new


def is_first_page() -> bool:
    """Whether no other page was shown before this one: its link came from outside."""
    return bool(st.session_state.get(FIRST))


def scroll_to_top(occasion: str) -> None:
    """Show the page from its top, once for each occasion, such as the run that was just started."""
    run_once(occasion, "document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")


def run_once(occasion: str, script: str) -> None:
    """Run a script in the browser, again whenever the occasion is another one."""
    # In braces: what a script declares would else be there already when it runs again.
    st.html(f"<script>/* {escape(occasion)} */ {{ {script} }}</script>", unsafe_allow_javascript=True)


def write_back(name: str, repeat: bool = False) -> None:
    """Keep a change of a bound widget in the address: for its `on_change`, where other parameters change as well.

    With those Streamlit 1.67 writes back all that it knew before the change, unless code has set the value, too.
    repeat: write the address in any case. The end of a run that was still going when the widget changed may have taken
    the change out again, and Streamlit does not write a value that came with the request.
    """
    st.session_state[name] = st.session_state[name]
    if repeat:
        st.query_params.update({})


def recall(name: str) -> None:
    """Before a text box of this key: put back what `keep` found missing, or note what the box is to show."""
    if AGAIN + name in st.session_state:
        st.session_state[name] = st.session_state.pop(AGAIN + name)
    elif st.session_state.get(ARRIVED):
        st.session_state[WANTED + name] = st.session_state.get(name)


def keep(name: str, shown: str, usual: str = "") -> None:
    """After the text box: have the page run again where it shows the usual text instead of what it held when left.

    Streamlit 1.67 takes it out of the address that the browser's Back button opens, and then believes that address.
    """
    wanted = st.session_state.pop(WANTED + name, None)
    if wanted not in (None, "", shown) and shown == usual and name not in st.query_params:
        st.session_state[AGAIN + name] = wanted
        st.rerun()


def offer_words(words: Sequence[str], box: str) -> None:
    """Offer words to click; the one that is clicked is typed into the text box with this key.

    They are one element, as they are sent at every keystroke: a row of buttons is one for each word.
    """
    if not words:
        return
    name = f"{box}-examples"

    def take() -> None:
        st.session_state[box] = st.session_state[name] or st.session_state[box]
        st.session_state[name] = None  # so that it can be clicked again

    st.pills(
        "Examples", words, key=name, format_func=plain, label_visibility="collapsed", on_change=take, width="content"
    )


def put_in_address(parameter: str, value: str) -> None:
    """Write a parameter of the link, or take it out where its value is empty."""
    if not value:
        st.query_params.pop(parameter, None)
    elif st.query_params.get(parameter) != value:
        st.query_params[parameter] = value


def unread() -> dict[str, list[str]]:
    """Return the parameters that no widget has taken up so far: only those may be handed on to a page by code."""
    return {name: st.query_params.get_all(name) for name in st.query_params if name not in st.session_state}


def mend(page: Page) -> None:
    """Reopen the page without the empty choices and infinite numbers of its link, and with new names for old ones.

    Streamlit 1.67 gives None for the first, also where a choice is required, and an OverflowError for the second.
    """
    asked = unread()
    good = {
        RENAMED.get((page.title, name), name): readable
        for name, values in asked.items()
        if (readable := [value for value in values if _can_be_read(name, value)])
    }
    if good != asked:
        st.switch_page(page, query_params=good)


def _can_be_read(name: str, value: str) -> bool:
    if name in TEXTS:
        return True
    if name in TENSES:
        return bool(value)
    try:
        return math.isfinite(float(value))
    except ValueError:
        return bool(value)
