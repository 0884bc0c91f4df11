"""The curves page as its visitors meet it, from the router on."""

import json
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cvae.core.config import KLSchedule, ModelConfig, TrainConfig
from pages.curves.mistakes import said_table
from pages.shared import navigation
from tests.app import captions_of, figures_of, html_of, opened, unopened, visit
from tests.recordings import EPOCHS, records, write_run

SECOND = "second-run-of-a-visitor"
QUESTION = {
    "title": "Raise the *KL* weight?", "question": "Does it help?", "differs": "They say much.",
    "answer": "A little: {cyclical:bleu4} against {constant:bleu4}.",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of recorded runs that the app looks into, and one of the visitors' own runs."""
    monkeypatch.setenv("TENSE_LAB_CURVES", str(tmp_path / "recorded"))
    monkeypatch.setenv("TENSE_LAB_RUNS", str(tmp_path / "own"))
    st.cache_resource.clear()
    return tmp_path / "recorded"


@pytest.fixture
def recorded(folder):
    """Write two experiments: annealing with three seeds of two kinds, and cells with one run each."""
    said = {"heldout_by_kind": {"plain": 0.9, "irregular": 0.1}, "active_units": 4}
    for seed in range(3):
        for kind, level in (("constant", 0.2), ("cyclical", 0.5)):
            talk = [{"conversions": [["go", "go", "goes", "going", past]]} for past in ("goed", "goed", "went")]
            told = [record | (talk[i // 2] if i % 2 else {}) | said for i, record in enumerate(records(level))]
            config = TrainConfig(kl=KLSchedule(kind=kind), seed=seed, epochs=EPOCHS)
            write_run(folder / "annealing" / f"{kind}-seed{seed}", config, told)
    (folder / "annealing" / "experiment.json").write_text(json.dumps(QUESTION))
    for cell in ("lstm", "gru"):
        write_run(folder / "cells" / cell, TrainConfig(model=ModelConfig(cell=cell), epochs=9), records(0.7))
    return folder


def open_page(**query: str | list[str]) -> AppTest:
    """The page as opened by a link, on all panels if no other view is named."""
    return visit("curves", **{"chart": "All panels", **query})


def test_one_bad_run_is_named_and_takes_nothing_with_it(recorded):
    bad = write_run(recorded / "annealing" / "bad", TrainConfig(), records(0.3))
    (bad / "config.json").write_text('{"config": {"seed": null}}')
    odd = write_run(recorded / "cells" / "odd", TrainConfig(), [])
    (odd / "history.jsonl").write_text('{"epoch": 1}\n', encoding="utf-16")
    app = open_page()
    assert "2 runs are left out" in app.warning[0].value and "seed must be of type int" in app.warning[0].value
    assert app.get("plotly_chart")


def test_runs_and_experiments_whose_names_are_not_text_are_named_legibly_and_left_out(recorded):
    write_run(recorded / "cells" / "na\udcffme", TrainConfig(), records(0.3))
    write_run(recorded / "ex\udcffperiment" / "run", TrainConfig(), records(0.3))
    app = open_page()
    [said] = [warning.value for warning in app.warning]
    assert said.startswith("2 runs are left out") and said.count("rename the folder") == 2
    assert "cells/na\ufffdme" in said and "ex\ufffdperiment/run" in said
    assert names(open_page(experiment="cells")) == ["GRU", "LSTM"]


def test_recorded_runs_may_lie_in_a_folder_whose_name_is_not_text(recorded, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_CURVES", str(recorded.rename(recorded.with_name("re\udcffcorded"))))
    assert names(open_page()) == ["constant", "cyclical"]


def summary(app: AppTest):
    return next(frame.value for frame in app.dataframe if "seeds" in frame.value)


def names(app: AppTest) -> list[str]:
    return list(summary(app)["run"])


def test_without_recorded_runs_there_is_the_command_that_records_one(folder):
    app = open_page()
    [message] = app.info
    assert "python -m cvae train --out" in message.value and "TENSE_LAB_CURVES" in message.value
    assert str(folder) not in message.value  # where the server keeps them is nobody's business
    assert not app.multiselect


def test_an_experiment_is_shown_with_its_question_its_answer_and_its_seeds(recorded):
    app = open_page()
    assert app.segmented_control(key="experiment").value == "annealing"
    said = [text.value for text in app.markdown]
    assert "**Does it help?**" in said
    assert "- A little: 0.50 (0.50 to 0.50) against 0.20 (0.20 to 0.20).\n- They say much." in said
    assert names(app) == ["constant", "cyclical"]
    table = summary(app)
    assert list(table["seeds"]) == [3, 3]
    assert list(table["BLEU-4 last"]) == pytest.approx([0.2, 0.5])
    assert html_of(app).count("3 seeds") == 2
    left, right = figures_of(app)
    assert "Reconstruction loss (nats per word)" in [note["text"] for note in left["layout"]["annotations"]]
    assert "classroom report: 0.719" in [note["text"] for note in right["layout"]["annotations"]]


def test_no_model_is_asked_for_on_this_page_and_the_picked_one_is_kept(recorded):
    app = visit("convert")
    app.selectbox(key="checkpoint").set_value("classroom").run()
    app.switch_page("pages/curves/curves.py").run()
    assert "checkpoint" not in [box.key for box in app.selectbox]
    app.switch_page("pages/convert/convert.py").run()
    assert app.selectbox(key="checkpoint").value == "classroom"


def test_a_link_names_the_folder_and_the_address_follows_the_choice(recorded):
    app = open_page(experiment="cells")
    assert names(app) == ["GRU", "LSTM"]
    app.segmented_control(key="experiment").set_value("annealing").run()
    assert app.query_params["experiment"] == "annealing"
    assert names(app) == ["constant", "cyclical"]
    assert open_page(experiment="nonsense").segmented_control(key="experiment").value == "annealing"


def test_a_link_names_the_runs_of_an_experiment_and_what_is_not_there_is_passed_over(recorded):
    assert names(open_page(experiment="annealing", runs=["cyclical", "sideways"])) == ["cyclical"]
    assert names(open_page(experiment="annealing", runs=["sideways"])) == ["constant", "cyclical"]


def test_a_part_of_an_experiment_keeps_its_colour(recorded):
    app = open_page()
    both = html_of(app)
    app.multiselect(key="runs").set_value(["cyclical"]).run()
    assert names(app) == ["cyclical"]
    [colour] = {part.split('"')[0] for part in html_of(app).split('span style="color:')[1:]}
    assert colour == both.split('span style="color:')[2].split('"')[0]


def test_a_link_with_a_number_that_can_not_be_read_keeps_all_its_runs(recorded):
    both = ["constant", "cyclical"]
    app = open_page(experiment="annealing", runs=[*both, ""], smoothing="inf")
    assert app.query_params["runs"] == both and "smoothing" not in app.query_params


def test_runs_of_other_experiments_and_single_runs_are_laid_over(recorded):
    app = open_page()
    app.multiselect(key="more").set_value(["Cells: LSTM", "annealing/cyclical-seed2"]).run()
    assert names(app) == ["constant", "cyclical", "Cells: LSTM", "annealing/cyclical-seed2 (cyclical, seed 2)"]
    app.segmented_control(key="experiment").set_value("none").run()
    assert "annealing/cyclical-seed2 (cyclical, seed 2)" in names(app)
    assert "constant" not in names(app)


def test_nothing_chosen_asks_for_a_choice(recorded):
    app = open_page(experiment="none")
    assert "Choose an experiment" in app.caption[-1].value
    assert not figures_of(app)


def test_each_seed_is_a_line_of_its_own_on_demand(recorded):
    app = open_page()
    app.segmented_control(key="seeds").set_value("each seed").run()
    assert names(app) == [f"{kind} · seed {seed}" for kind in ("constant", "cyclical") for seed in range(3)]
    assert not [trace for trace in figures_of(app)[0]["data"] if trace.get("fill")]


def test_smoothing_axis_log_and_more_panels_change_the_figure(recorded):
    app = open_page(experiment="cells")
    plain = len(figures_of(app)[0]["data"])
    app.slider(key="smoothing").set_value(0.9).run()
    assert len(figures_of(app)[0]["data"]) == plain + 4  # a raw line beside each of two losses of two runs
    app.segmented_control(key="axis").set_value("seconds").run()
    app.toggle(key="log").set_value(True).run()
    layout = figures_of(app)[0]["layout"]
    assert layout["xaxis"]["title"]["text"] == "seconds of training"
    assert layout["yaxis"]["type"] == "log"
    app.button_group(key="panels").set_value(["learning_rate"]).run()
    assert "Learning rate" in [note["text"] for note in figures_of(app)[0]["layout"]["annotations"]]


def test_settings_that_differ_are_named(recorded):
    app = open_page()
    app.multiselect(key="more").set_value(["Cells: GRU"]).run()
    [table] = [frame.value for frame in app.dataframe if "setting" in frame.value and "constant" in frame.value]
    rows = {row["setting"]: row for row in table.to_dict("records")}
    assert set(rows) == {"kl.kind", "model.cell", "epochs"}
    assert rows["model.cell"]["Cells: GRU"] == "gru"


def own_run(folder: Path, run_id: str, *told) -> Path:
    """A run of the app, under the title Mine."""
    path = write_run(folder / "own" / run_id, TrainConfig(), records(*told))
    (path / "job.json").write_text(json.dumps({"queued": 0, "runs": [run_id], "title": "Mine"}))
    return path


def test_runs_of_the_training_page_are_laid_over(recorded, tmp_path):
    first = own_run(tmp_path, "first-run-of-a-visitor", 0.9, 2)
    own_run(tmp_path, SECOND, 0.8)
    app = unopened()
    app.session_state[navigation.RUN_IDS] = [first.name]
    app.query_params["chart"] = "All panels"
    app.switch_page("pages/curves/curves.py").run()
    assert not app.exception
    assert names(app) == ["constant", "cyclical", "yours: Mine · first-"]
    assert list(summary(app)["epochs"]) == [EPOCHS, EPOCHS, 2]
    app.multiselect(key="own").set_value([]).run()
    assert names(app) == ["constant", "cyclical"]


def test_a_link_to_own_runs_opens_them_but_nothing_outside_their_folder(folder, tmp_path):
    own_run(tmp_path, SECOND, 0.8)
    for path in (tmp_path / "own" / "no-run-of-the-app", tmp_path / "secret"):
        write_run(path, TrainConfig(), records(0.8))
    app = open_page(my_runs=f"{SECOND},../secret,no-run-of-the-app,missing,\0,")
    assert names(app) == [f"yours: Mine · {SECOND[:6]}"]  # the id is the key of the run
    assert open_page(my_runs="../secret").info


def test_own_runs_that_are_damaged_or_gone_are_named_without_their_keys(folder, tmp_path):
    for name in ("history.jsonl", "job.json"):
        run_id = f"{name[:3]}-{SECOND}"
        (own_run(tmp_path, run_id, 0.8) / name).write_text("{}\n")
    [said] = [warning.value for warning in open_page(my_runs=f"his-{SECOND},job-{SECOND},gone-{SECOND}").warning]
    assert said.startswith("3 runs are left out") and "Mine · his-se: Line 1 of history.jsonl" in said
    assert "The description of this run is damaged" in said and "There is no run under this link" in said
    assert SECOND not in said


def test_where_no_recorded_run_can_be_read_the_page_says_why(folder):
    (write_run(folder / "cells" / "odd", TrainConfig(), []) / "config.json").write_text("{")
    app = open_page()
    assert "cells/odd: config.json can't be used" in app.warning[0].value and app.info


def test_the_mistakes_are_shown_by_kind_and_by_word(recorded):
    app = open_page(chart="Mistakes")
    titles = [note["text"] for figure in figures_of(app) for note in figure["layout"]["annotations"]]
    assert {"Plain (share right)", "Irregular (share right)"} <= set(titles)
    said = next(frame.value for frame in app.dataframe if "go" in frame.value)
    assert list(said["epoch"]) == [2, 6]
    assert list(said["go"]) == ["goed ×", "went"]
    app.selectbox(key="into").set_value("third person").run()
    said = next(frame.value for frame in app.dataframe if "go" in frame.value)
    assert list(said["go"]) == ["goes"]


@pytest.mark.parametrize(
    ("data", "forms", "titles"),
    [
        ("sample_german", "gehen geht ging gegangen", ["Infinitiv", "Präsens", "Präteritum", "Partizip"]),
        ("of/another/machine.txt", "go goes going went gone", [f"form {i}" for i in range(1, 6)]),
        ("train", "go goes going went gone", [f"form {i}" for i in range(1, 6)]),
    ],
)
def test_the_words_of_other_data_have_its_titles_and_are_not_judged_by_english_lists(folder, data, forms, titles):
    talk = {"conversions": [["go", *forms.split()]]}
    write_run(folder / "other" / "run", TrainConfig(data=data, epochs=EPOCHS), records(0.5, **talk))
    app = open_page(chart="Mistakes")
    assert app.selectbox(key="into").options == titles
    said = next(frame.value for frame in app.dataframe if "go" in frame.value)
    assert list(said["go"]) == [forms.split()[-1]]


def test_every_spelling_of_the_word_lists_is_right():
    said = [(i, [("abide", "abide", "abides", "abiding", past)]) for i, past in enumerate(("abided", "abode", "abid"))]
    assert said_table(said, 3, judged=True)["abide"] == ["abided", "abode", "abid ×"]


def test_runs_that_recorded_no_kinds_say_so(recorded):
    app = open_page(chart="Mistakes", experiment="cells")
    assert "None of these runs recorded" in app.caption[-1].value


def test_the_frontier_shows_the_chosen_runs_or_all(recorded):
    app = open_page(chart="Frontier", experiment="cells")
    assert len(figures_of(app)) == 3
    app = opened(app, "frontier-bleu4")
    table = next(frame.value for frame in app.dataframe if "gaussian_score" in frame.value)
    assert len(table) == 2
    app.segmented_control(key="scope").set_value("all recorded runs").run()
    table = next(frame.value for frame in app.dataframe if "gaussian_score" in frame.value)
    assert len(table) == 8


def test_a_run_in_the_making_and_a_broken_folder_hurt_nobody(recorded):
    young = write_run(recorded / "annealing" / "young", TrainConfig(kl=KLSchedule(kind="monotonic"), epochs=EPOCHS), [])
    (recorded / "cells" / "broken").mkdir()
    (recorded / "cells" / "broken" / "config.json").write_text("{")
    app = open_page()
    assert names(app) == ["constant", "cyclical", "monotonic"]
    assert list(summary(app)["epochs"]) == [EPOCHS, EPOCHS, 0]
    with (young / "history.jsonl").open("a") as file:
        file.write(json.dumps(records(0.3)[0]) + '\n{"epoch": 2, "kl"')
    assert list(summary(app.run())["epochs"]) == [EPOCHS, EPOCHS, 1]
    assert names(open_page(experiment="cells")) == ["GRU", "LSTM"]


def test_the_page_opens_on_a_story_of_four_panels_with_names_at_the_lines(recorded):
    app = open_page(chart="Story")
    wide, narrow = figures_of(app)
    titles = [note["text"] for note in wide["layout"]["annotations"]]
    assert sum(" (" in title or title == "KL weight" for title in titles) == 4
    assert {trace["legendgroup"] for trace in wide["data"] if trace.get("mode") == "text"} == {"constant", "cyclical"}
    assert narrow["layout"]["height"] > wide["layout"]["height"]
    assert "3 seeds" in " ".join(caption.value for caption in app.caption)


def test_the_report_is_no_mark_for_runs_that_do_not_know_the_test_verbs(recorded):
    write_run(recorded / "few" / "one", TrainConfig(verbs=200), records(0.3))
    for experiment, marks in (("cells", 1), ("few", 0)):
        _, right = figures_of(open_page(experiment=experiment))
        assert len([note for note in right["layout"]["annotations"] if "classroom report" in note["text"]]) == marks


def test_the_ten_pairs_stand_side_by_side_with_their_scores(recorded):
    last = {"pair_answers": ["abandon"] * 10, "pair_scores": [0.5] * 10}
    told = [*records(0.5)[:-1], {**records(0.5)[-1], **last}]
    write_run(recorded / "told" / "one", TrainConfig(), told)
    app = open_page(chart="Ten pairs", experiment="told")
    table = next(frame.value for frame in app.dataframe if "copy" in frame.value)
    assert list(table["one"]) == ["abandon (0.50)"] * 10 + ["0.500"]
    assert {"classroom", "open-vocabulary"} <= set(table.columns) and len(table) == 11
    assert table["copy"].iloc[-1].startswith("0.6")


def test_a_story_is_replayed_as_often_as_its_button_is_pressed(recorded):
    app = open_page(chart="Story")
    assert "replay 0 of" not in html_of(app)
    for times in (1, 2):
        app.button(key="replay").click().run()
        assert not app.exception and f"replay {times} of annealing" in html_of(app)


def test_all_settings_of_a_run_are_those_of_the_one_that_is_chosen(recorded):
    app = open_page()
    for name in app.selectbox(key="settings_of").options:
        app.selectbox(key="settings_of").set_value(name).run()
        assert not app.exception
        table = next(frame.value for frame in app.dataframe if "value" in frame.value)
        assert dict(zip(table["setting"], table["value"], strict=True))["kl.kind"] == name
    assert "Seeds: 0, 1, 2." in captions_of(app)


def test_the_words_are_those_of_the_run_that_is_chosen(recorded):
    talk = {"conversions": [["go", "go", "goes", "going", "gone"]]}
    config = TrainConfig(kl=KLSchedule(kind="monotonic"), seed=7, epochs=EPOCHS)
    write_run(recorded / "annealing" / "monotonic-seed7", config, records(0.5, **talk))
    app = open_page(chart="Mistakes")
    assert len(app.selectbox(key="talker").options) == 7
    app.selectbox(key="talker").set_value("monotonic, seed 7").run()
    assert not app.exception and "how monotonic, seed 7 wrote the simple past" in captions_of(app)
    said = next(frame.value for frame in app.dataframe if "go" in frame.value)
    assert list(said["go"]) == ["gone ×"]
