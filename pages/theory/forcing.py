"""Teacher forcing: whose letters the decoder reads."""

import math
from collections.abc import Sequence
from functools import partial
from typing import get_args

import streamlit as st

from cvae.core.config import TeacherForcingKind, TeacherForcingSchedule
from cvae.data.verbs import spellings
from cvae.inference.decoding import percent
from cvae.inference.trace import LetterStep, draw_z, encode_word, own_letters, true_letters
from cvae.inference.word_lists import check_verb, look_up
from cvae.training.schedules import tabulate, teacher_forcing_ratio
from pages.shared import figures, messages, models
from pages.theory import parts
from pages.theory.charts import schedule_chart
from pages.theory.word import letters_table

EXPERIMENT = "teacher-forcing"
"""The recorded runs that the link opens."""
KINDS: tuple[TeacherForcingKind, ...] = get_args(TeacherForcingKind)


def show() -> None:
    """Show the formula and the code, one word decoded both ways, and the schedule."""
    st.header("Teacher forcing", anchor=False)
    st.markdown("The decoder spells letter by letter. Each letter depends on $z$, the tense and the ones before:")
    st.latex(r"p(x \mid z, c) = \prod_t p(x_t \mid x_{<t}, z, c)")
    st.markdown(
        "- **With teacher forcing** it reads the *true* letters before. This is what the formula says; all steps run "
        "at once, and training is fast. But in use it will read its own letters, right or wrong.\n"
        "- **Without** it reads its *own* letters. It learns to go on after an error, and it must lean on $z$. But "
        "after one wrong letter the rest is judged against a word that it is no longer writing."
    )
    st.markdown("The *ratio* is the probability that a word of the batch is decoded from its true letters.")
    parts.code("shift", "forcing")
    st.caption(f"Teacher forcing: {parts.cite('williams1989')}. A falling ratio: {parts.cite('bengio2015')}.")
    _check_word()
    _check_schedule()


def _check_word() -> None:
    parts.check("the same word both ways")
    opened = models.open_model()
    model, vocabulary = opened.model, opened.model.vocabulary
    usual = models.usual_verb(opened, "take")
    past = vocabulary.tense("p") if vocabulary.is_english else len(vocabulary.tenses) - 1
    with st.container(horizontal=True, gap="medium", key="both"):
        word = st.text_input("Word", usual, key="taught", bind="query-params", live="250ms", autocomplete="off")
        tense = st.selectbox(
            "To be written as", vocabulary.tenses, past, key="taught-tense", bind="query-params",
            format_func=vocabulary.title, width=210,
        )  # fmt: skip
        typed = st.text_input(
            "True form", key="truth", bind="query-params", live="250ms", autocomplete="off",
            placeholder="the known one",
        )  # fmt: skip
    with messages.sentences():
        reading = encode_word(model, check_verb(word, vocabulary))
        _, z = draw_z(reading, None)
        own = own_letters(model, z, tense)
        rows = look_up(reading.word, vocabulary.tense(reading.tense), opened.info).rows
        preferred = [each[0] for row in rows if (each := spellings(row, vocabulary.tense(tense)))]
        true = typed.strip() or next(iter(preferred), "")
        forced = true_letters(model, z, tense, true) if true else []
    if forced:
        st.markdown("**It reads the true letters**, and says how probable the next true one is:")
        st.html(letters_table(forced))
        loss = -sum(math.log(max(step.probability, 1e-30)) for step in forced)
        worst = min(forced, key=lambda step: step.probability)
        least = f"Least sure of “{worst.written}” ({percent(worst.probability)}), after “{worst.read}”."
        st.caption(f"Reconstruction loss {loss:.2f} nats. {messages.plain(least)}")
    st.markdown("**It reads its own letters**, and writes the likeliest:")
    st.html(letters_table(own))
    if not forced:
        st.caption(f"No true form of “{messages.plain(reading.word)}” is known here: type it to compare.")
        return
    written = "".join(step.written for step in own if len(step.written) == 1)
    st.caption(_compare(written, forced[:-1]))


def _compare(written: str, truth: Sequence[LetterStep]) -> str:
    right = "".join(step.written for step in truth)
    said = f"It writes “{messages.plain(written)}”"
    if written == right:
        return f"{said}: no letter of its own leads it astray."
    said += f" instead of “{messages.plain(right)}”"
    place = next((i for i, pair in enumerate(zip(written, right, strict=False)) if pair[0] != pair[1]), None)
    if place is None:
        return f"{said}."
    return f"{said}: at step {place + 1} its own letter is another one, and from there on it spells another word."


def _check_schedule() -> None:
    parts.check("the ratio over a run")
    with st.container(horizontal=True, gap="medium"):
        kind = st.segmented_control("Kind", KINDS, default="linear", required=True, key="tf-kind", bind="query-params")
        start = st.slider("Start", 0.0, 1.0, 1.0, 0.05, key="tf-start", bind="query-params")
        end = st.slider("End", 0.0, 1.0, 0.5, 0.05, key="tf-end", bind="query-params", disabled=kind == "constant")
        steps = st.slider("Steps", 2, 10, 5, key="tf-steps", bind="query-params", disabled=kind != "stepwise")
    schedule = TeacherForcingSchedule(kind, start, end, steps)
    progress, values = tabulate(partial(teacher_forcing_ratio, schedule))
    figure = schedule_chart(progress, values, "teacher forcing ratio", figures.palette())
    alt = f"The teacher forcing ratio, {kind}, goes from {values[0]:.2f} to {values[-1]:.2f} over the run."
    figures.show(figure, "tf-schedule", alt)
    rows = [[round(x, 4), round(value, 4)] for x, value in zip(progress, values, strict=True)]
    figures.offer_data("tf", "tense-lab-teacher-forcing", ["progress", "ratio"], rows, figure)
    parts.code("forcing ratio")
    parts.link("pages/curves/curves.py", "See recorded runs with other ratios", {"experiment": EXPERIMENT})
