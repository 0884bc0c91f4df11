"""The sleep phase: every point of the prior is given to a verb."""

from dataclasses import replace

import pytest
import torch
from torch.distributions import Normal

from cvae.core.errors import BadConfig
from cvae.data.batches import WordTable, pad_words
from cvae.data.dataset import load_training_data
from cvae.inference.sampling import decode_paradigms
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import CVAE
from cvae.model.parallel import open_threads
from cvae.training.loop import sleep_step, train
from cvae.training.records import Knobs
from cvae.training.sleep import (
    NO_VERB,
    WRITTEN,
    SleepBatch,
    equal_shares,
    likeliest_verbs,
    log_odds,
    sleep_batches,
    written_verbs,
)
from cvae.training.state import start_training


def nothing_written(points: int, tenses: int = 4) -> torch.Tensor:
    return torch.full((points, tenses), NO_VERB)


def test_odds_are_the_density_of_the_posterior_and_what_is_written():
    means, variances, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, torch.randn(50, 3)
    density = Normal(means, variances.sqrt()).log_prob(z[:, None]).sum(2)
    odds = log_odds(z, nothing_written(50), means, variances)
    assert torch.allclose(odds - odds[:, :1], density - density[:, :1], atol=1e-4)
    written = nothing_written(50)
    written[3] = torch.tensor([5, NO_VERB, 5, 2])
    gained = log_odds(z, written, means, variances) - odds
    assert gained.nonzero().tolist() == [[3, 2], [3, 5]]
    assert gained[3, 5].item() == pytest.approx(2 * WRITTEN, abs=1e-4)


def test_a_dimension_that_tells_no_verbs_apart_has_no_say():
    means, variances, z = torch.randn(7, 3), torch.rand(7, 3) + 0.1, torch.randn(50, 3)
    noise = 0.01 * torch.randn(7, 100)
    wider = torch.cat([means, noise], 1), torch.cat([variances, torch.ones(7, 100)], 1)
    written = nothing_written(50)
    chosen = likeliest_verbs(torch.cat([z, 100 * torch.randn(50, 100)], 1), written, *wider)
    assert torch.equal(chosen, likeliest_verbs(z, written, means, variances))


def test_narrow_posteriors_in_the_middle_do_not_take_all_points():
    generator = torch.Generator().manual_seed(0)
    z = torch.randn(2000, 2, generator=generator)
    means = torch.tensor([[0.0, 0.0], [3.0, 0.0], [-3.0, 0.0], [0.0, 3.0], [0.0, -3.0]])
    variances = torch.full((5, 2), 0.4)
    odds = log_odds(z, nothing_written(2000), means, variances)
    assert odds.argmax(1).bincount().max() > 1200
    share = (odds + equal_shares(odds)).softmax(1).mean(0)
    assert torch.allclose(share, torch.full((5,), 0.2), atol=0.03)
    chosen = likeliest_verbs(z, nothing_written(2000), means, variances)
    assert chosen.bincount().min() > 250 and chosen.bincount().max() < 700


def test_posteriors_that_are_taken_as_broader_share_the_points(trained, four_paradigms, monkeypatch):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    means = 3 * torch.eye(model.config.z_size)[:4]
    means[0] = 0  # the verb in the middle
    monkeypatch.setattr("cvae.training.sleep.verb_posteriors", lambda *_: (means, torch.full_like(means, 1e-3)))

    def fewest(least_variance: float) -> int:
        batches = sleep_batches(model, table, 4, 400, 16, torch.Generator().manual_seed(0), least_variance)
        words = [word for batch in batches if not batch.dreamt for word in words_of(batch, model)]
        return min(sum(word in row for word in words) for row in four_paradigms)

    assert fewest(0.0) < 50 and fewest(0.5) > 60


def test_each_written_form_is_that_of_its_verb_or_of_none(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    z = torch.randn(60, model.config.z_size, generator=torch.Generator().manual_seed(0))
    written = written_verbs(model, z, table, 4)
    assert 0 < int((written == NO_VERB).sum()) < written.numel()
    for verbs, paradigm in zip(written.tolist(), decode_paradigms(model, z), strict=True):
        for tense, (verb, form) in enumerate(zip(verbs, paradigm, strict=True)):
            assert [row[tense] for row in four_paradigms].count(form) == (verb != NO_VERB)
            assert verb == NO_VERB or four_paradigms[verb][tense] == form


def test_the_decoder_is_to_write_the_verb_of_every_point_where_it_does_not_yet(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    batches = sleep_batches(model, table, 4, 200, 16, torch.Generator().manual_seed(0))
    asked = [batch for batch in batches if not batch.dreamt]
    assert sum(len(batch.z) for batch in asked) == 200
    assert len({word for batch in asked for word in words_of(batch, model)}) > 10
    wrong = 0
    for batch in asked:
        assert len(batch.z) <= 16
        for forms, word, tense in zip(
            decode_paradigms(model, batch.z), words_of(batch, model), batch.tense.tolist(), strict=True
        ):
            [verb] = [row for row in four_paradigms if row[tense] == word]
            assert forms[tense] != word or forms == verb
            wrong += forms != verb
    assert 0 < wrong < 200


def test_a_sleep_phase_of_no_points_is_none(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    assert sleep_batches(model, table, 4, 0, 16, torch.Generator().manual_seed(0)) == []


def test_the_encoder_is_to_find_the_verbs_that_the_decoder_writes(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    batches = sleep_batches(model, table, 4, 400, 16, torch.Generator().manual_seed(0))
    dreams = [batch for batch in batches if batch.dreamt]
    drawn = [forms for batch in batches if not batch.dreamt for forms in decode_paradigms(model, batch.z)]
    assert len(drawn) == 400
    assert 0 < sum(len(batch.z) for batch in dreams) < sum(forms in four_paradigms for forms in drawn) < 400
    for batch in dreams:
        for forms, word, tense in zip(
            decode_paradigms(model, batch.z), words_of(batch, model), batch.tense.tolist(), strict=True
        ):
            assert forms in four_paradigms and forms[tense] == word
        assert batch.lengths.tolist() == [len(word) + 1 for word in words_of(batch, model)]


def test_no_point_belongs_to_a_verb_when_the_posterior_has_collapsed(trained, four_paradigms):
    model, _ = load_checkpoint(trained)
    with torch.no_grad():
        for head in [*model.encoder.mean, *model.encoder.logvar]:
            for parameter in head.parameters():
                parameter.zero_()
    table = WordTable.of(four_paradigms, model.vocabulary)
    assert sleep_batches(model, table, 4, 40, 16, torch.Generator().manual_seed(0)) == []


def words_of(batch: SleepBatch, model: CVAE) -> list[str]:
    return [model.vocabulary.decode(ids) for ids in batch.word.tolist()]


@pytest.mark.parametrize(("dreamt", "learns"), [(False, "decoder."), (True, "encoder.")])
def test_a_step_moves_one_half_of_the_model(tiny_config, dreamt, learns):
    state = start_training(tiny_config, load_training_data(tiny_config))
    before = {name: weight.clone() for name, weight in state.model.named_parameters()}
    letters, lengths = pad_words(["walk", "sings"], state.model.vocabulary)
    batch = SleepBatch(torch.ones(2, 16), letters, lengths, torch.tensor([0, 1]), dreamt)
    with open_threads() as threads:
        sleep_step(tiny_config, batch, state, Knobs(0.5, 1.0, 1e-3), threads)
    moved = [name for name, weight in state.model.named_parameters() if not torch.equal(weight, before[name])]
    assert moved and all(name.startswith(learns) for name in moved)


def test_sleep_begins_when_it_should(tiny_config):
    config = replace(tiny_config, epochs=2, sleep=1.0, sleep_start=0.5, evaluate_every=2)
    states = []
    for sleeping in (config, replace(config, sleep=0.0)):
        data = load_training_data(sleeping)
        state = start_training(sleeping, data)
        records = train(sleeping, data, state)
        first = next(records)
        states.append((first.step, list(records)[-1].step))
    (first, last), (first_awake, last_awake) = states
    assert first == first_awake and last > last_awake


def test_verbs_that_lack_forms_are_refused_before_the_training(tmp_path, tiny_config):
    path = tmp_path / "gaps.txt"
    path.write_text("walk walks walking walked\nbeware - - bewared\n")
    config = replace(tiny_config, data=str(path), sleep=1.0)
    with pytest.raises(BadConfig, match="needs every form of every verb"):
        start_training(config, load_training_data(config))
    assert start_training(replace(config, sleep=0.0), load_training_data(config)).step == 0


def test_the_least_variance_changes_what_is_learned(tiny_config):
    def losses(least: float) -> list[float]:
        config = replace(tiny_config, epochs=3, sleep=2.0, sleep_start=0.3, sleep_variance=least, evaluate_every=3)
        data = load_training_data(config)
        return [record.reconstruction for record in train(config, data, start_training(config, data))]

    assert losses(0.0) == losses(0.0) != losses(1.0)
