"""Lecture mode, for a projector: no sidebar, larger type, and a QR code of what is shown."""

from io import BytesIO
from urllib.parse import urlencode

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.navigation import RUN, SEEN, put_in_address

KEY, ON = "lecture", "1"
COLLAPSED = "from the experiments: constant-1-collapsed"
"""The model that is shown beside the chosen one."""
HELP = "For a projector: the full width, larger type, no sidebar, and a QR code that takes the audience to this page."


def is_on() -> bool:
    """Whether the page is shown for a projector: as its link says at first, then as the switch was left."""
    return bool(st.session_state.setdefault(KEY, st.query_params.get(KEY) == ON))


def show_bar() -> DeltaGenerator:
    """Show the switch, in the sidebar or, while it is on, in a bar on top; return where the model picker belongs."""
    on = is_on()
    put_in_address(KEY, ON if on else "")  # by hand: what a bound widget writes there is lost with the page
    bar = st.sidebar
    if on:
        bar = st.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="lecture-bar"
        )
    with bar:
        place = st.container(width="stretch")
        if on:
            st.page_link(
                "pages/convert/convert.py", label="Side by side", icon=":material/compare:",
                query_params={"mode": "Side by side", "right_model": COLLAPSED},
            )  # fmt: skip
            st.button("QR code", key="qr-code", icon=":material/qr_code_2:", on_click=_show_code)
        st.toggle("Lecture mode", key=KEY, help=HELP)
    return place


@st.dialog("This page, as it is shown now", width="large")
def _show_code() -> None:
    """Show the link of the page, and as a QR code, dark on light in both themes, as cameras expect it."""
    import segno  # imported late: only the QR code needs it

    query = {name: st.query_params.get_all(name) for name in st.query_params if name != KEY}
    link = f"{st.context.url}?{urlencode(query, doseq=True)}" if query else str(st.context.url)
    drawn = BytesIO()
    try:
        code = segno.make(link, error="l", micro=False)
    except segno.DataOverflowError:  # above 2,953 bytes
        st.caption("The link of this page is too long for a QR code.")
    else:
        code.save(drawn, kind="svg", scale=10, border=4, light="#ffffff", omitsize=True)
        with st.container(horizontal_alignment="center"):
            st.image(drawn.getvalue().decode(), width=560, alt="The link below as a QR code")
    st.code(link, language=None, wrap_lines=True)
    if RUN in query and st.session_state[SEEN] == "Train":  # elsewhere it is not the id of the run
        st.caption("The link of a run is its key: anyone who opens it can steer and stop the run, too.")
