"""Home: type a verb, read its forms, and go on to the other pages."""

import streamlit as st

from cvae.core.settings import DEFAULT_MODEL, checkpoints_folder, training_is_on
from pages.shared import navigation, tour

ARROW = ":material/arrow_forward:"
WORDS = ["went", "stopping", "tries", "sang", "blorf"]
"""The word that is shown until one is typed, then the examples to click."""
OLD_LINKS = {"word", "from", "to", "view", "mode", "look", "step", "letter", "draws_seed"}
"""Parameters of links from the time when Convert stood at this address."""

if st.query_params.keys() & OLD_LINKS and navigation.is_first_page():
    st.switch_page("pages/convert/convert.py", query_params=navigation.unread())


def choose_model() -> tuple[dict[str, str], list[str]]:
    """Return what names the model that answers in links, and words to begin with, in its language."""
    is_chosen = (
        navigation.MODEL_PICKED in st.session_state or {navigation.QUIET, navigation.RUN} & st.query_params.keys()
    )
    names = {path.stem for path in checkpoints_folder().glob("*.safetensors")}
    if not is_chosen and (DEFAULT_MODEL in names or not names):
        return {navigation.MODEL: DEFAULT_MODEL}, WORDS
    from pages.shared import models  # it imports torch, which such a model needs anyway

    models.take_quietly()
    return models.chosen(), models.suggest(models.open_model(), WORDS)


def ask(words: list[str]) -> str:
    """Ask for the word, and offer examples to click.

    The box has a name of its own: Streamlit clears the parameter of a box that a page left behind.
    """
    first, *examples = words or [""]
    navigation.recall("typed")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="home-question"):
        word = st.text_input(
            "Verb", first, key="typed", bind="query-params", live="150ms", autocomplete="off", width=320,
            on_change=navigation.write_back, args=("typed",),
        )  # fmt: skip
        navigation.offer_words(examples, "typed")
    navigation.keep("typed", word, first)
    return word.strip()


def offer_ways(word: str, model: dict[str, str]) -> None:
    """Show links to three other pages, with the word and its model where the page has a use for them."""
    ways: list[tuple[str, str, str, dict[str, str]]] = [
        (
            "convert/convert", "Convert", "See how sure the model is of each letter, and choose another one.",
            {"word": word} | model,
        ),
        (
            "latent/latent", "Explore", "Click on the map between the verbs, and read what is written there.",
            {"verb": word} | model,
        ),
    ]  # fmt: skip
    if training_is_on():
        ways.append(
            ("train/train", "Train", "Change the KL weight while a small model trains, and see z collapse.", {})
        )
    else:
        ways.append(("curves/curves", "Watch", "Compare recorded training runs, one KL weight with another.", {}))
    for column, (page, label, sentence, query) in zip(st.columns(3), ways, strict=True):
        with column.container(border=True, height="stretch", key=f"way-{label.lower()}"):
            st.page_link(
                f"pages/{page}.py", label=f"**{label}**", icon=ARROW, icon_position="right", query_params=query
            )
            st.caption(sentence)


@st.fragment
def show_word() -> None:
    """Show the word, its forms and its place on the map. Torch is imported after everything else is drawn."""
    model, words = choose_model()
    word = ask(words)
    answer = st.container(key="home-answer")
    offer_ways(word, model)
    with answer, st.spinner("Loading the model …"):
        from pages.home.word import show
    with answer:
        show(word)


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom", key="home-head"):
    st.title("Verbs, letter by letter", anchor=False, width="content")
    tour.offer()
st.caption(
    "A small network that has learned from examples, with no rule of grammar built in. "
    "Type a verb in any tense, or make one up."
)
show_word()
