"""The app as its visitors meet it: every story starts at the router."""

import re
import shutil
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from cvae.checkpoint import CheckpointInfo, save_checkpoint
from cvae.config import KLSchedule, LearningRateSchedule, ModelConfig, TrainConfig
from cvae.model import build_model
from cvae.runs import Run, train_in_folder
from cvae.settings import ROOT
from cvae.training_data import describe_data, load_training_data
from cvae.vocabulary import EOS, Vocabulary
from pages._draws import Row, as_csv

SMALL = ModelConfig(embedding=8, hidden=16, latent=3)
ENGLISH = Vocabulary()
ITALIAN = Vocabulary("acdeimnoprstuvàò", ("presente", "passato remoto", "<b>futuro</b>"))
EIGHT = Vocabulary("abc", tuple(f"tense {i}" for i in range(8)))
PAGES = ["pages/convert.py", "pages/sample.py"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty folder of checkpoints that the app looks into."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(folder))
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


def save_untrained(
    path: Path, vocabulary: Vocabulary = ENGLISH, seed: int = 1, never_ends: bool = False, **header
) -> None:
    model = build_model(SMALL, vocabulary, seed)
    if never_ends:
        model.decoder.output.bias.data[EOS] = -1e9
    save_checkpoint(path, model, CheckpointInfo(SMALL, vocabulary, TrainConfig(model=SMALL, data="none"), **header))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The file of a model that knows walk, be, stop and sing by heart."""
    path = tmp_path_factory.mktemp("four")
    (path / "four.txt").write_text(
        "walk walks walking walked\nbe is being was\nstop stops stopping stopped\nsing sings singing sang\n"
    )
    run = Run.create(
        path / "run",
        TrainConfig(
            model=ModelConfig(embedding=32, hidden=64, latent=8),
            learning_rate=LearningRateSchedule(peak=1e-2),
            kl=KLSchedule(maximum=0.05),
            data=str(path / "four.txt"),
            epochs=300,
            batch_size=16,
            evaluate_every=300,
            draws=20,
        ),
    )
    for _ in train_in_folder(run):
        pass
    return run.model_path


@pytest.fixture
def four_verb_model(folder, trained):
    """That model under the names of both defaults."""
    for name in ("classroom", "open-vocabulary"):
        shutil.copy(trained, folder / f"{name}.safetensors")


@pytest.fixture
def shipped(monkeypatch):
    monkeypatch.delenv("TENSE_LAB_CHECKPOINTS", raising=False)


def visit(page: str = PAGES[0], **query: str) -> AppTest:
    """The app as opened by a link to one of its pages."""
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(page).run()
    assert not app.exception
    return app


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def words_of(app: AppTest) -> list[str]:
    """The words on the page, as a screen reader would say them."""
    return [unescape(word) for word in re.findall(r'role="img" aria-label="([^"]*)"', html_of(app))]


def sentences_of(app: AppTest) -> list[str]:
    return [message.value for message in [*app.warning, *app.error]]


# Convert


def test_a_first_visit_shows_an_invitation_and_words_to_click(four_verb_model):
    app = visit()
    assert "Type a verb, or click one" in html_of(app)
    app.button(key="example-walk").click().run()
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    assert app.text_input(key="word").value == "walk"


def test_the_table_follows_the_word(four_verb_model):
    app = visit()
    app.text_input(key="word").input("walked").run()
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    app.text_input(key="word").input("Stopping ").run()
    assert words_of(app) == ["stop", "stops", "stopping", "stopped"]


def test_a_link_holds_the_word_its_tense_the_target_and_the_model(four_verb_model):
    link = {"word": "walked", "from": "simple past", "to": "present progressive", "checkpoint": "classroom"}
    app = visit(**link)
    assert words_of(app) == ["walking"]
    assert app.selectbox(key="checkpoint").value == "classroom"
    assert {name: app.query_params[name] for name in link} == link


def test_nonsense_in_a_link_falls_back_to_the_defaults(four_verb_model):
    app = visit(word="walk", checkpoint="nope", **{"from": "future", "to": "nowhere"})
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    assert sentences_of(app) == ["There is no model “nope” here: this is open-vocabulary."]


def test_the_tense_is_the_models_guess_unless_it_was_chosen(four_verb_model):
    html = html_of(visit(word="walk"))
    shares = [float(share) for share in re.findall(r'<td><span class="number">([\d.]+)%', html)]
    assert len(shares) == 4 and sum(shares) == pytest.approx(100, abs=0.3)
    chosen = visit(word="walk", **{"from": "third person"})
    assert any(text.value == "Read as third person, as you chose." for text in chosen.markdown)


def test_new_letters_are_marked_and_doubts_are_named(four_verb_model):
    html = html_of(visit(word="walk"))
    assert len(re.findall(r'class="letter new"', html)) == len("s" + "ing" + "ed")
    assert re.search(r'title="w \d+\.\d%, \S+ \d+\.\d%', html)


def test_the_page_says_what_the_word_lists_know(four_verb_model):
    trained = visit(word="walk")
    assert "“walk” was in the training data." in [text.value for text in trained.markdown]
    assert html_of(trained).count("✓ same") == 4 + 4  # by the lists, and by the rules
    held_out = visit(word="shooting")
    assert any("a real verb, but the model was not trained on it" in text.value for text in held_out.markdown)
    assert "≠" in html_of(held_out)
    unlisted = visit(word="blorf")
    assert any("in no word list" in text.value for text in unlisted.markdown)
    assert '<span class="quiet">lists</span><span class="quiet">–</span>' in html_of(unlisted)


def test_a_tense_that_the_lists_do_not_know_for_the_word_is_pointed_out(four_verb_model):
    app = visit(word="walk", **{"from": "simple past"})
    assert any("The word lists have it as simple present." in text.value for text in app.markdown)


@pytest.mark.parametrize(
    "word, part",
    [
        ("walk2", "“2” is not in this model's alphabet"),
        ("two words", "a space inside"),
        ("naïve", "“ï” is not"),
        ("😀", "“😀” is not"),
        ("<b>", "“\\<” is not"),
        ("*", "“\\*” is not"),
        ("a\u0000b", "U+0000"),
        ("a" * 10_000, "10,000"),
        ("can", "modal"),
        ("been", "be"),
    ],
)  # fmt: skip
def test_what_is_no_verb_gets_one_sentence(four_verb_model, word, part):
    app = visit(word=word)
    [sentence] = sentences_of(app)
    assert part in sentence
    assert not words_of(app)


def test_spaces_alone_are_an_empty_box(four_verb_model):
    app = visit(word="   ")
    assert "Type a verb, or click one" in html_of(app)
    assert not sentences_of(app)


def test_a_word_that_would_not_end_says_so(folder):
    save_untrained(folder / "untrained.safetensors")
    assert "no end came" in html_of(visit(word="walk"))


# Models


def test_each_page_takes_its_own_model_until_the_visitor_picks(four_verb_model):
    app = visit()
    assert app.selectbox(key="checkpoint").value == "open-vocabulary"
    app.switch_page(PAGES[1]).run()
    assert app.selectbox(key="checkpoint").value == "classroom"
    app.selectbox(key="checkpoint").select("open-vocabulary").run()
    app.switch_page(PAGES[0]).run()
    app.switch_page(PAGES[1]).run()
    assert app.selectbox(key="checkpoint").value == "open-vocabulary"


@pytest.mark.parametrize("page", PAGES)
def test_without_any_model_a_sentence_says_what_to_do(folder, page):
    for state in ("empty", "missing"):
        if state == "missing":
            folder.rmdir()
        [sentence] = sentences_of(visit(page))
        assert "no model" in sentence and "TENSE_LAB_CHECKPOINTS" in sentence


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_model_is_refused_and_another_can_be_picked(folder, page):
    save_untrained(folder / "good.safetensors")
    (folder / "bad.safetensors").write_bytes((folder / "good.safetensors").read_bytes()[:-100])
    app = visit(page, checkpoint="bad")
    [sentence] = sentences_of(app)
    assert "bad.safetensors" in sentence
    app.selectbox(key="checkpoint").select("good").run()
    assert not sentences_of(app) and not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_model_of_another_shape_than_it_says_is_refused(folder, page):
    model = build_model(ModelConfig(embedding=8, hidden=24, latent=3), Vocabulary(), 1)
    info = CheckpointInfo(SMALL, Vocabulary(), TrainConfig(model=SMALL))
    save_checkpoint(folder / "odd.safetensors", model, info)
    [sentence] = sentences_of(visit(page))
    assert "shape" in sentence


def test_a_model_that_was_trained_on_is_read_again(folder):
    path = folder / "growing.safetensors"
    save_untrained(path, seed=1)
    before = words_of(visit(word="walk"))
    save_untrained(path, seed=2)
    assert words_of(visit(word="walk")) != before


def test_the_header_of_a_model_is_shown_as_text(folder):
    data = {"name": "<script>alert(1)</script>", "paradigms": "many"}
    save_untrained(folder / "strange.safetensors", data=data, scores={"bleu4": "high"})
    html = html_of(visit())
    assert "<script>" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize("vocabulary", [ITALIAN, EIGHT])
def test_other_tenses_and_letters_work_on_both_pages(folder, vocabulary):
    save_untrained(folder / "other.safetensors", vocabulary)
    app = visit(word=vocabulary.alphabet[:2])
    assert len(words_of(app)) == len(vocabulary.tenses)
    assert "<b>futuro</b>" not in html_of(app)
    [sentence] = sentences_of(visit(word="walk"))
    assert "alphabet" in sentence
    draws = visit(PAGES[1], number="5")
    assert list(draws.dataframe[0].value.columns) == ["point", *vocabulary.tenses]
    assert "can't be computed" in draws.info[0].value


def test_examples_come_from_the_training_data_of_another_language(folder, tmp_path):
    file = tmp_path / "other.txt"
    file.write_text("# tenses: now then\nabba abbo\nacca acco\n")
    config = TrainConfig(model=SMALL, data=str(file))
    data = load_training_data(config)
    vocabulary = data.paradigms.vocabulary
    info = CheckpointInfo(SMALL, vocabulary, config, describe_data(config, data))
    save_checkpoint(folder / "other.safetensors", build_model(SMALL, vocabulary, 1), info)
    app = visit()
    app.button(key="example-abbo").click().run()
    assert any("was in the training data" in text.value for text in app.markdown)


# Sample


def test_the_same_seed_gives_the_same_table_and_another_seed_another(four_verb_model):
    app, again = visit(PAGES[1], seed="3"), visit(PAGES[1], seed="3")
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


def test_a_longer_draw_begins_with_the_shorter_one(four_verb_model):
    short, long = visit(PAGES[1], number="10"), visit(PAGES[1], number="20")
    assert short.dataframe[0].value.equals(long.dataframe[0].value.head(10))


def test_at_temperature_zero_every_point_is_the_centre(four_verb_model):
    table = visit(PAGES[1], temperature="0").dataframe[0].value
    assert len(table) == 100
    assert len(table.drop(columns="point").drop_duplicates()) == 1


def test_scores_agree_with_the_table_and_the_filter_shows_one_kind(four_verb_model):
    app = visit(PAGES[1])
    table = app.dataframe[0].value
    figures = {metric.label: metric.value for metric in app.metric}
    known = table[table["origin"] == "● known"]
    assert figures["Gaussian score"] == f"{len(known) / 100:.2f}"
    assert figures["Distinct"] == str(len(known.drop(columns="point").drop_duplicates()))
    assert figures["Invented"] == str((table["origin"] == "○ invented").sum())
    shown = visit(PAGES[1], show="known").dataframe[0].value
    assert shown.equals(known.reset_index(drop=True))


def test_without_known_training_data_there_is_no_score(folder):
    save_untrained(folder / "orphan.safetensors")
    app = visit(PAGES[1], number="5")
    assert "can't be computed" in app.info[0].value
    assert "Gaussian score" not in [metric.label for metric in app.metric]


def test_figures_out_of_range_in_a_link_fall_back(four_verb_model):
    app = visit(PAGES[1], number="1000000", temperature="-1", seed="x")
    assert len(app.dataframe[0].value) == 100
    assert app.number_input(key="seed").value == 0


def test_the_largest_seed_is_followed_by_zero(four_verb_model):
    app = visit(PAGES[1], seed=str(2**31 - 1), number="1")
    app.button(key="again").click().run()
    assert app.number_input(key="seed").value == 0


def test_words_that_would_not_end_are_told(folder):
    save_untrained(folder / "endless.safetensors", never_ends=True)
    app = visit(PAGES[1], number="5")
    assert "20 of 20 words stopped after 33 letters: no end came." in [caption.value for caption in app.caption]


def test_the_csv_has_all_rows_and_no_formulas():
    vocabulary = Vocabulary("ab-", ("now", "=then"))
    text = as_csv([Row(1, "known", ("a", "-b"), "a", 0), Row(2, None, ("", "ab"))], vocabulary).decode()
    assert text == "point,origin,now,'=then,nearest,distance\n1,known,a,'-b,a,0\n2,,,ab,,\n"


# The shipped models


def test_the_shipped_model_knows_walk(shipped):
    app = visit(word="walk")
    assert words_of(app) == ["walk", "walks", "walking", "walked"]
    assert "✓ same" in html_of(app)


def test_the_shipped_model_draws_training_verbs(shipped):
    figures = {metric.label: metric.value for metric in visit(PAGES[1]).metric}
    assert float(figures["Gaussian score"]) >= 0.4
    assert int(figures["Distinct"]) >= 30
