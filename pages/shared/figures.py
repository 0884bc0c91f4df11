"""A figure with what belongs to every figure: its text for screen readers, its data as a table, and both to keep."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import plotly.graph_objects as go
import streamlit as st

from cvae.charts.base import stand_alone
from cvae.inference.tables import write_table

Table = tuple[Sequence[str], Sequence[Sequence[object]]]
"""Header and rows."""
QUIET = {"displayModeBar": False}


def show(
    figure: go.Figure, key: str, alt: str, on_select: Callable[[], None] | None = None, chart_key: str = ""
) -> None:
    """The figure. `on_select` is called when a point is clicked; the selection is under `chart_key`, or `key`."""
    st.plotly_chart(
        figure,
        key=chart_key or key,
        on_select=on_select or "ignore",
        selection_mode="points",
        config=QUIET,
        alt=alt,
    )


def offer_data(
    key: str,
    name: str,
    header: Sequence[str],
    rows: Sequence[Sequence[object]],
    figure: go.Figure | None = None,
    more: Mapping[str, Table] = MappingProxyType({}),
) -> None:
    """An expander with the numbers as a table, and to download: them as CSV, the figure as a page that stands alone.

    Made when it is opened: a table costs more than all the rest of a page. more: other tables to download, by name.
    """
    expander = st.expander("Numbers and downloads", key=f"{key}-data", on_change="rerun")
    if not expander.open:
        return
    with expander:
        columns = {title: [row[i] for row in rows] for i, title in enumerate(header)}
        st.dataframe(columns, hide_index=True, key=f"{key}-table", height=min(38 + 35 * len(rows), 320))
        with st.container(horizontal=True, gap="small"):
            csv_button(f"{key}-csv", name, header, rows)
            if figure is not None:
                st.download_button(
                    "Figure as HTML",
                    partial(stand_alone, figure),
                    file_name=f"{name}.html",
                    mime="text/html",
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"{key}-html",
                )
            for title, (other_header, other_rows) in more.items():
                label = f"{title.capitalize()} as CSV"
                csv_button(f"{key}-{title}-csv", f"{name}-{title.replace(' ', '-')}", other_header, other_rows, label)


def csv_button(
    key: str, name: str, header: Sequence[str], rows: Sequence[Sequence[object]], label: str = "CSV"
) -> None:
    """A table to download."""
    st.download_button(
        label,
        lambda: write_table(header, rows).encode(),
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )
