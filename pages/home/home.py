"""Home: the idea at once, and three ways on."""

import streamlit as st

from cvae.core.settings import training_is_on
from pages.shared import navigation
from pages.shared import navigation as shared_navigation

FIRST, ARROW = "went", ":material/arrow_forward:"
EXAMPLES = ["stopping", "tries", "sang", "blorf"]
OLD_LINKS = {"word", "from", "to", "view", "mode", "look", "step", "letter", "draws_seed", "checkpoint", "run"}
"""In links from the time when Convert stood at this address."""

if st.query_params.keys() & OLD_LINKS:
    st.switch_page("pages/convert/convert.py", query_params=shared_navigation.unread())


def _take(word: str) -> None:
    st.session_state["typed"] = word


def ask() -> str:
    """The word box, and words to click.

    The box has a name of its own: Streamlit clears the parameter of a box that a page left behind.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="home-question"):
        word = st.text_input(
            "Verb", FIRST, key="typed", bind="query-params", live="150ms", autocomplete="off", width=320
        )
        for example in EXAMPLES:
            st.button(example, key=f"example-{example}", on_click=_take, args=(example,))
    return word.strip()


def offer_ways(word: str) -> None:
    """Three ways on, each with the word where it can use it."""
    train = ("pages/train/train.py", "Train", "Turn the KL weight while a small model learns, and see it collapse.", {})
    watch = (
        "pages/curves/curves.py",
        "Watch",
        "Recorded trainings beside each other: see a KL weight make or break one.",
        {},
    )
    ways = (
        (
            "pages/convert/convert.py",
            "Convert",
            "See its doubts, letter by letter, and force another letter.",
            {"word": word},
        ),
        (
            "pages/latent/latent.py",
            "Explore",
            "Click on the map where no verb is, and read what lives there.",
            {"verb": word},
        ),
        train if training_is_on() else watch,
    )
    for column, (page, label, sentence, query) in zip(st.columns(3), ways, strict=True):
        with column.container(border=True, height="stretch", key=f"way-{label.lower()}"):
            st.page_link(page, label=f"**{label}**", icon=ARROW, icon_position="right", query_params=query)
            st.caption(sentence)


@st.fragment
def show_word() -> None:
    """The word, its forms and its place on the map. Torch is imported when everything else is drawn already."""
    word = ask()
    answer = st.container(key="home-answer")
    offer_ways(word)
    with answer, st.spinner("Waking the model …"):
        from pages.home import word as home_word
    with answer:
        home_word.show(word)


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key="home-head"):
    st.title("Verbs, letter by letter", anchor=False, width="content")
    navigation.offer()
st.caption("A small network read verbs and was told no rule of grammar. Type one in any tense, or make one up.")
show_word()
