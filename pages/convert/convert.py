"""Convert: one verb, in any tense, into all of them."""

import streamlit as st

from cvae.data.paradigms import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.rules import rule_paradigm
from cvae.inference.conversion import Conversion, convert
from cvae.inference.word_lists import Entry, check_verb, look_up, training_paradigms
from pages.convert import about as convert_about
from pages.convert import alternatives
from pages.convert import letters as convert_letters
from pages.convert import many as convert_many
from pages.shared import forms, models

ENGLISH_EXAMPLES = ["walk", "went", "stopping", "tries", "sang", "blorf", "marshmallow"]
COMPARED = (
    "Confidence: the probability of the whole word, its end included, at the z that the word was read as. "
    "Lists: the verbs of the word lists, where the typed word is one. Rules: what lemminflect's spelling rules make of "
    "it, as if it were in no dictionary. ✓ is the same form, ≠ another one."
)

st.title("Convert", anchor=False)
st.caption("Type a verb in any tense. The model reads it letter by letter and writes it in every tense.")
opened = models.open_model()
model, vocabulary = opened.model, opened.model.vocabulary


def ask() -> tuple[str, str, str]:
    """The word, its tense or auto, and the tense wanted or all."""
    names = {"auto": "any tense (auto)", "all": "all tenses"} | {
        name: vocabulary.title(name) for name in vocabulary.tenses
    }
    with st.container(horizontal=True, gap="medium", key="question"):
        word = st.text_input(
            "Verb", key="word", bind="query-params", live="150ms", placeholder="walk", autocomplete="off",
            on_change=convert_letters.forget,
        )  # fmt: skip
        source, target = (
            st.selectbox(
                label,
                [every, *vocabulary.tenses],
                key=key,
                bind="query-params",
                format_func=names.get,
                width=210,
                on_change=convert_letters.forget,
            )
            for label, every, key in (("Read as", "auto", "from"), ("Write as", "all", "to"))
        )
    return word, source, target


def offer_examples() -> None:
    """Words to click."""
    words = ENGLISH_EXAMPLES
    if vocabulary != Vocabulary():
        trained = sorted(training_paradigms(opened.info))
        words = [row[-1] for row in trained[:: len(trained) // 6 + 1]]
    with st.container(horizontal=True, key="examples", gap="small"):
        for word in words:
            st.button(word, key=f"example-{word}", on_click=_take, args=(word,))


def _take(word: str) -> None:
    st.session_state["word"] = word
    convert_letters.forget()


def rules_of(conversion: Conversion) -> Paradigm:
    """What the rules of English spelling say; nothing for other languages."""
    return rule_paradigm(conversion.word, conversion.source) if vocabulary == Vocabulary() else ()


@st.fragment
def show_verb() -> None:
    """One verb in all tenses, and what can be seen inside the model."""
    word, source, target = ask()
    offer_examples()
    if not word.strip():
        st.html(forms.empty_table(vocabulary))
        return
    known = None if source == "auto" else source
    with models.sentences():
        check_verb(word, vocabulary)
        [conversion] = convert(model, [word], known, keep_probabilities=True)
    entry = look_up(conversion.word, vocabulary.tense(conversion.source), opened.info)
    rules = rules_of(conversion)
    if target == "all":
        st.html(forms.table(conversion, entry, rules, vocabulary))
    else:
        st.html(forms.alone(conversion, target, entry, rules, vocabulary))
    st.caption("What do confidence, lists and rules mean?", help=COMPARED)
    look_inside(conversion, entry, rules, known)


def look_inside(conversion: Conversion, entry: Entry, rules: Paradigm, source: str | None) -> None:
    """The views below the table; only the open one is computed."""
    about, letters, others = st.tabs(["The word", "Letter by letter", "Alternatives"], key="view", bind="query-params")
    with about:
        if about.open:
            convert_about.explain(conversion, entry, vocabulary)
            convert_about.offer_forms(conversion, entry, rules, vocabulary)
    with letters:
        if letters.open:
            convert_letters.show(opened, conversion, source)
    with others:
        if others.open:
            alternatives.show(opened, conversion, source)


one, many = st.tabs(["One verb", "Many words"], key="mode", bind="query-params")
with many:  # also when it is not open, so that what was uploaded and mended stays
    convert_many.show(opened)
with one:
    show_verb()
