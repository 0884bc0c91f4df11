"""The report's ten test pairs, one by one: what recorded runs and the app's models make of each, with its BLEU-4."""

from collections.abc import Sequence

import streamlit as st

from cvae.charts.curves import REPORT_BLEU4
from cvae.data.paradigms import Pair, read_pairs
from cvae.evaluation.exact_match import evaluate_pairs
from cvae.evaluation.metrics import bleu4
from pages.curves.choice import ChosenRuns
from pages.shared import figures, models

PairAnswers = Sequence[tuple[str, float]]
"""For each pair the answer and its BLEU-4."""
HELP = (
    "BLEU-4 over letters, as the report computes it. “copy” answers with the word that was given, as does a model "
    "whose z carries the tense. Of several seeds the first one is shown."
)


def show(choice: ChosenRuns) -> None:
    """Show one row for each pair and one column for each run or model, with the means in the last row."""
    pairs = read_pairs()
    columns: dict[str, PairAnswers] = {"copy": [(pair.source, bleu4(pair.source, pair.target)) for pair in pairs]}
    for group in choice.groups:
        if len(answers := group.runs[0].pairs) == len(pairs):
            columns[group.name] = answers
    for name, opened in models.shipped().items():
        if opened.model.vocabulary.is_english:
            columns[name] = _answers(opened.version, opened)
    st.subheader("The ten test pairs", anchor=False, help=HELP)
    table = pair_table(pairs, columns)
    st.dataframe(table, hide_index=True, key="pairs", height="content")
    st.caption(
        f"In parentheses: BLEU-4. The report’s mean is {REPORT_BLEU4:.3f}; its scores for the individual pairs are not "
        "known. Runs on train.txt and the app’s models have learned all of these verbs: this does not test new verbs."
    )
    figures.download_csv(table, "ten-pairs")


def pair_table(pairs: Sequence[Pair], columns: dict[str, PairAnswers]) -> dict[str, list[object]]:
    """Return the table: `abandoned (1.00)`, and the mean of each column below."""
    table: dict[str, list[object]] = {
        "from": [*(f"{pair.source} ({pair.source_tense})" for pair in pairs), "mean"],
        "to": [*(f"{pair.target} ({pair.target_tense})" for pair in pairs), ""],
    }
    for name, answers in columns.items():
        mean = sum(score for _, score in answers) / len(answers)
        table[name] = [*(f"{answer} ({score:.2f})" for answer, score in answers), f"{mean:.3f}"]
    return table


@st.cache_data(show_spinner="Asking the models …", max_entries=16)
def _answers(version: tuple[str, str], _opened: models.Opened) -> PairAnswers:
    return [(result.answer, result.bleu4) for result in evaluate_pairs(_opened.model, read_pairs())]
