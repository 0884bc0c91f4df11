"""The sleep phase: every point of the prior belongs to a verb."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from cvae.core.errors import BadConfig, BadRun
from cvae.data.batches import WordTable, pad_words
from cvae.data.dataset import load_training_data
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import CVAE
from cvae.model.parallel import open_threads
from cvae.training import loop
from cvae.training.loop import sleep_step, train
from cvae.training.records import Knobs
from cvae.training.sleep import SleepBatch, cut_prior, sleep_batches
from cvae.training.state import load_state, save_state, start_training


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def sleeper(trained, four_paradigms):
    """A model, the table of four verbs, and their cells."""
    model, _ = load_checkpoint(trained)
    table = WordTable.of(four_paradigms, model.vocabulary)
    cells = cut_prior(model, table, torch.arange(4))
    assert cells is not None
    return model, table, cells


def test_each_point_is_given_the_verb_of_its_cell_in_any_tense(sleeper, four_paradigms):
    model, table, cells = sleeper
    batches = sleep_batches(cells, table, 200, 100, 16, seeded())
    assert [sum(len(batch.z) for batch in batches if batch.dreamt == dreamt) for dreamt in (False, True)] == [200, 100]
    for batch in batches:
        assert len(batch.z) <= 16
        verbs = [four_paradigms[verb] for verb in cells.at(batch.z)[0].tolist()]
        words = words_of(batch, model)
        assert words == [row[tense] for row, tense in zip(verbs, batch.tense.tolist(), strict=True)]
        assert batch.lengths.tolist() == [len(word) + 1 for word in words]
    assert len({word for batch in batches for word in words_of(batch, model)}) == 16


def test_the_decoder_is_shown_more_points_near_borders_than_the_encoder(sleeper):
    _, table, cells = sleeper
    batches = sleep_batches(cells, table, 2000, 2000, 16, seeded())
    near = {
        dreamt: torch.cat([batch.z for batch in batches if batch.dreamt == dreamt])[:, cells.dimensions[0]].abs() < 0.15
        for dreamt in (False, True)
    }
    assert near[False].float().mean() > 1.5 * near[True].float().mean()


def test_a_sleep_phase_of_no_points_is_none(sleeper):
    _, table, cells = sleeper
    assert sleep_batches(cells, table, 0, 0, 16, seeded()) == []


def test_no_point_belongs_to_a_verb_when_the_posterior_has_collapsed(sleeper):
    model, table, _ = sleeper
    with torch.no_grad():
        for head in [*model.encoder.mean, *model.encoder.logvar]:
            for parameter in head.parameters():
                parameter.zero_()
    assert cut_prior(model, table, torch.arange(4)) is None


def test_only_the_verbs_that_have_a_cell_are_learned(sleeper, four_paradigms):
    model, table, _ = sleeper
    cells = cut_prior(model, table, torch.tensor([1, 3]))
    words = [word for batch in sleep_batches(cells, table, 80, 40, 16, seeded()) for word in words_of(batch, model)]
    assert set(words) == set(four_paradigms[1] + four_paradigms[3])


def test_cells_are_cut_once_and_kept_with_the_run(tmp_path, tiny_config):
    config = replace(tiny_config, epochs=4, sleep=1.0, sleep_start=0.5, evaluate_every=4)
    data, path = load_training_data(config), tmp_path / "state.safetensors"
    state = start_training(config, data)
    cells = [state.cells for _ in train(config, data, state)]
    assert cells[0] is cells[1] is None and cells[2] is cells[3] is not None
    save_state(path, state)
    loaded = load_state(path, config, data, state.device)
    assert torch.equal(loaded.cells.verbs, cells[3].verbs) and torch.equal(loaded.cells.dimensions, cells[3].dimensions)
    state.cells = replace(cells[3], verbs=cells[3].verbs + 1)
    save_state(path, state)
    with pytest.raises(BadRun, match="damaged"):
        load_state(path, config, data, state.device)


def test_a_run_cuts_cells_and_draws_points_as_its_settings_say(tiny_config, monkeypatch):
    points = Counter()
    monkeypatch.setattr(loop, "sleep_step", lambda config, batch, *_: points.update({batch.dreamt: len(batch.z)}))
    config = replace(tiny_config, epochs=4, sleep=2.0, sleep_start=0.75, sleep_verbs=2, dreams=0.25)
    data = load_training_data(config)
    state = start_training(config, data)
    list(train(config, data, state))
    assert points == {False: 32, True: 8}  # of four verbs in four tenses
    assert sorted(state.cells.verbs.tolist()) == [0, 2]


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
    assert not any("logvar" in name for name in moved)


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
