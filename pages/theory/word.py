"""The path of one word through the model, with its real numbers."""

import math
from collections.abc import Sequence
from html import escape

import streamlit as st

from cvae.data.vocabulary import Vocabulary
from cvae.inference.decoding import percent
from cvae.inference.trace import (
    SPECIAL_NAMES,
    EncodedWord,
    LetterStep,
    draw_z,
    encode_word,
    own_letters,
    reconstruction,
    symbol,
)
from cvae.inference.word_lists import check_verb, describe_training
from pages.shared import figures, messages, models
from pages.shared.tables import Row, table
from pages.theory import parts

SHOWN = 8
"""The number of dimensions of z in the table."""
LABELS = {
    "ids": "Letters and their ids",
    "dimensions": "Dimensions of z",
    "spelled": "Letters that are read and written, with their probabilities",
}
"""What screen readers call the tables, by their CSS class."""


def show() -> None:
    """Show letters, ids, q, z and the decoded letters in five steps."""
    opened = models.open_model()
    model, vocabulary = opened.model, opened.model.vocabulary
    st.header("One word’s path through the model", anchor=False)
    st.markdown("Type a word and follow it. All numbers are those of the model that is picked in the sidebar.")
    word, source, target, seed = _ask(opened)
    with messages.sentences():
        reading = encode_word(model, check_verb(word, vocabulary), source)
    same = {"word": reading.word, "from": reading.tense} | models.chosen()
    parts.link("pages/inside/inside.py", "The same as a picture, whose z can be dragged", same)
    epsilon, z = draw_z(reading, seed)
    _show_ids(reading, vocabulary)
    _show_posterior(reading, vocabulary.title(reading.tense))
    _show_z(reading.word, reading.dimensions(epsilon, z), seed is not None)
    steps = own_letters(model, z, target)
    _show_letters(steps, target, vocabulary)
    _show_bill(reading, reconstruction(model, z, reading.tense, reading.word), describe_training(opened.info)[1])


def _ask(opened: models.Opened) -> tuple[str, str | None, str, int | None]:
    vocabulary = opened.model.vocabulary
    with st.container(horizontal=True, gap="medium", key="path"):
        word = st.text_input(
            "Word", models.usual_verb(opened, "sing"), key="example", bind="query-params", live="250ms",
            autocomplete="off",
        )  # fmt: skip
        source = models.ask_source(vocabulary, "read-as")
        target = st.selectbox(
            "Write as", vocabulary.tenses, len(vocabulary.tenses) - 1, key="write-as", bind="query-params",
            format_func=vocabulary.title, width=210,
        )  # fmt: skip
        drawn = st.segmented_control(
            "z is", ["mean", "draw"], default="mean", required=True, key="z-is", bind="query-params",
            format_func={"mean": "the mean", "draw": "a draw"}.__getitem__,
            help="The mean is used when converting, draws in training.",
        )  # fmt: skip
        seed = None
        if drawn == "draw":
            seed = models.ask_seed("z-seed", width=120)
    return word, source, target, seed


def _show_ids(reading: EncodedWord, vocabulary: Vocabulary) -> None:
    st.subheader("1. Letters become numbers", anchor=False)
    symbols = [symbol(i, vocabulary) for i in reading.ids]
    st.html(_table(["Letter", *symbols], [["Id", *reading.ids]], "ids"))
    parts.code("ids")


def _show_posterior(reading: EncodedWord, tense: str) -> None:
    st.subheader("2. The encoder reads them: q(z | x, c)", anchor=False)
    count = len(reading.order)
    shown = min(SHOWN, count)
    st.markdown(
        f"Read as {messages.plain(tense)}, the word gets a Gaussian in {count} dimensions. The {shown} with the "
        f"largest KL hold **{reading.kl_of_largest(shown):.1f}** of its {reading.total_kl:.1f} nats. Where the KL is "
        "near 0, $q$ is close to the prior: $\\mu = 0$, $\\sigma = 1$."
    )
    parts.code("heads")


def _show_z(word: str, rows: Sequence[Sequence[float]], drawn: bool) -> None:
    st.subheader("3. One point: z", anchor=False)
    st.markdown(
        "A draw: $z = \\mu + \\sigma \\varepsilon$, with noise $\\varepsilon$ from the seed."
        if drawn
        else "The mean: $z = \\mu$, that is $\\varepsilon = 0$."
    )
    header = ["Dimension", "μ", "σ", "KL", "ε", "z"]
    shown = [[number, *map(parts.signed, values)] for number, *values in rows[:SHOWN]]
    st.html(_table(header, shown, "dimensions"))
    st.caption(f"The {min(SHOWN, len(rows))} dimensions with the largest KL, in nats. All {len(rows)} are below.")
    figures.offer_data(
        "z", f"tense-lab-z-{word}", header, [[row[0], *(round(value, 6) for value in row[1:])] for row in rows]
    )


def _show_letters(steps: Sequence[LetterStep], target: str, vocabulary: Vocabulary) -> None:
    st.subheader("4. The decoder spells", anchor=False)
    st.markdown(
        f"From $z$ and the tense ({messages.plain(vocabulary.title(target))}), one letter at a time. It reads the "
        "letter that it has just written."
    )
    st.html(letters_table(steps))
    parts.code("spell")


def letters_table(steps: Sequence[LetterStep]) -> str:
    """Return the letters across, as in a word: what was read, what was written, and how probable that was."""
    rows = [
        ["Written", *(step.written for step in steps)],
        ["Probability", *(percent(step.probability) for step in steps)],
    ]
    return _table(["Read", *(step.read for step in steps)], rows, "spelled")


def _show_bill(reading: EncodedWord, loss: float, verbs: int) -> None:
    st.subheader("5. The loss", anchor=False)
    kl = reading.total_kl
    st.markdown(
        f"What is the loss of “{messages.plain(reading.word)}” when it is to be written again, in its own tense, from "
        "this $z$?"
    )
    parts.metrics(
        {
            "Reconstruction loss": f"{loss:.3f} nats",
            "KL": f"{kl:.3f} nats",
            "Sum (β = 1)": f"{loss + kl:.3f} nats",
        },
        {
            "Reconstruction loss": "−ln p(word | z, tense), summed over letters and end.",
            "Sum (β = 1)": "One point’s estimate of −ELBO. At the mean of q it is a little too good.",
        },
    )
    if verbs > 1:
        st.caption(
            f"To name one of {verbs:,} training verbs takes ln {verbs:,} = {math.log(verbs):.1f} nats; this word’s KL "
            f"is {kl:.1f}."
        )


def _table(header: Sequence[object], rows: Sequence[Sequence[object]], name: str) -> str:
    """Return a table of numbers whose first column names the rows; on a phone it scrolls by itself."""
    cells = [Row([_cell(cell) for cell in row]) for row in rows]
    return table(f"numbers {name}", cells, [_cell(cell) for cell in header], label=LABELS[name])


def _cell(cell: object) -> str:
    text = escape(str(cell))
    return f"<small>{text}</small>" if text in SPECIAL_NAMES.values() else text
