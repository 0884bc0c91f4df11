"""Which verbs a run trains on, and where they are."""

import unicodedata
from dataclasses import replace

import pytest

from cvae.core.config import Augmentation, TrainConfig
from cvae.core.errors import BadConfig, BadData
from cvae.data.dataset import augmentation_rows, describe_data, keep_data, load_training_data, read_verbs
from cvae.data.inflection import inflection_class
from cvae.data.paradigms import OWN, read_paradigms, write_paradigms
from cvae.data.verbs import Paradigms, all_spellings
from cvae.data.vocabulary import ENGLISH_FORMS, ENGLISH_TENSES, Vocabulary
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import CheckpointInfo, read_info, save_checkpoint
from cvae.model.cvae import build_model
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder

FRENCH = "# tenses: infinitif présent\nêtre est\navoir a\naller va\n"


@pytest.mark.parametrize("count", [1, 2, 10, 200, 1226])
def test_so_many_verbs_are_trained_on_as_were_asked_for_from_all_over_the_file(count):
    whole = read_paradigms("train").rows
    chosen = load_training_data(TrainConfig(verbs=count)).paradigms.rows
    places = [whole.index(row) for row in chosen]
    assert len(set(places)) == count and places == sorted(places)
    gaps = [b - a for a, b in zip(places, [*places[1:], len(whole)], strict=True)]
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize("count", [0, 1227, 5000])
def test_none_or_too_many_asked_for_gives_all(count):
    assert load_training_data(TrainConfig(verbs=count)).paradigms == read_paradigms("train")


def test_a_handful_has_regular_and_irregular_verbs():
    kinds = {inflection_class(row) for row in load_training_data(TrainConfig(verbs=10)).paradigms.rows}
    assert "irregular" in kinds and "plain" in kinds


def test_a_number_of_verbs_is_not_negative():
    with pytest.raises(BadConfig, match="verbs"):
        TrainConfig(verbs=-1)


def test_only_the_chosen_verbs_are_trained_on_and_tell_the_fingerprint():
    whole, few = (load_training_data(TrainConfig(verbs=verbs)) for verbs in (0, 20))
    assert len(few.table) == 80
    assert describe_data(TrainConfig(verbs=20), few)["paradigms"] == 20
    assert few.paradigms.fingerprint() != whole.paradigms.fingerprint()


def test_a_config_from_before_there_was_a_number_of_verbs_trains_on_all():
    values = TrainConfig().to_json()
    del values["verbs"]
    assert TrainConfig.from_json(values).verbs == 0


def test_a_run_keeps_its_own_data_in_its_folder(tmp_path):
    config = keep_data(tmp_path, TrainConfig(), FRENCH)
    assert config.data == OWN
    data = load_training_data(config, tmp_path)
    assert data.paradigms.vocabulary.tenses == ("infinitif", "présent") and len(data.paradigms) == 3
    with pytest.raises(BadData, match="can't be read"):
        load_training_data(config, tmp_path / "elsewhere")


def test_bad_data_are_not_kept(tmp_path):
    with pytest.raises(BadData, match="Line 2"):
        keep_data(tmp_path, TrainConfig(), "walk walks walking walked\nbe is\n")
    assert list(tmp_path.iterdir()) == []


def test_no_other_file_of_a_folder_is_taken_for_data(tmp_path):
    (tmp_path / "other.txt").write_text(FRENCH)
    with pytest.raises(BadData, match="can't be read"):
        read_paradigms("other.txt", tmp_path)


def test_a_device_is_no_data_file():
    with pytest.raises(BadData, match="not a file"):
        read_paradigms("/dev/zero")


def test_a_model_finds_the_verbs_it_was_trained_on_wherever_its_folder_is(tmp_path, tiny_config):
    (tmp_path / "run").mkdir()
    config = keep_data(tmp_path / "run", replace(tiny_config, epochs=1, verbs=2), FRENCH)
    run = Run.create(tmp_path / "run", config)
    list(train_in_folder(run))
    (tmp_path / "run").rename(tmp_path / "moved")
    info = read_info(tmp_path / "moved" / "model.safetensors")
    assert training_paradigms(info) == {("être", "est"), ("avoir", "a")}


def test_a_model_from_before_the_names_of_tenses_were_composed_knows_its_verbs(tmp_path):
    vocabulary = Vocabulary("abc", tuple(unicodedata.normalize("NFD", name) for name in ("présent", "prétérit")))
    before, config = Paradigms((("a", "b"), ("b", "c")), vocabulary), TrainConfig(data=OWN)
    (tmp_path / OWN).write_text(write_paradigms(before))
    data = {"fingerprint": before.fingerprint("NFD")}
    info = CheckpointInfo(config.model, vocabulary, config, data)
    save_checkpoint(tmp_path / "model.safetensors", build_model(config.model, vocabulary, 0), info)
    read = read_info(tmp_path / "model.safetensors")
    assert read.vocabulary == read_paradigms(OWN, tmp_path).vocabulary
    assert training_paradigms(read) == set(before.rows)


def test_a_model_of_some_verbs_knows_which(tmp_path, tiny_config):
    run = Run.create(tmp_path / "run", replace(tiny_config, data="train", verbs=5, epochs=1))
    list(train_in_folder(run))
    assert training_paradigms(read_info(run.model_path)) == set(read_paradigms("train").spread(5).rows)


def letters(number):
    """A number as a word."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def test_a_share_of_the_verbs_is_held_out_and_none_of_its_spellings_is_trained_on(tmp_path, tiny_config):
    rows = [f"{letters(i)} {letters(i)}x|{letters(i)}y" for i in range(100, 180)] + ["zz zz|abax", "qq zz"]
    (tmp_path / "run").mkdir()
    config = keep_data(
        tmp_path / "run", replace(tiny_config, heldout=0.1, epochs=1), "# tenses: a b\n" + "\n".join(rows)
    )
    data = load_training_data(config, tmp_path / "run")
    assert len(data.heldout) == 8 and len(data.paradigms) == len(rows) - 8
    assert all_spellings(data.heldout).isdisjoint(all_spellings(data.paradigms.rows))
    run = Run.create(tmp_path / "run", config)
    [record] = train_in_folder(run)
    assert None not in (record.heldout, record.heldout_reconstruction, record.heldout_kl)
    assert training_paradigms(read_info(run.model_path)) == set(data.paradigms.rows)


def test_no_form_of_a_held_out_verb_is_trained_on_by_way_of_augmentation():
    data = load_training_data(TrainConfig(heldout=0.1, augmentation=(Augmentation("large"),)))
    words = {data.paradigms.vocabulary.decode(ids) for ids in data.table.letters.tolist()}
    assert len(data.heldout) == 123 and all_spellings(data.heldout).isdisjoint(words)


@pytest.mark.parametrize("tenses", [("sp", "p"), ("p", "sp", "pp"), ENGLISH_TENSES, ENGLISH_FORMS])
def test_the_class_of_an_augmented_verb_is_that_of_its_english_forms_whatever_the_data_have(tenses):
    vocabulary, large = Vocabulary(tenses=tenses), read_paradigms("large")
    for classes in (("irregular",), ("plain", "other")):
        wanted = tuple(row for row in large.rows if inflection_class(row) in classes)
        rows = augmentation_rows(Augmentation("large", classes=classes), vocabulary)
        assert rows == replace(large, rows=wanted).in_tenses(tenses).rows and len(rows) > 100
    assert len(augmentation_rows(Augmentation("large"), vocabulary)) == len(large)


def test_an_inflection_class_that_does_not_exist_is_refused():
    with pytest.raises(BadData, match=r"no inflection class 'irregulars': the augmentation has plain, e-drop, .*other"):
        augmentation_rows(Augmentation("large", classes=("irregular", "irregulars")), Vocabulary())


@pytest.mark.parametrize(("longer", "most"), [(0, 8), (8, 16)])
def test_invented_verbs_are_as_much_longer_as_their_setting_says(tiny_config, longer, most):
    config = replace(tiny_config, invented=1.0, invented_longer=longer, seed=3)
    *_, invented = read_verbs(config)[1]
    longest = max(len(form) for form in all_spellings(invented))
    assert longest == most  # of `stopping`


def test_without_a_share_nothing_of_a_table_is_held_out(tmp_path):
    config = keep_data(tmp_path, TrainConfig(), FRENCH)
    assert load_training_data(config, tmp_path).heldout == ()
