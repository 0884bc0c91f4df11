"""The command `export`: runs in the formats of other tools, and a model as a web page."""

from pathlib import Path
from shlex import quote

import click

from cvae.cli.options import example_calls
from cvae.core.errors import BadConfig, BadData
from cvae.core.files import refusing
from cvae.core.text import counted

FORMATS = ("tensorboard", "csv", "projector", "web")
EXAMPLES = example_calls(
    "export runs/mine --to tensorboard logs",
    "export checkpoints/runs --to csv tables",
    "export open-vocabulary --to projector points",
    "export open-vocabulary --to web page",
)


@click.command("export", epilog=EXAMPLES)
@click.argument("runs", nargs=-1, required=True)
@click.option("--to", "target", type=click.Choice(FORMATS), required=True, help="The tool or format.")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def export_command(runs: tuple[str, ...], target: str, folder: Path) -> None:
    """Write RUNS into DIR: folders of runs, finished or running; the projector also takes checkpoints.

    The web page shows the model of one run or checkpoint at work, its map and its draws. It is a static page:
    `python -m http.server -d DIR` shows it.
    """
    from cvae.model.checkpoint import find_checkpoint
    from cvae.runs.export import EXPORTS, find_exported

    if target == "web":
        export_web(runs, folder)
        return
    folders = [Path(run) for run in runs if target != "projector" or Path(run).is_dir()]
    models = [find_checkpoint(run) for run in runs if Path(run) not in folders]
    found = find_exported(folders, models)
    EXPORTS[target](found, folder)
    click.echo(f"{counted(len(found), 'run')} exported to {folder}.", err=True)


def export_web(models: tuple[str, ...], folder: Path) -> None:
    """Write the page of one model. Raises BadConfig for several, BadCheckpoint, or BadData for a bad folder."""
    from cvae.model.checkpoint import find_checkpoint
    from cvae.web.export import export_page

    if len(models) > 1:
        raise BadConfig(f"A page shows one model, not {len(models)}: export them one by one, into a folder each.")
    path = find_checkpoint(models[0])
    with refusing(folder, BadData):
        export_page(path, folder)
    click.echo(f"Show it with: python -m http.server -d {quote(str(folder))}", err=True)
