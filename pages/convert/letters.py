"""Letter by letter: the decoder's probabilities, and what becomes of the word when a letter is forced."""

from functools import partial

import streamlit as st

from cvae.charts.letters import END, letter_heatmap, letter_name, letter_table, writable_ids
from cvae.data.vocabulary import EOS, MAX_LETTERS, Vocabulary
from cvae.inference.alternatives import convert_from
from cvae.inference.conversion import Conversion, Form
from pages.shared import figures, forms
from pages.shared.messages import plain
from pages.shared.models import Opened

HELP = {
    "map": "Each column is a step of the decoder: how probable every letter is, given z, the tense and the letters "
    "before it. The frames are the letters that were written, a forced one included. Colour grows with the square "
    "root of the probability, so that small doubts show. Entropy, in bits, says how undecided a step is: 0 is sure, 1 "
    "is like a coin.",
    "force": "The letters before the step stay, the forced one replaces the model's own, and the decoder goes on from "
    "there, with the same z. Its probability is that of the whole word, the forced letter included.",
}


def show(opened: Opened, conversion: Conversion) -> None:
    """Show the heatmap of one tense, and beside it the word that a forced letter leads to."""
    vocabulary = opened.model.vocabulary
    tense = pick_tense(vocabulary)
    form = conversion.forms[tense]
    with st.container(key="inside"):
        chart, what_if = st.columns([5, 3], gap="large")
    with what_if:
        shown, forced = _what_if(opened, conversion, tense)
    figure, name = letter_heatmap(shown, vocabulary), f"tense-lab-{conversion.word}-{tense}"
    key = f"letters-{conversion.word}-{conversion.source}-{tense}-{st.session_state.get('clicks', 0)}"
    with chart:
        figures.show(
            figure, "letters", _describe(shown, vocabulary), partial(_force_clicked, key, form, vocabulary), key
        )
    figures.offer_data("letters", name, *letter_table(shown, vocabulary), figure, forced)


def pick_tense(vocabulary: Vocabulary) -> str:
    """Ask for the tense to inspect; all views share this control, so the choice stays when the view changes."""
    return st.segmented_control(
        "Tense",
        vocabulary.tenses,
        default=vocabulary.tenses[-1],
        format_func=lambda name: plain(vocabulary.title(name)),
        required=True,
        key="look",
        bind="query-params",
        on_change=forget,
    )


def forget() -> None:
    """Force no letter any more, and draw a new chart, so that a click on the same cell counts again."""
    st.session_state["letter"] = None
    st.session_state["step"] = 1
    st.session_state["clicks"] = st.session_state.get("clicks", 0) + 1


def _force_clicked(key: str, form: Form, vocabulary: Vocabulary) -> None:
    points = st.session_state[key]["selection"]["points"]
    cells = [point["customdata"] for point in points if point.get("customdata")]
    if not cells:  # a second click takes the mark away, not the word
        return
    step, row = map(int, list(cells[-1])[:2])
    if step < _steps(form):
        st.session_state["step"] = step + 1
        st.session_state["letter"] = letter_name(writable_ids(vocabulary)[row], vocabulary)


def _steps(form: Form) -> int:
    """Return the number of steps at which a letter can be forced; the longest word has none after its end."""
    return min(len(form.text) + form.ended, MAX_LETTERS)


def _what_if(opened: Opened, conversion: Conversion, tense: str) -> tuple[Form, dict[str, figures.Table]]:
    """Show the two boxes that do the same as a click, and the resulting word; return it, also as a table."""
    vocabulary, form = opened.model.vocabulary, conversion.forms[tense]
    st.caption("What does the map show?", help=HELP["map"])
    st.markdown("**What if another letter had come?** Click a cell, or choose:", help=HELP["force"])
    own = [letter_name(i, vocabulary) for i in form.ids]
    names = [letter_name(i, vocabulary) for i in writable_ids(vocabulary)]
    with st.container(horizontal=True, gap="small"):
        step = st.selectbox(
            "Step", range(1, _steps(form) + 1), key="step", bind="query-params", width=120,
            format_func=lambda i: f"{i} {own[i - 1]}",
        )  # fmt: skip
        letter = st.selectbox(
            "Letter", names, None, key="letter", bind="query-params", width=120, placeholder="its own"
        )
    st.html(forms.outcome("The model's own", form, conversion.word, tense, vocabulary))
    if letter is None:
        return form, {}
    prefix = form.text[: step - 1] + ("" if letter == END else letter)
    forced = convert_from(opened.model, conversion, tense, prefix, letter == END)
    title = f"With {'the end' if letter == END else f'“{letter}”'} at step {step}"
    st.html(forms.outcome(title, forced, conversion.word, tense, vocabulary))
    st.button("Back to its own letters", key="forget", on_click=forget, icon=":material/undo:")
    row = [vocabulary.title(tense), step, letter, forced.text, f"{forced.confidence:.6g}"]
    return forced, {"what if": (["tense", "step", "letter", "form", "probability"], [row])}


def _describe(form: Form, vocabulary: Vocabulary) -> str:
    """Describe the heatmap in a sentence for screen readers."""
    assert form.probabilities is not None
    shares = [
        f"{'the end' if i == EOS else vocabulary.letter(i)} {float(step[i]):.0%}"
        for i, step in zip(form.ids, form.probabilities, strict=True)
    ]
    return f"Heatmap of letter probabilities for “{form.text}”, step by step: {', '.join(shares)}."
