"""Home and the tour, as somebody meets them who followed a link and has a minute."""

import json
import re
from html import unescape

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from cvae.charts.latent_svg import EDGE, WIDTH, Near, map_picture
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.inference.word_lists import Entry
from cvae.model.checkpoint import load_checkpoint
from pages.home.word import BUSIEST, model_picture, warm
from pages.shared import forms
from pages.shared.tour import STOPS
from tests.app import ITALIAN, captions_of, html_of, save_untrained, sentences_of, unopened, visit, words_of
from tests.conftest import PALETTE

PLACES = np.array([[0.0, 1.0], [-2.0, 0.5], [0.3, -0.4]])


def arrive(**query: str) -> AppTest:
    """The app as opened at its own address."""
    app = unopened()
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def test_the_script_brings_the_styles_where_the_server_has_none(monkeypatch):
    styles = [sum("<style>" in each.proto.body for each in arrive().get("html"))]
    monkeypatch.setenv("TENSE_LAB_STYLED", "yes")
    assert [*styles, sum("<style>" in each.proto.body for each in arrive().get("html"))] == [2, 0]


def test_what_was_prepared_before_the_first_visit_is_not_done_again(monkeypatch):
    warm("open-vocabulary", "went")
    monkeypatch.setattr("pages.home.word.survey", None)
    monkeypatch.setattr("pages.shared.models.load_checkpoint", None)
    monkeypatch.setattr("cvae.inference.word_lists.read_paradigms", None)
    assert words_of(arrive()) == ["go", "goes", "going", "went", "gone"]


def title_of(app: AppTest) -> str:
    return app.title[0].value


def home_map_of(app: AppTest) -> dict:
    """Return the data from which the map is drawn."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    [data] = [data for data in sent if "svg" in data]
    return data


def links_of(app: AppTest) -> dict[str, str]:
    """Return the targets of the page's links by label."""
    return {link.proto.label: f"{link.proto.page}?{link.proto.query_string}" for link in app.get("page_link")}


def test_a_first_visit_shows_an_answer_a_picture_and_three_ways_on():
    app = arrive()
    assert words_of(app) == ["go", "goes", "going", "went", "gone"]
    assert "Map of 300 verbs. went lies nearest to" in home_map_of(app)["svg"]
    links = links_of(app)
    assert links["**Convert**"] == "convert?word=went&checkpoint=open-vocabulary"
    assert links["**Explore**"] == "latent?verb=went&checkpoint=open-vocabulary"
    assert links["**Train**"].startswith("train")
    assert "checkpoint" not in [box.key for box in app.selectbox]


def test_the_answer_and_the_ways_on_follow_the_word():
    app = arrive(typed="walked")
    assert words_of(app) == ["walk", "walks", "walking", "walked", "walked"]
    app.pills(key="typed-examples").set_value("tries").run()
    assert words_of(app) == ["try", "tries", "trying", "tried", "tried"]
    assert links_of(app)["**Convert**"].startswith("convert?word=tries")


def test_the_ring_comes_from_where_the_last_word_was():
    app = arrive(typed="walked")
    assert "--x:0px;--y:0px" in home_map_of(app)["svg"]
    app.text_input(key="typed").input("tries").run()
    assert "--x:0px;--y:0px" not in home_map_of(app)["svg"]


@pytest.mark.parametrize("word, part", [("w4lk", "“4” is not in this model’s alphabet"), ("must", "modal")])
def test_what_is_no_verb_gets_one_sentence_and_the_ways_stay(word, part):
    app = arrive(typed=word)
    [sentence] = sentences_of(app)
    assert part in sentence and not words_of(app)
    assert "**Explore**" in links_of(app)


def test_an_infinitive_is_read_as_its_verb():
    app = arrive(typed="to walk")
    assert not sentences_of(app) and words_of(app) == words_of(arrive(typed="walk"))


def test_the_model_that_was_picked_on_another_page_answers_here_too():
    app = visit("convert")
    app.selectbox(key="checkpoint").select("classroom").run()
    app.switch_page("pages/home/home.py").run()
    assert app.session_state["checkpoint"] == "classroom"
    app.text_input(key="typed").input("walked").run()
    assert words_of(app)[:3] == ["walk", "walks", "walking"]
    assert "Model: classroom." in captions_of(app)
    assert "checkpoint=classroom" in links_of(app)["**Explore**"]  # and the word keeps it


def test_home_stays_home_when_one_comes_from_a_page_with_a_word_and_a_model():
    app = visit("convert", word="stick", checkpoint="classroom")
    app.switch_page("pages/home/home.py")
    app.query_params["word"] = "stick"
    app.run()
    assert title_of(app) != "Convert"
    assert "Model: classroom." in captions_of(app)


def test_the_answer_says_what_the_word_lists_know(trained):
    assert "“went” was in the training data. Model: open-vocabulary." in captions_of(arrive())
    [conversion] = convert(load_checkpoint(trained)[0], ["walked"], "p", keep_probabilities=True)
    entry = Entry("real", (("walk", "walks", "walking", "wolk"),))
    html = forms.brief_table(conversion, entry, Vocabulary())
    assert html.count("in the word lists") == 1 and "≠ <b>wolk</b>" in html
    assert "in the word lists" not in forms.brief_table(conversion, Entry("unlisted"), Vocabulary())


def test_an_empty_box_is_an_invitation():
    app = arrive()
    app.text_input(key="typed").input("  ").run()
    assert "Type a verb" in html_of(app) and not sentences_of(app)


@pytest.mark.parametrize("word", ["", "inf", "nan"])
def test_a_link_may_hold_any_word_or_an_emptied_box(word):
    app = arrive(typed=word)
    assert app.text_input(key="typed").value == word and app.query_params["typed"] == word


def test_without_any_model_a_sentence_says_what_to_do(models_folder):
    app = arrive()
    [sentence] = sentences_of(app)
    assert "no model" in sentence
    assert "**Train**" in links_of(app)


def test_where_training_is_off_the_recorded_runs_are_offered(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    assert set(links_of(arrive())) == {"Two-minute tour", "Look inside", "**Convert**", "**Explore**", "**Watch**"}


def test_links_from_the_time_when_convert_stood_here_still_lead_there():
    app = arrive(word="visit", view="Letter by letter", step="6 e", letter="t")
    assert title_of(app) == "Convert"
    assert app.text_input(key="word").value == "visit"
    assert "visitted" in words_of(app)


def test_a_model_of_another_language_whose_data_is_not_at_hand_answers_without_a_map(models_folder):
    save_untrained(models_folder / "italian.safetensors", ITALIAN)
    app = arrive(typed="amare")
    assert len(words_of(app)) == len(ITALIAN.tenses)
    assert not any("svg" in json.loads(component.proto.json) for component in app.get("bidi_component"))


def test_a_model_that_learned_nothing_has_a_map_too(models_folder):
    save_untrained(models_folder / "untrained.safetensors")
    assert "Map of 300 verbs" in home_map_of(arrive(typed="walk"))["svg"]


def test_the_ways_name_the_model_that_answers(models_folder):
    save_untrained(models_folder / "mine.safetensors")
    links = links_of(arrive(typed="walk"))
    assert links["**Convert**"] == "convert?word=walk&checkpoint=mine"
    assert links["**Explore**"] == "latent?verb=walk&checkpoint=mine"


# The tour


@pytest.mark.parametrize("number", range(1, len(STOPS) + 1))
def test_every_stop_is_a_page_in_the_state_that_its_link_names(number):
    stop = STOPS[number - 1]
    app = unopened()
    asked = {name: [value] if isinstance(value, str) else [*value] for name, value in stop.query.items()}
    app.query_params.update({**asked, "tour": [str(number)]})
    app.switch_page(stop.page).run()
    assert not app.exception and not sentences_of(app)
    assert stop.text in app.markdown[0].value
    shown = {name: app.query_params[name] for name in asked}
    assert {name: [value] if isinstance(value, str) else value for name, value in shown.items()} == asked  # no defaults
    assert ("Back" in links_of(app)) == (number > 1)


def test_the_first_stop_speaks_of_a_letter_that_the_shipped_model_doubts():
    text = STOPS[0].text
    [(letter, form)] = re.findall(r"\*\*(\w)\*\* of \*(\w+)\*", text)
    [word] = re.findall(
        f'aria-label="{form}" data-name="p".*?</i></span></span>', html_of(visit("convert", **STOPS[0].query))
    )
    [(choices, doubt)] = re.findall(r'data-choices="([^"]*)" style="--doubt:([1-9]\d*)%"><b>' + letter, word)
    assert int(doubt) > 20
    first, *others = [letter for letter, _, _ in json.loads(unescape(choices))][:3]
    assert first == letter and {(*others,)} == {*re.findall(r"\*\*(\w)\*\* or \*\*(\w)\*\*", text)}


def test_the_tour_can_be_left_at_any_stop_and_the_page_stays():
    app = unopened()
    app.query_params.update({"tour": "3", "seed": "5"})
    app.switch_page("pages/sample/sample.py").run()
    app.button(key="leave-tour").click().run()
    assert "leave-tour" not in [button.key for button in app.button]
    assert "tour" not in app.query_params and app.number_input(key="seed").value == 5


def test_a_page_shows_its_own_stop_whatever_the_number_in_its_link_is():
    assert len({stop.page for stop in STOPS}) == len(STOPS)
    for number in ("2", "0", "99", "x"):
        app = visit("sample", tour=number)
        assert app.markdown[0].value.startswith("**Verbs out of nothing** · stop 4")
    assert "leave-tour" not in [button.key for button in arrive(tour="1").button]  # home has none


def test_where_training_is_off_the_tour_ends_before_its_last_stop(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TRAINING", "off")
    app = visit("curves", tour="5")
    assert f"stop {len(STOPS) - 1} of {len(STOPS) - 1}" in app.markdown[0].value
    assert not any(label.startswith("Next") for label in links_of(app))
    assert "leave-tour" not in [button.key for button in visit("train", tour="6").button]


def test_the_picture_has_a_dot_for_every_verb_and_a_button_for_each_of_the_nearest():
    picture = map_picture(PLACES, [Near(0, "<be>"), Near(2, "go")], (0.1, 0.2), "w&nt", (0.0, 0.0), '"map"', PALETTE)
    assert len(re.findall(r"h0", picture.svg)) == len(picture.spots) == len(PLACES)
    assert re.findall(r"<text[^>]*>([^<]+)</text>", picture.svg) == ["&lt;be&gt;", "go", "w&amp;nt"]
    assert re.findall(r'role="button" tabindex="0" aria-label="([^"]*)" data-verb="(\d)"', picture.svg) == [
        ("&lt;be&gt;", "0"),
        ("go", "2"),
    ]
    assert 'aria-label="&quot;map&quot;"' in picture.svg


def test_the_small_picture_shows_what_is_read_and_written_and_leads_to_the_large_one():
    app = arrive(typed="sang")
    assert 'aria-label="The model at work: the encoder reads sang, z is a point, the decoder writes sing."' in html_of(
        app
    )
    assert links_of(app)["Look inside"] == "inside?word=sang&checkpoint=open-vocabulary"
    drawn = model_picture("<u>", "w&", np.zeros(20), np.ones(20))
    assert "&lt;u&gt;" in drawn and "w&amp;" in drawn and drawn.count("<i ") == BUSIEST


def test_a_place_off_the_map_is_shown_at_its_rim():
    picture = map_picture(PLACES, [], (1e6, 1e6), "far", (0.0, 0.0), "map", PALETTE)
    top = min(y for _, y in picture.spots)
    assert f'cx="{WIDTH - EDGE}" cy="{top}"' in picture.svg


def test_the_map_is_as_high_as_its_verbs_need_and_no_higher():
    picture = map_picture(PLACES, [], (0.0, 0.0), "be", (0.0, 0.0), "map", PALETTE)
    heights = [y for _, y in picture.spots]
    [(start, height)] = re.findall(rf'viewBox="0 (\d+) {WIDTH} (\d+)"', picture.svg)
    assert int(start) == pytest.approx(min(heights) - EDGE, abs=1)
    assert int(height) == pytest.approx(max(heights) - min(heights) + 2 * EDGE, abs=1)


def test_every_spot_of_the_map_gives_a_form_that_finds_its_verb():
    asked = home_map_of(arrive())
    assert len(asked["verbs"]) == len(asked["spots"]) == len(set(asked["verbs"])) == 300
    assert "Click one to go there" in asked["caption"]


def test_the_clicked_verb_becomes_the_word_of_the_page():
    def click(verb):
        import streamlit as st

        from pages.home import word as home_word

        st.session_state.update({"typed": "went", home_word.KEY: {"verb": verb}})
        home_word.take_verb()

    for verb, word in (("receive", "receive"), (None, "went")):
        assert AppTest.from_function(click, kwargs={"verb": verb}).run().session_state["typed"] == word
