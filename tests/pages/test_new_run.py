"""The button New run: the next run begins with the settings of the one that was shown."""

from dataclasses import replace

import pytest

from cvae.core.config import KLSchedule, TrainConfig
from cvae.data.paradigms import OWN
from cvae.runs.queue import all_runs, create_job, title
from pages.train.lessons import LESSONS
from pages.train.presets import PRESETS
from tests.conftest import FOUR_VERBS
from tests.pages.train_page import TINY, open_page, press, seen, texts

EXTREME = replace(
    TINY, kl=KLSchedule("cyclical", 10, cycles=50), verbs=2, epochs=300, letter_dropout=0.95, free_bits=7, seed=3
)


def new_run(folder, config, called="A run"):
    """The page after a visitor has opened the link of a run and pressed New run."""
    [run] = create_job(folder, [config], called)
    run.set_status("stopped")
    return press(open_page(f"run={run.path.name}"), "new-run"), run


def the_other(folder, shown):
    """The one run beside the one that was shown."""
    [other] = [run for run in all_runs(folder) if run.path != shown.path]
    return other


@pytest.mark.parametrize(
    "config",
    [TrainConfig(), EXTREME, replace(TINY, data="large", tense_dropout=0.5, evaluate_every=2)],
    ids=["the classroom's", "beyond the sliders", "of another list"],
)
def test_a_new_run_is_set_as_the_one_that_was_shown(folder, config):
    app, shown = new_run(folder, config)
    press(app, "start-run")
    run = the_other(folder, shown)
    assert run.config() == config and title(run) == "A run"


@pytest.mark.parametrize(
    ("called", "next_one"),
    [("Quick look, changed", "Quick look, changed"), ("Quick look, against a GRU", "Quick look, changed")],
)
def test_the_title_of_a_new_run_says_once_that_it_was_changed(folder, called, next_one):
    app, shown = new_run(folder, TINY, called)
    seen(app.select_slider(key="model.hidden").set_value(32).run())
    press(app, "start-run")
    run = the_other(folder, shown)
    assert title(run) == next_one


@pytest.mark.parametrize(
    ("pills", "chosen", "config"),
    [("preset", "minute", PRESETS["minute"].config), ("lesson", "handful", LESSONS["handful"].configs[0])],
)
def test_what_is_chosen_next_takes_the_place_of_the_settings_of_the_run(folder, pills, chosen, config):
    app, shown = new_run(folder, TrainConfig())
    assert "The settings of the run that was shown." in texts(app) and app.pills(key="preset").value is None
    seen(app.pills(key=pills).set_value(chosen).run())
    press(app, "start-run")
    run = the_other(folder, shown)
    assert run.config() == config


def test_the_new_run_of_a_guided_experiment_is_one_of_it(folder):
    app, _ = new_run(folder, TINY, "Exposure bias, changed")
    assert app.pills(key="lesson").value == "forcing" and app.selectbox(key="against").value == "lesson"


@pytest.mark.parametrize("most", [10, 300])
def test_epochs_can_be_chosen_up_to_the_limit_and_a_table_that_suits_more_is_a_sentence(folder, monkeypatch, most):
    monkeypatch.setenv("TENSE_LAB_EPOCHS", str(most))
    app = open_page()
    assert app.slider(key="epochs").max == max(most, PRESETS["quick"].config.epochs)
    seen(app.segmented_control(key="data").set_value(OWN).run())
    seen(app.file_uploader(key="table").upload("four.txt", FOUR_VERBS.encode(), "text/plain").run())
    assert app.slider(key="epochs").max == max(most, app.slider(key="epochs").value)
    press(app, "start-run")
    assert ("epochs is limited to 10 here" in texts(app)) == (most == 10)


def test_a_new_run_is_trained_on_the_table_of_the_one_that_was_shown(folder):
    [run] = create_job(folder, [TINY], "A table", data=FOUR_VERBS)
    run.set_status("stopped")
    app = seen(open_page().segmented_control(key="data").set_value(OWN).run())
    seen(app.file_uploader(key="table").upload("two.txt", b"walk walks walking walked", "text/plain").run())
    app.query_params["run"] = run.path.name
    press(seen(app.run()), "new-run")
    press(app, "start-run")
    again = the_other(folder, run)
    assert (again.path / OWN).read_text() == (run.path / OWN).read_text()


def test_a_new_run_whose_table_is_gone_asks_for_one(folder):
    [run] = create_job(folder, [TINY], "A table", data=FOUR_VERBS)
    run.set_status("stopped")
    app = open_page(f"run={run.path.name}")
    (run.path / OWN).unlink()
    press(app, "new-run")
    assert app.button(key="start-run").disabled and "Upload a table first, under Data." in texts(app)


def test_a_reload_or_a_link_begins_with_the_same_settings_and_does_not_lead_to_the_run(folder):
    config = replace(TINY, data="large", tense_dropout=0.5, evaluate_every=2)
    app, shown = new_run(folder, config)
    link = app.query_params["like"]
    assert shown.path.name not in link and "run" not in app.query_params
    again = open_page(f"like={link}&kl.maximum=0.05")
    assert again.pills(key="preset").value is None
    press(again, "start-run")
    run = the_other(folder, shown)
    assert run.config() == config.changed({"kl.maximum": 0.05}) and title(run) == "A run, changed"
    assert "like" not in again.query_params
    seen(app.pills(key="preset").set_value("minute").run())
    assert "like" not in app.query_params
    assert open_page("like=of-a-run-that-is-gone").pills(key="preset").value == "quick"


def test_a_single_run_of_a_guided_experiment_with_two_is_in_the_link(folder):
    [usual] = [box for box in open_page("lesson=Exposure bias").selectbox if box.key == "against"]
    assert usual.options[usual.proto.default] == "second run: free"  # any other is in the address
