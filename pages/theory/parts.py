"""What the sections of the Theory page share: code, citations, headings, and links."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import streamlit as st
from streamlit.errors import StreamlitPageNotFoundError

from pages.theory.sources import REFERENCES, excerpt


def code(*names: str) -> None:
    """Show lines of the library's own source, and where they are."""
    for name in names:
        found = excerpt(name)
        st.code(found.code, language="python")
        st.caption(f"`{found.place}`")


def cite(*keys: str) -> str:
    """Cite papers as links within a sentence."""
    return ", ".join(f"[{REFERENCES[key].short}]({REFERENCES[key].url})" for key in keys)


def step(number: int, sentence: str, formula: str) -> None:
    """Show one step of a derivation."""
    st.markdown(f"**{number}.** {sentence}")
    st.latex(formula)


def check(title: str) -> None:
    """Show the heading of something to try."""
    st.subheader(f"Try it: {title}", anchor=False)


def metrics(values: Mapping[str, str], helps: Mapping[str, str] | None = None) -> None:
    """Show numbers in a row that wraps."""
    with st.container(horizontal=True, gap="medium"):
        for label, value in values.items():
            st.metric(label, value, help=(helps or {}).get(label), width="content")


def link(page: str, label: str, query: Mapping[str, str | Sequence[str]]) -> None:
    """Link to another page of the app; nothing where the app has no such page."""
    with suppress(StreamlitPageNotFoundError):
        st.page_link(page, label=label, icon=":material/arrow_forward:", query_params=dict(query))


def signed(value: float, digits: int = 2) -> str:
    """Write a number with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", "−")


def lead_on(titles: Mapping[str, str], section: str) -> None:
    """Offer a button to the next section."""
    names = list(titles)
    rest = names[names.index(section) + 1 :]
    if rest:
        st.space("small")
        st.button(f"Next: {titles[rest[0]]}", key="next", on_click=_go_to, args=(rest[0],), icon=":material/east:")


def _go_to(section: str) -> None:
    st.session_state["section"] = section


def show_references() -> None:
    """List all papers by author."""
    st.header("Papers", anchor=False)
    for paper in REFERENCES.values():
        st.markdown(f"{paper.authors} ({paper.year}). [{paper.title}]({paper.url}). *{paper.venue}*.")
