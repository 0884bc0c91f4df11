"""The sample page as its visitors meet it."""

import json

import pytest
from click.testing import CliRunner

from cvae.charts.scores import running_score, score_line
from cvae.cli.main import cli
from cvae.core.settings import DEFAULT_MODEL
from cvae.data.vocabulary import Vocabulary
from cvae.inference.sampling import sample, sample_around
from cvae.model.checkpoint import load_checkpoint
from pages.sample.results import DrawnPoint, as_csv
from tests.app import opened, save_untrained, sentences_of, visit, words_of


def paradigms_of(app) -> list[tuple[str, ...]]:
    """The rows of the table, in all tenses."""
    return list(
        app.dataframe[0].value.loc[:, "simple present":"nearest"].iloc[:, :-1].itertuples(index=False, name=None)
    )


def test_the_same_seed_gives_the_same_table_and_another_seed_another(four_verb_model):
    app, again = visit("sample", seed="3"), visit("sample", seed="3")
    table = app.dataframe[0].value
    assert table.equals(again.dataframe[0].value)
    assert list(table.columns) == [
        "point", "origin", "simple present", "third person", "present progressive", "simple past", "nearest",
        "distance",
    ]  # fmt: skip
    app.button(key="again").click().run()
    assert app.number_input(key="seed").value == 4
    assert app.query_params["seed"] == "4"
    assert not table.equals(app.dataframe[0].value)


def test_the_letters_of_one_point_can_be_chosen_and_the_rest_respells_itself(four_verb_model):
    app = visit("sample", point="7")
    own = words_of(app)
    assert tuple(own) == paradigms_of(app)[6]
    again = visit("sample", point="7", respelled="p|x")
    assert words_of(again)[:3] == own[:3] and words_of(again)[3].startswith("x")
    assert paradigms_of(again) == paradigms_of(app)
    assert again.query_params["respelled"] == "p|x"
    again.number_input(key="point").set_value(8).run()
    assert tuple(words_of(again)) == paradigms_of(app)[7] and "respelled" not in again.query_params


def test_a_shorter_draw_shows_the_letters_of_its_last_point(four_verb_model):
    app = visit("sample", point="100")
    app.number_input(key="number").set_value(10).run()
    assert app.number_input(key="point").value == 10 and tuple(words_of(app)) == paradigms_of(app)[9]


def test_a_longer_draw_begins_with_the_shorter_one(four_verb_model):
    short, long = visit("sample", number="10"), visit("sample", number="20")
    assert short.dataframe[0].value.equals(long.dataframe[0].value.head(10))


def test_at_temperature_zero_every_point_is_the_centre(four_verb_model):
    table = visit("sample", temperature="0").dataframe[0].value
    assert len(table) == 100
    assert len(table.drop(columns="point").drop_duplicates()) == 1


def test_scores_agree_with_the_table_and_the_filter_shows_one_kind(four_verb_model):
    app = visit("sample")
    table = app.dataframe[0].value
    figures = {metric.label: metric.value for metric in app.metric}
    known = table[table["origin"] == "● known"]
    assert figures["Gaussian score"] == f"{len(known) / 100:.2f}"
    assert figures["Distinct"] == str(len(known.drop(columns="point").drop_duplicates()))
    assert figures["Invented"] == str((table["origin"] == "○ invented").sum())
    shown = visit("sample", show="known").dataframe[0].value
    assert shown.equals(known.reset_index(drop=True))


def test_without_known_training_data_there_is_no_score(models_folder):
    save_untrained(models_folder / "orphan.safetensors")
    app = visit("sample", number="5")
    assert "can’t be computed" in app.info[0].value
    assert [metric.label for metric in app.metric] == ["Real", "Invented"]


def test_real_verbs_that_a_model_was_not_trained_on_are_counted_where_there_are_some():
    for checkpoint, there in (("open-vocabulary", False), ("classroom", True)):
        app = visit("sample", checkpoint=checkpoint, number="5")
        assert ("Real, not trained on" in [metric.label for metric in app.metric]) == there
        assert ("real" in app.segmented_control(key="show").options) == there


def test_figures_out_of_range_in_a_link_fall_back(four_verb_model):
    app = visit("sample", number="1000000", temperature="-1", seed="x")
    assert len(app.dataframe[0].value) == 100
    assert app.number_input(key="seed").value == 0


def test_the_largest_seed_is_followed_by_zero(four_verb_model):
    app = visit("sample", seed=str(2**31 - 1), number="1")
    app.button(key="again").click().run()
    assert app.number_input(key="seed").value == 0


def test_words_that_would_not_end_are_told(models_folder):
    save_untrained(models_folder / "endless.safetensors", never_ends=True)
    app = visit("sample", number="5")
    assert "20 of 20 words stopped after 33 letters: no end came." in [caption.value for caption in app.caption]


def test_one_of_a_thing_is_in_the_singular(four_verb_model):
    app = visit("sample", number="1")
    assert app.download_button[0].label == "Download 1 row as CSV"


def test_the_csv_has_all_rows_and_no_formulas():
    vocabulary = Vocabulary("ab-", ("now", "=then"))
    text = as_csv([DrawnPoint(1, "known", ("a", "-b"), "a", 0), DrawnPoint(2, None, ("", "ab"))], vocabulary).decode()
    assert text == "point,origin,now,'=then,nearest,distance\n1,known,a,'-b,a,0\n2,,,ab,,\n"


# Around a verb, and as more is drawn


def test_draws_around_a_verb_are_those_of_the_library():
    app = visit("sample", draw_from="around a verb", verb="stop", number="20", seed="5")
    model = load_checkpoint(DEFAULT_MODEL)[0]
    drawn = paradigms_of(app)
    assert drawn == sample_around(model, "stop", None, 20, 5)
    assert drawn != sample(model, 20, 5)
    assert "Share known" in [metric.label for metric in app.metric]


def test_what_is_no_verb_can_not_be_drawn_around():
    [sentence] = sentences_of(visit("sample", draw_from="around a verb", verb="must"))
    assert "modal" in sentence


def test_an_empty_box_stands_for_the_usual_verb():
    around = {"draw_from": "around a verb", "number": "5"}
    app = visit("sample", **around, verb="")
    assert app.text_input(key="verb").value == "" and app.text_input(key="verb").placeholder == "walk"
    assert paradigms_of(app) == paradigms_of(visit("sample", **around))


@pytest.mark.parametrize("query, name", [({}, "Gaussian score"), ({"temperature": "0.5"}, "Share known")])
def test_only_draws_of_the_prior_as_it_is_have_a_gaussian_score(query, name):
    assert visit("sample", number="5", **query).metric[0].label == name


def test_known_verbs_have_distance_zero_and_others_name_their_neighbour():
    table = visit("sample", temperature="2").dataframe[0].value
    known = table["origin"] == "● known"
    assert (table["distance"] == 0).equals(known) and 0 < known.sum() < len(table)
    assert (table["nearest"] == table["simple present"])[known].all()


def test_the_running_score_ends_at_the_score():
    app = visit("sample", draws_view="Running score")
    score = next(metric.value for metric in app.metric if metric.label == "Gaussian score")
    assert f"Gaussian score {score} after 100 points" in app.markdown[0].value
    rows = opened(app, "running").dataframe[0].value
    assert len(rows) == 100 and f"{rows['share'].iloc[-1]:.2f}" == score


def test_the_band_holds_the_line():
    header, rows = running_score([True, False, True, True])
    assert header == ["points", "share", "low", "high"]
    assert list(rows[:, 1]) == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4])
    assert ((rows[:, 2] <= rows[:, 1]) & (rows[:, 1] <= rows[:, 3])).all()
    low, band, line = score_line([True, False]).data
    assert band.fill == "tonexty" and list(line.y) == [1, 0.5] and len(low.x) == 2


@pytest.mark.parametrize("cloud", [{}, {"draw_from": "around a verb", "verb": "stop", "checkpoint": "classroom"}])
def test_the_same_seed_gives_the_same_words_on_the_page_by_its_link_and_on_the_command_line(cloud):
    typed = visit("sample", **cloud)
    typed.number_input(key="number").set_value(30)
    typed.number_input(key="seed").set_value(5).run()
    linked = visit("sample", **cloud, number="30", seed="5")
    assert typed.dataframe[0].value.equals(linked.dataframe[0].value)
    around = ["--verb", cloud["verb"], "--checkpoint", cloud["checkpoint"]] if cloud else []
    said = CliRunner().invoke(cli, ["sample", "-n", "30", "--seed", "5", "--json", *around])
    assert paradigms_of(linked) == [tuple(row) for row in json.loads(said.stdout)["paradigms"]]
    assert paradigms_of(visit("sample", **cloud, number="30", seed="6")) != paradigms_of(linked)


# The shipped model


def test_the_shipped_model_draws_training_verbs():
    figures = {metric.label: metric.value for metric in visit("sample").metric}
    assert float(figures["Gaussian score"]) >= 0.9
    assert int(figures["Distinct"]) >= 80
