"""Train: start a small run, watch its curves, and steer it while it learns."""

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.core.process import missing_here
from cvae.core.settings import training_is_on
from cvae.runs import workers
from pages.shared import messages, visitor
from pages.train import keep, live, my_runs, setup, steering

FAULT = "fault"

st.title("Train", anchor=False)
st.caption("Start a small run, watch its curves, and turn the KL weight and the teacher forcing while it learns.")
if not training_is_on():
    st.info(
        "Training is switched off here: this is a public demo. Recorded runs are on the Curves page; to train, run the "
        "app on your own machine.",
        icon=":material/power_settings_new:",
    )
    st.stop()
workers.warm_up()
if lacking := missing_here():
    st.caption(lacking)


def start(plan: setup.Plan) -> None:
    """Queue the run and show it."""
    st.session_state[FAULT] = ""
    if my_runs.active():
        st.session_state[FAULT] = "One run at a time: stop the one that goes on first; it is in the list of your runs."
        return
    try:
        runs = workers.submit(
            plan.configs, plan.title, plan.data, plan.names if len(plan.names) > 1 else (), visitor.visitor()
        )
    except TenseLabError as error:
        st.session_state[FAULT] = str(error)
    except OSError as error:
        st.session_state[FAULT] = f"The run’s folder could not be written: {error.strerror}."
    else:
        my_runs.remember([run.path.name for run in runs])
        my_runs.show_next(runs[0].path.name)
        steering.wait_for_points(runs)


def set_up() -> None:
    """Show everything that is asked before a run."""
    try:
        setup.ask(start)
    except TenseLabError as error:
        st.error(messages.plain(str(error)))
    if fault := st.session_state.pop(FAULT, ""):
        st.error(messages.plain(fault))


def list_runs() -> None:
    """List the visitor's runs."""
    ids = [run_id for run_id in my_runs.ids() if my_runs.exists(run_id)]
    if ids:
        with st.expander(f"Your runs ({len(ids)})", key="my-runs"):
            for run_id in ids:
                st.button(
                    my_runs.label_of(run_id), key=f"open-{run_id}", type="tertiary",
                    on_click=my_runs.show_next, args=(run_id,),
                )  # fmt: skip
    with st.expander("Bring a run or a model back", key="bring-back"):
        keep.bring_back()


try:
    runs = my_runs.current()
except TenseLabError as error:
    st.warning(messages.plain(str(error)))
    runs = []
if runs:
    with messages.sentences(st.error):
        shown = my_runs.look_at(runs)
    live.show_head(shown)
    with st.container(border=True, key="hand"):
        steering.show_knobs(shown)
    live.show_curves_and_words(shown)
    st.subheader("Keep it", anchor=False)
    keep.show(shown)
    st.subheader("The next run", anchor=False)
    with st.expander("Settings", key="next-settings"):
        set_up()
else:
    set_up()
list_runs()
