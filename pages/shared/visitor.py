"""Who visits, as far as limits need to know, and what a visitor may ask of the app in a minute."""

import time
from collections import deque
from hashlib import sha256

import streamlit as st

from cvae.core.errors import BadRun
from cvae.runs.room import ANYBODY

COOKIE, MINUTE = "_streamlit_xsrf", 60.0


def identity() -> str:
    """Return an id of the visitor's browser, made from the random cookie that Streamlit gives to each.

    Whoever brings no cookie shares the limits of all who bring none.
    """
    cookie = st.context.cookies.get(COOKIE)
    return sha256(str(cookie).encode()).hexdigest()[:16] if cookie else ANYBODY


def spend(kind: str, most: int) -> None:
    """Count one of what a visitor may do `most` times a minute. Raises BadRun when it is one too many."""
    now = time.monotonic()
    times = _times(kind, identity())
    while times and now - times[0] > MINUTE:
        times.popleft()
    if len(times) >= most:
        raise BadRun(f"Too many at once: at most {most} a minute are allowed. Wait a moment, then try again.")
    times.append(now)


@st.cache_resource(show_spinner=False, max_entries=10_000)
def _times(kind: str, who: str) -> deque[float]:
    return deque()
