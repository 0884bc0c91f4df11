"""The command `convert`: words of the command line, of a file or of standard input, into other tenses."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cvae.cli.options import (
    address_option,
    checkpoint_option,
    device_option,
    echo,
    engine_option,
    example_calls,
    jobs_option,
    json_option,
    print_json,
)
from cvae.core.errors import BadConfig, BadData, BadWord
from cvae.core.files import write_rows
from cvae.core.text import counted

if TYPE_CHECKING:
    from cvae.inference.conversion import Conversion, Reading
    from cvae.model.cvae import CVAE

FILE_HELP = "Words, one a line, or a table with columns word[,from[,to[,gold]]]; - is standard input."
OUT_HELP = "The answers as a table: .csv, .tsv, .jsonl or .parquet by its ending; - is standard output."
CONVERT = example_calls("convert went stop", "convert --file words.csv --out forms.tsv", "convert - < words.txt")


@click.command("convert", epilog=CONVERT)
@click.argument("words", nargs=-1)
@click.option("--from", "source", default="auto", help="The word's tense, or auto.")
@click.option("--to", "target", default="all", help="The tense wanted, or all.")
@click.option("--file", "table", type=click.Path(path_type=Path), help=FILE_HELP)
@click.option("--out", type=click.Path(path_type=Path), help=OUT_HELP)
@engine_option
@address_option
@jobs_option
@device_option
@checkpoint_option
@json_option
def convert_command(
    words: tuple[str, ...],
    source: str,
    target: str,
    table: Path | None,
    out: Path | None,
    engine: str,
    address: str | None,
    jobs: int | None,
    device: str,
    checkpoint: str,
    as_json: bool,
) -> None:
    """Convert WORDS, or those of a file, into other tenses. A single - reads the words from standard input."""
    if words == ("-",) and not table:
        words, table = (), Path("-")
    words = tuple(word.encode(errors="replace").decode() for word in words)  # bytes that are no text fit in no file
    if bool(words) == bool(table):
        raise BadWord("Give words, or a table of words with --file.")
    if table and (source, target) != ("auto", "all"):
        raise BadConfig("--from and --to are for one word: a table has columns for them.")
    if device != "cpu" and (engine == "ray" or not table):
        raise BadConfig("--device is for --file, without --engine ray.")
    if engine == "ray":
        if table in (None, Path("-")) or out in (None, Path("-")):
            raise BadWord("--engine ray is for tables of words: give --file and --out.")
        assert table and out
        from cvae.cluster.tables import convert_on_ray
        from cvae.model.checkpoint import find_checkpoint

        report_rows(*convert_on_ray(find_checkpoint(checkpoint), table, out, jobs, address), out, as_json)
        return
    if address or jobs:
        raise BadConfig("--address and --jobs are for --engine ray.")
    from cvae.model.checkpoint import load_checkpoint
    from cvae.model.device import use_device

    model, _ = load_checkpoint(checkpoint)
    model.to(use_device(device))
    if table or out:
        convert_file(model, table, out or Path("-"), as_json, words, source, target)
        return
    import torch

    from cvae.inference.word_lists import check_verb

    torch.set_num_threads(1)  # one word is too little work to share: two threads spend most of it waiting
    checked = [check_verb(word, model.vocabulary) for word in words]
    wanted = model.vocabulary.tenses if target == "all" else [target]
    wanted = [model.vocabulary.tenses[model.vocabulary.tense(tense)] for tense in wanted]
    answers = (convert_word(model, word, source) for word in checked)
    if as_json:
        documents = [describe_answer(*answer, wanted) for answer in answers]
        print_json(documents if len(documents) > 1 else documents[0])
        return
    for answer in answers:
        if len(words) > 1:
            echo(f"{answer[0].word}:")
        print_answer(*answer, wanted)


def convert_word(model: "CVAE", word: str, source: str) -> tuple["Conversion", list["Reading"]]:
    """Convert one word that `check_verb` returned; without its tense, return also what it may be a form of."""
    from cvae.inference.conversion import convert, readings

    found = readings(model, word) if source == "auto" else []
    return (found[0].conversion if found else convert(model, word, None if source == "auto" else source)[0]), found


def describe_answer(conversion: "Conversion", found: Sequence["Reading"], wanted: Sequence[str]) -> dict[str, Any]:
    """Return the forms of a word in some tenses with what is known about them, as a JSON document."""
    forms = {tense: conversion.forms[tense] for tense in wanted}
    stopped = [tense for tense, form in forms.items() if not form.ended]
    shares = [
        {"share": round(each.share, 6), "from": each.conversion.source, "forms": texts(each.conversion, wanted)}
        for each in found
    ]
    return {
        "word": conversion.word,
        "from": conversion.source,
        "forms": texts(conversion, wanted),
        "confidence": {tense: round(form.confidence, 6) for tense, form in forms.items()},
        **({"stopped": stopped} if stopped else {}),
        "comes_back": conversion.comes_back,
        **({"readings": shares} if shares else {}),
    }


def print_answer(conversion: "Conversion", found: Sequence["Reading"], wanted: Sequence[str]) -> None:
    """Print the forms of a word in some tenses, then what else it may be a form of."""
    from cvae.inference.decoding import percent
    from cvae.inference.word_lists import describe_lost

    width = max(map(len, wanted)) + 2
    for tense in wanted:
        form = conversion.forms[tense]
        end = "" if form.ended else f"  stopped after {len(form.text)} letters: no end came"
        echo(f"{tense:<{width}}{form.text:<24}{percent(form.confidence):>7}{end}")
    for reading in found[1:]:
        other = " ".join(texts(reading.conversion, wanted).values())
        echo(f"or, read as {reading.conversion.source} ({reading.share:.0%}): {other}")
    if lost := describe_lost(conversion):
        click.echo(lost, err=True)


def texts(conversion: "Conversion", tenses: Sequence[str]) -> dict[str, str]:
    """Return the forms in some tenses."""
    return {tense: conversion.forms[tense].text for tense in tenses}


STREAMED = 1_000_000
"""The bytes above which a file is read row by row instead of as a whole."""


def convert_file(
    model: "CVAE", table: Path | None, out: Path, as_json: bool, words: tuple[str, ...], source: str, target: str
) -> None:
    """Convert the words of a file, or these words, into a table, with a progress bar where that takes long."""
    from tqdm import tqdm

    from cvae.inference.tables import PIECE, AnswerColumns, Request, convert_requests, read_request
    from cvae.model.device import quick_precision

    given = ({"word": word, "from": source, "to": target} for word in words)
    open_rows = rows_of(table, " " in model.vocabulary.alphabet) if table else partial(list, [*given])
    count = errors = stopped = 0

    def requests() -> Iterator[Request]:
        return (read_request(cells, model.vocabulary) for cells in open_rows())

    def requests_counted() -> Iterator[Request]:
        nonlocal count
        for request in requests():
            count += 1
            yield request

    model.round_products(quick_precision())
    columns = AnswerColumns.of(requests_counted(), model.vocabulary)
    rest = requests()
    bar = tqdm(total=count, unit="row", disable=count <= PIECE)
    with writing_to(out, columns.header) as write, bar:
        while piece := list(islice(rest, PIECE)):
            answers = convert_requests(model, piece)
            write([columns.row(answer) for answer in answers])
            wrong = sum(bool(answer.request.error) for answer in answers)
            errors, stopped = errors + wrong, stopped + sum(bool(answer.error) for answer in answers) - wrong
            bar.update(len(piece))
    report_rows(count, errors, stopped, out, as_json)


def rows_of(table: Path, spaces: bool) -> Callable[[], Iterable[dict[str, str]]]:
    """Return a function that reads the rows of a word list from the beginning; large files are never held in memory."""
    from cvae.cluster.word_files import is_parquet, read_word_file, refuse_json
    from cvae.data.word_table import read_words

    refuse_json(table)
    if is_parquet(table) or (table.is_file() and table.stat().st_size > STREAMED):
        return lambda: read_word_file(table, spaces)
    read = read_words(read_input(table), spaces=spaces)
    for note in read.notes:
        click.echo(note, err=True)
    return lambda: read.rows


@contextmanager
def writing_to(out: Path, header: Sequence[str]) -> Iterator[Callable[[list[list[str]]], object]]:
    """Yield a function that writes rows below these names of columns, to a file or to standard output."""
    from cvae.cluster.word_files import writing

    if out == Path("-"):
        if sys.stdout is None:
            raise BadData("Standard output is closed: name a file with --out.")
        write_rows(sys.stdout, [header])
        yield partial(write_rows, sys.stdout)
    else:
        with writing(out, header) as write:
            yield write


def read_input(path: Path) -> str:
    """Return the text of a file, of a pipe, or of standard input. Raises BadData."""
    from cvae.data.paradigms import MAX_BYTES, read_text
    from cvae.data.tables import decode_text

    if path != Path("-") and not path.is_fifo():
        return read_text(path)
    if path == Path("-"):
        if sys.stdin is None:
            raise BadData("Standard input is closed: give words, or a file with --file.")
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    else:
        with path.open("rb") as pipe:
            content = pipe.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadData(f"This is more than {MAX_BYTES // 1_000_000} MB: save it as a file, and give that with --file.")
    return decode_text(content, "This input")


def report_rows(rows: int, errors: int, stopped: int, out: Path, as_json: bool) -> None:
    """Say how many rows were converted and how many have errors, on stderr where the answers are on stdout."""
    if as_json:
        more = {"stopped": stopped} if stopped else {}
        click.echo(json.dumps({"rows": rows, "errors": errors, **more}), err=out == Path("-"))
        return
    bad = f", {errors} of them with an error" if errors else ""
    endless = f", {stopped} of them with words that would not end" if stopped else ""
    where = " (see the column “error”)" if errors or stopped else ""
    place = "standard output" if out == Path("-") else out
    if out != Path("-") or bad or endless:
        click.echo(f"{counted(rows, 'row')} written to {place}{bad}{endless}{where}.", err=True)
