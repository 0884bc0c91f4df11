"""The models that the pages work with: which one, a bad one, one of another language."""

import re
import shutil
from types import SimpleNamespace

import pytest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.settings import ROOT
from cvae.data.vocabulary import Vocabulary
from cvae.inference.conversion import convert
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint, save_checkpoint
from cvae.model.cvae import build_model
from pages.shared import models, navigation
from tests.app import (
    EIGHT,
    ITALIAN,
    SMALL,
    captions_of,
    html_of,
    save_claiming,
    save_untrained,
    sentences_of,
    visit,
    words_of,
)

PAGES = ["convert", "sample"]


@pytest.mark.parametrize("page", ["convert", "inside", "sample", "latent", "theory"])
def test_every_page_takes_the_same_model_until_the_visitor_picks_one(four_verb_model, page):
    app = visit(page)
    assert app.selectbox(key="checkpoint").value == "open-vocabulary"
    app.selectbox(key="checkpoint").select("classroom").run()
    app.switch_page("pages/sample/sample.py").run()
    assert app.selectbox(key="checkpoint").value == "classroom"


def test_a_link_to_a_model_that_is_not_there_picks_none_for_the_other_pages(four_verb_model):
    app = visit("convert", checkpoint="gone")
    assert sentences_of(app) == ["There is no such model here: this is open-vocabulary."]
    assert navigation.MODEL_PICKED not in app.session_state


@pytest.mark.parametrize("page", PAGES)
def test_without_any_model_a_sentence_says_what_to_do(models_folder, page):
    for state in ("empty", "missing"):
        if state == "missing":
            models_folder.rmdir()
        [sentence] = sentences_of(visit(page))
        assert "no model" in sentence and "TENSE_LAB_CHECKPOINTS" in sentence and "/" not in sentence


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_model_is_refused_and_another_can_be_picked(models_folder, page):
    save_untrained(models_folder / "good.safetensors")
    (models_folder / "bad.safetensors").write_bytes((models_folder / "good.safetensors").read_bytes()[:-100])
    app = visit(page, checkpoint="bad")
    [sentence] = sentences_of(app)
    assert "bad.safetensors" in sentence
    app.selectbox(key="checkpoint").select("good").run()
    assert not sentences_of(app) and not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_link_to_no_file_is_refused_and_a_name_that_can_not_be_shown_is_passed_over(models_folder, page):
    save_untrained(models_folder / "good.safetensors")
    shutil.copy(models_folder / "good.safetensors", models_folder / "\udcff.safetensors")
    (models_folder / "gone.safetensors").symlink_to("nowhere")
    app = visit(page, checkpoint="gone")
    assert app.selectbox(key="checkpoint").options == ["gone", "good"]
    assert sentences_of(app) == ["gone.safetensors can’t be read: No such file or directory. Get the file again."]
    app.selectbox(key="checkpoint").select("good").run()
    assert not sentences_of(app) and not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_a_model_of_another_shape_than_it_says_is_refused(models_folder, page):
    model = build_model(ModelConfig(embedding=8, hidden=24, latent=3), Vocabulary(), 1)
    info = CheckpointInfo(SMALL, Vocabulary(), TrainConfig(model=SMALL))
    save_checkpoint(models_folder / "odd.safetensors", model, info)
    [sentence] = sentences_of(visit(page))
    assert "shape" in sentence


def test_a_model_that_was_trained_on_is_read_again(models_folder):
    path = models_folder / "growing.safetensors"
    save_untrained(path, seed=1)
    before = words_of(visit("convert", word="walk"))
    save_untrained(path, seed=2)
    assert words_of(visit("convert", word="walk")) != before


def test_the_header_of_a_model_is_shown_as_text(models_folder):
    data = {"name": "<script>alert(1)</script>", "paradigms": 4}
    save_untrained(models_folder / "strange.safetensors", data=data, scores={"bleu4": 0.5})
    html = html_of(visit("convert"))
    assert "<script>alert" not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize("vocabulary", [ITALIAN, EIGHT])
def test_other_tenses_and_letters_work_on_both_pages(models_folder, vocabulary):
    save_untrained(models_folder / "other.safetensors", vocabulary)
    app = visit("convert", word=vocabulary.alphabet[:2])
    assert len(words_of(app)) == len(vocabulary.tenses)
    assert "<b>futuro</b>" not in html_of(app)
    [sentence] = sentences_of(visit("convert", word="walk"))
    assert "alphabet" in sentence
    draws = visit("sample", number="5")
    assert list(draws.dataframe[0].value.columns) == ["point", *vocabulary.tenses]
    assert "can’t be computed" in draws.info[0].value


def test_examples_come_from_the_training_data_of_another_language(models_folder, tmp_path):
    file = tmp_path / "other.txt"
    file.write_text("# tenses: now then\nabba abbo\nacca acco\n")
    save_claiming(models_folder / "other.safetensors", str(file))
    app = visit("convert")
    app.pills(key="word-examples").set_value("abbo").run()
    assert "was in the training data" in html_of(app)
    suggested = [
        visit("convert").text_input(key="word").placeholder,
        visit("latent").text_input(key="verb").placeholder,
    ]
    typed = [
        *(visit("home", **link).text_input(key="typed").value for link in ({"model": "other"}, {})),
        visit("sample", draw_from="around a verb").text_input(key="verb").value,
        visit("theory", section="One word").text_input(key="example").value,
    ]
    assert {*suggested, *typed} <= {"abba", "abbo", "acca", "acco"}


@pytest.mark.parametrize("page", [*PAGES, "latent"])
def test_models_of_the_recorded_experiments_can_be_picked_and_the_apps_own_come_first(page):
    names = visit(page).selectbox(key="checkpoint").options
    trained = [name for name in names if name.startswith("from the experiments: ")]
    assert {name.rpartition(": ")[2].split("-")[0] for name in trained} == {"constant", "monotonic", "cyclical"}
    assert names[-len(trained) :] == trained and not visit(page, checkpoint=trained[0]).exception


def test_words_and_letters_of_a_model_are_text(models_folder, tmp_path):
    file = tmp_path / "other.txt"
    file.write_text("# tenses: now then\n# alphabet: *abcd\n*a* *b*\n*c* *d*\n")
    save_claiming(models_folder / "other.safetensors", str(file))
    [label] = visit("home").pills(key="typed-examples").options
    assert label[:2] == r"\*" and label[-2:] == r"\*"
    said = captions_of(visit("theory", section="Teacher forcing", truth="*"))
    assert re.search(r"Least sure of .*“\\\*”", said)


def test_a_collapsed_model_says_the_same_of_every_verb():
    model, info = load_checkpoint(ROOT / "checkpoints" / "experiments" / "constant-1-collapsed.safetensors")
    answers = convert(model, ["walk", "sing", "stop", "teach"], "sp")
    assert len({tuple(form.text for form in answer.forms.values()) for answer in answers}) == 1
    assert info.scores["active_units"] == 0


def test_a_form_that_verbs_share_is_suggested_once(monkeypatch):
    rows = frozenset({("amo", "x"), ("vedo", "x"), ("sento", "x")})
    monkeypatch.setattr(models, "training_paradigms", lambda info: rows)
    opened = SimpleNamespace(model=SimpleNamespace(vocabulary=ITALIAN), info=None)
    assert models.suggest(opened, ["walk", "went", "sang"]) == ["x"]
