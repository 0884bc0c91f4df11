"""Word lists converted by a real Ray Data with two workers."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pyarrow.csv
import pyarrow.parquet
import pytest

from cvae.cluster.ray import cluster
from cvae.cluster.tables import convert_on_ray
from cvae.core.config import ModelConfig
from cvae.core.errors import BadData
from cvae.inference.tables import convert_requests
from cvae.model.checkpoint import load_checkpoint
from cvae.model.device import quick_precision
from tests.app import save_untrained
from tests.cluster.conftest import converting
from tests.conftest import read_requests, write_answers
from tests.processes import wait_until

ROWS = ["walk,p,", "stop,,", "w4lk,,", "one,two,three,four", '"sing",pg,singing', "go,zz,", "=run,tp,", " Be ,,", ","]


@pytest.fixture
def model(tmp_path):
    """A checkpoint whose words seldom end: slow."""
    config = ModelConfig(embedding=32, hidden=64, latent=8)
    save_untrained(tmp_path / "model.safetensors", seed=0, config=config)
    return tmp_path / "model.safetensors"


@pytest.fixture
def words(tmp_path):
    path = tmp_path / "words.csv"
    path.write_text("\n".join(["word,to,gold", *ROWS * 1000]))
    return path


def test_the_answers_are_those_of_one_machine_though_a_worker_is_killed(model, words, tmp_path):
    out, others = tmp_path / "out.csv", converting()
    with ThreadPoolExecutor() as pool, cluster(None, 2):
        counts = pool.submit(convert_on_ray, model, words, out, 2)
        wait_until(lambda: converting() - others or counts.done(), pause=0.05)
        workers = converting() - others
        assert workers, "no worker was seen before all was converted"
        os.kill(min(workers), signal.SIGKILL)
        rows, errors, stopped = counts.result()
    loaded, _ = load_checkpoint(model)
    loaded.round_products(quick_precision())  # which decides some letters of an untrained model
    answers = convert_requests(loaded, read_requests(words.read_text(), loaded.vocabulary))
    assert out.read_text() == write_answers(answers, loaded.vocabulary)
    assert rows == len(answers) and errors == sum(bool(answer.request.error) for answer in answers)
    assert errors + stopped == sum(bool(answer.error) for answer in answers)


def test_parquet_in_and_out_holds_the_same_cells(model, tmp_path):
    (tmp_path / "words.csv").write_text("word,to\nwalk,p\nw4lk,\nstop,all\n")
    table = pyarrow.csv.read_csv(tmp_path / "words.csv")
    pyarrow.parquet.write_table(table, tmp_path / "words.parquet")
    with cluster(None, 2):
        for kind in ("csv", "parquet"):
            assert convert_on_ray(model, tmp_path / f"words.{kind}", tmp_path / f"out.{kind}", 2)[:2] == (3, 1)
    text = pyarrow.csv.ConvertOptions(strings_can_be_null=False, column_types=dict.fromkeys(
        ["word", "from", "to", "answer", "sp", "tp", "pg", "p", "confidence", "error"], pyarrow.string()
    ))  # fmt: skip
    read = pyarrow.csv.read_csv(tmp_path / "out.csv", convert_options=text)
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pydict() == read.to_pydict()


def test_a_list_that_cannot_be_used_is_refused_before_ray_starts(model, tmp_path):
    for name, content in {"bad.parquet": "word\nwalk\n", "empty.csv": "word\n"}.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(BadData):
            convert_on_ray(model, tmp_path / name, tmp_path / "out.csv")
    with pytest.raises(BadData, match="can't be read"):
        convert_on_ray(model, tmp_path / "nowhere.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()
