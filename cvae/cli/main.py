"""The command line: `tense-lab COMMAND` or `python -m cvae COMMAND`.

Libraries are imported by the command that needs them.
"""

import errno
import io
import os
import runpy
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

import cvae
from cvae.cli.convert import convert_command
from cvae.cli.export import export_command
from cvae.cli.options import checkpoint_option, device_option, echo, example_calls, json_option, print_json
from cvae.cli.sweep import sweep_command
from cvae.cli.train import train_command
from cvae.core.config import LARGEST_SEED, MOST_DRAWS
from cvae.core.errors import BadConfig, TenseLabError
from cvae.core.process import handle_signals
from cvae.core.settings import ROOT, check_folders, limits

DRAWS = 1000
"""The draws of `evaluate` unless others are asked for."""
SIGPIPE = 13
"""The number of the signal, which Windows does not have."""


@contextmanager
def say_errors(ctx: click.Context) -> Iterator[None]:
    """End with one sentence on stderr and exit status 2 when click or the library finds bad input."""
    try:
        yield
        return
    except click.UsageError as error:
        click.echo(" ".join(error.format_message().split()), err=True)
    except TenseLabError as error:
        click.echo(str(error), err=True)
    except (BrokenPipeError, click.exceptions.Exit):
        raise  # see `Commands.invoke`; `Exit` is a RuntimeError, and ends each page of help
    except (MemoryError, RuntimeError) as error:
        from cvae.model.device import NO_MEMORY, is_out_of_memory

        if not is_out_of_memory(error):
            raise
        click.echo(NO_MEMORY, err=True)
    except OSError as error:
        click.echo(f"{error.filename or 'A file'} can't be used: {error.strerror or error}.", err=True)
    ctx.exit(2)


class Commands(click.Group):
    """A group of commands that say in one sentence what is wrong with their input, see `say_errors`."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Write UTF-8 to files and pipes whatever the locale is, and to a terminal what it can show."""
        sys.stderr = sys.stderr or os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")  # closed, by 2>&-
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
        return super().main(*args, **kwargs)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the options before the command."""
        with say_errors(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. A signal or a broken pipe that ends it gives the usual exit status of 128 + n."""
        if threading.current_thread() is threading.main_thread():
            handle_signals(_interrupt, "SIGTERM", "SIGHUP")
        try:
            with say_errors(ctx):
                return super().invoke(ctx)
        except KeyboardInterrupt as interrupt:
            ctx.exit(128 + (interrupt.args or (signal.SIGINT,))[0])
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # so that what is still buffered raises nothing at the end
            ctx.exit(128 + SIGPIPE)


def _interrupt(number: int, _: object) -> None:
    raise KeyboardInterrupt(number)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cvae.__version__, prog_name="tense-lab")
def cli() -> None:
    """Tense Lab: a conditional VAE that learns English verb tenses letter by letter."""


for command in (train_command, sweep_command, convert_command, export_command):
    cli.add_command(command)


@cli.command("app")
@click.option("--port", type=click.IntRange(1, 65535), help="Port (default: the first free one from 8501 on).")
@click.option("--address", help="Address to listen on, such as 127.0.0.1 (default: all interfaces).")
def app_command(port: int | None, address: str | None) -> None:
    """Serve the app in the browser, until Ctrl+C. Streamlit's own settings are read from STREAMLIT_ variables."""
    limits()  # what is bad is refused here, before each page says so
    check_folders()
    if port:
        check_port(port, address or "")
    options = {"--server.port": port, "--server.address": address}
    given = [f"{name}={value}" for name, value in options.items() if value is not None]
    sys.argv = ["streamlit", "run", str(ROOT / "streamlit_app.py"), *given]
    runpy.run_path(str(ROOT / "pages" / "shared" / "serve.py"), run_name="__main__")


def check_port(port: int, address: str) -> None:
    """Raise BadConfig when another program listens on a port, which Streamlit would only log."""
    try:
        socket.create_server((address, port), family=socket.AF_INET6 if ":" in address else socket.AF_INET).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            choose = "choose another one, or leave out --port to take the first free one"
            raise BadConfig(f"Port {port} is used by another program: {choose}.") from error


@cli.command("sample", epilog=example_calls("sample -n 20 --seed 1", "sample --verb stop"))
@click.option("-n", "--number", default=100, help="Number of draws.", show_default=True)
@click.option("--seed", default=0, type=click.IntRange(0, LARGEST_SEED), show_default=True)
@click.option("--temperature", default=1.0, help="Spread of z; 1 is the prior itself.", show_default=True)
@click.option("--verb", help="Draw around this verb, from its posterior, instead of from the prior.")
@click.option("--from", "source", default="auto", help="The tense of --verb, or auto.")
@click.option("--aggregate", is_flag=True, help="Draw from the posteriors of the training verbs, not from the prior.")
@checkpoint_option
@json_option
def sample_command(
    number: int,
    seed: int,
    temperature: float,
    verb: str | None,
    source: str,
    aggregate: bool,
    checkpoint: str,
    as_json: bool,
) -> None:
    """Draw z from the prior, from the posterior of a verb or of all, and decode each into all tenses."""
    from cvae.evaluation.metrics import gaussian_score, is_prior, score_title
    from cvae.inference.sampling import describe_unended, sample, sample_aggregate, sample_around
    from cvae.inference.word_lists import check_verb, training_paradigms, verb_set
    from cvae.model.checkpoint import load_checkpoint

    if verb is None and source != "auto":
        raise BadConfig("--from is the tense of --verb: give both.")
    if verb is not None and aggregate:
        raise BadConfig("Give --verb or --aggregate, not both.")
    model, info = load_checkpoint(checkpoint)
    known = training_paradigms(info)
    if aggregate:
        paradigms = sample_aggregate(model, sorted(known), number, seed, temperature)
    elif verb is None:
        paradigms = sample(model, number, seed, temperature)
    else:
        verb = check_verb(verb, model.vocabulary)
        paradigms = sample_around(model, verb, None if source == "auto" else source, number, seed, temperature)
    verbs = verb_set(known)
    score, distinct = gaussian_score(paradigms, verbs) if known else (None, None)
    if unended := describe_unended(paradigms):
        click.echo(unended, err=True)
    if as_json:
        marks = [paradigm in verbs for paradigm in paradigms] if known else None
        print_json({"paradigms": paradigms, "known": marks, "gaussian_score": score, "distinct": distinct})
        return
    for paradigm in paradigms:
        echo(("* " if paradigm in verbs else "  ") + " ".join(paradigm))
    if score is not None:
        title = score_title(is_prior(verb, aggregate, temperature))
        click.echo(f"{title} {score:.3f}, {distinct} distinct (* is a verb of the training data).", err=True)


@cli.command(
    "evaluate",
    epilog=example_calls("evaluate classroom", "evaluate runs/mine --json", "evaluate runs/italian --test ita.tst"),
)
@click.argument("checkpoint")
@click.option("--data", help="Verbs for the Gaussian score and exact match (default: those of the training).")
@click.option("--test", type=click.Path(path_type=Path), help="Lemma, form and features: only exact match on these.")
@click.option("--draws", default=DRAWS, type=click.IntRange(1, MOST_DRAWS), show_default=True)
@click.option("--seed", default=0, type=click.IntRange(0, LARGEST_SEED), show_default=True)
@device_option
@json_option
def evaluate_command(
    checkpoint: str, data: str | None, test: Path | None, draws: int, seed: int, device: str, as_json: bool
) -> None:
    """Measure CHECKPOINT: test pairs, prior, known and held-out verbs, calibration, latent space, likelihood.

    With --test: exact match on a file of the SIGMORPHON tasks, from lemma and features to form, all rows counted.
    """
    from cvae.cli.report_text import render_report, render_task
    from cvae.data.paradigms import read_content
    from cvae.evaluation.inflection_task import score_task
    from cvae.evaluation.report import evaluate
    from cvae.model.checkpoint import load_checkpoint
    from cvae.model.device import use_device

    if test and (data, draws, seed) != (None, DRAWS, 0):
        raise BadConfig("--data, --draws and --seed are not for --test, which counts every row of its file.")
    model, info = load_checkpoint(checkpoint)
    model.to(use_device(device))
    if test:
        task = score_task(model, read_content(test), str(test))
        print_json(task) if as_json else echo(render_task(task))
        return
    report = evaluate(model, info, data, draws, seed)
    print_json(report) if as_json else click.echo(render_report(report))


@cli.command("benchmark")
@json_option
def benchmark_command(as_json: bool) -> None:
    """Measure training, conversion, sampling and start-up on this machine (some minutes)."""
    from cvae.cli.benchmark import benchmark, render_benchmark

    report = benchmark()
    print_json(report) if as_json else click.echo(render_benchmark(report))
