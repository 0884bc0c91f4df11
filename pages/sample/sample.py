"""Sample: draw points from the prior or around a verb, and read the verbs they decode to."""

from functools import partial
from typing import Any

import streamlit as st

from cvae.core.config import LARGEST_SEED
from cvae.core.text import counted
from cvae.inference.latent import decode_point
from cvae.inference.sampling import describe_unended
from cvae.inference.word_lists import check_verb, training_paradigms
from pages.sample import results
from pages.shared import figures, forms, letters, messages, models

CLOUDS = {"prior": "the prior", "aggregate": "the training verbs", "posterior": "around a verb"}
HELP = {
    "cloud": "The prior: N(0, I), whatever the verb. The training verbs: their aggregate posterior; a form is "
    "drawn from the training data, then z from its q(z | x). If more of these draws are verbs, the difference is what "
    "N(0, I) misses, unless the decoder learned to write verbs there in a sleep phase. Around a verb: its posterior "
    "q(z | x), the points that the encoder considers for it.",
    "distance": "The fewest letters to add, drop or replace, in all forms together, to get those of the nearest verb "
    "of the training data (Levenshtein distance): 0 is the verb itself.",
    "number": "How many points z are drawn; each is decoded into every tense.",
    "point": "The point whose letters are shown; a click on a row of the table chooses it.",
    "temperature": "The factor of the standard deviation: 1 is the distribution itself, 0 only its mean.",
    "seed": "The same seed gives the same points, here and on the command line.",
}

st.title("Sample", anchor=False)
st.caption("Draw points z from the latent space and read the verb that each is decoded into.")
opened = models.open_model()
vocabulary, trained = opened.model.vocabulary, training_paradigms(opened.info)


def next_seed() -> None:
    """Choose the next seed; the link of the page names it."""
    st.session_state["seed"] = (st.session_state["seed"] + 1) % (LARGEST_SEED + 1)


def ask() -> results.Draw:
    """Ask what to draw. Raises BadWord or UnknownCharacter."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="cloud"):
        cloud = st.segmented_control(
            "Draw z from", [cloud for cloud in CLOUDS if trained or cloud != "aggregate"], default="prior",
            format_func=CLOUDS.__getitem__, required=True, key="draw_from", bind="query-params", help=HELP["cloud"],
        )  # fmt: skip
        verb, source, usual = "", None, models.usual_verb(opened, "walk")
        if cloud == "posterior":
            verb = st.text_input(
                "Verb", usual, key="verb", bind="query-params", live="150ms", autocomplete="off", width=200,
                placeholder=usual,
            )  # fmt: skip
            source = models.ask_source(vocabulary, "verb_tense")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="question"):
        number = st.number_input(
            "Points", 1, 1000, 100, key="number", bind="query-params", help=HELP["number"], width=160
        )
        seed = models.ask_seed("seed", help=HELP["seed"], width=160)
        temperature = st.slider(
            "Spread of z", 0.0, 2.0, 1.0, 0.05, key="temperature", bind="query-params", help=HELP["temperature"]
        )
        st.button("Draw again", key="again", icon=":material/casino:", type="primary", on_click=next_seed)
    verb = check_verb(verb.strip() or usual, vocabulary) if cloud == "posterior" else ""
    return results.Draw(number, seed, temperature, verb, source, cloud == "aggregate")


def show_letters(z: Any) -> None:
    """Show the forms of one point, whose letters can be chosen; a click on a row of the table chooses the point."""
    if st.session_state.get("point", 1) > len(z):  # chosen in a longer draw
        st.session_state["point"] = len(z)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key="point-letters"):
        point = st.number_input("Point", 1, len(z), key="point", bind="query-params", help=HELP["point"], width=130)
        conversion = decode_point(opened.model, z[point - 1])
        shown, choice = letters.respell(opened, conversion)
        html = forms.point_table(shown, vocabulary, choice, across=True)
        letters.show("point-forms", html, letters.subject(opened, conversion))


def take_point(rows: list[results.DrawnPoint]) -> None:
    """Choose the point of the cell that was clicked."""
    if cells := st.session_state["drawn-points"]["selection"]["cells"]:
        st.session_state["point"] = rows[cells[0][0]].point


def show_words(z: Any, rows: list[results.DrawnPoint], seed: int) -> None:
    """Show the letters of one point, and the paradigms of all as a table to sort and download."""
    if unended := describe_unended([row.paradigm for row in rows]):
        st.caption(unended)
    show_letters(z)
    others, marked = results.has_others(trained, vocabulary), any(row.origin for row in rows)
    possible = {"known": bool(trained), "real": others, "invented": marked}
    options = ["all", *(origin for origin, holds in possible.items() if holds)]
    chosen = st.segmented_control("Show", options, default="all", required=True, key="show", bind="query-params")
    shown = [row for row in rows if chosen in ("all", row.origin)]
    if not shown:
        st.caption("This draw has none of these.")
        return
    st.dataframe(
        results.results_table(shown, vocabulary),
        column_config={
            "point": st.column_config.NumberColumn(width=60),
            "distance": st.column_config.NumberColumn(width=80, help=HELP["distance"]),
        },
        hide_index=True,
        height=figures.table_height(len(shown), 560),
        key="drawn-points",
        on_select=partial(take_point, shown),
        selection_mode="single-cell",
        alt=f"{counted(len(shown), 'sampled paradigm')}.",
    )
    label, make = f"Download {counted(len(shown), 'row')} as CSV", partial(results.as_csv, shown, vocabulary)
    figures.download("download", label, f"tense-lab-seed-{seed}.csv", make)


with messages.sentences():
    wanted = ask()
    z, rows = results.decode_draw(opened, wanted)
results.show_scores(rows, trained, vocabulary, wanted.of_prior)
words, running = st.tabs(["Words", "Running score"], key="draws_view", bind="query-params")
with words:
    if words.open:
        show_words(z, rows, wanted.seed)
with running:
    if running.open:
        results.show_running(rows, trained, wanted.of_prior)
