"""What the word lists know."""

from dataclasses import replace

import pytest
import torch

from cvae.core.config import Augmentation, ModelConfig, TrainConfig
from cvae.core.errors import BadWord
from cvae.core.settings import checkpoints_folder
from cvae.data.dataset import describe_data, load_training_data
from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import all_spellings
from cvae.data.vocabulary import ENGLISH_FORMS, Vocabulary
from cvae.evaluation.report import unseen_by
from cvae.inference.conversion import Conversion
from cvae.inference.decoding import Form
from cvae.inference.word_lists import (
    MODALS,
    Entry,
    check_verb,
    choose_words,
    describe_lost,
    held_out,
    look_up,
    origin,
    practised_rows,
    real_paradigms,
    rows_by_form,
    training_paradigms,
)
from cvae.model.checkpoint import CheckpointInfo, load_checkpoint


@pytest.mark.parametrize("word", sorted(MODALS))
def test_modals_get_a_sentence(word):
    with pytest.raises(BadWord, match=f"“{word}” is a modal verb"):
        check_verb(word.upper(), Vocabulary())


@pytest.mark.parametrize("word", ["can", "will", "canned"])
def test_what_can_also_be_inflected_is_no_modal(word):
    assert check_verb(word, Vocabulary()) == word


def test_other_forms_of_be_point_to_be():
    with pytest.raises(BadWord, match="try be, is, being or was"):
        check_verb("are", Vocabulary())


def test_other_languages_have_no_english_modals():
    assert check_verb("can", Vocabulary("acn", ("a", "b"))) == "can"


def test_a_paradigm_is_known_real_or_invented():
    trained = frozenset(read_paradigms("train").rows)
    assert origin(("walk", "walks", "walking", "walked"), trained, Vocabulary()) == "known"
    assert origin(("shoot", "shoots", "shooting", "shot"), trained, Vocabulary()) == "real"
    assert origin(("walk", "walks", "walking", "walken"), trained, Vocabulary()) == "invented"
    nouns = Vocabulary("acplsty", ("singular", "plural"))
    assert origin(("play", "plays"), frozenset({("cat", "cats")}), nouns) == "invented"  # of another language


def test_verbs_that_training_held_out_count_as_trained_nowhere():
    config = TrainConfig(data="train", verbs=300, heldout=0.1, augmentation=(Augmentation("large", 0.5),))
    data = load_training_data(config)
    asked = CheckpointInfo(config.model, data.paradigms.vocabulary, config, describe_data(config, data))
    forms = all_spellings(data.heldout)
    assert len(data.heldout) == 30 and held_out(asked) == data.heldout
    assert set(data.paradigms.rows) < training_paradigms(asked)
    assert forms.isdisjoint(all_spellings(training_paradigms(asked)))
    assert not any(practised_rows(form, asked) for form in sorted(forms)[:20])


def info(data, fingerprint):
    return CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(data=data), {"fingerprint": fingerprint})


def test_the_verbs_of_a_model_are_one_set_for_all_who_ask():
    _, info = load_checkpoint(checkpoints_folder() / "open-vocabulary.safetensors")
    assert training_paradigms(info) is training_paradigms(info)


def test_training_paradigms_are_those_of_the_same_file_only():
    train = read_paradigms("train")
    assert training_paradigms(info("train", train.fingerprint())) == set(train.rows)
    assert training_paradigms(info("train", "other")) == frozenset()
    assert training_paradigms(info("no/such/file.txt", "")) == frozenset()


@pytest.mark.parametrize("text", ["to walk", " To  walk ", "walk"])
def test_an_infinitive_is_read_without_its_particle(text):
    assert check_verb(text, Vocabulary()) == "walk"


def test_two_words_are_no_infinitive():
    with pytest.raises(BadWord, match="space inside"):
        check_verb("go home", Vocabulary())
    with pytest.raises(BadWord, match="space inside"):
        check_verb("to to", Vocabulary("to", ("a", "b")))


def test_been_is_a_form_where_there_is_a_participle():
    assert check_verb("been", Vocabulary(tenses=ENGLISH_FORMS)) == "been"


def test_word_lists_that_were_practised_are_known_and_no_longer_unseen():
    large = read_paradigms("large")
    config = TrainConfig(data="large", augmentation=(Augmentation("heldout"), Augmentation("invented_short")))
    shipped = CheckpointInfo(ModelConfig(), large.vocabulary, config, {"fingerprint": large.fingerprint()})
    assert training_paradigms(shipped) == {*large.rows, *read_paradigms("heldout").rows}
    assert unseen_by(shipped)["heldout"] == () and look_up("shoots", 1, shipped).listing == "trained"
    invented = read_paradigms("invented_short").rows[0]
    assert look_up(invented[3], 3, shipped) == Entry("practised")  # on a list of no real verbs: it proves nothing right
    twin = replace(shipped, training=TrainConfig(data="large"))
    assert look_up("shoots", 1, twin).listing == "real" and unseen_by(twin)["heldout"] == read_paradigms("heldout").rows


def test_without_its_training_data_nothing_is_said_of_what_a_model_has_seen():
    elsewhere = CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(data="gone.txt"), {"fingerprint": "another"})
    assert look_up("walked", 3, elsewhere) == Entry("unknown", (("walk", "walks", "walking", "walked"),))
    assert look_up("blorf", 0, elsewhere) == Entry("unknown")


def test_other_spellings_lead_to_their_verb(tmp_path):
    path = tmp_path / "verbs.txt"
    path.write_text("travel travels traveling|travelling traveled|travelled\n")
    data = {"fingerprint": read_paradigms(path).fingerprint()}
    info = CheckpointInfo(ModelConfig(), Vocabulary(), TrainConfig(data=str(path)), data)
    assert look_up("travelled", 3, info).rows == (("travel", "travels", "traveling", "traveled"),)


def conversion(word, source, forms, tenses=ENGLISH_FORMS):
    texts = {tense: Form(form, 0.9, True) for tense, form in zip(tenses, forms.split(), strict=True)}
    return Conversion(word, source, texts, torch.zeros(1), torch.zeros(1))


def test_a_word_that_does_not_come_back_is_said_to_be_beyond_the_model():
    travel = "travel travels traveling traveled traveled"
    assert describe_lost(conversion("traveled", "p", travel)) == ""
    assert "“travoiled” is beyond this model" in describe_lost(conversion("travoiled", "p", travel))


def test_a_word_of_another_language_that_is_also_an_english_verb_may_be_beyond_the_model():
    dutch = conversion("was", "past", "ben bent is zijn geweest wees", ("1", "2", "3", "plural", "participle", "past"))
    assert "“was” is beyond this model" in describe_lost(dutch)


def test_every_form_leads_to_all_verbs_that_have_it():
    found = rows_by_form(real_paradigms())
    assert found["lay"] == (("lay", "lays", "laying", "laid"), ("lie", "lies", "lying", "lay"))
    assert found["put"] == (("put", "puts", "putting", "put"),)
    assert "nothing" not in found


def test_words_are_chosen_from_the_whole_list_in_all_tenses(four_paradigms):
    assert choose_words(four_paradigms, 9) == [("walk", 0), ("is", 1), ("stopping", 2), ("sang", 3)]
    assert choose_words([("go", ""), ("", "went"), ("sing", "sang")], 9) == [("go", 0), ("went", 1), ("sing", 0)]
    rows = [(f"a{i}", f"b{i}", f"c{i}", f"d{i}") for i in range(199)]
    chosen = choose_words(rows, 100)
    assert [int(word[1:]) for word, _ in chosen] == [i * 199 // 100 for i in range(100)]
    assert [tense for _, tense in chosen] == [0, 1, 2, 3] * 25
