"""`python -m cvae benchmark`: how fast training, conversion, sampling and start-up are, all measured in one run.

Ratios are what can be compared between machines. The figures of a ratio are measured in turns, A B A B, so that a
neighbour's load falls on both; each is the median of several rounds.
"""

import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from cvae.cli.reference_lstm import plain_forward
from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.settings import ROOT
from cvae.data.batches import Batch, epoch_batches
from cvae.data.dataset import load_training_data
from cvae.data.paradigms import read_paradigms
from cvae.evaluation.baselines import rule_paradigm
from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.checkpoint import load_checkpoint
from cvae.model.objective import kl_divergence, negative_elbo, reconstruction_loss
from cvae.model.parallel import open_threads
from cvae.training.loop import train_step
from cvae.training.records import Knobs
from cvae.training.state import start_training

ROUNDS = 5
BATCHES = 12  # in one round of training
CLASSROOM_WORDS = 24
WORDS = 4096  # converted in bulk
GROWTH = {"words": [512, 1024, 2048], "hidden size": [128, 256, 512], "batch size": [64, 128, 256]}
PRODUCT_SIZE, PRODUCTS = 2048, 3
CONVERT_PAGE = "import streamlit, cvae.model.checkpoint, cvae.inference.conversion, cvae.inference.word_lists"
BARE = "import streamlit, torch"
FORCED = Knobs(beta=0.1, teacher_forcing=1.0, learning_rate=1e-3)
HALF_FORCED = replace(FORCED, teacher_forcing=0.5)


def benchmark() -> dict[str, Any]:
    """Measure everything; return the figures as plain JSON values."""
    two = min(2, os.cpu_count() or 1)
    report: dict[str, Any] = {"machine": machine()}
    for threads in sorted({1, two}):
        with use_threads(threads):
            report[f"training, threads: {threads}"] = training_speed()
    with use_threads(1):
        report["one word"] = one_word()
    with use_threads(two):
        report["bulk"] = bulk()
        report["growth"] = growth()
    report["start-up"] = start_up()
    return report


def machine() -> dict[str, Any]:
    """Describe the machine that the figures are measured on."""
    return {
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Compute with this many threads, then with as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def in_turns(works: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Return the median seconds of each piece of work, after one round that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for counted in range(ROUNDS + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            if counted:
                times[name].append(time.perf_counter() - began)
    return {name: statistics.median(spent) for name, spent in times.items()}


class Training:
    """Some steps of training one model, in our way and in the ways it is compared with."""

    def __init__(self, config: TrainConfig):
        self.config, self.data = config, load_training_data(config)
        self.state = start_training(config, self.data)
        self.generator = torch.Generator().manual_seed(0)
        table, words = self.data.table, self.data.words_of_epoch(self.generator)
        pairs = epoch_batches(table, words, config.objective, config.batch_size, self.generator)
        self.batches = [table.batch(*pair) for pair in pairs[:BATCHES]]
        shuffled = words[torch.randperm(len(words), generator=self.generator)][: BATCHES * config.batch_size]
        self.padded = [table.batch(chunk, chunk) for chunk in shuffled.split(config.batch_size)]
        self.single = [table.batch(word, word) for word in shuffled[:CLASSROOM_WORDS].split(1)]
        self.sgd = torch.optim.SGD(self.state.model.parameters(), lr=1e-4)

    def fast(self, knobs: Knobs) -> None:
        """Train on batches of one length, by the library's own training step."""
        with open_threads() as threads:
            for batch in self.batches:
                train_step(self.config, batch, self.state, knobs, threads)

    def plain(self, ratio: float) -> None:
        """Train on random batches, padded and packed, by nn.LSTM and Adam."""
        for batch in self.padded:
            self._plain_step(batch, ratio, self.state.optimizer, letter_by_letter=False)

    def classroom(self) -> None:
        """Train on one word a step, in a Python loop over its letters, by SGD."""
        for batch in self.single:
            self._plain_step(batch, 1.0, self.sgd, letter_by_letter=True)

    def _plain_step(self, batch: Batch, ratio: float, optimizer: torch.optim.Optimizer, letter_by_letter: bool) -> None:
        logits, mean, logvar = plain_forward(self.state.model, batch, ratio, self.generator, letter_by_letter)
        optimizer.zero_grad()
        negative_elbo(reconstruction_loss(logits, batch.target), kl_divergence(mean, logvar), 0.1).backward()
        optimizer.step()

    def textbook_operations(self) -> float:
        """Count the floating-point operations of a word: 4 gates, forward and twice that backward.

        For the report's model; layers that are met once a word are left out, as they are below 2 %.
        """
        model = self.config.model
        gates = 2 * 4 * model.hidden * (model.embedding + model.hidden)
        output = 2 * model.hidden * len(self.data.paradigms.vocabulary)
        letters = sum(batch.source.numel() * gates + batch.target.numel() * (gates + output) for batch in self.batches)
        return 3 * letters / count_words(self.batches)


def count_words(batches: list[Batch]) -> int:
    """Return the words of all batches."""
    return sum(len(batch.source) for batch in batches)


def matrix_products() -> None:
    """Multiply large float32 matrices, which gives the best rate of this machine."""
    a = torch.ones(PRODUCT_SIZE, PRODUCT_SIZE)
    for _ in range(PRODUCTS):
        torch.mm(a, a)


def training_speed() -> dict[str, float]:
    """Measure words per second of the report's LSTM in batches of 128, and of what it is compared with."""
    training, double = Training(TrainConfig()), Training(TrainConfig(batch_size=256))
    spent = in_turns(
        {
            "fast": lambda: training.fast(FORCED),
            "double": lambda: double.fast(FORCED),
            "plain": lambda: training.plain(1.0),
            "products": matrix_products,
            "classroom": training.classroom,
            "fast half": lambda: training.fast(HALF_FORCED),
            "plain half": lambda: training.plain(0.5),
        }
    )
    words, padded = count_words(training.batches), count_words(training.padded)
    rate = PRODUCTS * 2 * PRODUCT_SIZE**3 / spent["products"]
    return {
        "words per second": words / spent["fast"],
        "in batches of 256": count_words(double.batches) / spent["double"],
        "with teacher forcing 0.5": words / spent["fast half"],
        "classroom way": CLASSROOM_WORDS / spent["classroom"],
        "plain nn.LSTM": padded / spent["plain"],
        "plain nn.LSTM with teacher forcing 0.5": padded / spent["plain half"],
        "roofline": rate / training.textbook_operations(),
        "million operations a word": training.textbook_operations() / 1e6,
        "billion operations a second": rate / 1e9,
    }


def one_word() -> dict[str, float]:
    """Measure milliseconds for the four forms of one word with the open-vocabulary model, its tense given or found."""
    model, _ = load_checkpoint("open-vocabulary")
    figures = {}
    for name, source in (("tense given", "sp"), ("tense found", None)):
        times = []
        for row in read_paradigms("large").rows[:WORDS:20]:
            began = time.perf_counter()
            convert(model, [row[0]], source)
            times.append(1000 * (time.perf_counter() - began))
        figures[f"{name}, median"] = statistics.median(times)
        figures[f"{name}, 95th percentile"] = statistics.quantiles(times, n=20)[-1]
    return figures


def bulk() -> dict[str, float]:
    """Measure words per second, each with four forms, and seconds for 1,000 points of the prior."""
    words = [row[0] for row in read_paradigms("large").rows][:WORDS]
    models = {name: load_checkpoint(name)[0] for name in ("open-vocabulary", "classroom")}
    spent = in_turns(
        {
            "given": lambda: convert(models["open-vocabulary"], words, "sp"),
            "found": lambda: convert(models["open-vocabulary"], words),
            "classroom": lambda: convert(models["classroom"], words, "sp"),
            "rules": lambda: [rule_paradigm(word, "sp") for word in words],
            "sampling": lambda: sample(models["classroom"], 1000),
        }
    )
    return {
        "words per second, tense given": len(words) / spent["given"],
        "words per second, tense found": len(words) / spent["found"],
        "words per second, classroom model, tense given": len(words) / spent["classroom"],
        "words per second, lemminflect's rules": len(words) / spent["rules"],
        "seconds for 1,000 samples": spent["sampling"],
    }


def growth() -> dict[str, dict[str, float]]:
    """Measure milliseconds of training per batch or word at doubled sizes, and the exponent of the growth."""
    table = {}
    for name, values in GROWTH.items():
        works = {str(value): _growth_work(name, value) for value in values}
        spent = {value: 1000 * time for value, time in in_turns(works).items()}
        first, *_, last = spent.values()
        table[name] = spent | {"exponent": math.log(last / first) / math.log(values[-1] / values[0])}
    return table


def _growth_work(name: str, value: int) -> Callable[[], None]:
    hidden = value if name == "hidden size" else 256
    batch = value if name == "batch size" else 128
    training = Training(TrainConfig(model=ModelConfig(hidden=hidden, embedding=hidden), batch_size=batch))
    repeats = value // 512 if name == "words" else 1
    batches = [batch for batch in training.padded if len(batch.source) == training.config.batch_size][:4]
    training.batches = batches * repeats
    return lambda: training.fast(FORCED)


def start_up() -> dict[str, float]:
    """Measure seconds of a process that imports what the convert page needs, and of one with the bare libraries."""
    works = {name: partial(subprocess.run, [sys.executable, "-c", code], check=True, cwd=ROOT)
             for name, code in (("page", CONVERT_PAGE), ("bare", BARE))}  # fmt: skip
    spent = in_turns(works)
    return {"convert page": spent["page"], "torch and streamlit alone": spent["bare"]}


def render_benchmark(report: dict[str, Any]) -> str:
    """Write ratios, then absolute figures, as text for a terminal."""
    lines = ["Ratios"]
    for section, figures in report.items():
        if section.startswith("training"):
            ours, double = figures["words per second"], figures["in batches of 256"]
            half, plain_half = figures["with teacher forcing 0.5"], figures["plain nn.LSTM with teacher forcing 0.5"]
            lines += [
                f"  {section}",
                f"    against the classroom way         {ours / figures['classroom way']:8.1f} x",
                f"    the same in batches of 256        {double / figures['classroom way']:8.1f} x",
                f"    against plain nn.LSTM             {ours / figures['plain nn.LSTM']:8.2f} x",
                f"    with teacher forcing 0.5          {half / plain_half:8.2f} x",
                f"    of the roofline                   {ours / figures['roofline']:8.0%}",
            ]
    bulk, start = report["bulk"], report["start-up"]
    rules = bulk["words per second, lemminflect's rules"]
    lines += [
        f"  bulk conversion against the rules   {bulk['words per second, tense given'] / rules:8.2f} x",
        f"  start-up against the bare imports   {start['convert page'] / start['torch and streamlit alone']:8.2f} x",
    ]
    for section, figures in report.items():
        lines += ["", section[0].upper() + section[1:]]
        lines += [f"  {name:<52} {_number(value)}" for name, value in figures.items()]
    return "\n".join(lines)


def _number(value: Any) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name}: {number:.3g}" for name, number in value.items())
    return f"{value:12,.2f}" if isinstance(value, float) else f"{value!s:>12}"
