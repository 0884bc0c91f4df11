"""The training page as its visitors meet it, from the router on. Here the runs are trained on the spot."""

import json
import re
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cvae import workers
from cvae.config import ModelConfig
from cvae.jobs import all_runs, create_job, queue
from cvae.presets import PRESETS, SMALL
from cvae.runs import Run, train_in_folder
from cvae.settings import ROOT
from cvae.speed import FILE
from cvae.steering import Hand

TINY = replace(
    SMALL, model=ModelConfig(embedding=16, hidden=16, latent=2), verbs=8, epochs=2, evaluate_every=1, draws=5
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of runs; what is started there waits to be trained by `train_all`."""
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / FILE).write_text(
        json.dumps({"overhead": 0.01, "seconds_per_operation": 1e-11, "score_overhead": 0.3, "score_per_operation": 0})
    )
    monkeypatch.setenv("TENSE_LAB_RUNS", str(folder))
    monkeypatch.setattr(workers, "warm_up", lambda: None)
    monkeypatch.setattr(workers, "_start", lambda run: None)
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


def open_page(query: str = "") -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        app.query_params[name] = value
    app.switch_page("pages/train.py").run()
    return seen(app)


def seen(app: AppTest) -> AppTest:
    assert not app.exception, [error.message for error in app.exception]
    return app


def texts(app: AppTest) -> str:
    parts = [*app.caption, *app.markdown, *app.warning, *app.error, *app.info, *app.title, *app.subheader]
    return " ".join(str(part.value) for part in parts) + " ".join(each.proto.body for each in app.get("html"))


def shown_run(folder, status="finished", reason="", epochs=2) -> Run:
    """A run of two epochs, as it would be found under its link."""
    [run] = create_job(folder, [replace(TINY, epochs=epochs)], "A tiny run")
    records = train_in_folder(run)
    next(records)
    next(records)
    records.close()
    run.set_status(status, reason)
    return run


def press(app: AppTest, key: str) -> AppTest:
    return seen(app.button(key=key).click().run())


def charts(app: AppTest) -> list:
    return app.get("plotly_chart")


def test_before_a_run_there_are_presets_schedules_and_an_estimate(folder):
    app = open_page()
    assert app.pills(key="preset").value == "quick"
    assert len(charts(app)) == 1
    assert re.search(r"About \d+ s on this machine", texts(app))
    assert [button.label for button in app.button] == ["Start"]


@pytest.mark.parametrize("preset", [preset.key for preset in PRESETS])
def test_every_preset_sets_the_knobs(folder, preset):
    app = open_page()
    seen(app.pills(key="preset").set_value(preset).run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == next(each.config for each in PRESETS if each.key == preset)


def test_a_changed_knob_is_in_the_config(folder):
    app = open_page()
    seen(app.slider(key="kl.maximum").set_value(1.5).run())
    seen(app.select_slider(key="model.hidden").set_value(32).run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == replace(
        PRESETS[0].config,
        kl=replace(PRESETS[0].config.kl, maximum=1.5),
        model=replace(PRESETS[0].config.model, hidden=32),
    )
    assert "Quick look, changed" in texts(app)


def test_a_link_sets_the_knobs(folder):
    app = open_page("preset=Make it collapse&kl.maximum=0.7")
    assert app.pills(key="preset").value == "collapse"
    assert app.slider(key="kl.maximum").value == 0.7
    assert app.segmented_control(key="kl.kind").value == "constant"


def test_a_started_run_is_in_the_link_and_found_again(folder):
    app = press(open_page(), "start-run")
    [run] = all_runs(folder)
    assert app.query_params["run"] in (run.path.name, [run.path.name])
    assert "starting" in texts(app)
    again = open_page(f"run={run.path.name}")
    assert "starting" in texts(again)
    assert "starting" not in texts(open_page())  # another visitor


def test_one_run_at_a_time(folder):
    app = press(open_page(), "start-run")
    app = press(app, "start-run")
    assert "One run at a time" in texts(app) and len(all_runs(folder)) == 1


def test_a_finished_run_shows_its_curves_words_and_verdict(folder):
    app = open_page(f"run={shown_run(folder).path.name}")
    said = texts(app)
    assert "Finished." in said and "2.0 of 2" in said and "Is z still in use?" in said
    assert "after epoch 2" in said
    assert len(charts(app)) == 4  # two columns of curves, one of z, and the schedules of the next run
    assert app.button(key="pause").disabled and app.button(key="stop").disabled
    assert not app.button(key="reset").disabled
    assert "epoch 2.0, reconstruction" in charts(app)[0].proto.alt


def test_two_runs_share_the_axes(folder):
    app = open_page()
    seen(app.selectbox(key="against").set_value("gru").run())
    press(app, "start-run")
    runs = all_runs(folder)
    assert {run.config().model.cell for run in runs} == {"lstm", "gru"}
    assert "Quick look, against a GRU" in texts(app)
    pair = create_job(folder, [TINY, replace(TINY, seed=1)], "Two")
    for run in pair:
        list(train_in_folder(run))
    app = open_page(f"run={pair[1].path.name}")
    names = {trace["name"] for trace in json.loads(charts(app)[0].proto.spec)["data"] if "name" in trace}
    assert names == {"A: Two", "B: Two"}
    assert app.segmented_control(key="looked-at").value == "A"


def test_an_earlier_run_is_laid_under_a_new_one(folder):
    app = open_page(f"run={shown_run(folder).path.name}")
    press(app, "reset")
    assert "run" not in app.query_params
    press(app, "start-run")
    [earlier] = app.multiselect(key="under").options
    [first] = [run for run in all_runs(folder) if run.history()]
    assert "A tiny run" in earlier
    seen(app.multiselect(key="under").set_value([first.path.name]).run())
    names = {trace["name"] for trace in json.loads(charts(app)[0].proto.spec)["data"] if "name" in trace}
    assert len(names) == 1 and "A tiny run" in names.pop()


def test_a_queued_run_says_its_place_and_can_leave(folder):
    for _ in range(2):
        [other] = create_job(folder, [TINY], "other")
        other.set_status("starting")
    app = press(open_page(), "start-run")
    assert "Number 1 in the queue" in texts(app)
    press(app, "stop")
    assert queue(folder) == [] and "Stopped." in texts(app)


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("running", "", "The process that trained this run is gone"),
        ("failed", "The disk is full: make room, then resume.", "It failed. The disk is full"),
        ("stopped", "Nobody was watching any more.", "Stopped. Nobody was watching any more."),
    ],
)
def test_a_run_that_ended_badly_says_so_and_can_be_resumed(folder, status, reason, sentence):
    run = shown_run(folder, status, reason, epochs=4)
    app = open_page(f"run={run.path.name}")
    assert sentence in texts(app) and "up to epoch 2" in texts(app)
    press(app, "resume")
    assert run.status() == "starting"
    run.set_status("queued")
    list(train_in_folder(run))
    assert "Finished." in texts(seen(app.run()))


def test_a_paused_run_waits_for_its_button(folder, monkeypatch):
    monkeypatch.setattr("pages._train_actions.SETTLE_SECONDS", 0)
    run = shown_run(folder, "paused", epochs=4)
    run.steering.ask(replace(run.steering.asked(), pause=True))
    with run.locked():
        app = open_page(f"run={run.path.name}")
        assert "Paused between two steps." in texts(app)
        press(app, "step")
        assert run.steering.asked().pause_at == 3 and not run.steering.asked().pause
        press(app, "resume")
        assert run.steering.asked().pause_at is None


def test_a_knob_is_taken_over_moved_and_given_back(folder):
    run = shown_run(folder, "running", epochs=4)
    with run.locked():
        app = open_page(f"run={run.path.name}")
        toggle = next(toggle for toggle in app.toggle if toggle.label == "KL weight by hand")
        seen(toggle.set_value(True).run())
        beta = run.steps()[-1].beta
        assert run.steering.asked().hand == Hand(beta=round(beta, 2))
        slider = next(slider for slider in app.slider if slider.label == "KL weight" and not slider.disabled)
        seen(slider.set_value(1.25).run())
        assert run.steering.asked().hand == Hand(beta=1.25)
        toggle = next(toggle for toggle in app.toggle if toggle.label == "KL weight by hand")
        seen(toggle.set_value(False).run())
        assert run.steering.asked().hand == Hand()


def test_a_guided_experiment_sets_the_knobs_of_both_runs(folder):
    app = open_page("lesson=Teacher forcing 1 against 0")
    press(app, "set-knobs")
    assert "Set for “Teacher forcing 1 against 0”." in texts(app)
    press(app, "start-run")
    assert {run.config().teacher_forcing.start for run in all_runs(folder)} == {0.0, 1.0}


def test_the_german_sample_is_one_click(folder):
    app = open_page()
    seen(app.segmented_control(key="data").set_value("sample_german").run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config().data == "sample_german"


@pytest.mark.parametrize("link", ["no-such-run-no-such-run", "../../etc", "x"])
def test_a_link_to_nothing_is_a_sentence(folder, link):
    app = open_page(f"run={link}")
    assert "There is no run under this link" in texts(app)
    assert app.button(key="start-run")


def test_where_training_is_off_the_page_says_so(folder, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    app = open_page()
    assert "Training is switched off here" in texts(app) and not app.button


def test_the_model_of_a_run_is_used_on_the_other_pages(folder):
    run = shown_run(folder)
    for page in ("convert", "sample", "latent"):
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
        app.query_params["run"] = run.path.name
        app.switch_page(f"pages/{page}.py").run()
        picker = seen(app).selectbox(key="checkpoint")
        name = next(option for option in picker.options if option.startswith("A tiny run"))
        seen(picker.set_value(name).run())
        assert "8 verbs" in texts(app)
    other = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60).switch_page("pages/convert.py").run()
    assert not any(option.startswith("A tiny run") for option in other.selectbox(key="checkpoint").options)


def test_the_runs_of_a_visitor_are_on_the_curves_page(folder):
    run = shown_run(folder)
    app = open_page(f"run={run.path.name}")
    assert app.session_state["my_runs"] == [str(run.path)]
    seen(app.switch_page("pages/curves.py").run())
