"""Accelerators, on a machine without one: the layer of torch that they use is asked for on the processor."""

import pytest
import torch
from click.testing import CliRunner
from torch import Generator

from cvae.cli.main import cli
from cvae.core.errors import BadConfig, BadRun
from cvae.core.settings import ROOT
from cvae.data.batches import Batch, pad_words
from cvae.data.paradigms import read_paradigms
from cvae.experiments.sweep import run_trial
from cvae.inference.conversion import convert
from cvae.model.checkpoint import load_checkpoint
from cvae.model.device import NO_MEMORY, quick_precision, use_device
from cvae.model.rnn import Recurrent
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder

WORDS = ["walk", "be", "stopping", "sang"]


@pytest.fixture
def by_torch(monkeypatch):
    """From when it is called, letters are read as on an accelerator."""
    return lambda: monkeypatch.setattr(Recurrent, "on_accelerator", True)


@pytest.fixture
def no_accelerator(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def invoke(*arguments):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def losses_and_gradients(model, batch):
    logits, mean, logvar = model(batch, 0.5, 0.2, 0.2, Generator().manual_seed(3))
    loss = logits.square().mean() + mean.square().sum() + logvar.sum()
    return [logits, mean, logvar, *torch.autograd.grad(loss, list(model.parameters()))]


def test_the_layer_of_torch_gives_the_numbers_of_the_kernels(model, by_torch):
    letters, lengths = pad_words(WORDS, model.vocabulary)
    batch = Batch(letters, lengths, torch.tensor([0, 1, 2, 3]), letters, torch.tensor([3, 2, 1, 0]))
    here = losses_and_gradients(model, batch)
    by_torch()
    for expected, found in zip(here, losses_and_gradients(model, batch), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)


def test_words_are_converted_alike(model, by_torch):
    model.requires_grad_(False)
    here = convert(model, WORDS)
    by_torch()
    model.encoder.recurrent[0].cache.clear()
    there = convert(model, WORDS)
    for ours, theirs in zip(here, there, strict=True):
        for tense, form in ours.forms.items():
            assert form.text == theirs.forms[tense].text
            assert form.confidence == pytest.approx(theirs.forms[tense].confidence, rel=1e-4)


def test_a_run_that_was_begun_on_an_accelerator_goes_on_on_the_processor(quick_config, tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", quick_config)
    with monkeypatch.context() as patch:
        patch.setattr(Recurrent, "on_accelerator", True)
        records = train_in_folder(run)
        next(records)
        records.close()
    list(train_in_folder(run))
    assert run.status() == "finished" and len(run.history()) == quick_config.epochs


def test_a_batch_moves_but_for_its_lengths():
    numbers = torch.tensor([0, 1])
    moved = Batch(torch.ones(2, 3), numbers, numbers, torch.ones(2, 4), numbers).to(torch.device("meta"))
    assert [moved.source.is_meta, moved.source_tense.is_meta, moved.target.is_meta, moved.target_tense.is_meta] == [
        True
    ] * 4
    assert not moved.source_lengths.is_meta


def test_auto_takes_the_accelerator_that_is_there(no_accelerator, monkeypatch):
    assert use_device("auto").type == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert use_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert use_device("auto").type == "cuda"


@pytest.mark.parametrize("name", ["cuda", "mps"])
def test_an_accelerator_that_is_not_there_is_a_sentence(name, no_accelerator, tmp_path):
    with pytest.raises(BadConfig, match=f"There is no {name} device here.*--device cpu, or auto"):
        use_device(name)
    words, out = tmp_path / "words.csv", tmp_path / "out"
    words.write_text("word\nwent\n")
    for call in (["train"], ["evaluate", "classroom"], ["convert", "--file", words]):
        more = [] if "evaluate" in call else ["--out", out]
        said = invoke(*call, *more, "--device", name)
        assert said.exit_code == 2 and said.stderr.startswith(f"There is no {name} device here")
    assert not out.exists()


@pytest.fixture
def sweep_here(monkeypatch):
    """A sweep trains in the process of the test, where an accelerator can be missing."""

    def run_here(trials, place, bar, jobs):
        return [run_trial(trial, place, lambda epoch: None) for trial in trials]

    monkeypatch.setattr("cvae.experiments.local.run_local", run_here)


def test_a_sweep_trains_on_the_device_that_is_named(no_accelerator, sweep_here, headed_verbs, tmp_path):
    grid, out = tmp_path / "grid.toml", tmp_path / "sweep"
    grid.write_text(f"seeds = [0]\nbase = {{data = '{headed_verbs}', epochs = 1, model.hidden = 16, draws = 5}}")
    said = invoke("sweep", grid, "--out", out, "--device", "cuda")
    assert said.exit_code == 1 and "There is no cuda device here" in said.stderr
    said = invoke("sweep", grid, "--out", out, "--device", "cpu")
    assert said.exit_code == 0 and "1 run finished" in said.stderr


def test_words_are_converted_on_the_processor_as_without_a_device(four_verb_model, tmp_path):
    words = tmp_path / "words.csv"
    words.write_text("word\nwalked\nsang\n")
    outs = [tmp_path / "usual.csv", tmp_path / "cpu.csv"]
    for out, more in zip(outs, ([], ["--device", "cpu"]), strict=True):
        assert invoke("convert", "--file", words, "--out", out, *more).exit_code == 0
    assert "singing" in outs[0].read_text()
    assert outs[0].read_text() == outs[1].read_text()


@pytest.mark.parametrize("gain, precision", [(2.0, "bfloat16"), (1.2, "float32")])
def test_bfloat16_is_for_processors_that_gain_by_it(gain, precision, monkeypatch):
    clock, product = [0.0], torch.mm

    def timed(words, weight):
        clock[0] += gain if words.dtype == torch.float32 else 1
        return product(words, weight)

    monkeypatch.setattr("cvae.model.device.time.perf_counter", lambda: clock[0])
    monkeypatch.setattr(torch, "mm", timed)
    quick_precision.cache_clear()
    try:
        assert quick_precision() == precision
    finally:
        quick_precision.cache_clear()


@pytest.mark.parametrize("name", ["open-vocabulary", "twins/open-vocabulary"])
def test_the_forms_of_many_words_are_almost_always_the_same_in_bfloat16(name):
    trained, _ = load_checkpoint(ROOT / "checkpoints" / f"{name}.safetensors")
    words = [row[3] for row in read_paradigms("unseen").rows[::2]]

    def forms():
        return [[form.text for form in each.forms.values()] for each in convert(trained, words, "p")]

    here = forms()
    trained.round_products("bfloat16")
    assert sum(ours == rounded for ours, rounded in zip(here, forms(), strict=True)) >= 0.99 * len(words)


def raising(error):
    def fail(*_):
        raise error

    return fail


@pytest.mark.parametrize(
    "fail",
    [raising(torch.OutOfMemoryError("CUDA out of memory.")), raising(MemoryError()), lambda *_: torch.empty(10**16)],
    ids=["accelerator", "python", "processor"],
)
def test_too_little_memory_is_a_sentence(fail, quick_config, tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", quick_config)
    monkeypatch.setattr("cvae.training.loop.train_step", fail)
    with pytest.raises(BadRun, match="not enough memory"):
        list(train_in_folder(run))
    assert run.status() == "failed"
    monkeypatch.setattr("cvae.evaluation.report.evaluate", fail)
    said = invoke("evaluate", "classroom")
    assert (said.exit_code, said.stderr) == (2, f"{NO_MEMORY}\n")
