"""A look inside a conversion, many words at once, and draws around a verb, as visitors meet them."""

import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from cvae.checkpoint import load_checkpoint
from cvae.inference import convert, sample, sample_around
from cvae.letter_charts import letter_heatmap, letter_table, running_score, score_line, writable_ids
from cvae.settings import ROOT
from tests.test_pages import EIGHT, ITALIAN, PAGES, folder, html_of, save_untrained, sentences_of, shipped, visit

__all__ = ["folder", "shipped"]  # fixtures

LETTERS = {"word": "visit", "view": "Letter by letter"}
OTHERS = {"word": "shoot", "view": "Alternatives"}


@pytest.fixture(scope="module")
def open_vocabulary():
    return load_checkpoint(ROOT / "checkpoints" / "open-vocabulary.safetensors")[0]


def outcomes_of(app) -> list[str]:
    """The words of the what-if: the model's own, and the forced one."""
    return re.findall(r'class="outcome".*?aria-label="([^"]*)"', html_of(app))


def figure_of(app) -> dict:
    [chart] = app.get("plotly_chart")
    return json.loads(chart.proto.spec)


def paste(app, text: str):
    app.text_area(key="pasted").input(text).run()
    assert not app.exception
    return app


# Beside each form


def test_the_rules_stand_beside_the_lists(shipped):
    html = html_of(visit(word="shoot"))
    assert '<span class="quiet">rules</span><span class="differs">≠ <b>shotted' not in html
    assert '<span class="quiet">lists</span><span class="differs">≠ <b>shot</b>' in html
    assert html.count('<span class="quiet">rules</span><span class="agrees">✓ same') == 4


def test_the_rules_are_for_english_alone(folder):
    save_untrained(folder / "other.safetensors", ITALIAN)
    assert '<span class="quiet">rules</span>' not in html_of(visit(word="dare"))


# Letter by letter


def test_the_heatmap_shows_the_letters_of_the_chosen_tense(shipped):
    app = visit(**LETTERS)
    heatmap, grid = figure_of(app)["data"]
    assert figure_of(app)["layout"]["xaxis"]["ticktext"] == [*"visited", "end"]
    assert heatmap["type"] == "heatmap" and grid["type"] == "scatter"
    app.segmented_control(key="look").select("tp").run()
    assert outcomes_of(app) == ["visits"]


def test_a_forced_letter_is_followed_and_can_be_taken_back(shipped):
    app = visit(**LETTERS)
    assert outcomes_of(app) == ["visited"]
    app.selectbox(key="step").select(6)
    app.selectbox(key="letter").select("t").run()
    assert outcomes_of(app) == ["visited", "visitted"]
    app.button(key="forget").click().run()
    assert outcomes_of(app) == ["visited"]


def test_a_link_can_hold_a_forced_letter_and_another_word_lets_it_go(shipped):
    app = visit(**LETTERS, step="6 e", letter="end")
    assert outcomes_of(app) == ["visited", "visit"]
    app.text_input(key="word").input("edit").run()
    assert outcomes_of(app) == ["edited"]


@pytest.mark.parametrize("link", [{"step": "99", "letter": "t"}, {"step": "6 e", "letter": "<b>"}, {"look": "future"}])
def test_nonsense_in_a_link_to_a_letter_falls_back(shipped, link):
    assert outcomes_of(visit(**LETTERS, **link))[0] == "visited"


@pytest.mark.parametrize("vocabulary", [ITALIAN, EIGHT])
@pytest.mark.parametrize("view", ["Letter by letter", "Alternatives"])
def test_other_letters_and_tenses_can_be_looked_into(folder, vocabulary, view):
    save_untrained(folder / "other.safetensors", vocabulary)
    html = html_of(visit(word=vocabulary.alphabet[:2], view=view))
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


# Alternatives


def opened(app: AppTest, figure: str) -> AppTest:
    """The page with the numbers of a figure unfolded: only then are they made."""
    app.session_state[f"{figure}-data"] = True
    return app.run()


def test_alternatives_are_words_with_their_shares(shipped):
    app = visit(**OTHERS)
    [likeliest, drawn] = re.findall(r'<table class="shares".*?</table>', html_of(app))
    assert likeliest.count("<tr>") == 5 and 'number">9' in likeliest
    assert not app.dataframe
    table = opened(app, "alternatives").dataframe[0].value
    shares = table[table["found by"] == "draws"]["share"].astype(float)
    assert shares.sum() == pytest.approx(1)
    assert drawn.count("<tr>") == len(shares)


def test_another_seed_gives_other_draws_and_the_same_seed_the_same(shipped):
    def drawn(seed):
        return opened(visit(**OTHERS, draws_seed=seed), "alternatives").dataframe[0].value

    assert drawn("1").equals(drawn("1"))
    assert not drawn("1").equals(drawn("2"))


# Many words


def test_pasted_words_are_converted_and_bad_ones_are_named(shipped):
    app = paste(visit(mode="Many words"), "walk, w4lk\nstopped")
    [sentence] = sentences_of(app)
    assert sentence.startswith("Row 2, “w4lk”: “4” is not")
    answers = app.dataframe[-1].value
    assert list(answers["simple past"]) == ["walked", "", "stopped"]


def test_gold_answers_are_scored_and_errors_are_listed(shipped):
    app = paste(visit(mode="Many words"), "word,to,gold\nwalk,p,walked\nstop,p,stoped\nshoot,p,shot\nsing,,\n")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures == {"Exact match": "33.3%", "Right": "1 of 3", "95 % interval": "6.1% – 79.2%"}
    differing = next(table.value for table in app.dataframe if list(table.value.columns)[-2:] == ["answer", "gold"])
    assert list(differing["gold"]) == ["stoped", "shot"]


@pytest.mark.parametrize(
    "text, part",
    [
        ("walk " * 1_001, "1,001 rows, but 1,000 is the most"),
        ("word,from\n", "no word below"),
        ('word,from\n"walk', "not a CSV file"),
    ],
)
def test_what_is_no_list_gets_one_sentence(shipped, text, part):
    app = paste(visit(word="walk", mode="Many words"), text)
    [sentence] = sentences_of(app)
    assert part in sentence
    assert "✓ same" in html_of(app)  # the other tab goes on


def test_an_uploaded_table_is_read_and_text_that_is_not_utf8_refused(shipped):
    app = visit(mode="Many words")
    app.file_uploader(key="file").upload("words.csv", "word;to\nwalk;p\n".encode("utf-8-sig"), "text/csv").run()
    assert list(app.dataframe[-1].value["answer"]) == ["walked"]
    app.file_uploader(key="file").upload("words.csv", b"word\nna\xefve\n", "text/csv").run()
    assert "not UTF-8" in sentences_of(app)[0]


def test_a_row_of_too_few_cells_is_reported_in_its_place(shipped):
    app = paste(visit(mode="Many words"), "word,from,to\nwalk,sp,p\ngo\n")
    assert "This row has 1 cells, not 3" in sentences_of(app)[0]


# Sample


def test_draws_around_a_verb_are_those_of_the_library(shipped):
    app = visit(PAGES[1], draw_from="around a verb", verb="stop", number="20", seed="5")
    model = load_checkpoint(ROOT / "checkpoints" / "classroom.safetensors")[0]
    table = app.dataframe[0].value
    drawn = list(
        table[["simple present", "third person", "present progressive", "simple past"]].itertuples(index=False)
    )
    assert drawn == sample_around(model, "stop", None, 20, 5)
    assert drawn != sample(model, 20, 5)
    assert "Share known" in [metric.label for metric in app.metric]


def test_what_is_no_verb_can_not_be_drawn_around(shipped):
    [sentence] = sentences_of(visit(PAGES[1], draw_from="around a verb", verb="can"))
    assert "modal" in sentence


def test_known_verbs_have_distance_zero_and_others_name_their_neighbour(shipped):
    table = visit(PAGES[1]).dataframe[0].value
    known = table[table["origin"] == "● known"]
    assert (known["distance"] == 0).all() and (known["nearest"] == known["simple present"]).all()
    far = table[table["distance"] > 0]
    assert len(far) and (far["nearest"] != far["simple present"]).all()


def test_the_running_score_ends_at_the_score(shipped):
    app = visit(PAGES[1], draws_view="Running score")
    score = next(metric.value for metric in app.metric if metric.label == "Gaussian score")
    assert f"Gaussian score {score} after 100 points" in app.markdown[0].value
    rows = app.dataframe[0].value
    assert len(rows) == 100 and f"{rows['share'].iloc[-1]:.2f}" == score


def test_the_band_holds_the_line():
    header, rows = running_score([True, False, True, True])
    assert header == ["points", "share", "low", "high"]
    assert list(rows[:, 1]) == pytest.approx([1, 1 / 2, 2 / 3, 3 / 4])
    assert ((rows[:, 2] <= rows[:, 1]) & (rows[:, 1] <= rows[:, 3])).all()
    low, band, line = score_line([True, False]).data
    assert band.fill == "tonexty" and list(line.y) == [1, 0.5] and len(low.x) == 2
