"""The benchmark measures and prints what it says; how fast it is, is not for a test to say."""

import json
from functools import partial

import pytest
from click.testing import CliRunner

from cvae.cli import benchmark, reference_lstm
from cvae.cli.benchmark import render_benchmark
from cvae.cli.main import cli
from cvae.core.config import TrainConfig
from tests.app import SMALL


@pytest.fixture(autouse=True)
def a_short_one(monkeypatch):
    for name, value in {"ROUNDS": 1, "PRODUCT_SIZE": 64, "WORDS": 60}.items():
        monkeypatch.setattr(benchmark, name, value)
    monkeypatch.setattr(reference_lstm, "BATCHES", 1)
    monkeypatch.setattr(reference_lstm, "CLASSROOM_WORDS", 2)
    monkeypatch.setattr(benchmark, "GROWTH", {"words": [512, 1024], "hidden size": [16, 32], "batch size": [4, 8]})
    monkeypatch.setattr(benchmark, "CONVERT_PAGE", "")
    monkeypatch.setattr(benchmark, "BARE", "")


def test_every_figure_is_a_positive_number_and_ratios_come_first(monkeypatch):
    monkeypatch.setattr(benchmark, "TrainConfig", partial(TrainConfig, model=SMALL, verbs=200))
    document = CliRunner().invoke(cli, ["benchmark", "--json"])
    report = json.loads(document.stdout)
    text = render_benchmark(report)
    assert text.splitlines()[0] == "Ratios"
    for section, figures in report.items():
        if section in ("machine", "growth"):
            continue
        assert all(value > 0 for value in figures.values()), section
        assert all(name in text for name in figures)
    assert all("exponent" in row for row in report["growth"].values())


def test_the_textbook_count_is_about_sixty_million_operations_a_word(monkeypatch):
    monkeypatch.setattr(reference_lstm, "BATCHES", 100)
    assert 58e6 < benchmark.Training(benchmark.TrainConfig()).textbook_operations() < 62e6
