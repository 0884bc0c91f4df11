"""The mistakes that children make: held-out verbs by kind, and what a run wrote for the same verbs, epoch by epoch."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from cvae.charts.curve_traces import KIND
from cvae.core.errors import BadData
from cvae.data.inflection import INFLECTION_CLASSES
from cvae.data.verbs import spellings
from cvae.inference.word_lists import real_paradigms, rows_by_form
from cvae.runs.history import EpochConversions, RecordedRun, vocabulary_of
from pages.curves import panels
from pages.curves.choice import ChosenRuns
from pages.shared import figures
from pages.shared.messages import plain

HELP = {
    "kinds": "Exact match on verbs that were never trained on, by the rule that they follow. The model learns the "
    "rules first, then applies them to irregular verbs as well, as children do.",
    "said": "The same words after every scored epoch; rows in which nothing changed are left out. ×: a form that "
    "is not in the word lists.",
}


def show(choice: ChosenRuns) -> None:
    """Show panels by inflection class, then the words of one run."""
    kinds = [name for kind in INFLECTION_CLASSES if (name := KIND + kind) in choice.recorded]
    talkers = {
        f"{group.name}, seed {run.seed}": run for group in choice.groups for run in group.runs if run.conversions
    }
    if not kinds and not talkers:
        st.caption("None of these runs recorded held-out verbs by kind, or conversions. New runs do.")
        return
    if kinds:
        st.subheader("Verbs never trained on, by kind", help=HELP["kinds"], anchor=False)
        look, _ = panels.ask(choice)
        panels.draw(choice, kinds[: -(-len(kinds) // 2)], kinds[-(-len(kinds) // 2) :], look)
    if talkers:
        with st.container(key="below"):
            st.subheader("What the model wrote", help=HELP["said"], anchor=False)
            _show_words(talkers)


def _show_words(talkers: dict[str, RecordedRun]) -> None:
    """Show the conversions of one run into one tense, epochs down and words across."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="talk"):
        name = st.selectbox("Run", list(talkers), key="talker")
        titles, english = _titles(talkers[name])
        title = st.selectbox("Into", titles, index=len(titles) - 1, key="into", width=220)
    table = said_table(talkers[name].conversions, titles.index(title), english)
    st.dataframe(table, hide_index=True, key="said", height=figures.table_height(len(table["epoch"]), 420))
    figures.download_csv(table, "said")
    st.caption(plain(f"Each column is one verb; its rows show how {name} wrote the {title}."))


def _titles(run: RecordedRun) -> tuple[list[str], bool]:
    """Return the titles of the forms that a run writes, and whether they are English, which the word lists know."""
    width = len(run.conversions[-1][1][0]) - 1
    with suppress(BadData):  # of a run that was trained elsewhere
        vocabulary = vocabulary_of(run.settings["data"], run.path)
        if len(vocabulary.tenses) == width:
            return [vocabulary.title(tense) for tense in vocabulary.tenses], vocabulary.is_english
    return [f"form {i}" for i in range(1, width + 1)], False


def said_table(said: Sequence[EpochConversions], tense: int, judged: bool) -> dict[str, list[object]]:
    """Return the epochs in which a form changed, and the forms by word, with wrong ones marked where possible."""
    words = [row[0] for row in said[-1][1]]
    rows: list[tuple[int, list[str]]] = []
    for epoch, forms in said:
        by_word = {row[0]: row[1 + tense] for row in forms if len(row) > 1 + tense}
        line = [by_word.get(word, "") for word in words]
        if not rows or line != rows[-1][1]:
            rows.append((epoch, line))
    listed = rows_by_form(real_paradigms()) if judged else {}
    table: dict[str, list[object]] = {"epoch": [epoch for epoch, _ in rows]}
    for i, word in enumerate(words):
        verbs = [row for row in listed.get(word, ()) if word in spellings(row, 0)]
        right = {form for row in verbs for form in spellings(row, tense)}
        table[word] = [f"{line[i]} ×" if right and line[i] not in right else line[i] for _, line in rows]
    return table
