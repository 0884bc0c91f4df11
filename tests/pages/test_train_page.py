"""The training page before a run, as its visitors meet it, from the router on."""

import re
from dataclasses import replace

import pytest

from cvae.runs.queue import all_runs
from pages.train.lessons import LESSONS
from pages.train.presets import PRESETS
from tests.app import visit
from tests.pages.train_page import charts, open_page, press, seen, texts


def test_before_a_run_there_are_presets_schedules_and_what_there_is_to_train(folder):
    app = open_page()
    assert app.pills(key="preset").value == "quick"
    assert len(charts(app)) == 3  # KL weight, teacher forcing, learning rate
    assert re.search(r"\d+ epochs of \d+ words", texts(app))
    assert [button.label for button in app.button] == ["Start"]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_sets_the_knobs(folder, preset):
    app = open_page()
    seen(app.pills(key="preset").set_value(preset).run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == PRESETS[preset].config


def test_a_changed_knob_is_in_the_config(folder):
    app = open_page()
    seen(app.select_slider(key="kl.maximum").set_value(1.5).run())
    seen(app.select_slider(key="model.hidden").set_value(32).run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == replace(
        PRESETS["quick"].config,
        kl=replace(PRESETS["quick"].config.kl, maximum=1.5),
        model=replace(PRESETS["quick"].config.model, hidden=32),
    )
    assert "Quick look, changed" in texts(app)


def test_one_epoch_is_in_the_singular(folder):
    assert "1 epoch of " in texts(open_page("epochs=1"))


def test_a_link_sets_the_knobs(folder):
    app = open_page("preset=Make it collapse&kl.maximum=0.7")
    assert app.pills(key="preset").value == "collapse"
    assert app.select_slider(key="kl.maximum").value == 0.7
    assert app.segmented_control(key="kl.kind").value == "constant"


def test_the_largest_kl_weight_has_one_name(folder):
    label = open_page().select_slider(key="kl.maximum").label
    assert visit("theory", section="KL annealing").slider(key="kl-maximum").label == f"{label} β"
    assert f"the same {label[0].lower()}{label[1:]}." in LESSONS["schedules"].question


def test_a_weight_that_no_preset_has_is_set_by_a_click_or_a_link(folder):
    app = open_page("kl.maximum=0.123")
    assert app.select_slider(key="kl.maximum").value == 0.123
    seen(app.segmented_control(key="largest").set_value(0.05).run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config().kl.maximum == 0.05


def test_the_clicked_weight_is_the_one_that_is_set(folder):
    app = open_page("kl.maximum=0.4")
    assert app.segmented_control(key="largest").value == 0.4
    seen(app.segmented_control(key="largest").set_value(0.05).run())
    seen(app.pills(key="preset").set_value("collapse").run())
    assert app.segmented_control(key="largest").value == 1.0
    seen(app.segmented_control(key="largest").set_value(None).run())
    assert app.segmented_control(key="largest").value == app.select_slider(key="kl.maximum").value == 1.0
    seen(app.select_slider(key="kl.maximum").set_value(1.5).run())
    assert app.segmented_control(key="largest").value is None


def test_a_visitor_has_one_run_at_a_time(folder):
    app = press(open_page(), "start-run")
    app.session_state["current_run"] = None
    del app.query_params["run"]
    press(seen(app.run()), "start-run")
    assert "One run at a time" in texts(app) and len(all_runs(folder)) == 1


def test_the_settings_of_a_run_are_no_settings_of_other_pages(folder):
    app = open_page()
    seen(app.pills(key="preset").set_value("minute").run())
    seen(app.switch_page("pages/sample/sample.py").run())
    assert len(app.dataframe) == 1
    app.switch_page("pages/theory/theory.py")
    app.query_params["section"] = "KL divergence"
    assert seen(app.run()).select_slider(key="draws").value == 1000


def test_a_preset_sets_the_seed_too(folder):
    app = open_page("seed_of_run=7")
    assert app.number_input(key="seed_of_run").value == 7
    seen(app.pills(key="preset").set_value("minute").run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == PRESETS["minute"].config and "changed" not in texts(app)


@pytest.mark.parametrize("key, chosen", [("preset", "minute"), ("lesson", "forcing")])
def test_a_choice_that_is_taken_back_begins_with_the_first_preset(folder, key, chosen):
    app = open_page()
    seen(app.pills(key=key).set_value(chosen).run())
    seen(app.pills(key=key).set_value(None).run())
    assert app.pills(key="preset").value == "quick"
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == PRESETS["quick"].config and "changed" not in texts(app)


@pytest.mark.parametrize("chosen", ["by a click", "by a link"])
def test_a_guided_experiment_sets_the_knobs_of_both_runs_when_it_is_chosen(folder, chosen):
    app = open_page("" if chosen == "by a click" else "lesson=Exposure bias")
    if chosen == "by a click":
        seen(app.pills(key="lesson").set_value("forcing").run())
    assert app.pills(key="preset").value is None
    press(app, "start-run")
    assert {run.config().teacher_forcing.start for run in all_runs(folder)} == {0.0, 1.0}
    assert "Exposure bias" in texts(app)


def test_a_preset_takes_the_place_of_a_guided_experiment(folder):
    app = open_page("lesson=Exposure bias")
    seen(app.pills(key="preset").set_value("collapse").run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config() == PRESETS["collapse"].config


def test_the_german_sample_is_one_click(folder):
    app = open_page()
    seen(app.segmented_control(key="data").set_value("sample_german").run())
    press(app, "start-run")
    [run] = all_runs(folder)
    assert run.config().data == "sample_german"


def test_a_refused_file_is_read_once_and_its_sentence_stays(folder, monkeypatch):
    spent = []
    monkeypatch.setattr("pages.train.keep.visitor.spend", lambda *what: spent.append(what))
    app = open_page()
    seen(app.file_uploader(key="brought").upload("run.zip", b"PK", "application/zip").run())
    refusal = [error.value for error in app.error]
    seen(app.pills(key="preset").set_value("minute").run())
    assert refusal and [error.value for error in app.error] == refusal and len(spent) == 1
    seen(app.file_uploader(key="brought").upload("run.zip", b"PK", "application/zip").run())
    assert len(spent) == 2


@pytest.mark.parametrize("link", ["no-such-run-no-such-run", "../../etc", "x"])
def test_a_link_to_nothing_is_a_sentence(folder, link):
    app = open_page(f"run={link}")
    assert "There is no run under this link" in texts(app)
    assert app.button(key="start-run")


def test_where_training_is_off_the_page_says_so(folder, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    app = open_page()
    assert "Training is switched off here" in texts(app) and not app.button
