"""The views of the convert page on a word's letters and alternatives, as visitors meet them."""

import re

import numpy as np
import pytest

from cvae.charts.letters import letter_heatmap, letter_table, writable_ids
from cvae.core.settings import ROOT
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.inference.decoding import percent
from cvae.model.checkpoint import load_checkpoint
from pages.shared import forms
from tests.app import EIGHT, ITALIAN, figures_of, html_of, opened, save_untrained, visit, words_of

LETTERS = {"word": "visit", "view": "Letter by letter"}
OTHERS = {"word": "shoot", "view": "Alternatives"}


@pytest.fixture(scope="module")
def open_vocabulary():
    return load_checkpoint(ROOT / "checkpoints" / "open-vocabulary.safetensors")[0]


# Letter by letter


def test_the_heatmap_shows_the_letters_of_the_chosen_tense():
    app = visit("convert", **LETTERS)
    [figure] = figures_of(app)
    heatmap, grid = figure["data"]
    assert figure["layout"]["xaxis"]["ticktext"] == [*"visited", "end"]
    assert heatmap["type"] == "heatmap" and grid["type"] == "scatter"
    app.segmented_control(key="look").select("tp").run()
    assert figures_of(app)[0]["layout"]["xaxis"]["ticktext"] == [*"visits", "end"]


def test_a_chosen_letter_is_followed_by_the_heatmap_and_the_models_own_form_stays_beside_it():
    app = visit("convert", **LETTERS, respelled="pp|visitt")
    assert words_of(app)[3:] == ["visited", "visitted"]
    assert figures_of(app)[0]["layout"]["xaxis"]["ticktext"] == [*"visitted", "end"]
    assert "↶ visited " in html_of(app) and html_of(app).count('class="letter new forced"') == 1


@pytest.mark.parametrize("link", [{"respelled": "pp|visit|"}, {"step": "6 e", "letter": "end"}])
def test_a_link_can_hold_a_letter_and_another_word_lets_it_go(link):
    app = visit("convert", **LETTERS, **link)
    assert words_of(app)[3:] == ["visited", "visit"]
    assert app.query_params["respelled"] == "pp|visit|"
    app.text_input(key="word").input("edit").run()
    assert words_of(app)[3:] == ["edited", "edited"]
    assert not {"respelled", "letter", "step"} & {*app.query_params}


@pytest.mark.parametrize(
    "link",
    [
        {"step": "99", "letter": "t"}, {"step": "6 e", "letter": "<b>"}, {"step": "six", "letter": "t"},
        {"look": "future"}, {"respelled": ""}, {"respelled": "future|v"}, {"respelled": "pp|<b>"},
        {"respelled": "pp|" + "v" * 99},
    ],
)  # fmt: skip
def test_nonsense_in_a_link_to_a_letter_falls_back(link):
    app = visit("convert", **LETTERS, **link)
    assert words_of(app)[3:] == ["visited", "visited"]
    assert "respelled" not in app.query_params


@pytest.mark.parametrize("vocabulary", [ITALIAN, EIGHT])
@pytest.mark.parametrize("view", ["Letter by letter", "Alternatives"])
def test_other_letters_and_tenses_can_be_looked_into(models_folder, vocabulary, view):
    save_untrained(models_folder / "other.safetensors", vocabulary)
    app = visit("convert", word=vocabulary.alphabet[:2], view=view)
    assert len(words_of(app)) >= len(vocabulary.tenses) and "<b>futuro</b>" not in html_of(app)


def test_the_heatmap_has_a_point_for_every_cell_and_a_frame_for_every_letter(open_vocabulary):
    [conversion] = convert(open_vocabulary, ["visit"], keep_probabilities=True)
    form, vocabulary = conversion.forms["p"], open_vocabulary.vocabulary
    figure = letter_heatmap(form, vocabulary)
    heatmap, grid = figure.data
    ids = writable_ids(vocabulary)
    assert heatmap.z.shape == (27, 8) and len(grid.x) == 27 * 8 and len(figure.layout.shapes) == 8
    for (step, row), x, y in zip(grid.customdata, grid.x, grid.y, strict=True):
        assert (x, y) == (step + 1, row)
        assert heatmap.z[row, step] ** 2 == pytest.approx(form.probabilities[step, ids[row]], abs=1e-6)
    assert "likeliest:<br>v " in grid.text[0] and " bits" in grid.text[0]
    header, rows = letter_table(form, vocabulary)
    assert len(header) == 3 + 27 and [row[1] for row in rows] == [*"visited", "end"]
    assert all(sum(map(float, row[3:])) == pytest.approx(1, abs=1e-2) for row in rows)


def test_a_word_that_is_ended_at_its_first_step_is_shown_as_an_empty_one():
    app = visit("convert", word="visit", view="Letter by letter", step="1 v", letter="end")
    assert words_of(app)[3:] == ["visited", ""]


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "< 0.1%"), (0.0004, "< 0.1%"), (0.0006, "0.1%"), (0.973, "97.3%"), (0.9994, "99.9%"), (0.9996, "> 99.9%"),
        (1.0, "> 99.9%"),
    ],
)  # fmt: skip
def test_no_probability_is_written_as_certain_or_impossible(share, written):
    assert percent(share) == written


def test_bars_do_not_say_that_a_tense_is_certain():
    html = forms.tense_bars(np.array([1.0, 0.0, 0.0, 0.0]), "sp", Vocabulary())
    assert re.findall(r'<span class="number">([^<]+)<', html) == ["&gt; 99.9%", *["&lt; 0.1%"] * 3]


# Alternatives


def test_alternatives_are_words_with_their_shares():
    app = visit("convert", **OTHERS)
    [drawn] = re.findall(r'<table[^>]* class="shares".*?</table>', html_of(app))
    words = re.findall(r'data-whole="yes" aria-label="(\w+), (?:&[lg]t; )?([\d.]+)%"', html_of(app))
    assert len(words) == 5 and words[0][0] == "shot" and float(words[0][1]) > 50
    assert not app.dataframe
    table = opened(app, "alternatives").dataframe[0].value
    shares = table[table["found by"] == "draws"]["share"].astype(float)
    assert shares.sum() == pytest.approx(1)
    assert drawn.count("<tr ") == len(shares)


def test_another_seed_gives_other_draws_and_the_same_seed_the_same():
    def drawn(seed):
        return opened(visit("convert", **OTHERS, draws_seed=seed), "alternatives").dataframe[0].value

    assert drawn("1").equals(drawn("1"))
    assert not drawn("1").equals(drawn("2"))
