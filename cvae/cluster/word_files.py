"""Word lists of any length as files, piece by piece: CSV, TSV and Parquet are read, JSON lines are written, too."""

import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from cvae.core.errors import BadData
from cvae.core.files import is_special, refusing, replacing, write_rows
from cvae.core.text import listed
from cvae.data.paradigms import read_text
from cvae.data.tables import BEGINNING, encoding_of, other_kind
from cvae.data.vocabulary import compose
from cvae.data.word_table import COLUMNS, ERROR, find_columns, read_rows
from cvae.inference.tables import Rows

PARQUET = (".parquet", ".pq")
ROWS_READ = 10_000

Write = Callable[[Rows], None]


def is_parquet(path: Path) -> bool:
    """Return whether a file is Parquet, by its name."""
    return path.suffix.lower() in PARQUET


def refuse_json(path: Path) -> None:
    """Raise BadData for a word list that would be torn into words line by line."""
    if path.suffix.lower() in (".json", ".jsonl"):
        raise BadData(f"{path} is JSON: give the words as CSV, TSV or Parquet.")


def read_word_file(path: Path, spaces: bool = False) -> Iterator[dict[str, str]]:
    """Yield the rows of a word list by column, as `cvae.data.word_table.read_rows` does. Raises BadData."""
    refuse_json(path)
    try:
        if is_parquet(path):
            yield from _read_parquet(path)
            return
        if is_special(path):
            raise BadData(f"{path} is not a file.")
        with path.open("rb") as binary:
            start = binary.read(BEGINNING)
        if other_kind(start):  # a workbook, or what `read_text` refuses
            yield from read_rows(io.StringIO(read_text(path), newline=""), spaces)
            return
        with path.open(encoding=encoding_of(start, str(path)), newline="") as file:
            yield from read_rows(file, spaces)
    except UnicodeDecodeError as error:
        raise BadData(f"{path} is not UTF-8 text: save it as UTF-8 and try again.") from error
    except OSError as error:
        raise BadData(f"{path} can't be read: {error.strerror or error}.") from error


def _read_parquet(path: Path) -> Iterator[dict[str, str]]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as file:
            names = file.schema_arrow.names
            layout = find_columns(names)
            if layout is None:
                raise BadData(f"{path} has no column “word”: its columns are {listed(names)}.")
            if not file.metadata.num_rows:
                raise BadData("There is no word below the column names.")
            for piece in file.iter_batches(ROWS_READ):
                columns = [piece.column(place).to_pylist() for place in layout.places.values()]
                for row in zip(*columns, strict=True):
                    texts = ("" if value is None else str(value).strip() for value in row)
                    yield dict(zip(layout.places, texts, strict=True))
    except pa.ArrowInvalid as error:
        raise BadData(f"{path} is not a Parquet file: {error}.") from error


def used_columns(rows: Sequence[dict[str, str]]) -> dict[str, list[str]]:
    """Return rows as columns of equal length, among them the errors of the rows."""
    return {name: [row.get(name, "") for row in rows] for name in (*COLUMNS, ERROR)}


@contextmanager
def writing(path: Path, header: Sequence[str]) -> Iterator[Write]:
    """Yield a function that adds rows to a new file, which gets its name when it is complete. Raises BadData."""
    if (ending := path.suffix.lower()) not in WRITERS:
        raise BadData(f"{path}: give the answers a name that ends in .jsonl, .csv, .tsv or .parquet.")
    with refusing(path, BadData), replacing(path) as temporary, WRITERS[ending](temporary, header) as write:
        yield write


@contextmanager
def _write_csv(path: Path, header: Sequence[str], delimiter: str = ",") -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, [header], delimiter)
        yield lambda rows: write_rows(file, rows, delimiter)


@contextmanager
def _write_json_lines(path: Path, header: Sequence[str]) -> Iterator[Write]:
    """Write one JSON object a line, of the cells that are not empty."""
    with path.open("w", encoding="utf-8") as file:

        def write(rows: Rows) -> None:
            for row in rows:
                cells = {name: compose(cell) for name, cell in zip(header, row, strict=True) if cell}
                file.write(json.dumps(cells, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _write_parquet(path: Path, header: Sequence[str]) -> Iterator[Write]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    schema = pa.schema([(name, pa.string()) for name in header])
    with ParquetWriter(path, schema) as file:
        yield lambda rows: file.write_table(
            pa.table(dict(zip(header, zip(*rows, strict=True), strict=True)), schema=schema)
        )


WRITERS: dict[str, Callable[[Path, Sequence[str]], AbstractContextManager[Write]]] = {
    **dict.fromkeys((".csv", ""), _write_csv),
    ".tsv": partial(_write_csv, delimiter="\t"),
    ".jsonl": _write_json_lines,
    **dict.fromkeys(PARQUET, _write_parquet),
}
"""The writers of answers by the ending of the file's name. Without one, as pipes and devices are, it is CSV."""
