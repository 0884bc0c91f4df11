"""Laws of training: it learns, it repeats itself, and asking knobs at every step works."""

from dataclasses import replace

import pytest
import torch

from cvae.core.config import Augmentation, KLSchedule, ModelConfig, TrainConfig
from cvae.core.errors import BadCheckpoint, BadConfig
from cvae.data.batches import draw_words, epoch_batches
from cvae.data.dataset import load_training_data
from cvae.data.inflection import inflection_class
from cvae.data.paradigms import read_paradigms
from cvae.data.verbs import all_spellings
from cvae.data.vocabulary import SOS, Vocabulary
from cvae.evaluation.exact_match import mark
from cvae.inference.conversion import convert
from cvae.model.checkpoint import CheckpointInfo, save_checkpoint
from cvae.training.loop import train
from cvae.training.records import Knobs
from cvae.training.state import start_training
from tests.recordings import without_seconds


def run(config, knobs=None):
    data = load_training_data(config)
    state = start_training(config, data)
    return state, list(train(config, data, state, knobs))


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_a_tiny_model_overfits_four_paradigms(tiny_config, four_paradigms, cell):
    model = replace(tiny_config.model, cell=cell)
    config = replace(tiny_config, model=model, kl=KLSchedule(maximum=0.01), evaluate_every=300)
    state, records = run(config)
    assert mark(state.model, four_paradigms).matrix.min() == 1
    assert convert(state.model, ["sang"], "p")[0].forms["pg"].text == "singing"
    assert records[-1].reconstruction < 0.5 < records[0].reconstruction


@pytest.mark.parametrize("ratio", [1.0, 0.5])
def test_two_seeded_runs_have_equal_histories(tiny_config, ratio):
    forcing = replace(tiny_config.teacher_forcing, start=ratio)
    config = replace(tiny_config, epochs=4, evaluate_every=2, letter_dropout=0.2, teacher_forcing=forcing)
    assert without_seconds(run(config)[1]) == without_seconds(run(config)[1])


def test_another_seed_gives_another_history(quick_config):
    config = replace(quick_config, epochs=2)
    assert without_seconds(run(config)[1]) != without_seconds(run(replace(config, seed=1))[1])


def test_products_in_bfloat16_train_as_well_and_repeat(tiny_config, four_paradigms):
    config = replace(tiny_config, precision="bfloat16", kl=KLSchedule(maximum=0.01), evaluate_every=300)
    state, _ = run(config)
    assert mark(state.model, four_paradigms).matrix.min() == 1
    short = replace(config, epochs=3)
    assert without_seconds(run(short)[1]) == without_seconds(run(short)[1])
    assert without_seconds(run(short)[1]) != without_seconds(run(replace(short, precision="float32"))[1])
    assert {parameter.dtype for parameter in state.model.parameters()} == {torch.float32}


def test_scoring_more_often_changes_no_weight(tiny_config):
    often, seldom = (run(replace(tiny_config, epochs=3, evaluate_every=every))[0] for every in (1, 3))
    for a, b in zip(often.model.parameters(), seldom.model.parameters(), strict=True):
        assert torch.equal(a, b)


def test_training_leaves_the_global_generator_alone(tiny_config):
    torch.manual_seed(3)
    expected = torch.rand(3)
    torch.manual_seed(3)
    run(replace(tiny_config, epochs=2, letter_dropout=0.5))
    assert torch.equal(torch.rand(3), expected)


def test_knobs_are_asked_at_every_step(tiny_config):
    config = replace(tiny_config, epochs=4, batch_size=2)
    asked = []

    def knobs(progress):
        asked.append(progress)
        return Knobs(beta=progress, teacher_forcing=1.0, learning_rate=1e-3)

    _, records = run(config, knobs)
    assert len(asked) == records[-1].step == 4 * 8
    assert asked[0] == 0 and asked == sorted(asked) and asked[-1] < 1
    assert records[-1].beta == asked[-1] and records[-1].learning_rate == 1e-3


def test_sgd_learns_too(tiny_config):
    rate = replace(tiny_config.learning_rate, kind="constant", peak=0.1)
    _, records = run(replace(tiny_config, optimizer="sgd", learning_rate=rate, epochs=20))
    assert records[-1].reconstruction < records[0].reconstruction


def test_a_step_is_as_long_as_the_clipped_gradient(quick_config):
    rate = replace(quick_config.learning_rate, kind="constant", peak=1.0)
    config = replace(quick_config, optimizer="sgd", learning_rate=rate, gradient_clip=0.01, epochs=1, batch_size=128)
    data = load_training_data(config)
    state = start_training(config, data)
    before = [weight.detach().clone() for weight in state.model.parameters()]
    list(train(config, data, state))
    moved = [(weight - old).flatten() for weight, old in zip(state.model.parameters(), before, strict=True)]
    assert state.step == 1 and torch.cat(moved).norm().item() == pytest.approx(0.01, rel=0.02)


def test_the_same_tense_objective_rebuilds_the_word_itself(tiny_config, four_paradigms):
    config = replace(tiny_config, objective="same-tense", kl=KLSchedule(maximum=0.01), evaluate_every=300)
    state, _ = run(config)
    assert mark(state.model, four_paradigms).matrix.diagonal().min() == 1


def test_other_tenses_and_letters_train_too(tmp_path):
    path = tmp_path / "french.txt"
    path.write_text("# tenses: infinitif présent imparfait\nêtre est était\navoir a avait\naller va allait\n")
    config = TrainConfig(
        model=ModelConfig(hidden=32, embedding=16), data=str(path), epochs=3, evaluate_every=3, draws=9
    )
    state, records = run(config)
    assert records[-1].bleu4 is None and records[-1].heldout is None
    assert records[-1].gaussian_score is not None
    assert list(convert(state.model, ["était"])[0].forms) == ["infinitif", "présent", "imparfait"]


def test_training_starts_from_the_weights_of_a_checkpoint_of_the_same_shape(tmp_path, tiny_config):
    path = tmp_path / "first.safetensors"
    data = load_training_data(tiny_config)
    first = start_training(replace(tiny_config, seed=7), data).model
    save_checkpoint(path, first, CheckpointInfo(tiny_config.model, data.paradigms.vocabulary, tiny_config))
    begun = start_training(replace(tiny_config, initial=str(path)), data)
    assert all(torch.equal(a, b) for a, b in zip(begun.model.parameters(), first.parameters(), strict=True))
    assert all(parameter.requires_grad for parameter in begun.model.parameters())
    mapped = replace(tiny_config.model, mapping=20)
    for other in (replace(tiny_config.model, latent=9), replace(mapped, latent=9)):
        with pytest.raises(BadConfig, match="another shape"):
            start_training(replace(tiny_config, model=other, initial=str(path)), data)
    with pytest.raises(BadCheckpoint, match="no checkpoint"):
        start_training(replace(tiny_config, initial=str(tmp_path / "none.safetensors")), data)


@pytest.mark.parametrize("film", [0, 24])
def test_a_model_that_gains_a_mapping_begins_by_computing_what_it_did(tmp_path, tiny_config, film):
    path, config = tmp_path / "first.safetensors", replace(tiny_config, model=replace(tiny_config.model, film=film))
    data = load_training_data(config)
    first = start_training(replace(config, seed=7), data).model
    save_checkpoint(path, first, CheckpointInfo(config.model, data.paradigms.vocabulary, config))
    mapped = replace(config, model=replace(config.model, mapping=20), initial=str(path))
    grown = start_training(mapped, data).model
    z, tense, previous = torch.randn(3, config.model.z_size), torch.tensor([0, 1, 2]), torch.full((3, 1), SOS)
    torch.testing.assert_close(grown.decode(z, tense, previous), first.decode(z, tense, previous))
    layer = grown.decoder.mapping[0].weight
    assert torch.equal(layer, start_training(replace(mapped, initial=""), data).model.decoder.mapping[0].weight)


@pytest.mark.parametrize("objective", ["cross-tense", "same-tense"])
def test_other_spellings_are_read_the_first_is_written_missing_forms_neither(tmp_path, tiny_config, objective):
    path = tmp_path / "verbs.txt"
    path.write_text("learn learns learning learned|learnt\nbeware - - bewared\n")
    config = replace(tiny_config, data=str(path))
    data, words = load_training_data(config), Vocabulary()
    texts = [words.decode(ids) for ids in data.table.letters.tolist()]
    indices = data.words_of_epoch(torch.Generator().manual_seed(0))
    assert sorted(texts[i] for i in indices) == sorted(
        ["learn", "learns", "learning", "learned", "learnt", "beware", "bewared"]
    )
    pairs = set()
    for seed in range(40):
        for source, target in epoch_batches(data.table, indices, objective, 3, torch.Generator().manual_seed(seed)):
            pairs |= {(texts[s], texts[t]) for s, t in zip(source.tolist(), target.tolist(), strict=True)}
    read, written = ({pair[i] for pair in pairs} for i in (0, 1))
    assert read == {texts[i] for i in indices} and written == read - {"learnt"}
    assert ("learnt", "learned") in pairs and ("bewared", "bewared") in pairs
    assert (("learnt", "learn") in pairs) == (objective == "cross-tense")


def test_augmentation_of_fewer_tenses_lends_the_forms_that_it_has(tmp_path, tiny_config):
    path = tmp_path / "five.txt"
    header = "# tenses: sp tp pg p pp\n# alphabet: abcdefghijklmnopqrstuvwxyz\n"
    path.write_text(header + "sing sings singing sang sung\n")
    data = load_training_data(replace(tiny_config, data=str(path), augmentation=(Augmentation("train", 1.0),)))
    assert len(data.words) == 5 and len(data.extra[0][0]) == 4 * 1227 and data.extra[0][1] == 5


def test_augmentation_draws_its_share_of_words(tiny_config):
    extra = (Augmentation("invented_doubling", 0.5), Augmentation("large", 0.25, ("irregular",)))
    data = load_training_data(replace(tiny_config, augmentation=extra))
    words = data.words_of_epoch(torch.Generator().manual_seed(0))
    assert len(words) == 16 + 8 + 4
    assert words[:16].tolist() == list(range(16))
    doubling = range(16, 16 + 4 * len(read_paradigms("invented_doubling").rows))
    assert all(i in doubling for i in words[16:24].tolist())
    assert all(i in range(doubling.stop, len(data.table)) for i in words[24:].tolist())
    irregular = all_spellings(row for row in read_paradigms("large").rows if inflection_class(row) == "irregular")
    assert {data.paradigms.vocabulary.decode(data.table.letters[i].tolist()) for i in data.extra[1][0]} <= irregular


def test_drawing_more_words_than_there_are_repeats_all_of_them():
    drawn = draw_words(torch.arange(10, 13), 7, torch.Generator().manual_seed(0)).tolist()
    assert len(drawn) == 7 and {drawn.count(i) for i in (10, 11, 12)} <= {2, 3}


def test_held_out_verbs_that_are_trained_on_are_not_held_out(tmp_path):
    path = tmp_path / "verbs.txt"
    path.write_text("walk walks walking walked\nshoot shoots shooting shot\n")
    heldout = load_training_data(TrainConfig(data=str(path))).heldout
    assert len(heldout) == 199 and all(row[0] != "shoot" for row in heldout)
