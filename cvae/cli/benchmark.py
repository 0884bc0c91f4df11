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

from cvae.cli.reference_lstm import Training, count_words
from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.settings import DEFAULT_MODEL, ROOT
from cvae.data.paradigms import read_paradigms
from cvae.evaluation.baselines import rule_paradigm
from cvae.inference.conversion import convert
from cvae.inference.sampling import sample
from cvae.model.checkpoint import load_checkpoint
from cvae.model.device import quick_precision
from cvae.training.records import Knobs

ROUNDS = 5
WORDS = 4096  # converted in bulk
GROWTH = {"words": [512, 1024, 2048], "hidden size": [128, 256, 512], "batch size": [64, 128, 256]}
PRODUCT_SIZE, PRODUCTS = 2048, 3
CONVERT_PAGE = "import streamlit, cvae.model.checkpoint, cvae.inference.conversion, cvae.inference.word_lists"
BARE = "import streamlit, torch"
FORCED = Knobs(beta=0.1, teacher_forcing=1.0, learning_rate=1e-3)
HALF_FORCED = replace(FORCED, teacher_forcing=0.5)


def benchmark() -> dict[str, Any]:
    """Measure all figures, and return them as plain JSON values."""
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


def matrix_products() -> None:
    """Multiply large float32 matrices, which gives the best rate of this machine."""
    a = torch.ones(PRODUCT_SIZE, PRODUCT_SIZE)
    for _ in range(PRODUCTS):
        torch.mm(a, a)


def training_speed() -> dict[str, float]:
    """Measure words per second of the report's LSTM in batches of 128, and of what it is compared with."""
    training, double = Training(TrainConfig()), Training(TrainConfig(batch_size=256))
    rounded = Training(TrainConfig(precision="bfloat16"))
    spent = in_turns(
        {
            "fast": lambda: training.fast(FORCED),
            "double": lambda: double.fast(FORCED),
            "rounded": lambda: rounded.fast(FORCED),
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
        "in bfloat16": words / spent["rounded"],
        "with teacher forcing 0.5": words / spent["fast half"],
        "report's way": len(training.single) / spent["classroom"],
        "plain nn.LSTM": padded / spent["plain"],
        "plain nn.LSTM with teacher forcing 0.5": padded / spent["plain half"],
        "roofline": rate / training.textbook_operations(),
        "million operations a word": training.textbook_operations() / 1e6,
        "billion operations a second": rate / 1e9,
    }


def one_word() -> dict[str, float]:
    """Measure milliseconds for all forms of one word with the default model, its tense given or found."""
    model, _ = load_checkpoint(DEFAULT_MODEL)
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
    """Measure words per second, each with all its forms, and seconds for 1,000 points of the prior."""
    words = [row[0] for row in read_paradigms("large").rows][:WORDS]
    models = {name: load_checkpoint(name)[0] for name in (DEFAULT_MODEL, "classroom")}
    quick, _ = load_checkpoint(DEFAULT_MODEL)
    quick.round_products(quick_precision())

    spent = in_turns(
        {
            "quick": lambda: convert(quick, words, "sp"),
            "given": lambda: convert(models[DEFAULT_MODEL], words, "sp"),
            "found": lambda: convert(models[DEFAULT_MODEL], words),
            "classroom": lambda: convert(models["classroom"], words, "sp"),
            "rules": lambda: [rule_paradigm(word, "sp") for word in words],
            "sampling": lambda: sample(models["classroom"], 1000),
        }
    )
    return {
        "words per second, tense given, as for a file": len(words) / spent["quick"],
        "words per second, tense given": len(words) / spent["given"],
        "words per second, tense found": len(words) / spent["found"],
        "words per second, classroom model, tense given": len(words) / spent["classroom"],
        "words per second, lemminflect's rules": len(words) / spent["rules"],
        "seconds for 1,000 samples": spent["sampling"],
    }


def growth() -> dict[str, dict[str, float]]:
    """Measure milliseconds of a round of training at doubled sizes, and the exponent of the growth.

    A round is four batches, or as many as the number of words makes.
    """
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
            report_way = figures["report's way"]
            half, plain_half = figures["with teacher forcing 0.5"], figures["plain nn.LSTM with teacher forcing 0.5"]
            lines += [
                f"  {section}",
                f"    against the report's way          {ours / report_way:8.1f} x",
                f"    the same in batches of 256        {double / report_way:8.1f} x",
                f"    against plain nn.LSTM             {ours / figures['plain nn.LSTM']:8.2f} x",
                f"    with teacher forcing 0.5          {half / plain_half:8.2f} x",
                f"    of the roofline                   {ours / figures['roofline']:8.0%}",
            ]
    bulk, start = report["bulk"], report["start-up"]
    rules = bulk["words per second, lemminflect's rules"]
    lines += [
        f"  bulk conversion against the rules   {bulk['words per second, tense given, as for a file'] / rules:8.2f} x",
        f"  start-up against the bare imports   {start['convert page'] / start['torch and streamlit alone']:8.2f} x",
    ]
    for section, figures in report.items():
        lines += ["", section[0].upper() + section[1:]]
        for name, value in figures.items():
            text = f"{value:12,.2f}" if isinstance(value, float) else f"{value!s:>12}"
            if isinstance(value, dict):
                text = "  ".join(f"{size}: {number:.3g}" for size, number in value.items())
            lines.append(f"  {name:<52} {text}")
    return "\n".join(lines)
