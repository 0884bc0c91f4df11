"""What is drawn and said of runs on the training page while they train, or after they ended badly."""

import os
import time
from dataclasses import replace

import pytest

from cvae.core.files import keep_lines
from cvae.runs.queue import SILENT_SECONDS, create_job, title
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.training.records import EpochRecord
from pages.train import keep, my_runs
from tests.app import figures_of, html_of, opened
from tests.conftest import PALETTE
from tests.pages.train_page import TINY, charts, names_in, open_page, seen, shown_run, texts

UNSCORED = replace(TINY, epochs=4, evaluate_every=4)


def begun(folder, called, config=UNSCORED) -> Run:
    """A run with its first points."""
    [run] = create_job(folder, [config], called)
    train_on(run)
    return run


def train_on(run) -> None:
    """Train one epoch more."""
    records = train_in_folder(run)
    next(records)
    records.close()


def test_before_the_first_scores_each_run_has_its_own_figures(folder):
    for run in [begun(folder, "One run"), begun(folder, "Another")]:
        app = open_page(f"run={run.path.name}")
        assert [names_in(chart) for chart in charts(app)[:2]] == [{title(run)}] * 2


def test_each_new_point_is_drawn_in_every_figure_that_shows_its_run(folder):
    run, laid_under = begun(folder, "A run"), begun(folder, "Laid under")
    app = open_page(f"run={laid_under.path.name}")
    app.query_params["run"] = run.path.name
    seen(app.run())
    seen(app.multiselect(key="under").set_value([laid_under.path.name]).run())
    before = [chart.proto.spec for chart in charts(app)[:2]]
    train_on(laid_under)
    seen(app.run())
    assert all(old != chart.proto.spec for old, chart in zip(before, charts(app)[:2], strict=True))


def test_of_two_runs_the_second_may_be_scored_first(folder):
    late, soon = create_job(folder, [UNSCORED, TINY], "Exposure bias", names=("forced", "free"))
    train_on(late)
    train_on(soon)
    app = open_page(f"run={late.path.name}")
    assert app.selectbox(key="decoded-verb").value and len(charts(app)) == 3


@pytest.mark.parametrize(
    ("data", "label"), [(None, "Simple past of"), ("# tenses: du, er *ist*\na b\n", r"Er \*ist\* of")]
)
def test_the_decoded_form_has_the_name_of_the_last_column(folder, data, label):
    [run] = create_job(folder, [TINY], "Exposure bias", data)
    train_on(run)
    app = open_page(f"run={run.path.name}")
    assert app.selectbox(key="decoded-verb").label == label
    assert ">true letters</th>" in html_of(app)  # of one run, no name before it


@pytest.mark.parametrize("status", ["starting", "running", "paused"])
def test_of_a_run_that_does_not_answer_the_page_says_what_to_do(folder, status):
    run = begun(folder, "A run")
    run.set_status(status)
    with run.locked():
        past = time.time() - SILENT_SECONDS - 1
        os.utime(run.beat_path, (past, past))
        assert "Its process does not answer: wait, or press Stop, which ends it." in texts(
            open_page(f"run={run.path.name}")
        )


@pytest.mark.parametrize(("status", "measures"), [("running", True), ("paused", False), ("stopped", False)])
def test_only_a_run_that_trains_is_measured_and_has_time_left(folder, status, measures):
    run = begun(folder, "A run", replace(TINY, epochs=9))
    for _ in range(3):
        train_on(run)
    keep_lines(run.history_path, EpochRecord, lambda record: record.epoch < 4)
    run.set_status(status)
    with run.locked():
        assert (" · measuring · " in texts(open_page(f"run={run.path.name}"))) == measures


def test_the_figures_of_every_epoch_are_those_of_both_runs_by_name(folder):
    pair = create_job(folder, [TINY, replace(TINY, seed=1)], "Two", names=("one", "other"))
    for run in pair:
        train_on(run)
    app = opened(open_page(f"run={pair[0].path.name}"), "epochs")
    tables = [frame.value for frame in app.dataframe]
    assert [list(table["kl"]) for table in tables] == [[run.history()[0].kl] for run in pair]
    assert [each.value for each in app.markdown].count("**B: other**") == 2


def test_the_figure_in_the_zip_is_as_new_as_the_history(folder, monkeypatch):
    monkeypatch.setattr(keep, "stand_alone", lambda figure: figure.to_json())  # without ids drawn at random
    run = begun(folder, "A run")
    [old] = my_runs.look_at([run])
    train_on(run)
    [new] = my_runs.look_at([run])
    assert keep._bundle(old, PALETTE) == keep._bundle(new, PALETTE)


def test_what_z_holds_is_shown_in_three_ways(folder):
    app = open_page(f"run={shown_run(folder).path.name}")
    shown = {charts(app)[-1].proto.alt}
    for view in ("KL by dimension now", "Without z"):
        seen(app.segmented_control(key="z-view").set_value(view).run())
        shown.add(charts(app)[-1].proto.alt)
    assert len(shown) == 3


def test_the_curves_of_a_run_are_drawn_as_they_are_asked_for(folder):
    run = shown_run(folder)
    app = open_page(f"run={run.path.name}")
    lines = len(figures_of(app)[0]["data"])
    seen(app.slider(key="smoothing_live").set_value(0.9).run())
    assert len(figures_of(app)[0]["data"]) > lines  # the raw lines stay
    seen(app.toggle(key="log_live").set_value(True).run())
    assert figures_of(app)[0]["layout"]["yaxis"]["type"] == "log"
    seen(app.slider(key=f"span-{run.path.name}").set_value((1, 2)).run())
    assert figures_of(app)[0]["layout"]["xaxis"]["range"] == [1, 2]
