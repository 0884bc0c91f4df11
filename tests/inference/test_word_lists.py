"""What the word lists know."""

import pytest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.errors import BadWord
from cvae.data.paradigms import read_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.inference.word_lists import MODALS, check_verb, origin, real_paradigms, rows_by_form, training_paradigms
from cvae.model.checkpoint import CheckpointInfo


@pytest.mark.parametrize("word", sorted(MODALS))
def test_modals_get_a_sentence(word):
    with pytest.raises(BadWord, match=f"“{word}” is a modal verb"):
        check_verb(word.upper(), Vocabulary())


def test_other_forms_of_be_point_to_be():
    with pytest.raises(BadWord, match="try be, is, being or was"):
        check_verb("are", Vocabulary())


def test_other_languages_have_no_english_modals():
    assert check_verb("can", Vocabulary("acn", ("a", "b"))) == "can"


def test_a_paradigm_is_known_real_or_invented():
    trained = frozenset(read_paradigms("train").rows)
    assert origin(("walk", "walks", "walking", "walked"), trained) == "known"
    assert origin(("shoot", "shoots", "shooting", "shot"), trained) == "real"
    assert origin(("walk", "walks", "walking", "walken"), trained) == "invented"


def info(data, fingerprint):
    return CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(data=data), {"fingerprint": fingerprint})


def test_training_paradigms_are_those_of_the_same_file_only():
    train = read_paradigms("train")
    assert training_paradigms(info("train", train.fingerprint())) == set(train.rows)
    assert training_paradigms(info("train", "other")) == frozenset()
    assert training_paradigms(info("no/such/file.txt", "")) == frozenset()


def test_every_form_leads_to_all_verbs_that_have_it():
    found = rows_by_form(real_paradigms())
    assert found["lay"] == (("lay", "lays", "laying", "laid"), ("lie", "lies", "lying", "lay"))
    assert found["put"] == (("put", "puts", "putting", "put"),)
    assert "nothing" not in found
