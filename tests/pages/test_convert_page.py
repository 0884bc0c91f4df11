"""The convert page as its visitors meet it: the table of forms."""

import json
import re
from urllib.parse import parse_qs

import pytest

from cvae.data.vocabulary import Vocabulary
from pages.shared.lecture import COLLAPSED
from tests.app import ITALIAN, html_of, save_untrained, sentences_of, visit, words_of


def test_a_first_visit_shows_an_invitation_and_words_to_click(four_verb_model):
    app = visit("convert")
    assert "Type a verb, or click one" in html_of(app)
    app.pills(key="word-examples").set_value("walk").run()
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    assert app.text_input(key="word").value == "walk"


def test_the_table_follows_the_word(four_verb_model):
    app = visit("convert")
    app.text_input(key="word").input("walked").run()
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    app.text_input(key="word").input("Stopping ").run()
    assert words_of(app) == ["stop", "stops", "stopping", "stopped"]


def test_a_link_holds_the_word_its_tense_the_target_and_the_model(four_verb_model):
    link = {"word": "walked", "from": "simple past", "to": "present progressive", "checkpoint": "classroom"}
    app = visit("convert", **link)
    assert words_of(app) == ["walking"]
    assert app.selectbox(key="checkpoint").value == "classroom"
    assert {name: app.query_params[name] for name in link} == link


def test_a_tense_may_be_called_inf_in_a_link(models_folder):
    save_untrained(models_folder / "other.safetensors", Vocabulary("abc", ("inf", "past")))
    app = visit("convert", word="ab", to="inf")
    assert app.query_params["to"] == "inf" and len(words_of(app)) == 1


def test_nonsense_in_a_link_falls_back_to_the_defaults(four_verb_model):
    app = visit("convert", word="walk", checkpoint="nope", **{"from": "future", "to": "nowhere"})
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    assert sentences_of(app) == ["There is no such model here: this is open-vocabulary."]


def test_the_tense_is_the_models_guess_unless_it_was_chosen(four_verb_model):
    html = html_of(visit("convert", word="walk"))
    shares = [float(share) for share in re.findall(r'<td role="cell"><span class="number">([\d.]+)%', html)]
    assert len(shares) == 4 and sum(shares) == pytest.approx(100, abs=0.3)
    chosen = visit("convert", word="walk", **{"from": "third person"})
    assert "<p>Read as third person, as you chose.</p>" in html_of(chosen)


def test_the_chosen_reading_of_a_word_is_in_the_link_and_handed_to_inside():
    first = visit("convert", word="lay")
    titles = first.segmented_control(key="reading-lay").options
    again = visit("convert", word="lay", **{"reading-lay": titles[1]})
    assert again.query_params["reading-lay"] == titles[1]
    handed = {}
    for app in (first, again):
        links = [parse_qs(link.proto.query_string) for link in app.get("page_link")]
        handed[words_of(app)[0]] = [link["from"] for link in links if link.get("word") == ["lay"]]
    assert handed == {"lie": [["p"]], "lay": [["sp"]]}


def test_new_letters_are_marked_and_doubts_are_named(four_verb_model):
    html = html_of(visit("convert", word="walk"))
    assert len(re.findall(r'class="letter new"', html)) == len("s" + "ing" + "ed")
    assert re.search(r'data-choices="\[\[&quot;w&quot;, &quot;w&quot;, [\d.]+\], \[&quot;', html)


def test_the_page_says_what_the_word_lists_know(four_verb_model):
    trained = visit("convert", word="walk")
    assert "<p>“walk” was in the training data.</p>" in html_of(trained)
    assert html_of(trained).count("✓ same") == 4 + 4  # by the lists, and by the rules
    held_out = visit("convert", word="shooting")
    assert "a real verb, but the model was not trained on it" in html_of(held_out)
    assert "≠" in html_of(held_out)
    unlisted = visit("convert", word="blorf")
    assert "in no word list" in html_of(unlisted)
    assert '<span class="quiet">lists</span><span class="quiet">–</span>' in html_of(unlisted)


def test_a_tense_that_the_lists_do_not_know_for_the_word_is_pointed_out(four_verb_model):
    app = visit("convert", word="walk", **{"from": "simple past"})
    assert "The word lists have it as simple present.</p>" in html_of(app)


@pytest.mark.parametrize(
    "word, part",
    [
        ("walk2", "“2” is not in this model’s alphabet"),
        ("two words", "a space inside"),
        ("naïve", "“ï” is not"),
        ("😀", "“😀” is not"),
        ("<b>", "“\\<” is not"),
        ("*", "“\\*” is not"),
        ("a\u0000b", "U+0000"),
        ("a" * 10_000, "10,000"),
        ("must", "modal"),
        ("been", "be"),
    ],
)  # fmt: skip
def test_what_is_no_verb_gets_one_sentence(four_verb_model, word, part):
    app = visit("convert", word=word)
    [sentence] = sentences_of(app)
    assert part in sentence
    assert not words_of(app)


def test_spaces_alone_are_an_empty_box(four_verb_model):
    app = visit("convert", word="   ")
    assert "Type a verb, or click one" in html_of(app)
    assert not sentences_of(app)


def test_a_word_that_would_not_end_says_so(models_folder):
    save_untrained(models_folder / "untrained.safetensors")
    assert "no end came" in html_of(visit("convert", word="walk"))


def test_the_rules_stand_beside_the_lists():
    html = html_of(visit("convert", word="go"))
    assert html.count('<span class="quiet">lists</span><span class="quiet">✓ same') == 5
    assert html.count('<span class="quiet">rules</span><span class="differs">≠ <b>goed</b>') == 2


def test_the_rules_are_for_english_alone(models_folder):
    save_untrained(models_folder / "other.safetensors", ITALIAN)
    assert '<span class="quiet">rules</span>' not in html_of(visit("convert", word="dare"))


def test_lecture_mode_enlarges_charts_and_their_words(four_verb_model):
    link = {"word": "visit", "view": "Letter by letter"}
    charts = [visit("convert", **link, **more).get("plotly_chart")[0] for more in ({}, {"lecture": "1"})]
    usual, large = (json.loads(chart.proto.spec)["layout"] for chart in charts)
    assert large["yaxis"]["tickfont"]["size"] > usual["yaxis"]["tickfont"]["size"]
    assert large["height"] > usual["height"]


# The shipped model


def test_the_shipped_model_knows_walk():
    app = visit("convert", word="walk")
    assert words_of(app) == ["walk", "walks", "walking", "walked", "walked"]
    assert "✓ same" in html_of(app)


@pytest.mark.parametrize(("link", "second"), [("", "classroom"), (COLLAPSED, COLLAPSED), ("gone", "classroom")])
def test_side_by_side_begins_with_another_shipped_model_or_that_of_the_link(link, second):
    app = visit("convert", mode="Side by side", **({"right_model": link} if link else {}))
    assert app.selectbox(key="left_model").value == "open-vocabulary"
    assert app.selectbox(key="right_model").value == second
