"""What z is worth is measured as it is."""

from dataclasses import asdict, replace
from math import log

import numpy as np
import pytest
import torch

from cvae.core.config import KLSchedule, TrainConfig
from cvae.core.schema import make
from cvae.data.dataset import load_training_data
from cvae.data.verbs import Verb, evenly_spaced, headword
from cvae.evaluation.diagnostics import fidelity, information_within, mutual_information, other_tenses, probe
from cvae.inference.latent import survey
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import build_model
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from cvae.training.loop import train
from cvae.training.records import EpochRecord
from cvae.training.scoring import converted, example_verbs, score, spelled_after_true_letters
from cvae.training.state import start_training
from tests.conftest import MODELS

NEW = (
    "kl_per_dimension", "mutual_information", "verb_information", "accuracy", "accuracy_zero_z", "accuracy_other_z",
    "rebuilt", "tense_fidelity", "merged",
)  # fmt: skip


def train_by(config):
    data = load_training_data(config)
    state = start_training(config, data)
    return data, state.model, list(train(config, data, state))


@pytest.mark.parametrize("objective", ["same-tense", "cross-tense"])
def test_a_model_that_learnt_its_verbs_needs_their_z(tiny_config, objective):
    kl = KLSchedule("constant", maximum=0.01)
    config = replace(tiny_config, objective=objective, kl=kl, epochs=250, evaluate_every=250)
    data, model, records = train_by(config)
    found = probe(model, data.paradigms.rows, objective)
    assert found.accuracy > 0.75
    assert max(found.accuracy_zero_z, found.accuracy_other_z) <= 0.25  # one verb of the four, said to everything
    assert 0.9 * log(4) < found.mutual_information < log(16) + 0.05
    assert 0.9 * log(4) < found.verb_information <= log(4)
    assert sum(found.kl_per_dimension) == pytest.approx(records[-1].kl, rel=0.2)


def test_what_z_tells_about_the_tense_tells_nothing_about_the_verb():
    tense, narrow = np.arange(400) % 4, torch.full((400, 4), -10.0)
    leaking = torch.eye(4)[tense] * 9
    assert mutual_information(leaking, narrow)[0] == pytest.approx(log(4), abs=0.05)
    assert information_within(leaking, narrow, tense) == pytest.approx(0, abs=0.01)
    assert information_within(torch.randn(400, 4) * 9, narrow, tense) == pytest.approx(log(100), abs=0.05)


def test_a_collapsed_model_is_as_good_without_z(tiny_config, four_paradigms):
    model = build_model(tiny_config.model, load_training_data(tiny_config).paradigms.vocabulary, 0).eval()
    with torch.no_grad():
        for head in (*model.encoder.mean, *model.encoder.logvar):
            head.weight.zero_(), head.bias.zero_()
    found = probe(model, four_paradigms, "cross-tense")
    assert found.accuracy == found.accuracy_zero_z == found.accuracy_other_z
    assert found.active_units == 0 and set(found.kl_per_dimension) == {0.0}
    assert found.mutual_information == pytest.approx(0, abs=1e-6)


def test_the_probe_repeats_itself_and_leaves_the_global_generator_alone(model, four_paradigms):
    state = torch.get_rng_state()
    assert probe(model, four_paradigms, "cross-tense") == probe(model, four_paradigms, "cross-tense")
    assert torch.equal(torch.get_rng_state(), state)


def test_one_verb_has_no_other(model, four_paradigms):
    assert probe(model, four_paradigms[:1], "cross-tense").accuracy_other_z is None


def test_the_sample_is_small_and_spread_out():
    rows = [(f"{i}",) for i in range(70)]
    assert evenly_spaced(rows, 7) == rows[::10]
    assert evenly_spaced(rows[:7], 7) == evenly_spaced(rows[:7], 9) == rows[:7]


def test_records_hold_the_probe_and_come_back_from_json_equal(tiny_config, tmp_path):
    run = Run.create(tmp_path / "run", replace(tiny_config, epochs=3, evaluate_every=2))
    records = list(train_in_folder(run))
    assert run.history() == records
    assert all(getattr(records[1], name) is not None for name in NEW)
    assert len(records[1].kl_per_dimension) == tiny_config.model.z_size
    assert list(records[1].tense_fidelity_by_target) == ["sp", "tp", "pg", "p"]
    assert len(records[1].pair_answers) == 10
    assert sum(records[1].pair_scores) / 10 == pytest.approx(records[1].bleu4)
    assert [len(record.kl_per_dimension) > 0 for record in records] == [False, True, True]


def test_records_of_before_the_probe_are_still_read():
    old = {"epoch": 1, "step": 2, "seconds": 0.5, "beta": 0.1, "teacher_forcing": 1.0, "learning_rate": 0.001}
    old |= {"reconstruction": 3.0, "kl": 2.0, "samples": [["walk", "walks"]]}
    record = make(EpochRecord, old)
    assert record.samples == (("walk", "walks"),)
    assert record.accuracy is None and record.kl_per_dimension == () and record.heldout_by_kind == {}
    assert record.tense_fidelity is None and record.pair_answers == () and record.tense_fidelity_by_target == {}


def test_held_out_by_kind_adds_up_to_the_whole(tiny_config):
    data = load_training_data(tiny_config)
    model = build_model(MODELS["gru"], data.paradigms.vocabulary, 1)
    scores = score(tiny_config, data, model)
    assert set(scores["heldout_by_kind"]) == {
        "plain", "e-drop", "doubling", "y", "-es", "irregular", "prefixed irregular"
    }  # fmt: skip
    assert min(scores["heldout_by_kind"].values()) <= scores["heldout"] <= max(scores["heldout_by_kind"].values())


def test_the_examples_are_the_same_words_all_run_trained_and_not():
    shown = example_verbs(load_training_data(TrainConfig()))
    assert [row[0] for row in shown] == ["go", "sing", "teach", "walk", "stop", "try", "shoot", "marry"]


@pytest.mark.parametrize("verbs", [1, 2, 10])
def test_a_handful_of_verbs_has_examples_too(verbs, model):
    shown = example_verbs(load_training_data(TrainConfig(verbs=verbs)))
    assert min(verbs, 6) + 2 >= len(shown) >= 3
    rows = converted(model, shown)
    assert [row[0] for row in rows] == [row[0] for row in shown] and {len(row) for row in rows} == {5}


def test_the_letters_that_it_writes_itself_lead_it_to_the_same_word(trained):
    model, _ = load_checkpoint(trained)
    rows = [("walk", "walks", "walking", "walked"), ("sing", "sings", "", "sang")]
    own, led = converted(model, rows), spelled_after_true_letters(model, rows)
    assert led == (own[0], (*own[1][:3], "", own[1][4]))  # a missing form stays one
    along_another = spelled_after_true_letters(model, [("walk", "sings", "stopping", "was")])[0]
    assert along_another[1:] != own[0][1:] and len(along_another[3]) <= len("stopping") + 1


def test_all_that_a_probe_measures_is_recorded(model, four_paradigms):
    names = set(asdict(probe(model, four_paradigms, "cross-tense")))
    assert names <= set(EpochRecord.__dataclass_fields__)


def test_fidelity_tells_a_tense_that_is_heeded_from_one_that_z_carries():
    tenses, rows = ("sp", "p"), np.array([["go", "went"], ["put", "put"], ["sing", "sang"], ["walk", "walked"]])
    heeded = np.repeat(rows[:, None], 2, 1)  # whatever the source, each target is right
    leaking = np.repeat(rows[:, :, None], 2, 2)  # the word that was read, whatever the target
    assert fidelity(heeded, rows, tenses) == {
        "rebuilt": 1, "tense_fidelity": 1, "tense_fidelity_by_target": {"sp": 1, "p": 1}, "merged": 0
    }  # fmt: skip
    assert fidelity(leaking, rows, tenses) == {
        "rebuilt": 1, "tense_fidelity": 0.25, "tense_fidelity_by_target": {"sp": 0.25, "p": 0.25}, "merged": 1
    }  # fmt: skip


def test_free_bits_keep_what_a_heavy_weight_takes(tiny_config):
    heavy = replace(tiny_config, kl=KLSchedule("constant", maximum=10), epochs=60, evaluate_every=60)
    _, _, [*_, without] = train_by(heavy)
    _, _, [*_, kept] = train_by(replace(heavy, free_bits=0.5))
    assert without.kl < 0.1
    assert kept.kl > 1


def test_what_a_verb_lacks_is_neither_encoded_nor_asked_for(model, four_paradigms):
    lacking = [("", *row[1:]) if i % 2 else (*row[:3], "") for i, row in enumerate(four_paradigms)]
    found = probe(model, lacking, "cross-tense")
    assert 0 <= found.tense_fidelity <= 1 and len(found.tense_fidelity_by_target) == 4
    atlas = survey(model, lacking)
    assert len(atlas.words[0]) == 12 and not atlas.z.isnan().any() and "" not in atlas.by_form
    assert atlas.names == tuple(map(headword, lacking))
    assert [row[0] for row in converted(model, lacking)] == list(map(headword, lacking))


def test_only_forms_that_there_are_count_and_every_spelling_is_right():
    rows = [Verb([("go",), ("went",)]), Verb([("learn",), ("learned", "learnt")]), Verb([("rain",), ()])]
    answers = np.array([[["go", "went"]] * 2, [["learn", "learnt"]] * 2, [["x", "x"], ["", ""]]])
    found = fidelity(answers, rows, ("sp", "p"))
    assert found["tense_fidelity"] == 1 and found["rebuilt"] == pytest.approx((2 / 3 + 1) / 2) and found["merged"] == 0


def test_a_tense_that_no_verb_has_counts_nowhere():
    rows = [("go", "went", ""), ("sing", "sang", "")]
    found = fidelity(np.repeat(np.array(rows)[:, None], 3, 1), rows, ("sp", "p", "pp"))
    assert found["rebuilt"] == found["tense_fidelity"] == 1 and list(found["tense_fidelity_by_target"]) == ["sp", "p"]


def test_another_tense_is_one_that_the_verb_has():
    known = np.array([[True, True, True], [True, True, True], [True, False, True], [False, True, False]])
    assert other_tenses(known).tolist() == [1, 2, 0, 2, 0, 1, 2, 0, 1]
