"""Guided experiments: what to do, what to watch, what to conclude, and a button that sets the knobs for it."""

from collections.abc import Callable

import streamlit as st

from cvae.core.config import TrainConfig
from cvae.runs.history import flatten
from pages.shared import models
from pages.train.guided import LESSONS, Lesson

CHOSEN = "lesson"
TAKEN = "knobs_of"
"""In the link: the lesson whose knobs were set."""


def taken() -> Lesson | None:
    """The lesson that the knobs were set from, if any."""
    known = {lesson.key: lesson for lesson in LESSONS}
    return known.get(st.query_params.get(TAKEN, ""))


def forget() -> None:
    """A preset was chosen instead."""
    st.query_params.pop(TAKEN, None)


def second(lesson: Lesson) -> tuple[str, dict] | None:
    """What the second run of a lesson is called, and the settings in which it differs from the first."""
    if len(lesson.runs) < 2:
        return None
    first, other = (flatten(run.config.to_json()) for run in lesson.runs)
    return lesson.runs[1].name, {name: value for name, value in other.items() if value != first[name]}


def base(lesson: Lesson) -> TrainConfig:
    """The settings of its first run."""
    return lesson.runs[0].config


def show(take: Callable[[Lesson], None]) -> None:
    """The list and the text of the chosen one, with a button that calls `take`."""
    known = {lesson.key: lesson for lesson in LESSONS}
    chosen = st.pills(
        "Guided experiments",
        list(known),
        key=CHOSEN,
        bind="query-params",
        format_func=lambda key: known[key].title,
    )
    if not chosen:
        return
    lesson = known[chosen]
    with st.container(border=True, key="lesson-text"):
        do, watch = st.columns(2, gap="large")
        do.markdown("**Do**\n" + "".join(f"\n1. {models.plain(text)}" for text in lesson.do))
        watch.markdown("**Watch**\n" + "".join(f"\n- {models.plain(text)}" for text in lesson.watch))
        if lesson.conclude:
            with st.expander("What it shows"):
                st.markdown(models.plain(lesson.conclude))
        st.button("Set the knobs", key="set-knobs", icon=":material/tune:", on_click=take, args=(lesson,))
