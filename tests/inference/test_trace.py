"""A look inside a conversion, as visitors meet it."""

import re

import pytest

from cvae.charts.letters import letter_heatmap, letter_table, writable_ids
from cvae.core.settings import ROOT
from cvae.inference.conversion import convert
from cvae.model.checkpoint import load_checkpoint
from tests.app import EIGHT, ITALIAN, figures_of, html_of, opened, save_untrained, visit

LETTERS = {"word": "visit", "view": "Letter by letter"}
OTHERS = {"word": "shoot", "view": "Alternatives"}


@pytest.fixture(scope="module")
def open_vocabulary():
    return load_checkpoint(ROOT / "checkpoints" / "open-vocabulary.safetensors")[0]


def outcomes_of(app) -> list[str]:
    """The words of the what-if: the model's own, and the forced one."""
    return re.findall(r'class="outcome".*?aria-label="([^"]*)"', html_of(app))


# Letter by letter


def test_the_heatmap_shows_the_letters_of_the_chosen_tense(shipped):
    app = visit("convert", **LETTERS)
    [figure] = figures_of(app)
    heatmap, grid = figure["data"]
    assert figure["layout"]["xaxis"]["ticktext"] == [*"visited", "end"]
    assert heatmap["type"] == "heatmap" and grid["type"] == "scatter"
    app.segmented_control(key="look").select("tp").run()
    assert outcomes_of(app) == ["visits"]


def test_a_forced_letter_is_followed_and_can_be_taken_back(shipped):
    app = visit("convert", **LETTERS)
    assert outcomes_of(app) == ["visited"]
    app.selectbox(key="step").select(6)
    app.selectbox(key="letter").select("t").run()
    assert outcomes_of(app) == ["visited", "visitted"]
    assert figures_of(app)[0]["layout"]["xaxis"]["ticktext"] == [*"visitted", "end"]
    app.button(key="forget").click().run()
    assert outcomes_of(app) == ["visited"]


def test_a_link_can_hold_a_forced_letter_and_another_word_lets_it_go(shipped):
    app = visit("convert", **LETTERS, step="6 e", letter="end")
    assert outcomes_of(app) == ["visited", "visit"]
    app.text_input(key="word").input("edit").run()
    assert outcomes_of(app) == ["edited"]


@pytest.mark.parametrize("link", [{"step": "99", "letter": "t"}, {"step": "6 e", "letter": "<b>"}, {"look": "future"}])
def test_nonsense_in_a_link_to_a_letter_falls_back(shipped, link):
    assert outcomes_of(visit("convert", **LETTERS, **link))[0] == "visited"


@pytest.mark.parametrize("vocabulary", [ITALIAN, EIGHT])
@pytest.mark.parametrize("view", ["Letter by letter", "Alternatives"])
def test_other_letters_and_tenses_can_be_looked_into(models_folder, vocabulary, view):
    save_untrained(models_folder / "other.safetensors", vocabulary)
    html = html_of(visit("convert", word=vocabulary.alphabet[:2], view=view))
    assert "<b>futuro</b>" not in html


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


def test_a_forced_letter_can_be_kept_and_without_one_there_is_nothing_to_keep(shipped):
    forced = opened(visit("convert", word="visit", view="Letter by letter", step="6 e", letter="t"), "letters")
    plain = opened(visit("convert", word="visit", view="Letter by letter"), "letters")
    labels = [[button.proto.label for button in app.get("download_button")] for app in (forced, plain)]
    assert labels == [["CSV", "Figure as HTML", "What if as CSV"], ["CSV", "Figure as HTML"]]


def test_a_word_that_is_ended_at_its_first_step_is_shown_as_an_empty_one(shipped):
    app = visit("convert", word="visit", view="Letter by letter", step="1 v", letter="end")
    assert "With the end at step 1" in html_of(app) + "".join(text.value for text in [*app.markdown, *app.caption])


# Alternatives


def test_alternatives_are_words_with_their_shares(shipped):
    app = visit("convert", **OTHERS)
    [likeliest, drawn] = re.findall(r'<table[^>]* class="shares".*?</table>', html_of(app))
    first = re.search(r'class="number">([\d.]+)%', likeliest)
    assert likeliest.count("<tr ") == 5 and float(first[1]) > 50
    assert not app.dataframe
    table = opened(app, "alternatives").dataframe[0].value
    shares = table[table["found by"] == "draws"]["share"].astype(float)
    assert shares.sum() == pytest.approx(1)
    assert drawn.count("<tr ") == len(shares)


def test_another_seed_gives_other_draws_and_the_same_seed_the_same(shipped):
    def drawn(seed):
        return opened(visit("convert", **OTHERS, draws_seed=seed), "alternatives").dataframe[0].value

    assert drawn("1").equals(drawn("1"))
    assert not drawn("1").equals(drawn("2"))
