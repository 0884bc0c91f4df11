"""Train: start a small run, watch it learn, and steer it meanwhile, all on one screen."""

from functools import partial

import streamlit as st

from cvae.core.errors import TenseLabError
from cvae.core.process import missing_here
from cvae.core.settings import training_is_on
from cvae.runs import workers
from cvae.runs.queue import standing
from pages.shared import messages, navigation, visitor
from pages.train import keep, live, my_runs, setup, steering

FAULT = "fault"


def start(plan: setup.Plan) -> None:
    """Queue the run and show it."""
    st.session_state[FAULT] = ""
    if any(map(my_runs.is_own, my_runs.active())):
        st.session_state[FAULT] = "One run at a time: first stop the one that is active, in the list of your runs."
        return
    try:
        runs = workers.submit(
            plan.configs, plan.title, plan.data, plan.names if len(plan.names) > 1 else (), visitor.identity()
        )
    except TenseLabError as error:
        st.session_state[FAULT] = str(error)
    except OSError as error:
        st.session_state[FAULT] = f"The run’s folder could not be written: {error.strerror}."
    else:
        my_runs.remember([run.path.name for run in runs])
        my_runs.show_next(runs[0].path.name)
        steering.wait_until(steering.has_settled, runs)


def set_up() -> None:
    """Show everything that is asked before a run."""
    try:
        setup.ask(start)
    except TenseLabError as error:
        st.error(messages.plain(str(error)))
    if fault := st.session_state.pop(FAULT, ""):
        st.error(messages.plain(fault))


def show_cockpit(shown: list[my_runs.Shown]) -> None:
    """Show what is turned at the left and what is watched at the right, on one screen; everything else below."""
    navigation.scroll_to_top(shown[0].id)
    navigation.put_in_address(setup.LIKE, "")
    with st.container(key="cockpit"):
        left, right = st.columns([1, 3.2], gap="medium")
    look, under = live.ask_view(shown)
    with left:
        st.title("Train", anchor=False)
        steering.show(shown)
    with right:
        live.show(shown, look, under)
    live.show_more(shown, look, under)
    st.subheader("Keep it", anchor=False)
    keep.show(shown)


def list_runs() -> None:
    """List the visitor's runs, each with a button to open it and, while it is active, one to stop it."""
    ids = [run_id for run_id in my_runs.ids() if my_runs.exists(run_id)]
    if ids:
        with st.expander(f"Your runs ({len(ids)})", key="my-runs"):
            for run_id in ids:
                run = my_runs.run_of(run_id)
                with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                    st.button(
                        my_runs.label_of(run_id), key=f"open-{run_id}", type="tertiary",
                        on_click=my_runs.show_next, args=(run_id,),
                    )  # fmt: skip
                    if standing(run).active:  # a damaged one has no other button that stops it
                        st.button(
                            "Stop", key=f"stop-{run_id}", icon=":material/stop:",
                            on_click=steering.act, args=(partial(steering.stop, [run]),),
                        )  # fmt: skip
    with st.expander("Bring a run or a model back", key="bring-back"):
        keep.bring_back()


if not training_is_on():
    st.title("Train", anchor=False)
    st.info(
        "Training is switched off here: this is a public demo. Recorded runs are on the Curves page; to train, run the "
        "app on your own machine.",
        icon=":material/power_settings_new:",
    )
    st.stop()
workers.warm_up()
try:
    shown = my_runs.look_at(my_runs.current())
except TenseLabError as error:
    my_runs.show_next(None)
    st.warning(messages.plain(str(error)))
    shown = []
if shown:
    show_cockpit(shown)
else:
    set_up()
list_runs()
if lacking := missing_here():
    st.caption(lacking)
