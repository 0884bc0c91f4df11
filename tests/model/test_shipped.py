"""The shipped models are what the README says they are."""

import tomllib

import pytest

from cvae.core.config import TrainConfig
from cvae.core.settings import ROOT
from cvae.data.paradigms import read_pairs, read_paradigms
from cvae.evaluation.exact_match import (
    evaluate_pairs,
    evaluate_prior,
    evaluate_tense_finding,
    mark,
    mean_bleu4,
)
from cvae.evaluation.metrics import off_diagonal_mean
from cvae.evaluation.report import measure_copying, measure_familiar, unseen_by
from cvae.inference.conversion import convert
from cvae.model.checkpoint import load_checkpoint

CHECKPOINTS = ROOT / "checkpoints"
TWIN, AWAKE = "twins/open-vocabulary", "twins/awake"


@pytest.fixture(scope="module", params=["classroom", "open-vocabulary", TWIN, AWAKE])
def name(request):
    return request.param


def load(name):
    return load_checkpoint(CHECKPOINTS / f"{name}.safetensors")


def test_each_was_trained_by_its_config_on_the_data_of_the_repo(name):
    _, info = load(name)
    assert info.training == TrainConfig.from_json(tomllib.loads((CHECKPOINTS / f"{name}.toml").read_text()))
    assert info.data["fingerprint"] == read_paradigms(info.training.data).fingerprint()


def test_the_recorded_scores_are_the_measured_ones(name):
    model, info = load(name)
    rows = read_paradigms(info.training.data).rows
    score, distinct = evaluate_prior(model, rows, info.training.draws)
    assert info.scores["gaussian_score"] == pytest.approx(score, abs=0.01)
    assert info.scores["distinct"] == pytest.approx(distinct, abs=10)
    assert info.scores["bleu4"] == pytest.approx(mean_bleu4(evaluate_pairs(model, read_pairs())), abs=0.01)


@pytest.mark.parametrize(("checkpoint", "score", "distinct"), [("classroom", 0.9, 630), ("open-vocabulary", 0.75, 450)])
def test_both_answer_the_ten_pairs_and_fill_their_prior(checkpoint, score, distinct):
    _, info = load(checkpoint)
    assert info.scores["bleu4"] == 1 and info.training.draws == 1000
    assert info.scores["gaussian_score"] >= score and info.scores["distinct"] >= distinct


@pytest.mark.parametrize("verbs", ["heldout", "unseen"])
def test_the_twin_of_open_vocabulary_converts_verbs_it_has_never_seen_and_the_shipped_file_knows_them(verbs):
    twin, twin_info = load(TWIN)
    shipped, info = load("open-vocabulary")
    rows = read_paradigms(verbs).rows
    assert unseen_by(twin_info)[verbs] == rows and unseen_by(info)[verbs] == ()
    assert off_diagonal_mean(mark(twin, rows).matrix) >= 0.95
    assert evaluate_tense_finding(twin, rows)[0] >= 0.95
    assert off_diagonal_mean(mark(shipped, rows).matrix) >= 0.98


def test_the_shipped_open_vocabulary_knows_every_irregular_verb_and_its_participle():
    irregular = measure_familiar(load("open-vocabulary")[0])["irregular"]
    assert irregular["verbs"] >= 165 and irregular["exact_match"] == 1


@pytest.mark.parametrize("checkpoint", ["open-vocabulary", TWIN])
def test_open_vocabulary_copies_long_stems(checkpoint):
    copied = {part["syllables"]: part["come_back"] for part in measure_copying(load(checkpoint)[0])["invented_stems"]}
    assert copied[2] >= 0.97 and copied[3] >= 0.97 and copied[4] >= 0.93


@pytest.mark.parametrize(
    "paradigm",
    [
        "walk walks walking walked walked",
        "be is being was been",
        "have has having had had",
        "do does doing did done",
        "say says saying said said",
        "see sees seeing saw seen",
        "take takes taking took taken",
        "sing sings singing sang sung",
        "stop stops stopping stopped stopped",
        "try tries trying tried tried",
    ],
)
def test_open_vocabulary_knows_what_everyone_tries_first(paradigm):
    model, _ = load("open-vocabulary")
    forms = paradigm.split()
    for conversion in convert(model, forms):
        assert [form.text for form in conversion.forms.values()] == forms, conversion.word
