"""Many words at once: pasted or uploaded, edited in place, converted, scored against gold answers, downloaded."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

import pandas
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from cvae.core.errors import BadData
from cvae.core.files import write_table
from cvae.core.settings import MB, limits
from cvae.core.text import counted, listed
from cvae.data.paradigms import read_pairs
from cvae.data.tables import decode_text
from cvae.data.vocabulary import Vocabulary
from cvae.data.word_table import COLUMNS, WordList, read_words
from cvae.evaluation.metrics import wilson_interval
from cvae.inference.conversion import Conversion
from cvae.inference.latent import decode_point
from cvae.inference.tables import (
    ALL,
    AUTO,
    Answer,
    Request,
    answer_table,
    convert_requests,
    count_right,
    read_request,
)
from pages.shared import figures, forms, letters
from pages.shared.messages import in_order, plain, sentences
from pages.shared.models import Opened, suggest
from pages.shared.visitor import spend

SHOWN_ERRORS, FEW = 5, 20
KEPT = 5_000
"""The number of conversions that a session remembers, so that editing one row converts only that row."""
EXAMPLE = "word,to,gold\nwent,pg,going\nstop,p,stopped\ntries,p,tried\nslide,p,slid\nblorf,p,blorfed\n"
HELP = {
    "paste": "Words separated by spaces, commas or line breaks, or a table whose first line names its columns: word "
    "and, optionally, from, to and gold, separated by commas, semicolons or tabs.",
    "file": "CSV or an Excel workbook with the columns word[, from[, to[, gold]]]: at most {:,} rows and {} MB.",
    "gold": "The right answer: one form where “to” names a tense, all forms separated by spaces where it is “all”.",
    "match": "The share of answers that are right to the letter, with its 95% interval (Wilson).",
}


def show(opened: Opened) -> None:
    """Show everything from the pasted words to the downloads; an error leaves the other tabs as they are."""
    with sentences(stop=False):
        _show(opened)


def _show(opened: Opened) -> None:
    vocabulary, words = opened.model.vocabulary, _ask(opened)
    if not words.rows:
        st.caption(f"Up to {limits().rows:,} words. With a column “gold”, the answers are scored against it.")
        if vocabulary.is_english:
            pairs = [(pair.source, pair.source_tense, pair.target_tense, pair.target) for pair in read_pairs()]
            ten_pairs = write_table(("word", "from", "to", "gold"), pairs)
            with st.container(horizontal=True, gap="small"):
                for label, key, text in (
                    ("Try an example", "many-example", EXAMPLE),
                    ("The report’s ten pairs", "ten-pairs", ten_pairs),
                ):
                    st.button(label, key=key, on_click=st.session_state.update, args=({"pasted": text},))
        return
    st.subheader("Check and edit", anchor=False, help=HELP["gold"])
    if words.notes:
        st.caption(plain(" ".join(words.notes)))
    requests = _edit(words.rows, vocabulary)
    if not requests:
        st.caption("There are no rows left.")
        return
    with st.spinner("Converting …", show_time=True):
        answers = _convert(opened, list(requests.values()))
    _warn([f"Row {i}, “{r.word}”: {r.error}" for i, r in requests.items() if r.error])
    st.subheader("Answers", anchor=False)
    _show_score(answers)
    header, table = answer_table(answers, vocabulary)
    titles, above = dict(_titles(vocabulary)), st.container()
    cells = _show_answers(list(requests), [titles.get(name, name) for name in header], table)
    with above:
        _show_letters(opened, answers, cells[0][0] if cells else None)
    label = f"Download {counted(len(table), 'row')} as CSV"
    figures.csv_button("answers-csv", "tense-lab-forms", header, table, label)


def _ask(opened: Opened) -> WordList:
    """Return the rows of the file, or else of the pasted text. Raises BadData."""
    spaces = " " in opened.model.vocabulary.alphabet  # a word may contain some
    most, megabytes = limits().rows, limits().table_mb
    left, right = st.columns(2, gap="large")
    pasted = left.text_area(
        "Paste words", key="pasted", height=134, placeholder="\n".join(suggest(opened, ["walk", "went", "singing"])),
        help=HELP["paste"], persist_state="session",
    )  # fmt: skip
    file = right.file_uploader(
        "Or upload a table", type=["csv", "txt", "tsv", "xlsx"], key="file", max_upload_size=megabytes,
        help=HELP["file"].format(most, megabytes),
    )  # fmt: skip
    if file is None:
        return read_words(pasted, most, spaces) if pasted.strip() else WordList(())
    if file.size > megabytes * MB:
        raise BadData(f"{file.name} is larger than {megabytes} MB: remove some rows.")
    return read_words(decode_text(file.getvalue(), file.name), most, spaces)


def _edit(rows: Sequence[dict[str, str]], vocabulary: Vocabulary) -> dict[int, Request]:
    """Show the table to edit; return its non-empty rows, checked, by row number."""
    shown = [name for name in COLUMNS if name != "gold" or any(row.get("gold") for row in rows)]
    table = [{name: row.get(name) or {"from": AUTO, "to": ALL}.get(name, "") for name in shown} for row in rows]
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()[:12]
    edited = st.data_editor(
        pandas.DataFrame(table, index=range(1, len(table) + 1)),
        num_rows="dynamic",
        hide_index=False,
        key=f"mend-{digest}",
        column_config=_columns(table, vocabulary),
        height=figures.table_height(len(table) + 1, 320),
        alt="The words to convert; every cell can be edited.",
    )
    requests = {}
    for number, cells in zip(edited.index, edited.to_dict("records"), strict=True):
        now = {name: cell for name, cell in cells.items() if isinstance(cell, str)}  # a new cell is None
        if now.get("word", "").strip() or now.get("gold", "").strip():
            cut = rows[number - 1].get("error") if number <= len(rows) and now == table[number - 1] else None
            requests[number] = read_request(now | ({"error": cut} if cut else {}), vocabulary)
    if len(requests) > (most := limits().rows):
        _warn([f"The table has {len(requests):,} rows; those after the first {most:,} are left out."])
    return dict(list(requests.items())[:most])


def _columns(table: Sequence[dict[str, str]], vocabulary: Vocabulary) -> dict[str, ColumnConfig]:
    """Return how each column is edited. Unknown tenses are offered too: their cells would look empty otherwise."""
    tenses = {
        name: list(dict.fromkeys([every, *vocabulary.tenses, *(row[name] for row in table)]))
        for name, every in (("from", AUTO), ("to", ALL))
    }
    codes = plain(listed(name if name == title else f"{name} {title}" for name, title in _titles(vocabulary)))
    return {
        "word": st.column_config.TextColumn("word"),
        "from": st.column_config.SelectboxColumn(
            "from", options=tenses["from"], default=AUTO, help=f"auto, or {codes}"
        ),
        "to": st.column_config.SelectboxColumn("to", options=tenses["to"], default=ALL, help=f"all, or {codes}"),
        "gold": st.column_config.TextColumn("gold", help=HELP["gold"]),
    }


def _titles(vocabulary: Vocabulary) -> list[tuple[str, str]]:
    return [(name, vocabulary.title(name)) for name in vocabulary.tenses]


def _convert(opened: Opened, requests: Sequence[Request]) -> list[Answer]:
    """Answer every request; words that this visitor has converted before are not converted again. Raises BadRun."""
    kept: dict[tuple[tuple[str, str], str, str | None], Conversion] = st.session_state.setdefault("converted", {})
    if len(kept) > KEPT:
        for old in kept.keys() - {(opened.version, r.word, r.source) for r in requests}:
            del kept[old]
    new = {(r.word, r.source): r for r in requests if not r.error and (opened.version, r.word, r.source) not in kept}
    if len(new) > FEW:
        spend("table", limits().tables)
    for answer in convert_requests(opened.model, list(new.values())):
        if answer.conversion:
            kept[opened.version, answer.request.word, answer.request.source] = answer.conversion
    return [Answer(r, None if r.error else kept[opened.version, r.word, r.source]) for r in requests]


def _warn(errors: Sequence[str]) -> None:
    """Show the first errors, one per line, and the number of the remaining ones."""
    if not errors:
        return
    rest = len(errors) - SHOWN_ERRORS
    more = [f"… and {rest:,} more, in the column “error” below."] if rest > 0 else []
    st.warning("  \n".join(map(plain, [*errors[:SHOWN_ERRORS], *more])))


def _show_score(answers: Sequence[Answer]) -> None:
    """Show exact match against the gold answers, and the answers that differ."""
    right, scored = count_right(answers)
    if not scored:
        return
    low, high = wilson_interval(right, scored)
    with st.container(horizontal=True, gap="medium", key="match"):
        st.metric("Exact match", f"{right / scored:.1%}", help=HELP["match"], width="content")
        st.metric("Right", f"{right:,} of {scored:,}", width="content")
        st.metric("95% interval", f"{low:.1%} – {high:.1%}", width="content")
    wrong = [answer for answer in answers if answer.right is False]
    if not wrong:
        whose = {1: "The only answer that has a gold form is", 2: "Both answers that have a gold form are"}
        st.caption(f"{whose.get(scored, f'All {scored:,} answers that have a gold form are')} right.")
        return
    header, rows = ["word", "from", "to", "answer", "gold"], []
    for answer in wrong:
        asked, source = answer.request, answer.conversion.source if answer.conversion else ""
        rows.append([asked.word, source, asked.target or ALL, " ".join(answer.forms), " ".join(asked.gold)])
    with st.expander(f"Answers that differ from gold: {len(wrong):,}", expanded=True, key="wrong"):
        _table("differing", header, rows)
        figures.csv_button("differing-csv", "tense-lab-errors", header, rows, "Download these as CSV")


def _show_letters(opened: Opened, answers: Sequence[Answer], chosen: int | None) -> None:
    """Show the forms of the chosen row, or else of the first that has some, with letters to choose."""
    # The table may have become shorter than when the row was chosen.
    rows = answers if chosen is None else answers[chosen : chosen + 1] or answers
    conversion = next((answer.conversion for answer in rows if answer.conversion), None)
    if conversion is None:
        return
    conversion = replace(conversion, forms=decode_point(opened.model, conversion.mean).forms)
    shown, choice = letters.respell(opened, conversion, "row_respelled")
    html = forms.point_table(shown, opened.model.vocabulary, choice, across=True)
    letters.show("row-forms", html, letters.subject(opened, conversion), "row_respelled")
    st.caption("The letters of one row. Click another row below to see its letters.")


def _show_answers(numbers: Sequence[int], header: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    """Show all answers under the editor's row numbers, with the errors in an early column; return the clicked cell."""
    first = ["row", "word", *(["error"] if any(row[-1] for row in rows) else [])]
    order = [*first, *(name for name in header if name not in ("word", "error"))]
    numbered = [[n, *row[:-1], in_order(row[-1])] for n, row in zip(numbers, rows, strict=True)]
    return _table("answers", ["row", *header], numbered, order, on_select="rerun")["selection"]["cells"]


def _table(
    key: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    order: Sequence[str] | None = None,
    on_select: Literal["rerun", "ignore"] = "ignore",
) -> Any:
    return st.dataframe(
        figures.as_columns(header, rows),
        hide_index=True,
        key=key,
        height=figures.table_height(len(rows), 400),
        column_order=order,
        on_select=on_select,
        selection_mode="single-cell",
        column_config={"error": st.column_config.TextColumn(width="medium")},
    )
