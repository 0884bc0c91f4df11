"""The command `sweep`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cvae.cli.options import address_option, device_option, engine_option, jobs_option
from cvae.core.errors import BadConfig
from cvae.core.text import counted

if TYPE_CHECKING:
    from cvae.experiments.sweep import Engine, TrialResult


@click.command("sweep")
@click.argument("grids", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="GRID.toml...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder of all experiments.")
@engine_option
@address_option
@jobs_option
@device_option
@click.option("--seeds", type=click.IntRange(1), help="Only this many seeds of each experiment, the first ones.")
@click.option("--history-only", is_flag=True, help="Keep config and epochs of each run, packed, not its weights.")
def sweep_command(
    grids: tuple[Path, ...], out: Path, engine: str, address: str | None, jobs: int | None, device: str,
    seeds: int | None, history_only: bool,
) -> None:  # fmt: skip
    """Train every run of the experiments in GRID.toml. Called again, it trains the runs that are not finished."""
    from cvae.experiments.grid import read_grid

    if address and engine != "ray":
        raise BadConfig("--address is for --engine ray.")
    read = [read_grid(path) for path in grids]
    read = [grid.first(seeds) for grid in read] if seeds else read
    run = make_engine(engine, address, jobs)

    from cvae.experiments.sweep import Place, sweep

    try:
        outcomes = sweep(read, Place(out.absolute(), history_only, device), run)
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same command again to resume.", err=True)
        raise
    report(outcomes)


def make_engine(name: str, address: str | None, jobs: int | None) -> "Engine":
    """Return the engine of this name. Raises BadConfig when Ray is not installed."""
    if name == "ray":
        from cvae.cluster.ray import import_ray
        from cvae.cluster.sweep import run_ray

        import_ray()
        return partial(run_ray, jobs=jobs, address=address)
    from cvae.experiments.local import run_local

    return partial(run_local, jobs=jobs)


def report(outcomes: list["TrialResult"]) -> None:
    """Print how many runs finished or failed and why; exit with status 1 when one failed."""
    counts = {status: sum(o.status == status for o in outcomes) for status in ("finished", "skipped", "failed")}
    done, before, failed = counts.values()
    were = "was" if before == 1 else "were"
    click.echo(f"{counted(done, 'run')} finished, {before:,} {were} finished before, {failed:,} failed.", err=True)
    for outcome in outcomes:
        if outcome.status == "failed":
            click.echo(f"{outcome.trial}: {outcome.reason}", err=True)
    if failed:
        raise SystemExit(1)
