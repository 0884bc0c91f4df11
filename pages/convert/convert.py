"""Convert: a verb in any tense is converted into all tenses."""

from html import escape

import streamlit as st

from cvae.data.verbs import Paradigm
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.baselines import rule_paradigm
from cvae.inference.conversion import Conversion, Reading, convert, readings
from cvae.inference.word_lists import Entry, check_verb, describe_lost, look_up
from pages.convert import alternatives, heatmap, many, side_by_side
from pages.shared import figures, forms, letters, messages, models, navigation

HELP = {
    "tense": "p(tense | word): how well each tense explains the letters.",
    "seen": "Looked up in the verbs that the model was trained on, and in the other verbs of the word lists.",
    "readings": "p(reading | word): the mean of p(tense | word, z) over draws of z from q(z | word).",
}
ENGLISH_EXAMPLES = ["walk", "went", "stopping", "tries", "sang", "blorf", "marshmallow"]
COMPARED = (
    "Confidence: the probability of the whole word, its end included, given the z of the typed word. "
    "Lists: the real verbs of the word lists, where the typed word is one. Rules: what lemminflect’s spelling rules "
    "make of it, as if it were in no dictionary. ✓ is the same form, ≠ another one."
)


def explain(conversion: Conversion, entry: Entry, vocabulary: Vocabulary) -> None:
    """Show in which tense the word was read, and what the lists know about it: one element, which is sent often."""
    if conversion.tense_posterior is None:
        read_as = f"<p>Read as {escape(vocabulary.title(conversion.source))}, as you chose.</p>"
    else:
        read_as = forms.tense_bars(conversion.tense_posterior, conversion.source, vocabulary)
    known = forms.LISTINGS[entry.listing].format(word=conversion.word)
    listed = [name for i, name in enumerate(vocabulary.tenses) if conversion.word in entry.forms(i)]
    if listed and conversion.source not in listed:
        known += f" The word lists have it as {' and '.join(sorted(map(vocabulary.title, listed)))}."
    sections = (
        f'<section><h3>{question}</h3><p class="quiet">{escape(HELP[name])}</p>{answer}</section>'
        for question, name, answer in (
            ("Which tense is it?", "tense", read_as),
            ("Has the model seen it?", "seen", f"<p>{escape(known)}</p>"),
        )
    )
    st.html(f'<div class="questions">{"".join(sections)}</div>')


def offer_forms(conversion: Conversion, entry: Entry, rules: Paradigm, vocabulary: Vocabulary) -> None:
    """Offer the tables of the page as numbers to download."""
    header = ["tense", "form", "confidence", "word lists", "rules", "p(tense | word)"]
    posterior = conversion.tense_posterior
    rows = [
        [
            vocabulary.title(name),
            form.text,
            f"{form.confidence:.6f}",
            " or ".join(entry.forms(i)),
            rules[i] if rules else "",
            "" if posterior is None else f"{posterior[i]:.6f}",
        ]
        for i, (name, form) in enumerate(conversion.forms.items())
    ]
    figures.offer_data("forms", f"tense-lab-{conversion.word}", header, rows)


st.title("Convert", anchor=False)
st.caption("Type a verb in any tense. The model reads it letter by letter and writes it in every tense.")
opened = models.open_model()
model, vocabulary = opened.model, opened.model.vocabulary


def ask() -> tuple[str, str | None, str]:
    """Ask for the word, its tense, None if the model is to find it, and the wanted tense or `all`."""
    titles = {"all": "all tenses"} | {name: vocabulary.title(name) for name in vocabulary.tenses}
    navigation.recall("word")
    with st.container(horizontal=True, gap="medium", key="question"):
        word = st.text_input(
            "Verb", key="word", bind="query-params", live="150ms", autocomplete="off",
            placeholder=models.usual_verb(opened, "walk"), on_change=navigation.write_back, args=("word",),
        )  # fmt: skip
        source = models.ask_source(vocabulary, "from", on_change=navigation.write_back, args=("from",))
        target = st.selectbox(
            "Write as", list(titles), key="to", bind="query-params", format_func=titles.__getitem__, width=210,
            on_change=navigation.write_back, args=("to",),
        )  # fmt: skip
    navigation.keep("word", word)
    return word, source, target


def read(word: str, source: str | None) -> Conversion:
    """Convert the word; of several readings, take the one that the visitor chooses. Raises BadWord or another."""
    if source is not None:
        return convert(model, [word], source, keep_probabilities=True)[0]
    found = readings(model, word, keep_probabilities=True)
    if len(found) == 1:
        return found[0].conversion
    titles, key = [describe_reading(reading) for reading in found], f"reading-{word}"
    chosen = st.segmented_control(
        messages.plain(f"“{word}” may be a form of"),
        titles,
        default=titles[0],
        format_func=messages.plain,
        required=True,
        key=key,
        bind="query-params",
        help=HELP["readings"],
        on_change=navigation.write_back,
        args=(key,),
    )
    return found[titles.index(chosen)].conversion


def describe_reading(reading: Reading) -> str:
    """Name the verb, the tense in which the word is its form, and the share: `find, simple past (93%)`."""
    conversion = reading.conversion
    verb = next(iter(conversion.forms.values())).text
    return f"{verb}, {vocabulary.title(conversion.source)} ({reading.share:.0%})"


@st.fragment
def show_verb() -> None:
    """Show one verb in all tenses, and below it what happens inside the model."""
    word, source, target = ask()
    navigation.offer_words(models.suggest(opened, ENGLISH_EXAMPLES), "word")
    if not word.strip():
        letters.show("forms", forms.empty_table(vocabulary))
        return
    with messages.sentences():
        conversion = read(check_verb(word, vocabulary), source)
    if lost := describe_lost(conversion):
        st.caption(messages.plain(lost))
    entry = look_up(conversion.word, vocabulary.tense(conversion.source), opened.info)
    rules: Paradigm = ()
    if vocabulary.is_english:
        rules = rule_paradigm(conversion.word, conversion.source, vocabulary.tenses)
    shown, choice = letters.respell(opened, conversion)
    if target == "all":
        html = forms.forms_table(shown, entry, rules, vocabulary, choice)
    else:
        html = forms.alone(shown, target, entry, rules, vocabulary, choice)
    letters.show("forms", html, letters.subject(opened, conversion))
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.caption("What do confidence, lists and rules mean?", help=COMPARED)
        st.page_link(
            "pages/inside/inside.py", label="Watch the model at work on it", icon=":material/arrow_forward:",
            query_params={"word": conversion.word, "from": conversion.source} | models.chosen(),
        )  # fmt: skip
    look_inside(conversion, shown, entry, rules)


def look_inside(conversion: Conversion, shown: Conversion, entry: Entry, rules: Paradigm) -> None:
    """Show the views below the table; only the open one is computed. `shown` has the letters that were chosen."""
    word_tab, letters_tab, others_tab = st.tabs(
        ["The word", "Letter by letter", "Alternatives"], key="view", bind="query-params"
    )
    with word_tab:
        if word_tab.open:
            explain(conversion, entry, vocabulary)
            offer_forms(shown, entry, rules, vocabulary)
    with letters_tab:
        if letters_tab.open:
            heatmap.show(opened, conversion, shown)
    with others_tab:
        if others_tab.open:
            alternatives.show(opened, conversion)


one_tab, many_tab, two_tab = st.tabs(["One verb", "Many words", "Side by side"], key="mode", bind="query-params")
with many_tab:  # also while it is not open, so that what was uploaded and edited stays
    many.show(opened)
with two_tab:
    if two_tab.open:
        side_by_side.show()
with one_tab:
    show_verb()
