"""Laws of the model: what may and what may not change its numbers."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cvae.core.config import ModelConfig
from cvae.core.errors import BadConfig
from cvae.data.batches import WordTable, by_length, epoch_batches, pad_words
from cvae.data.verbs import Verb
from cvae.data.vocabulary import EOS, PAD, SOS, UNK, Vocabulary
from cvae.model.cvae import UNKNOWN_TENSE, build_model, greedy_next_letter, shift_right
from cvae.model.objective import kl_divergence, negative_elbo, reconstruction_loss

WORDS = ["walk", "is", "stopping", "a", "sang"]
TENSES = torch.tensor([0, 1, 2, 3, 3])


def encode(model, words, tenses):
    return model.encode(*pad_words(words, model.vocabulary), tenses)


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def test_the_layers_are_those_of_the_report():
    model = build_model(ModelConfig(), Vocabulary(), seed=0)
    lstm = 4 * 256 * (256 + 256 + 2)
    assert parameters(model.encoder) == 30 * 256 + lstm + 4 * (256 * 32 + 32)
    assert parameters(model.decoder) == 2 * (32 * 252 + 252) + 30 * 256 + lstm + 256 * 30 + 30


def test_the_gru_has_one_state_and_so_half_the_z():
    model = build_model(ModelConfig(cell="gru"), Vocabulary(), seed=0)
    assert parameters(model.encoder) == 30 * 256 + 3 * 256 * (256 + 256 + 2) + 2 * (256 * 32 + 32)
    assert encode(model, WORDS, TENSES)[0].shape == (5, 32)


def test_the_hidden_size_has_room_for_z_beside_the_tense():
    tenses = tuple(f"t{i}" for i in range(17))
    assert build_model(ModelConfig(hidden=18), Vocabulary(tenses=tenses), 0).decoder.state[0].weight.shape == (1, 32)
    for hidden in (16, 17):
        with pytest.raises(BadConfig, match=f"hidden must be above 17, the number of tenses, not {hidden}"):
            build_model(ModelConfig(hidden=hidden), Vocabulary(tenses=tenses), 0)


def test_z_scales_the_units_of_the_layer_before_the_output():
    decoder = build_model(ModelConfig(hidden=24, latent=5, film=40), Vocabulary(), seed=0).decoder
    z, previous = torch.randn(5, 10), torch.tensor([[SOS], [4], [5], [6], [7]])
    logits, state = decoder(previous, decoder.start(z, TENSES))
    units = decoder.film(state.states[0]) * (1 + decoder.film_scale(z))
    torch.testing.assert_close(logits[:, 0], decoder.output(units))


def test_the_first_states_follow_from_z_and_its_mapping():
    decoder = build_model(ModelConfig(hidden=24, latent=5, mapping=16), Vocabulary(), seed=0).decoder
    z, (first, _, second, _) = torch.randn(5, 10), decoder.mapping
    mapped = second(first(z).relu()).relu()
    for state, layer, part in zip(decoder.start(z, TENSES).states, decoder.state, z.split(5, 1), strict=True):
        torch.testing.assert_close(state[:, :20], layer(torch.cat([part, mapped], 1)))


@pytest.mark.parametrize("sizes", [{}, {"film": 40, "mapping": 16, "condition_every_step": True}])
def test_one_z_is_decoded_in_several_tenses_as_if_it_were_given_once_for_each(sizes):
    model = build_model(ModelConfig(hidden=24, latent=5, **sizes), Vocabulary(), seed=0)
    z, tenses, previous = torch.randn(2, 10), torch.tensor([0, 3, 1, 1, 0, 2]), torch.randint(4, 30, (6, 7))
    torch.testing.assert_close(
        model.decode(z, tenses, previous), model.decode(z.repeat_interleave(3, 0), tenses, previous)
    )


def test_padding_changes_neither_mean_nor_loss(model):
    letters, lengths = pad_words(WORDS, model.vocabulary)
    longer = torch.cat([letters, torch.full((5, 6), PAD)], 1)
    mean, logvar = model.encode(letters, lengths, TENSES)
    for ours, theirs in zip((mean, logvar), model.encode(longer, lengths, TENSES), strict=True):
        torch.testing.assert_close(ours, theirs)
    losses = [reconstruction_loss(model.decode_targets(mean, TENSES, target), target) for target in (letters, longer)]
    torch.testing.assert_close(*losses)


def test_the_order_of_a_batch_changes_no_words_z(model):
    order = torch.tensor([3, 0, 4, 1, 2])
    mean, _ = encode(model, WORDS, TENSES)
    shuffled, _ = encode(model, [WORDS[i] for i in order], TENSES[order])
    torch.testing.assert_close(shuffled, mean[order])


def test_a_batch_of_one_equals_its_row_in_a_batch(model):
    mean, logvar = encode(model, WORDS, TENSES)
    logits = model.decode_freely(mean, TENSES, 6)
    for i, word in enumerate(WORDS):
        alone = encode(model, [word], TENSES[i : i + 1])
        torch.testing.assert_close(alone, (mean[i : i + 1], logvar[i : i + 1]))
        torch.testing.assert_close(model.decode_freely(alone[0], TENSES[i : i + 1], 6)[0], logits[i])


def test_the_tense_changes_what_is_encoded_and_decoded(model):
    z = torch.zeros(4, model.config.z_size)
    assert len(model.decode_freely(z, torch.arange(4), 3).flatten(1).unique(dim=0)) == 4
    assert len(encode(model, ["walk"] * 4, torch.arange(4))[0].unique(dim=0)) == 4


def test_a_free_run_is_teacher_forcing_with_its_own_letters(model):
    mean, _ = encode(model, WORDS, TENSES)
    logits = model.decode_freely(mean, TENSES, 7)
    previous = shift_right(greedy_next_letter(logits))
    torch.testing.assert_close(model.decode(mean, TENSES, previous), logits)


def batch_of(model):
    rows = [("walk", "walks", "walking", "walked"), ("be", "is", "being", "was")]
    table = WordTable.of(rows, model.vocabulary)
    return table.batch(torch.arange(8), torch.tensor([3, 2, 1, 0, 4, 5, 6, 7]))


@pytest.mark.parametrize("ratio", [0.0, 0.5, 1.0])
def test_each_word_is_decoded_either_from_its_letters_or_from_its_own(model, ratio):
    batch = batch_of(model)
    mean, logvar = model.encode(batch.source, batch.source_lengths, batch.source_tense)
    z = model.reparameterize(mean, logvar, torch.Generator().manual_seed(5))
    forced = model.decode_targets(z, batch.target_tense, batch.target)
    free = model.decode_freely(z, batch.target_tense, batch.target.size(1))
    generator = torch.Generator().manual_seed(5)
    logits, *_ = model(batch, teacher_forcing=ratio, generator=generator)
    torch.randn(z.shape, generator=(coin := torch.Generator().manual_seed(5)))
    is_forced = torch.rand(8, generator=coin) < ratio
    assert 0 < int(is_forced.sum()) < 8 or ratio in (0, 1)
    torch.testing.assert_close(logits, torch.where(is_forced[:, None, None], forced, free))


def test_gradients_reach_every_parameter_at_any_ratio(model):
    for ratio in (0.0, 0.5, 1.0):
        model.train().zero_grad()
        batch = batch_of(model)
        logits, mean, logvar = model(batch, ratio, generator=torch.Generator().manual_seed(5))
        negative_elbo(reconstruction_loss(logits, batch.target), kl_divergence(mean, logvar), 0.5).backward()
        assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_dropped_letters_are_hidden_from_the_decoder_alone(model):
    batch = batch_of(model)
    all_hidden, mean, logvar = model(batch, 1.0, letter_dropout=1.0, generator=torch.Generator().manual_seed(5))
    z = model.reparameterize(mean, logvar, torch.Generator().manual_seed(5))
    previous = shift_right(batch.target)
    previous[previous > UNK] = UNK
    torch.testing.assert_close(all_hidden, model.decode(z, batch.target_tense, previous))


def test_dropped_tenses_are_hidden_from_the_encoder_alone(model):
    batch = batch_of(model)
    logits, mean, logvar = model(batch, 1.0, tense_dropout=1.0, generator=torch.Generator().manual_seed(5))
    unknown = torch.full_like(batch.source_tense, UNKNOWN_TENSE)
    torch.testing.assert_close((mean, logvar), model.encode(batch.source, batch.source_lengths, unknown))
    torch.rand(8, generator=(generator := torch.Generator().manual_seed(5)))
    z = model.reparameterize(mean, logvar, generator)
    torch.testing.assert_close(logits, model.decode_targets(z, batch.target_tense, batch.target))


def test_reparameterize_draws_from_the_posterior(model):
    mean, logvar = torch.full((20_000, 2), 3.0), torch.full((20_000, 2), -1.0)
    z = model.reparameterize(mean, logvar, torch.Generator().manual_seed(0))
    torch.testing.assert_close(z.mean(0), mean[0], atol=0.02, rtol=0)
    torch.testing.assert_close(z.var(0).log(), logvar[0], atol=0.05, rtol=0)


def test_building_a_model_leaves_the_global_generator_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = build_model(ModelConfig(hidden=16), Vocabulary(), seed=7)
    assert torch.equal(torch.rand(3), expected)
    again = build_model(ModelConfig(hidden=16), Vocabulary(), seed=7)
    assert all(torch.equal(a, b) for a, b in zip(first.parameters(), again.parameters(), strict=True))


def test_only_letters_and_the_end_are_ever_written():
    logits = torch.zeros(1, 1, 30)
    logits[..., [PAD, SOS, UNK]] = 9
    assert greedy_next_letter(logits).item() == EOS


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 9), st.sampled_from(["same-tense", "cross-tense"]))
def test_an_epoch_visits_every_word_once(seed, size, objective):
    rows = [("walk", "walks", "walking", "walked"), ("be", "is", "being", "was"), ("put", "puts", "putting", "put")]
    table = WordTable.of(rows, Vocabulary())
    generator = torch.Generator().manual_seed(seed)
    batches = epoch_batches(table, torch.arange(12), objective, size, generator)
    assert sorted(torch.cat([source for source, _ in batches]).tolist()) == list(range(12))
    for source, target in batches:
        assert len(source) <= size
        assert torch.equal(source // 4, target // 4)
        assert objective == "cross-tense" or torch.equal(source, target)


@given(st.integers(0, 10_000))
def test_a_verb_is_only_decoded_into_forms_that_it_has(seed):
    rows = [
        ("walk", "", "walking", "walked"),
        ("", "is", "being", ""),
        Verb([("put",), ("puts",), (), ("put", "putt")]),
    ]
    table = WordTable.of(rows, Vocabulary())
    words = table.words_of(0, 3)
    target = table.draw_targets(words.repeat(20), torch.Generator().manual_seed(seed))
    assert torch.equal(target // 4, table.written[words.repeat(20)] // 4) and bool((table.lengths[target] > 0).all())
    assert set(target.tolist()) == {0, 2, 3, 5, 6, 8, 9, 11}


@given(st.lists(st.integers(2, 6), min_size=1, max_size=60), st.integers(1, 9))
def test_batches_by_length_are_full_and_pad_little(lengths, size):
    lengths = torch.tensor(lengths)
    batches = by_length(lengths, size)
    assert sorted(torch.cat(batches).tolist()) == list(range(len(lengths)))
    assert all(len(batch) == size for batch in batches[:-1])
    ragged = [batch for batch in batches if len(lengths[batch].unique()) > 1]
    ends = [(int(lengths[batch].min()), int(lengths[batch].max())) for batch in ragged]
    assert all(before[1] <= after[0] for before, after in pairwise(ends))
