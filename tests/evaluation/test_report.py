"""The report of `evaluate`: what is in it, and that it can be read."""

import json
from dataclasses import replace

import pytest

from cvae.cli.report_text import render_report
from cvae.core.config import Augmentation, ModelConfig, TrainConfig
from cvae.core.errors import BadCheckpoint
from cvae.data.dataset import describe_data, load_training_data
from cvae.data.paradigms import read_paradigms, write_paradigms
from cvae.data.verbs import Paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.evaluation.inflection_task import score_task
from cvae.evaluation.report import evaluate, unseen_by
from cvae.inference.word_lists import real_paradigms
from cvae.model.checkpoint import CheckpointInfo
from cvae.model.cvae import build_model

FRENCH = "# tenses: infinitif présent imparfait\nparler parle parlait\nfinir finit finissait\nêtre est était\n"
SMALL = ModelConfig(embedding=8, hidden=16, latent=2)


def report_of(data, vocabulary, draws=30, **settings):
    """The report on an untrained model."""
    config = TrainConfig(model=SMALL, data=str(data), **settings)
    info = CheckpointInfo(SMALL, vocabulary, config, describe_data(config, load_training_data(config)))
    return evaluate(build_model(SMALL, vocabulary, 0).eval(), info, None, draws, 0)


def test_features_of_a_test_file_are_read_as_those_of_the_training():
    model = build_model(SMALL, Vocabulary("abc", ("lemma", "V;PST")), seed=0).eval()
    report = score_task(model, "a\tab\tV;\u200ePST\nb\tbb\tV;PRS\n".encode(), "test.tsv")
    assert (report["rows"], report["unknown_features"]) == (2, 1)
    assert report["by_part_of_speech"]["V"]["rows"] == 2


@pytest.fixture(scope="module")
def english(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / f"{'my-own-verbs-' * 5}.txt"
    path.write_text("walk walks walking walked\nsing sings singing sang\n")
    return report_of(path, Vocabulary(), sleep=2.0)


@pytest.fixture(scope="module")
def part_of_a_list():
    """The report on a few verbs of a list, of which some are held out: four groups of verbs."""
    return report_of("train", Vocabulary(), verbs=25, heldout=0.2)


@pytest.fixture(scope="module")
def french(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "verbes.txt"
    path.write_text(FRENCH)
    return report_of(path, read_paradigms(path).vocabulary)


def test_it_is_plain_json_without_gaps(english, french):
    for report in (english, french):
        assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_it_fits_a_terminal_of_100_columns(english, french, part_of_a_list):
    assert len(part_of_a_list["calibration"]) == len(part_of_a_list["likelihood"]) == 4
    assert render_report(part_of_a_list).count("  ECE  ") == 2
    for report in (english, french, part_of_a_list):
        assert [line for line in render_report(report).splitlines() if len(line) > 100] == []


def test_the_parts_of_the_report_agree(english):
    assert english["gaussian_interval"][0] <= english["gaussian_score"] <= english["gaussian_interval"][1]
    assert english["real_score"] >= english["gaussian_score"] and english["real_verbs"] == len(real_paradigms())
    heldout = english["unseen"]["heldout"]
    assert heldout["verbs"] == 200 and len(heldout["by_tense_pair"]) == 4 and len(english["pairs"]) == 10
    assert heldout["exact_match"] == pytest.approx(1 - len(heldout["mistakes"]) / (12 * 200))
    assert heldout["exact_match"] == pytest.approx(heldout["groups"][0]["model"][0])
    assert sum(row["count"] for row in english["calibration"]["heldout"]["bins"]) == 12 * 200
    assert sum(row["count"] for row in english["calibration"]["data"]["bins"]) == 12 * 2
    assert sum(english["kl_by_dimension"]) == pytest.approx(english["kl"], rel=1e-5)
    assert english["kl_by_dimension"] == sorted(english["kl_by_dimension"], reverse=True)
    for part in english["likelihood"].values():
        assert part["nll"] < part["negative_elbo"]


def test_the_model_stands_beside_rules_analogy_and_the_copy(english):
    lines = render_report(english).splitlines()
    start = next(i for i, line in enumerate(lines) if line.split()[-4:] == ["model", "rules", "analogy", "copy"])
    table = {line[2:22].strip(): line[28:].split() for line in lines[start + 1 : start + 15]}
    assert {"all", "all, class-weighted", "to 9 letters", "regular 10 to 12", "prefixed irregular"} <= set(table)
    assert all(0 < float(table["all"][i]) < 100 for i in (2, 4, 6))
    assert set(english["unseen"]) == {"heldout", "unseen"}
    assert english["unseen"]["unseen"]["verbs"] == len(read_paradigms("unseen"))


def test_a_single_word_has_no_error(french):
    part = {**french["likelihood"]["data"], "words": 1, "nll_error": None, "negative_elbo_error": None}
    assert render_report({**french, "likelihood": {"data": part}}).count(" ± –  ") == 2


def test_a_sleep_phase_is_told(english, french):
    assert "trained with a sleep phase (2.0 points a word)" in render_report(english)
    assert "trained without a sleep phase" in render_report(french)


def test_only_the_very_verbs_of_the_training_are_said_to_be_trained_on(tmp_path):
    path = tmp_path / "verbes.txt"
    path.write_text(FRENCH)
    every = read_paradigms(path)
    model = build_model(SMALL, every.vocabulary, 0).eval()
    for verbs, data, trained in ((0, None, True), (2, None, True), (0, str(path), True), (2, str(path), False)):
        fingerprint = every.spread(verbs).fingerprint()
        config = TrainConfig(model=SMALL, data=str(path), verbs=verbs)
        info = CheckpointInfo(SMALL, every.vocabulary, config, {"fingerprint": fingerprint})
        report = evaluate(model, info, data, 5, 0)
        assert report["trained"] == trained == ("it was trained on them" in render_report(report))


def test_a_list_that_is_not_encoded_as_a_whole_is_not_said_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr("cvae.inference.latent.MAX_VERBS", 2)
    path = tmp_path / "verbes.txt"
    path.write_text(FRENCH)
    report = report_of(path, read_paradigms(path).vocabulary)
    assert report["verbs_encoded"] == 2
    assert "Words encoded         6, all forms of 2 of the 3 verbs of verbes\n" in render_report(report)


def test_weights_that_overflow_are_one_sentence(tmp_path):
    path = tmp_path / "verbs.txt"
    path.write_text("walk walks walking walked\n")
    model = build_model(SMALL, Vocabulary(), 0).eval()
    model.decoder.output.weight.data.fill_(3e38)
    info = CheckpointInfo(SMALL, Vocabulary(), TrainConfig(model=SMALL, data=str(path)))
    with pytest.raises(BadCheckpoint, match="weights are too large"):
        evaluate(model, info, None, 5, 0)


def test_other_languages_have_no_english_sections(french):
    assert not {"invented_stems", "bleu4", "commonest", "real_score", "exact_match_by_kind"} & set(french)
    assert set(french["calibration"]) == set(french["likelihood"]) == {"data"}
    text = render_report(french)
    assert french["unseen"] == {}
    assert (
        "Held-out" not in text
        and "9, all forms of verbes\n" in text
        and "verbs: verbes" in text
        and "infinitif → présent" in text
    )


def test_verbs_that_were_trained_on_are_not_held_out(tmp_path):
    heldout = read_paradigms("heldout").in_tenses(Vocabulary().tenses)
    path = tmp_path / "some.txt"
    path.write_text(write_paradigms(Paradigms(heldout.rows[:50], heldout.vocabulary)))
    data = {"fingerprint": read_paradigms(path).fingerprint()}
    info = CheckpointInfo(SMALL, Vocabulary(), TrainConfig(data=str(path)), data)
    assert unseen_by(info)["heldout"] == heldout.rows[50:]
    drawn = replace(
        info, training=replace(info.training, augmentation=(Augmentation("heldout", classes=("irregular",)),))
    )
    assert unseen_by(drawn)["heldout"] == load_training_data(drawn.training).heldout
    assert 0 < len(unseen_by(drawn)["heldout"]) < len(heldout.rows[50:])
    inventing = replace(info, training=replace(info.training, invented=1.0))
    assert unseen_by(inventing)["heldout"] == load_training_data(inventing.training).heldout
    unknown = replace(info, data={"fingerprint": "of another file"})
    assert unseen_by(unknown) == {}  # it may have been trained on any of them
    path.write_text(write_paradigms(heldout))
    all_known = replace(info, data={"fingerprint": heldout.fingerprint()})
    assert unseen_by(all_known)["heldout"] == ()
    report = evaluate(build_model(SMALL, Vocabulary(), 0).eval(), all_known, None, 5, 0)
    assert "heldout" not in report["unseen"] and "Held-out" not in render_report(report)
    assert "of the aggregate" in render_report(report) and 0 <= report["aggregate_score"] <= 1
