"""What a run is trained on: the verbs that come with the app, a small table of another language, or one's own."""

from typing import Any

import streamlit as st

from cvae.core.errors import BadData
from cvae.core.settings import limits
from cvae.data.paradigms import OWN, parse_paradigms, read_paradigms
from cvae.data.user_table import SAMPLE, OwnData, read_own_data
from pages.shared import models

SOURCES = {"train": "English verbs", SAMPLE: "German sample", OWN: "my own table"}
KEPT = "own_data"
FORMAT = (
    "A CSV, or words apart by spaces: one verb a row, 2 to 8 columns, their names in the first row. Any alphabet of "
    "up to 100 letters, up to {:,} rows and {} MB."
)


def ask(verbs: int) -> dict[str, Any]:
    """The settings `data` and `verbs`. Raises BadData when a table of one's own was chosen and there is none."""
    source = st.segmented_control(
        "Train on", list(SOURCES), default="train", required=True, key="data", bind="query-params",
        format_func=SOURCES.get,
    )  # fmt: skip
    if source == OWN:
        _ask_for_table()
    known = _size(source, text() if source == OWN else None)
    if known is None:
        return {"data": source, "verbs": 0}
    count = known[0]
    if count <= 4:
        return {"data": source, "verbs": 0}
    if st.session_state.get("verbs", verbs) in (0, None) or st.session_state.get("verbs", verbs) > count:
        st.session_state["verbs"] = count
    wanted = st.slider(
        "Number of verbs", 4, count, min(verbs or count, count), key="verbs", bind="query-params",
        help="Spread evenly over the list. Fewer are learnt sooner, and less well for verbs never seen.",
    )  # fmt: skip
    return {"data": source, "verbs": 0 if wanted == count else wanted}


def words(source: str, verbs: int, data: str | None) -> int:
    """Words of an epoch."""
    count, tenses = _size(source, data) or (0, 1)
    return min(verbs or count, count) * tenses


@st.cache_data(show_spinner=False, max_entries=16)
def _size(source: str, data: str | None) -> tuple[int, int] | None:
    """Verbs and tenses; None when there is no such table yet."""
    if source == OWN and data is None:
        return None
    paradigms = parse_paradigms(data) if data is not None else read_paradigms(source)
    return len(paradigms), len(paradigms.vocabulary.tenses)


def text() -> str | None:
    """The uploaded table as a data file, if it can be used."""
    return st.session_state.get(KEPT)


def _ask_for_table() -> None:
    most, megabytes = limits().training_rows, limits().table_mb
    file = st.file_uploader(
        "A table of paradigms", type=["csv", "txt", "tsv"], key="table", max_upload_size=megabytes,
        help=FORMAT.format(most, megabytes),
    )  # fmt: skip
    if file is not None:
        try:
            table = read_own_data(file.getvalue())
            st.session_state[KEPT] = table.text
        except BadData as error:
            st.session_state.pop(KEPT, None)
            st.error(models.plain(str(error)))
            return
        _show_table(table)
    elif text() is None:
        st.caption(FORMAT)
    else:
        paradigms = parse_paradigms(text())
        st.caption(f"{len(paradigms):,} verbs, as uploaded: {models.plain(', '.join(paradigms.vocabulary.tenses))}.")


def _show_table(table: OwnData) -> None:
    """What was understood, and the rows that were not."""
    vocabulary = table.paradigms.vocabulary
    st.success(
        models.plain(
            f"{len(table.paradigms):,} rows in {len(vocabulary.tenses)} columns, {len(vocabulary.alphabet)} letters."
        )
    )
    rows = table.preview()
    st.dataframe(
        {name: [row[i] for row in rows] for i, name in enumerate(vocabulary.tenses)},
        hide_index=True,
        key="table-preview",
        height="content",
    )
    if table.problems:
        with st.expander(f"Rows left out: {len(table.problems):,}", expanded=True):
            st.dataframe(
                {"line": [p.line for p in table.problems], "why": [p.text for p in table.problems]},
                hide_index=True,
                key="table-problems",
                height=min(38 + 35 * len(table.problems), 220),
            )
