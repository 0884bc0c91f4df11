"""The latent page as its visitors meet it, from the router on."""

import json
import re

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cvae.checkpoint import CheckpointInfo, save_checkpoint
from cvae.config import ModelConfig, TrainConfig
from cvae.model import build_model
from cvae.settings import ROOT
from cvae.training_data import describe_data, load_training_data
from cvae.vocabulary import Vocabulary

SMALL = ModelConfig(embedding=8, hidden=16, latent=3)
VIEWS = ["Map", "Between", "Arithmetic", "Health"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of checkpoints that the app looks into."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(folder))
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


@pytest.fixture
def four_verb_model(folder, four_verbs):
    """An untrained model that says of itself that it was trained on walk, be, stop and sing."""
    save_model(folder / "four.safetensors", str(four_verbs))


@pytest.fixture
def shipped(monkeypatch):
    monkeypatch.delenv("TENSE_LAB_CHECKPOINTS", raising=False)


def save_model(path, data: str, model: ModelConfig = SMALL) -> None:
    config = TrainConfig(model=model, data=data)
    found = load_training_data(config)
    vocabulary = found.paradigms.vocabulary
    info = CheckpointInfo(model, vocabulary, config, describe_data(config, found))
    save_checkpoint(path, build_model(model, vocabulary, 1), info)


def visit(**query: str) -> AppTest:
    """The page as opened by a link."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page("pages/latent.py").run()
    assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def words_of(app: AppTest) -> list[str]:
    return re.findall(r'<span class="decoded">([^<]*)</span>', html_of(app))


def captions_of(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def sentences_of(app: AppTest) -> list[str]:
    return [message.value for message in [*app.warning, *app.error, *app.info]]


def figure_of(app: AppTest) -> dict:
    return json.loads(app.get("plotly_chart")[0].proto.spec)


# Map


def test_the_centre_is_decoded_first_and_a_typed_point_next(four_verb_model):
    app = visit()
    assert len(words_of(app)) == 4
    assert "the other 4 of 6 components stay at the verbs' mean" in captions_of(app)
    app.number_input(key="x").set_value(2.5).run()
    assert "+2.50 · component 1" in captions_of(app)


def test_a_found_verb_is_marked_zoomed_in_on_and_first_among_its_neighbours(four_verb_model):
    app = visit()
    app.text_input(key="verb").input("Singing").run()
    assert "z of sing: the mean over its forms' posterior means" in captions_of(app)
    assert app.segmented_control(key="zoom").value == 4
    near = [button.label for button in app.button if button.key.startswith("near-")]
    assert near[0].startswith("sing ") and "0.0" in near[0]
    assert len(near) == 4


def test_a_neighbour_is_one_click_away(four_verb_model):
    app = visit(verb="sing")
    [button] = [button for button in app.button if button.label.startswith("walk ")]
    button.click().run()
    assert app.text_input(key="verb").value == "walk"
    assert "z of walk" in captions_of(app)


def test_an_unknown_word_is_placed_and_nonsense_gets_a_sentence(four_verb_model):
    assert "z of blorf, which is not on the map" in captions_of(visit(verb="blorf"))
    [sentence] = sentences_of(visit(verb="w4lk"))
    assert "“4” is not in this model's alphabet" in sentence


def test_a_slider_moves_z_and_another_point_puts_it_back(four_verb_model):
    app = visit(verb="sing")
    slider = app.slider[0]
    slider.set_value(2.0).run()
    dimension = slider.key[1:]
    assert f"+2.0 in dimension {dimension}" in captions_of(app)
    app.number_input(key="y").set_value(1.0).run()
    assert app.slider(key=slider.key).value == 0
    assert app.text_input(key="verb").value == ""


def test_put_back_puts_every_slider_back(four_verb_model):
    app = visit()
    assert app.button(key="back").disabled
    for slider in app.slider[:3]:
        slider.set_value(1.0)
    app.run()
    app.button(key="back").click().run()
    assert {slider.value for slider in app.slider} == {0.0}


def test_sliders_come_by_kl(four_verb_model):
    shares = [float(slider.label.split("KL ")[1]) for slider in visit().slider]
    assert shares == sorted(shares, reverse=True) and len(shares) == 6


def test_a_link_holds_the_whole_state(four_verb_model):
    link = {"x": "1.25", "y": "-0.5", "colour": "ending", "zoom": "2x", "z1": "0.5", "plane": "components 3 and 4"}
    app, again = visit(**link), visit(**link)
    assert {name: app.query_params[name] for name in link} == link
    assert words_of(app) == words_of(again)
    assert "+0.5 in dimension 1" in captions_of(app)


def test_nonsense_in_a_link_falls_back(four_verb_model):
    app = visit(x="1e9", y="north", zoom="9000", colour="taste", plane="0", z0="77", view="Nowhere")
    assert app.number_input(key="y").value == 0 and app.segmented_control(key="zoom").value == 1


@pytest.mark.parametrize("colour", ["regular or irregular", "spelling rule", "ending", "first letter", "KL in nats"])
def test_every_colour_draws_every_verb(four_verb_model, colour):
    traces = [trace for trace in figure_of(visit(colour=colour))["data"] if trace["type"] == "scattergl"]
    assert sum(len(trace["text"]) for trace in traces) == 4


def test_a_click_on_a_verb_goes_to_it_and_one_on_the_ground_to_the_plane(four_verb_model):
    def click_at(point):
        import streamlit as st

        from cvae.latent import Atlas

        atlas = Atlas((("lie", "lied"), ("lie", "lay")), None, None)
        st.session_state.update({"verb": "old", "x": 0.0, "y": 0.0, "z3": 1.0})
        st.session_state["chart-map"] = {"selection": {"points": [point] if point else []}}
        from pages._latent_map import _take_click

        _take_click(atlas)

    for point, expected in (
        ({"x": 0.123, "y": -1.0}, ("", 0.12, -1.0, 0.0)),
        ({"x": 1.0, "y": 1.0, "customdata": 1}, ("lay", 0.0, 0.0, 0.0)),
        ({"x": 1.0, "y": 1.0, "customdata": [0]}, ("lie", 0.0, 0.0, 0.0)),
        (None, ("old", 0.0, 0.0, 1.0)),
    ):
        app = AppTest.from_function(click_at, kwargs={"point": point}).run()
        assert not app.exception
        assert tuple(app.session_state[name] for name in ("verb", "x", "y", "z3")) == expected


# Between


def test_both_ways_lead_from_the_one_verb_to_the_other(four_verb_model):
    app = visit(view="Between", start="walked", end="sing", steps="5", tense="simple past")
    words = words_of(app)
    assert len(words) == 10
    ends = [words_of(visit(verb=verb))[3] for verb in ("walk", "sing")]
    assert words[:2] == [ends[0]] * 2 and words[-2:] == [ends[1]] * 2
    assert html_of(app).count("◂ new") == html_of(app).count('class="flip"')
    table = app.dataframe[0].value
    assert list(table["straight"]) == words[::2] and list(table["spherical"]) == words[1::2]


def test_from_a_verb_to_itself_nothing_flips(four_verb_model):
    for plane in ("through the verbs", "of the map"):
        app = visit(view="Between", start="sing", end="sang", **{"plane-verbs": plane})
        assert len(set(words_of(app))) == 1
        assert "never on the straight way and never on the spherical way" in captions_of(app)


# Arithmetic


def test_a_minus_a_plus_c_is_c(four_verb_model):
    app = visit(view="Arithmetic", a="walk", b="walks", c="sing")
    assert words_of(app) == words_of(visit(verb="sing"))
    table = app.dataframe[0].value
    assert table["verb"][0] == "sing" and table["distance"][0] == 0 and table["asked"][0] == "✓"


def test_the_mean_of_one_verb_is_that_verb_and_of_none_a_sentence(four_verb_model):
    link = {"view": "Arithmetic", "sum": "Mean of a set"}
    assert words_of(visit(set="stopping, stop", **link)) == words_of(visit(verb="stop"))
    [sentence] = sentences_of(visit(set=" , ", **link))
    assert "between 1 and 50 verbs" in sentence
    [sentence] = sentences_of(visit(set="walk " * 51, **link))
    assert "not 51" in sentence


# Health


def test_health_says_in_a_sentence_how_much_of_z_is_in_use(four_verb_model):
    app = visit(view="Health")
    text = "\n".join(markdown.value for markdown in app.markdown)
    assert re.search(r"of (the )?6 dimensions|All 6 dimensions", text)
    table = app.dataframe[0].value
    assert len(table) == 6 and list(table["KL in nats"]) == sorted(table["KL in nats"], reverse=True)
    assert len(app.get("plotly_chart")) == 2


# Any model


@pytest.mark.parametrize("view", VIEWS)
def test_every_chart_has_a_text_alternative_and_its_data(four_verb_model, view):
    app = visit(view=view)
    charts = app.get("plotly_chart")
    assert charts and all(chart.proto.alt for chart in charts)
    assert sum(expander.label == "Numbers and downloads" for expander in app.expander) == len(charts)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("cell, latent", [("gru", 1), ("lstm", 5)])
def test_other_tenses_letters_and_widths_of_z_work(folder, tmp_path, view, cell, latent):
    file = tmp_path / "other.txt"
    file.write_text("# tenses: now then <b>soon</b>\nabba abbo abbe\nacca acco acce\nadda addo adde\n")
    save_model(folder / "other.safetensors", str(file), ModelConfig(cell=cell, embedding=8, hidden=16, latent=latent))
    app = visit(view=view)
    assert not sentences_of(app)
    assert "<b>soon</b>" not in html_of(app)


@pytest.mark.parametrize("view", VIEWS)
def test_without_training_data_a_sentence_says_so(folder, view):
    for vocabulary, part in ((Vocabulary("ab", ("now", "then")), "There is no map"), (Vocabulary(), "stand in")):
        model = build_model(SMALL, vocabulary, 1)
        info = CheckpointInfo(SMALL, vocabulary, TrainConfig(model=SMALL, data="none"))
        save_checkpoint(folder / "orphan.safetensors", model, info)
        [sentence] = sentences_of(visit(view=view))
        assert part in sentence


# The shipped models


def test_the_shipped_model_takes_a_verb_away_and_comes_back(shipped):
    assert words_of(visit(view="Arithmetic", a="stop", b="stop", c="come"))[0] == "come"


def test_the_shipped_model_leads_from_walk_to_sing(shipped):
    words = words_of(visit(view="Between", start="walk", end="sing"))
    assert words[0] == "walk" and words[-1] == "sing"
