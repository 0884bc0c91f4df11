"""The training page with runs: how they stand, what is drawn of them, and what their buttons do."""

import json
import re
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
import streamlit as st

from cvae.core.config import KLSchedule, LearningRateSchedule
from cvae.core.errors import BadRun
from cvae.data.dataset import load_training_data
from cvae.data.paradigms import OWN
from cvae.data.vocabulary import Vocabulary
from cvae.runs import workers
from cvae.runs.queue import all_runs, create_job, model_key, queue
from cvae.runs.queue import name as run_name
from cvae.runs.room import ANYBODY, visitor_of
from cvae.runs.session import train_in_folder
from cvae.runs.steering import ManualKnobs
from cvae.training.collapse import judge
from pages.shared import visitor
from pages.shared.messages import plain
from pages.train import collapse, live, steering, tables
from tests.app import visit
from tests.conftest import FOUR_VERBS
from tests.pages.train_page import TINY, charts, names_in, open_page, press, seen, shown_run, texts


def test_a_started_run_is_in_the_link_and_found_again(folder):
    app = press(open_page(), "start-run")
    [run] = all_runs(folder)
    assert app.query_params["run"] in (run.path.name, [run.path.name])
    assert "starting" in texts(app)
    again = open_page(f"run={run.path.name}")
    assert "starting" in texts(again)
    assert "starting" not in texts(open_page())  # another visitor


@pytest.mark.parametrize("cookies", [{}, {visitor.COOKIE: "of a browser"}])
def test_who_brings_no_cookie_is_anybody(folder, monkeypatch, cookies):
    monkeypatch.setattr(type(st.context), "cookies", cookies)
    press(open_page(), "start-run")
    [run] = all_runs(folder)
    assert (visitor_of(run) == ANYBODY) == (not cookies) and visitor_of(run)


def test_a_finished_run_shows_its_curves_words_and_verdict(folder):
    app = open_page(f"run={shown_run(folder).path.name}")
    said = texts(app)
    assert "Finished." in said and "2.0 of 2" in said and "z is" in said
    assert "after epoch 2" in said
    assert re.findall('data-title="([^"]*nats)"', said) == ["reconstruction, nats", "KL, nats"]  # for phones
    assert len(charts(app)) == 3  # losses, scores, and what z holds
    assert app.button(key="pause").disabled and app.button(key="step").disabled
    assert not app.button(key="new-run").disabled
    assert "epoch 2.0, reconstruction" in charts(app)[0].proto.alt


@pytest.mark.parametrize(
    "settings", [{}, {"verbs": 100}, {"verbs": 100, "heldout": 0.1}, {"verbs": 100, "invented": 1}]
)
def test_the_verbs_that_are_marked_are_those_of_the_training(folder, settings):
    config = replace(TINY, data="train", **{"verbs": 0} | settings)
    [run] = create_job(folder, [config], "marked")
    data = load_training_data(config)
    assert live._truth_of(run)[:2] == (data.paradigms.rows, data.heldout)


def test_the_verdict_is_on_as_many_verbs_as_are_trained_on(folder, monkeypatch):
    counts = []
    monkeypatch.setattr(collapse, "judge", lambda history, verbs: counts.append(verbs) or judge(history, verbs))
    [run] = create_job(folder, [replace(TINY, verbs=0, epochs=1)], "Four verbs", data=FOUR_VERBS)
    list(train_in_folder(run))
    open_page(f"run={run.path.name}")
    assert set(counts) == {4}
    live._truth.clear()
    (run.path / OWN).unlink()
    app = open_page(f"run={run.path.name}")
    assert set(counts) == {4, 100} and charts(app)


def test_two_runs_share_the_axes(folder):
    app = open_page()
    seen(app.selectbox(key="against").set_value("gru").run())
    press(app, "start-run")
    runs = all_runs(folder)
    assert {run.config().model.cell for run in runs} == {"lstm", "gru"}
    assert "Quick look, against a GRU" in texts(app)
    assert sorted(run_name(run) for run in runs) == ["a GRU", "as set"]
    pair = create_job(folder, [TINY, replace(TINY, seed=1)], "Two", names=("one", "other"))
    for run in pair:
        list(train_in_folder(run))
    app = open_page(f"run={pair[1].path.name}")
    assert names_in(charts(app)[0]) == {"A: one", "B: other"}
    assert app.segmented_control(key="looked-at").value == "A"


def test_an_earlier_run_is_laid_under_a_new_one(folder):
    app = open_page(f"run={shown_run(folder).path.name}")
    press(app, "new-run")
    assert "run" not in app.query_params
    assert app.select_slider(key="model.hidden").value == 16  # set as for the run that was shown
    press(app, "start-run")
    [earlier] = app.multiselect(key="under").options
    [first] = [run for run in all_runs(folder) if run.history()]
    assert "A tiny run" in earlier
    seen(app.multiselect(key="under").set_value([first.path.name]).run())
    [name] = names_in(charts(app)[0])
    assert "A tiny run" in name


def test_a_queued_run_says_its_place_and_can_leave(folder):
    workers.submit([TINY, TINY], "other")
    app = press(open_page(), "start-run")
    assert "Number 1 in the queue" in texts(app)
    elsewhere = app.switch_page("pages/convert/convert.py").run()
    assert "waiting" in elsewhere.sidebar.get("progress")[0].proto.text
    seen(app.switch_page("pages/train/train.py").run())
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


def test_a_run_that_has_not_finished_an_epoch_starts_over(folder):
    [run] = create_job(folder, [TINY], "A run")
    run.set_status("stopped")
    assert "No epoch was finished yet; Resume starts over." in texts(open_page(f"run={run.path.name}"))


def test_a_damaged_run_is_a_sentence_above_all_that_is_there_without_it(folder):
    good, damaged = shown_run(folder), shown_run(folder)
    damaged.history_path.write_text('{"epoch": 1}\n')
    app = open_page(f"run={good.path.name}")
    app.query_params["run"] = damaged.path.name
    seen(app.run())
    assert "Line 1 of history.jsonl has no" in texts(app) and app.file_uploader(key="brought")
    assert "damaged" in app.button(key=f"open-{damaged.path.name}").label
    press(app, "start-run")
    assert "history.jsonl" not in texts(app) and damaged.path.name not in app.query_params["run"]


@pytest.mark.parametrize("knobs", ["{}", "{"])
def test_a_damaged_run_that_trains_is_stopped_in_the_list_of_runs(folder, knobs):
    run = shown_run(folder, "running", epochs=4)
    run.history_path.write_text('{"epoch": 1}\n')
    run.steering.control_path.write_text(knobs)
    with run.locked():
        app = press(open_page(f"run={run.path.name}"), "start-run")
        assert "first stop the one that is active, in the list of your runs" in texts(app)
        assert not press(app, f"stop-{run.path.name}").toast
        assert run.steering.asked().stop
    run.set_status("stopped")
    app = seen(app.run())
    assert f"stop-{run.path.name}" not in [button.key for button in app.button]
    press(app, "start-run")
    assert len(all_runs(folder)) == 2


def test_who_watches_another_visitors_run_leaves_it_and_starts_one_without_stopping_it(folder):
    [run] = create_job(folder, [TINY], "Another visitor's", visitor="another")
    app = open_page(f"run={run.path.name}")
    assert app.button(key="stop")
    press(press(app, "new-run"), "start-run")
    assert [each.status() for each in all_runs(folder)].count("stopped") == 0 and len(all_runs(folder)) == 2
    assert "new-run" not in [button.key for button in app.button]  # one's own is stopped first


def test_knobs_that_can_not_be_read_take_nothing_else_of_the_page_with_them(folder):
    run = shown_run(folder)
    run.steering.control_path.write_text("{")
    app = open_page(f"run={run.path.name}")
    assert "control.json is not JSON." in texts(app) and "Finished." in texts(app) and len(charts(app)) == 3
    assert app.button(key="new-run") and app.file_uploader(key="brought")


def test_what_a_button_can_not_do_is_said_as_it_is(folder, monkeypatch):
    def fail(run):
        raise BadRun("![p](http://example.org/p.png)")

    app = open_page(f"run={shown_run(folder).path.name}")
    monkeypatch.setattr(steering, "leave", fail)
    [said] = press(app, "new-run").toast
    assert said.value == plain("![p](http://example.org/p.png)")


def test_a_paused_run_waits_for_its_button(folder):
    run = shown_run(folder, "paused", epochs=4)
    run.steering.ask(replace(run.steering.asked(), pause=True))
    with run.locked():
        app = open_page(f"run={run.path.name}")
        assert "Paused between two steps." in texts(app)
        press(app, "step")
        assert run.steering.asked().pause_at == 3 and not run.steering.asked().pause
        press(app, "resume")
        assert run.steering.asked().pause_at is None


def test_a_knob_is_taken_over_for_all_runs_and_given_back(folder):
    runs = [shown_run(folder, "running", epochs=4) for _ in range(2)]
    steering.turn(runs, "beta", 0.05)
    steering.turn(runs, "teacher_forcing", 0.5)
    steering.turn(runs[:1], "beta", None)
    assert [run.steering.asked().hand for run in runs] == [
        ManualKnobs(teacher_forcing=0.5), ManualKnobs(beta=0.05, teacher_forcing=0.5)
    ]  # fmt: skip


def test_the_knobs_of_a_run_that_waits_show_its_settings(folder):
    config = replace(TINY, kl=KLSchedule("constant", maximum=0.4), learning_rate=LearningRateSchedule("constant", 2e-3))
    [run] = create_job(folder, [config], "It waits")
    app = open_page(f"run={run.path.name}")
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    [knobs] = [data["knobs"] for data in sent if "knobs" in data]
    assert {name: knob["now"] for name, knob in knobs.items()} == {
        "beta": 0.4, "teacher_forcing": 1.0, "learning_rate": 2e-3
    }  # fmt: skip


@pytest.mark.parametrize("knob", steering.KNOBS, ids=lambda knob: knob.name)
def test_the_slider_of_a_knob_shows_the_nearest_of_its_values(knob):
    assert all(steering.nearest(knob.values, value) == value for value in knob.values)
    assert steering.nearest(knob.values, knob.values[-1] * 2) == knob.values[-1]
    assert set(knob.clicks) <= set(knob.values)


def test_right_and_wrong_forms_are_told_apart_by_signs_and_words(folder):
    rows = [("go", "goes", "going", "went")]
    record = replace(shown_run(folder).history()[-1], conversions=(("go", "go", "gos", "going", "went"),))
    html = tables.conversions([record], Vocabulary(), rows, ())
    assert html.count('aria-label="right"') == 3
    assert html.count('aria-label="wrong"') == 1 and 'title="goes"' in html


def test_the_model_of_a_run_is_used_on_other_pages_whose_links_do_not_lead_to_the_run(folder):
    run = shown_run(folder)
    key = model_key(run.path.name)
    for page in ("convert", "sample", "latent"):
        for link in (key, run.path.name):  # as in older links
            app = visit(page, run=link)
            picker = app.selectbox(key="checkpoint")
            name = next(option for option in picker.options if option.startswith("A tiny run"))
            seen(picker.set_value(name).run())
            assert "8 verbs" in texts(app)
            assert app.query_params["run"] == key
    assert "There is no run under this link" in texts(visit("train", run=key))
    other = visit("convert")
    assert not any(option.startswith("A tiny run") for option in other.selectbox(key="checkpoint").options)


def test_links_between_pages_keep_the_model_of_a_run(folder):
    key = model_key(shown_run(folder).path.name)
    start = visit("convert", word="walk", run=key)
    [name] = [option for option in start.selectbox(key="checkpoint").options if option.startswith("A tiny run")]
    for page, link in (
        ("convert", {"word": "walk"}),
        ("theory", {"section": "One word"}),
        ("inside", {}),
        ("home", {}),
    ):
        model = {"model": name} if page == "home" else {"checkpoint": name}
        links = [parse_qs(each.proto.query_string) for each in visit(page, run=key, **link, **model).get("page_link")]
        assert any({"checkpoint": [name], "run": [key]}.items() <= each.items() for each in links), page


def test_the_runs_of_a_visitor_are_on_the_curves_page(folder):
    run = shown_run(folder)
    app = open_page(f"run={run.path.name}")
    seen(app.switch_page("pages/curves/curves.py").run())
    assert app.multiselect(key="own").value == [f"yours: A tiny run · {run.short_id}"]


def test_a_run_whose_id_has_two_underscores_in_a_row_is_shown(folder, monkeypatch):
    monkeypatch.setattr("cvae.runs.queue.secrets.token_urlsafe", lambda size: "a__b" * 5)
    run = shown_run(folder)
    assert "A tiny run" in texts(open_page(f"run={run.path.name}"))
