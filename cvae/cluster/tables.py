"""The conversion of word lists larger than a machine's memory on a Ray cluster, by Ray Data.

One worker reads the file piece by piece, the others convert, and the answers are written in the order of the rows. The
file is the same, byte for byte, as without Ray. At no time are more than a few pieces in memory.
"""

import logging
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from cvae.cluster.ray import cluster, import_ray
from cvae.cluster.word_files import read_word_file, used_columns, writing
from cvae.data.vocabulary import Vocabulary
from cvae.data.word_table import ERROR
from cvae.inference.tables import PIECE, AnswerColumns, convert_requests, read_request
from cvae.model.checkpoint import load_checkpoint
from cvae.model.device import quick_precision

WRONG, STOPPED = "_wrong", "_stopped"
"""Columns besides those of the answer table: whether the row could not be converted, and whether words had no end."""


class Converter:
    """The model of a worker, read from the bytes of its file, which then need not be on every machine."""

    def __init__(self, checkpoint: bytes, columns: AnswerColumns):
        torch.set_num_threads(1)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.safetensors"
            path.write_bytes(checkpoint)
            self.model, _ = load_checkpoint(path)
        self.model.round_products(quick_precision())
        self.columns = columns

    def __call__(self, piece: Any) -> Any:
        """Convert an Arrow table of words into one of answers."""
        import pyarrow as pa

        requests = [read_request(cells, self.model.vocabulary) for cells in piece.to_pylist()]
        answers = convert_requests(self.model, requests)
        cells = zip(*map(self.columns.row, answers), strict=True)
        table = {name: pa.array(column, pa.string()) for name, column in zip(self.columns.header, cells, strict=True)}
        wrong = [bool(answer.request.error) for answer in answers]
        stopped = [bool(answer.error) and not answer.request.error for answer in answers]
        return pa.table({**table, WRONG: wrong, STOPPED: stopped})


def convert_on_ray(
    checkpoint: Path, words: Path, out: Path, jobs: int | None = None, address: str | None = None
) -> tuple[int, int, int]:
    """Convert a word list into another file. Returns rows, those with an error, and those with words without an end.

    Raises BadConfig, BadRun, and BadData, the last before anything is converted unless the file can't be written.
    """
    import_ray()
    _, info = load_checkpoint(checkpoint)
    rows, columns = look_through(words, info.vocabulary)
    spaces = " " in info.vocabulary.alphabet
    errors = stopped = 0
    with cluster(address, jobs), writing(out, columns.header) as write, tqdm(total=rows, unit="row") as bar:
        for answers in answer_pieces(checkpoint.read_bytes(), words.absolute(), spaces, columns, jobs):
            columns_of = [answers[name].to_pylist() for name in columns.header]
            write([list(row) for row in zip(*columns_of, strict=True)])
            errors += sum(answers[WRONG].to_pylist())
            stopped += sum(answers[STOPPED].to_pylist())
            bar.update(answers.num_rows)
    return rows, errors, stopped


def look_through(words: Path, vocabulary: Vocabulary) -> tuple[int, AnswerColumns]:
    """Count the rows and find the columns that their answers need. Raises BadData."""
    rows = 0

    def requests() -> Iterator[Any]:
        nonlocal rows
        for cells in read_word_file(words, " " in vocabulary.alphabet):
            rows += 1
            yield read_request({**cells, ERROR: "not looked at"}, vocabulary)

    columns = AnswerColumns.of(requests(), vocabulary)
    return rows, columns


def answer_pieces(
    checkpoint: bytes, words: Path, spaces: bool, columns: AnswerColumns, jobs: int | None
) -> Iterator[Any]:
    """Convert the words on the cluster; yield Arrow tables of answers in the order of the words."""
    import ray
    from ray.data import ActorPoolStrategy, DataContext, read_datasource

    for name in ("ray.data", "ray.data._internal"):
        logging.getLogger(name).setLevel(logging.ERROR)
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.target_max_block_size = 64 * 1024  # or all words of a file would be one block, and one worker's
    workers = jobs or max(1, int(ray.cluster_resources().get("CPU", 1)))
    answers = read_datasource(make_source(words, spaces), num_cpus=0, override_num_blocks=1).map_batches(
        Converter,
        fn_constructor_args=(checkpoint, columns),
        batch_format="pyarrow",
        batch_size=PIECE,
        num_cpus=1,
        compute=ActorPoolStrategy(min_size=1, max_size=workers, initial_size=workers),
    )
    return iter(answers.iter_batches(batch_size=None, batch_format="pyarrow"))


def make_source(words: Path, spaces: bool) -> Any:
    """Return a Ray Data source that reads a word list as this library does, rows with errors included."""
    import pyarrow as pa
    from ray.data import Datasource, ReadTask
    from ray.data.block import BlockMetadata

    def read() -> Iterable[Any]:
        cells = read_word_file(words, spaces)
        while piece := list(islice(cells, PIECE)):
            yield pa.table({name: pa.array(column, pa.string()) for name, column in used_columns(piece).items()})

    class Words(Datasource):
        def estimate_inmemory_data_size(self) -> int:
            return words.stat().st_size

        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
            size = words.stat().st_size
            return [ReadTask(read, BlockMetadata(num_rows=None, size_bytes=size, input_files=None, exec_stats=None))]

    return Words()
