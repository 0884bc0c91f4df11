"""The data that a run is trained on: a list of the app, or a table of one's own."""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from cvae.core.errors import BadData
from cvae.core.settings import limits
from cvae.core.text import counted, listed
from cvae.data.paradigms import OWN, parse_paradigms, read_paradigms, read_text
from cvae.data.user_table import ENOUGH_TO_HOLD_OUT, SAMPLE, SMALL, UserTable, read_user_table, suggested_settings
from cvae.data.verbs import spellings
from cvae.data.vocabulary import MAX_TENSES, compose
from pages.shared import figures, messages

SOURCES = {"train": "English verbs", SAMPLE: "German sample", OWN: "my own table"}
UNASKED = ("heldout", "invented", "invented_longer", "model.embedding", "tense_dropout", "draws", "evaluate_every")
"""Settings that suit the size of a table, and that no widget asks for."""
KEPT, FEWEST = "own_data", 4
CAPITALS = "Capitals are letters of their own, as German nouns need; otherwise all words are in lower case."
FORMAT = (
    "A CSV file, an Excel workbook, or words separated by spaces: one verb per row, 2 to 8 columns, their names "
    "in the first row. Any alphabet of up to 256 letters, up to {:,} rows and {} MB."
)
FIRST_ROW = {"Guess": None, "Names": True, "A verb": False}


def ask(start: dict[str, Any]) -> dict[str, Any]:
    """Ask for the data and the number of verbs; return these settings, and those that suit a table of one's own."""
    sources = dict.fromkeys([*SOURCES, start["data"]])  # a run of the command line may have another list of the app
    source = st.segmented_control(
        "Train on", list(sources), default="train", required=True, key="data", bind="query-params",
        format_func=lambda name: SOURCES.get(name, name),
    )  # fmt: skip
    if source == OWN:
        _ask_for_table()
    known = _size(source, uploaded() if source == OWN else None)
    if known is None:
        return {"data": source, "verbs": 0}
    verbs = _ask_how_many(known[0], start["verbs"]) if known[0] > FEWEST else 0
    if source != OWN:
        return {"data": source, "verbs": verbs}
    suggested = suggested_settings(verbs or known[0])
    st.caption(_describe(verbs or known[0], suggested, was_small=known[0] < SMALL))
    return {"data": source, "verbs": verbs} | {name: suggested[name] for name in UNASKED if name in suggested}


def _ask_how_many(count: int, verbs: int) -> int:
    """Ask how many of the verbs to learn; 0 is all."""
    if not 0 < (st.session_state.get("verbs", verbs) or 0) <= count:
        st.session_state["verbs"] = count
    wanted: int = st.slider(
        "Number of verbs", FEWEST, count, min(verbs or count, count), key="verbs", bind="query-params",
        help="Spread evenly over the list. Fewer are learned sooner, but new verbs are inflected less well.",
    )  # fmt: skip
    return 0 if wanted == count else wanted


def _describe(verbs: int, suggested: dict[str, Any], was_small: bool) -> str:
    """Say which settings a table of so many verbs has got, and whether some of them are held out."""
    share = suggested["heldout"]
    heldout = (
        f"{share:.0%} of them are held out, to see how well the model inflects verbs that it was not trained on."
        if share
        else f"None is held out: with fewer than {ENOUGH_TO_HOLD_OUT}, all are needed for training."
    )
    invented = " Invented verbs with their endings are added." if suggested.get("invented") else ""
    small = " Model and schedules were set to suit a small table when it was uploaded." if was_small else ""
    return f"{counted(verbs, 'verb')}. {heldout}{invented}{small}"


def _suit_settings() -> None:
    """Set the widgets to what suits the table that was just uploaded."""
    with suppress(BadData):
        if file := st.session_state["table"]:
            verbs = len(read_user_table(file.getvalue()).lines)
            suited = {name: value for name, value in suggested_settings(verbs).items() if name not in UNASKED}
            st.session_state.update(suited | {"verbs": verbs})


def words_per_epoch(source: str, verbs: int, data: str | None) -> int:
    """Return the number of words in an epoch."""
    count, tenses = _size(source, data) or (0, 1)
    return min(verbs or count, count) * tenses


@st.cache_data(show_spinner=False, max_entries=16)
def _size(source: str, data: str | None) -> tuple[int, int] | None:
    """Return how many verbs and tenses there are; None when there is no such table yet."""
    if source == OWN and data is None:
        return None
    paradigms = parse_paradigms(data) if data is not None else read_paradigms(source)
    return len(paradigms), len(paradigms.vocabulary.tenses)


def uploaded() -> str | None:
    """Return the uploaded table as the text of a data file, or None."""
    text: str | None = st.session_state.get(KEPT)
    return text


def take_back(folder: Path) -> None:
    """Take the table of the run in this folder for the uploaded one; there is none where it is gone."""
    st.session_state[KEPT] = None
    with suppress(BadData):
        st.session_state[KEPT] = read_text(folder / OWN)


def _ask_for_table() -> None:
    accepted = FORMAT.format(limits().training_rows, limits().table_mb)
    file = st.file_uploader(
        "A table of paradigms", type=["csv", "txt", "tsv", "xlsx"], key="table", max_upload_size=limits().table_mb,
        help=accepted, on_change=_suit_settings,
    )  # fmt: skip
    if file is not None:
        try:
            table = _choose(file.getvalue())
            st.session_state[KEPT] = table.text
        except BadData as error:
            st.session_state.pop(KEPT, None)
            st.error(messages.plain(str(error)))
            return
        _show_table(table)
    elif (kept := uploaded()) is None:
        st.caption(accepted)
    else:
        st.caption(f"As uploaded: {messages.plain(listed(parse_paradigms(kept).vocabulary.tenses))}.")


def _choose(content: bytes) -> UserTable:
    """Return the table as its owner wants it read: guesses are shown, and can be turned round. Raises BadData."""
    digest = hashlib.sha256(content).hexdigest()[:12]
    with st.container(horizontal=True):
        first = st.segmented_control(
            "First row", list(FIRST_ROW), default="Guess", required=True, key=f"first-row-{digest}"
        )
        capitals = st.toggle("Keep capitals", key=f"capitals-{digest}", help=CAPITALS)
    table = read_user_table(content, FIRST_ROW[first], capitals=capitals)
    if len(table.columns) > MAX_TENSES:
        wanted = st.multiselect(
            "Columns", table.columns, table.chosen, max_selections=MAX_TENSES, key=f"columns-{digest}-{first}"
        )
        table = read_user_table(content, FIRST_ROW[first], wanted, capitals)
    return table


def _show_table(table: UserTable) -> None:
    """Show what was understood, and the rows that were not."""
    if paradigms := table.paradigms:
        tenses, letters = paradigms.vocabulary.tenses, paradigms.vocabulary.alphabet
        size = f"{counted(len(paradigms), 'row')} in {counted(len(tenses), 'column')}"
        st.success(f"{size}, {counted(len(letters), 'letter')}.")
        st.caption(messages.plain(" ".join(table.notes)))
        rows = table.preview()
        columns = {
            name: [compose(" | ".join(spellings(row, i)) or "–") for row in rows] for i, name in enumerate(tenses)
        }
        st.dataframe(columns, hide_index=True, key="table-preview", height="content")
    if table.problems:
        with st.expander(f"Rows left out: {len(table.problems):,}", expanded=True):
            st.dataframe(
                {"line": [p.line for p in table.problems], "why": [messages.in_order(p.text) for p in table.problems]},
                hide_index=True,
                key="table-problems",
                height=figures.table_height(len(table.problems), 220),
            )
