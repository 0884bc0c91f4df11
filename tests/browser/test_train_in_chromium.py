"""The training page in a real browser, with real processes that train."""

import os
import re
import signal
import zipfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from playwright.sync_api import Page, expect

from cvae.runs.queue import create_job
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.runs.steering import ManualKnobs, Steering
from cvae.training.records import StepRecord
from tests import processes
from tests.browser.downloads import keep
from tests.browser.server import LONG, SETTINGS, choose, settle
from tests.pages.train_page import TINY

SMALL = f"{SETTINGS}&batch_size=16&verbs=20"
wait_until = partial(processes.wait_until, pause=0.1)


def start(page: Page, query: str, runs: Path) -> Path:
    """Start what a link describes: the folder of the run."""
    page.goto(f"/train?{query}")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page).to_have_url(re.compile(r"run=[\w-]{20,}"))
    folder = runs / re.search(r"run=([\w-]+)", page.url)[1]
    config, asked = Run(folder).config(), dict(part.split("=") for part in query.split("&"))
    assert asked["epochs"] == str(config.epochs) and asked["batch_size"] == str(config.batch_size)  # it offers them
    return folder


def points(run: Path) -> list[StepRecord]:
    return Run(run).steps()


def drawn(page: Page) -> str:
    """The path of the first curve."""
    return page.locator(".st-key-live-losses .scatterlayer path.js-line").first.get_attribute("d") or ""


def test_a_run_is_started_steered_found_again_stopped_kept_and_used(page, runs, tmp_path):
    page.set_viewport_size({"width": 1440, "height": 900})
    run = start(page, LONG, runs)
    expect(page.locator(".st-key-live-losses .scatterlayer path.js-line").first).to_be_attached()
    first = drawn(page)
    wait_until(lambda: drawn(page) != first)  # the curve grows
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    for part in (".measures", ".st-key-verdict", ".st-key-live-losses", ".st-key-run-words"):
        # what a rerun takes away, Streamlit keeps for a moment, hidden
        box = page.locator(part).locator("visible=true").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 900, part

    page.get_by_role("button", name="0.4", exact=True).click()
    wait_until(lambda: Steering(run).changes()[-1:] and Steering(run).changes()[-1][1] == ManualKnobs(beta=0.4))
    slider = page.get_by_role("slider", name="KL weight")
    slider.press("ArrowRight")
    wait_until(lambda: points(run)[-1].beta == 0.5)  # the schedule bends
    page.get_by_role("button", name="Give KL weight back to its schedule").click()
    wait_until(lambda: points(run)[-1].beta == 0.1)
    expect(page.get_by_role("button", name="KL weight is on schedule")).to_be_disabled()
    rate, told = page.get_by_role("slider", name="Learning rate"), page.locator("fieldset.learning_rate output")
    for event in ("pointerdown", "pointerup"):  # pressed, but not moved: it goes on with its schedule
        rate.dispatch_event(event)
    expect(told).not_to_have_text(told.inner_text())
    assert [knobs.beta for _, knobs in Steering(run).changes()] == [0.4, 0.5, None]  # and nobody else has touched it

    page.reload()
    expect(slider).to_be_visible()
    before = len(points(run))
    wait_until(lambda: len(points(run)) > before)  # the run was not lost
    wait_until((run / "model.safetensors").is_file)  # after its first epoch
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_text("Paused between two steps.")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Stopped\."))).to_be_visible()
    files = {"config.json", "history.csv", "steering.jsonl", "figure.html", "model.safetensors", "README.txt"}
    with zipfile.ZipFile(keep(page, "Download the run", tmp_path)) as archive:
        assert files <= set(archive.namelist())

    page.get_by_role("link", name="Use it on Convert").click()
    expect(page.get_by_role("heading", name="Convert")).to_be_visible()
    expect(page.get_by_text("400 verbs")).to_be_visible()
    page.get_by_role("textbox", name="Verb").fill("walk")
    expect(page.get_by_text("p(tense | word)").or_(page.locator(".forms .word")).first).to_be_visible()
    expect(page).to_have_url(re.compile("checkpoint=Quick"))
    assert run.name not in page.url  # the key to the run


def test_the_lesson_of_the_rescue_is_done_from_home_to_its_conclusion_without_scrolling(page, runs):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto("/")
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Train").click()
    page.get_by_text("Collapse it, then save it").click()
    expect(page.get_by_text("What becomes of z")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Start", exact=True).click()
    steps = page.locator(".ticks li")
    expect(steps.nth(1)).to_have_class("done")  # collapsed
    page.get_by_role("button", name="0.05", exact=True).click()
    for step in range(2, 7):
        expect(steps.nth(step)).to_have_class("done", timeout=10 * processes.PATIENCE * 1000)
    conclusion = page.locator(".st-key-cockpit .numbers")
    expect(conclusion).to_contain_text("Active units")
    box = conclusion.bounding_box()
    assert box["y"] + box["height"] <= 900
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0


def test_start_shows_the_cockpit_from_its_top(page, runs):
    page.set_viewport_size({"width": 1280, "height": 600})
    page.goto(f"/train?epochs=2&{SMALL}")
    start_button = page.get_by_role("button", name="Start", exact=True)
    settle(page)
    main = page.get_by_test_id("stMain")
    assert main.evaluate("main => { main.scrollTo(0, main.scrollHeight); return main.scrollTop }") > 0
    start_button.evaluate("button => button.click()")
    expect(page.locator(".st-key-cockpit")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    assert main.evaluate("main => main.scrollTop") == 0


def test_a_killed_worker_is_said_and_the_run_is_resumed(page, runs):
    run = start(page, f"epochs=30&{SETTINGS}&batch_size=8&verbs=60", runs)
    wait_until(lambda: len(points(run)) > 30)
    for process in processes.holders(run / ".lock"):
        os.kill(process, signal.SIGKILL)
    expect(page.get_by_text("The process that trained this run is gone")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    assert len((run / "history.jsonl").read_text().splitlines()) == 30


def test_a_table_of_ones_own_is_checked_trained_on_and_spoken(page, runs, tmp_path):
    table = tmp_path / "verbs.csv"
    table.write_text(
        "infinitif,imparfait\nêtre,était\navoir,avait\naller,allait\nfaire,faisait\nvenir\nparler,parlait\n"
    )
    page.goto(f"/train?epochs=3&data=my+own+table&{SMALL}")
    page.get_by_role("tab", name="Data").click()
    page.get_by_role("tabpanel", name="Data").locator("input[type=file]").set_input_files(table)
    expect(page.get_by_text("5 rows in 2 columns")).to_be_visible()
    expect(page.get_by_text("Rows left out: 1")).to_be_visible()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    expect(page.get_by_role("columnheader", name="imparfait").first).to_be_visible()
    page.get_by_role("link", name="Use it on Sample").click()
    expect(page.get_by_text("Gaussian score", exact=True).first).to_be_visible()


def test_a_kept_run_is_brought_back_by_another_visitor(page, visitor, runs, tmp_path):
    run = start(page, f"epochs=2&{SMALL}", runs)
    expect(page.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    file = keep(page, "Download the run", tmp_path)
    other = visitor()
    other.goto("/train")
    expect(other.get_by_text("Bring a run or a model back")).to_be_visible()
    expect(other.get_by_text("Your runs")).to_have_count(0)
    other.get_by_text("Bring a run or a model back").click()
    other.locator(".st-key-bring-back input[type=file]").set_input_files(file)
    expect(other.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    expect(other).not_to_have_url(re.compile(run.name))


def test_of_two_runs_that_have_ended_the_figures_of_z_are_those_of_the_chosen_one(page, runs):
    pair = create_job(runs, [TINY, replace(TINY, evaluate_every=2)], "Two", names=("scored", "not yet"))
    for run in pair:
        records = train_in_folder(run)
        next(records)
        records.close()
    page.goto(f"/train?run={pair[0].path.name}")
    tiles = page.locator('[class*="st-key-z-KL"] .heatmaplayer image')
    expect(tiles).to_have_count(1)
    choose(page.locator(".st-key-looked-at"), "B")
    expect(tiles).to_have_count(0)


def test_the_page_fits_a_phone(page, runs):
    page.set_viewport_size({"width": 390, "height": 844})
    start(page, f"epochs=2&{SMALL}", runs)
    expect(page.get_by_text(re.compile(r"^Finished\."))).to_be_visible()
    words = page.locator(".st-key-run-words .said").first
    bottom = words.evaluate("words => words.getBoundingClientRect().bottom")
    assert bottom <= 2 * 844, "sliders, verdict, curve and words are on two screens"
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
