"""Keep a run, bring one back, and use its model on the other pages."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from cvae.charts.base import Palette, stand_alone
from cvae.charts.curves import LOSSES_AND_SCHEDULES, Look, draw_curves
from cvae.charts.kl import kl_table
from cvae.core.errors import TenseLabError
from cvae.core.logs import tell
from cvae.core.settings import limits, runs_folder
from cvae.runs.bundle import history_table, write_bundle
from cvae.runs.history import Curve, watch_run
from cvae.runs.room import adopt
from cvae.runs.upload import keep_upload, read_upload
from cvae.training.records import SCORES
from pages.shared import figures, messages, models, visitor
from pages.train import my_runs
from pages.train.my_runs import Shown

BROUGHT = "brought_last"
"""The key of the id of the file that was read last, and of the sentence that refused it, or nothing."""
PAGES = {"pages/convert/convert.py": "Convert", "pages/sample/sample.py": "Sample", "pages/latent/latent.py": "Latent"}


def show(shown: list[Shown]) -> None:
    """Offer links to the other pages and downloads for each run of the job."""
    for each in shown:
        _name(each, shown)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            _show_one(each)
        if not each.run.model_path.is_file():
            st.caption("The model can be used and kept after the first epoch.")
    expander = st.expander("Figures of every epoch", key="epochs-data", on_change="rerun")
    if expander.open:
        with expander:
            for each in shown:
                _name(each, shown)
                _show_epochs(each)


def _name(each: Shown, shown: Sequence[Shown]) -> None:
    """Show the name of one of two runs above what is its own."""
    if len(shown) > 1:
        st.markdown(f"**{messages.plain(each.name)}**")


def _show_epochs(shown: Shown) -> None:
    """Show the figures of every epoch as a table, and offer them and KL by dimension to download."""
    head, rows = history_table(shown.watched.history)
    figures.csv_button(f"epochs-csv-{shown.id}", "history", head, rows, "History as CSV")
    epochs, order, nats = kl_table(shown.watched.history)
    dimensions = [[f"z{name}", *map(float, row)] for name, row in zip(order, nats, strict=True)]
    titles = ["dimension", *(f"epoch {epoch}" for epoch in epochs)]
    figures.csv_button(f"kl-csv-{shown.id}", "kl-by-dimension", titles, dimensions, "KL by dimension as CSV")
    cells = [[None if cell == "" else cell for cell in row] for row in rows]
    st.dataframe(figures.as_columns(head, cells), hide_index=True, key=f"epochs-table-{shown.id}", height=260)


def _show_one(shown: Shown) -> None:
    ready = shown.run.model_path.is_file()
    link = models.link_to_model(shown.id)
    for path, name in PAGES.items():
        st.page_link(
            path, label=f"Use it on {name}", icon=":material/arrow_forward:", disabled=not ready, query_params=link
        )
    st.download_button(
        "Download the run",
        partial(_bundle, shown, figures.palette()),
        file_name=f"tense-lab-{shown.run.short_id}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        key=f"zip-{shown.id}",
        disabled=not ready,
        help="A ZIP: settings, history, curves, weights, and how to repeat the run.",
    )


def _bundle(shown: Shown, palette: Palette) -> bytes:
    curve = Curve(shown.title, (watch_run(shown.run).columns,))  # `shown` is as old as the page
    look = Look(across=2, legend=True)
    figure = draw_curves([curve], [*LOSSES_AND_SCHEDULES, *SCORES], look, palette)
    return write_bundle(shown.run.path, stand_alone(figure))


def bring_back() -> None:
    """Take a ZIP or a model from another session, check it, and keep it as a run of this visitor."""
    file = st.file_uploader(
        "A run (.zip) or a model (.safetensors)",
        type=["zip", "safetensors"],
        key="brought",
        max_upload_size=limits().upload_mb,
    )
    if file is None:
        return
    last, refusal = st.session_state.get(BROUGHT, ("", ""))
    if file.file_id == last:
        if refusal:
            st.error(messages.plain(refusal))
        return
    try:
        visitor.spend("upload", limits().uploads)
        upload = read_upload(file.getvalue(), file.name)
        run_id = adopt(runs_folder(), partial(keep_upload, upload), file.name, visitor.identity())
    except TenseLabError as error:
        tell("upload refused", size=file.size, error=type(error).__name__)
        st.session_state[BROUGHT] = file.file_id, str(error)
        st.error(messages.plain(str(error)))
        return
    tell("upload kept", size=file.size, run=run_id)
    st.session_state[BROUGHT] = file.file_id, ""
    my_runs.remember([run_id])
    if upload.is_run:
        my_runs.show_next(run_id)
        st.rerun()
    st.switch_page("pages/convert/convert.py", query_params=models.link_to_model(run_id))
