"""The command `train`, and how its options change a config."""

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from cvae.cli.options import device_option, example_calls
from cvae.core.config import TrainConfig, idle_settings
from cvae.core.dotted import flatten
from cvae.core.errors import BadConfig, BadData
from cvae.core.files import is_special, read_toml
from cvae.core.settings import PROGRAM
from cvae.data.paradigms import OWN, data_path, is_bundled, parse_paradigms, read_content, read_paradigms, read_text
from cvae.data.tables import decode_text
from cvae.data.user_table import ENOUGH_TO_HOLD_OUT, UserTable, read_user_table, suggested_settings
from cvae.data.verbs import Paradigms
from cvae.training.records import EpochRecord, describe_gap

if TYPE_CHECKING:
    from cvae.runs.run import Run

SHOWN = 10
"""The number of left-out rows that are reported one by one."""

SETTINGS = {
    "cell": "model.cell", "hidden": "model.hidden", "latent": "model.latent",
    "kl": "kl.kind", "kl_maximum": "kl.maximum", "kl_cycles": "kl.cycles", "kl_rising": "kl.rising",
    "kl_ramp": "kl.ramp", "learning_rate": "learning_rate.peak", "init_from": "initial",
}  # fmt: skip
"""The dotted names of the settings that an option calls by a shorter one."""


def one_of(setting: str) -> str:
    """Return the values that a setting can take, in words: `lstm or gru.`"""
    *first, last = TrainConfig.choices(setting)
    return f"{', '.join(first)} or {last}."


EXAMPLES = example_calls(
    "train --out runs/mine --kl cyclical --kl-cycles 4 --epochs 100",
    "train --out runs/mine --resume",
    "train --out runs/spanish --data spanish.csv --set kl.maximum=0.3",
    "train --out runs/more --init-from runs/mine --config runs/mine/config.json",
)


@click.command("train", epilog=EXAMPLES)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--resume", is_flag=True, help="Resume the run in the folder from where it stopped.")
@click.option("--replay", type=click.Path(path_type=Path), help="Repeat the run in this folder, steering included.")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Settings: a TOML file, or a run's config.json.",
)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Any setting: kl.maximum=0.3.")
@click.option("--init-from", metavar="MODEL", help="Go on from these weights: a checkpoint, or the folder of a run.")
@click.option("--data", help="A table of paradigms or triples, or a list of the library: train, large, sample_german …")
@click.option("--column", "columns", multiple=True, help="A column of the table to learn, or all (default: 8 of them).")
@click.option("--names/--no-names", default=None, help="Whether the first row names the columns (default: a guess).")
@click.option("--capitals", is_flag=True, help="Capitals of a table are letters of their own.")
@click.option("--objective", help=one_of("objective"))
@click.option("--cell", help=one_of("model.cell"))
@click.option("--kl", help=one_of("kl.kind"))
@click.option("--kl-maximum", type=float, help="The largest KL weight.")
@click.option("--kl-cycles", type=int, help="Cycles of a cyclical KL weight.")
@click.option("--kl-rising", type=float, help="Share of a cycle spent rising.")
@click.option("--kl-ramp", help=one_of("kl.ramp"))
@click.option("--teacher-forcing", type=(float, float), help="The ratio at the start and at the end.")
@click.option("--learning-rate", type=float, help="The largest learning rate.")
@click.option("--optimizer", help=one_of("optimizer"))
@click.option("--epochs", type=int)
@click.option("--batch-size", type=int)
@click.option("--letter-dropout", type=float, help="Share of letters hidden from the decoder.")
@click.option("--free-bits", type=float, help="Nats of KL that each dimension of z may have at no cost.")
@click.option("--hidden", type=int, help="Hidden size.")
@click.option("--latent", type=int, help="Width of z for each recurrent state.")
@click.option("--seed", type=int)
@click.option("--threads", type=click.IntRange(1, 1024), help="Processor threads to use.")
@device_option
def train_command(
    out: Path,
    resume: bool,
    replay: Path | None,
    config: Path | None,
    settings: tuple[str, ...],
    columns: tuple[str, ...],
    names: bool | None,
    capitals: bool,
    threads: int | None,
    device: str,
    **options: Any,
) -> None:
    """Train a model in the folder OUT; its newest weights are in OUT/model.safetensors."""
    import torch

    from cvae.model.device import use_device
    from cvae.runs.run import Run
    from cvae.runs.session import replay_in, start_replay, train_in_folder

    if threads:
        torch.set_num_threads(threads)
    where = use_device(device)
    given = (config, settings, columns, capitals, names is not None, *(value is not None for value in options.values()))
    if (resume or replay) and any(given):
        raise BadConfig("A run that is resumed or replayed keeps its settings: give no others.")
    if resume and replay:
        raise BadConfig("Give --resume or --replay, not both.")
    if resume:
        run = Run(out)
        run.go_on()
    elif replay:
        run = start_replay(Run(replay), out)
    else:
        base = TrainConfig.from_json(read_settings(config)) if config else TrainConfig()
        changes = changed_settings(options, settings)
        data = base.changed(changes).data
        table = read_table(Path(data), columns, names, capitals)
        if not config and (own := own_paradigms(data, table)):
            base = suit(base, own, changes)
        run = start_run(out, change(base, changes), table)
    records = replay_in(run, Run(replay), where) if replay else train_in_folder(run, where)
    try:
        show_progress(run.config().epochs, len(run.history()), records)
    except KeyboardInterrupt:
        click.echo(f"Stopped. Resume with: {PROGRAM} train --out {quote(str(out))} --resume", err=True)
        raise
    if not is_bundled(run.config().data) and (history := run.history()) and (gap := describe_gap(history[-1])):
        click.echo(gap, err=True)
    if run.model_path.exists():
        click.echo(f"The model is {run.model_path}. Next: {PROGRAM} evaluate {quote(str(run.model_path))}", err=True)


def start_run(out: Path, config: TrainConfig, table: UserTable | None) -> "Run":
    """Create a run, and keep its data in its folder unless they come with the library.

    Raises BadData or BadConfig, see `check_data`; BadRun; and BadCheckpoint or BadConfig, see `load_initial`.
    """
    from cvae.data.dataset import check_data
    from cvae.runs.run import Run
    from cvae.training.state import load_initial

    text = table.text if table else None if is_bundled(config.data) else read_text(Path(config.data))
    paradigms = read_paradigms(config.data) if text is None else parse_paradigms(text)
    check_data(config, paradigms)
    if config.initial:
        load_initial(config, paradigms.vocabulary)
    return Run.create(out, config, text)


def read_table(path: Path, columns: tuple[str, ...], header: bool | None, capitals: bool) -> UserTable | None:
    """Read a table and describe it on stderr; return None for a data file of this library.

    columns: the names of those to learn, `all`, or none for the first eight. header: whether the first row names them,
    or None for a guess. Raises BadData, and BadConfig for choices about a list that comes with the library.
    """
    if is_bundled(str(path)):
        if columns or capitals or header is not None:
            choices = "--column, --names and --capitals"
            raise BadConfig(f"{choices} are for a table of your own, not for {path}: leave them out.")
        return None
    content = read_content(path)
    chosen = None if columns == ("all",) else columns
    table = read_user_table(content, header, chosen, capitals=capitals, limited=False)
    if not (table.header or columns or capitals):
        with suppress(BadData):
            parse_paradigms(decode_text(content, str(path)))
            return None
    if table.paradigms is None:
        raise BadData(table.refusal)
    for note in table.notes:
        click.echo(note, err=True)
    if table.header and header is None:
        click.echo("If the first row is a verb, use --no-names.", err=True)
    for problem in table.problems[:SHOWN]:
        click.echo(f"Line {problem.line} is left out: {problem.text}", err=True)
    if len(table.problems) > SHOWN:
        click.echo(f"{len(table.problems) - SHOWN:,} more rows are left out.", err=True)
    return table


def own_paradigms(data: str, table: UserTable | None) -> Paradigms | None:
    """Return the verbs of a table of one's own or of another language, None for English verbs of the library."""
    if table:
        return table.paradigms
    paradigms = read_paradigms(data)
    return None if paradigms.vocabulary.is_english else paradigms


def suit(config: TrainConfig, paradigms: Paradigms, changes: dict[str, Any]) -> TrainConfig:
    """Return the config with the settings that suit these verbs, except the chosen ones, and print them.

    Raises BadData.
    """
    verbs = min(changes.get("verbs") or len(paradigms), len(paradigms))
    suited = suggested_settings(verbs, len(paradigms.vocabulary.tenses))
    suggested = {name: value for name, value in suited.items() if name not in changes}
    if share := suggested.pop("heldout", None):
        click.echo(f"{share:.0%} of {verbs:,} verbs are held out; --set heldout=0 trains on all.", err=True)
    elif share == 0:
        why = f"with fewer than {ENOUGH_TO_HOLD_OUT}, all {verbs} are needed to learn from"
        click.echo(f"No verb is held out: {why}.", err=True)
    if suggested:
        listed = ", ".join(f"{name}={value}" for name, value in suggested.items())
        click.echo(f"Settings for this table: {listed}; --set changes them.", err=True)
    return config.changed(suggested | ({"heldout": share} if share else {}))


def changed_settings(options: dict[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return the settings (dotted names) that options and NAME=VALUE change. Raises BadConfig."""
    changes = {SETTINGS.get(option, option): value for option, value in options.items() if value is not None}
    if ratios := changes.pop("teacher_forcing", None):
        start, end = ratios
        kind = "constant" if start == end else "linear"
        changes["teacher_forcing"] = {"kind": kind, "start": start, "end": end}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise BadConfig(f"Write --set NAME=VALUE, for example kl.maximum=0.3, not {setting!r}.")
        try:
            changes[name.strip()] = json.loads(value)
        except ValueError:
            changes[name.strip()] = value.strip()
    return changes


def change(config: TrainConfig, changes: dict[str, Any]) -> TrainConfig:
    """Change some settings, and say which of them have no effect. Raises BadConfig."""
    config = config.changed(changes)
    for name, why in idle_settings(flatten(config.to_json())).items():
        if name in changes:
            click.echo(f"{name} has no effect: {why}.", err=True)
    return config


def read_settings(path: Path) -> Any:
    """Read the settings of a TOML file, or of the config.json of a run, whatever they are. Raises BadConfig."""
    if path.suffix != ".json":
        return read_toml(path)
    try:
        if is_special(path):
            raise BadConfig(f"{path} is not a file.")
        values = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BadConfig(f"{path} can't be read as the settings of a run: {error}.") from error
    settings = values.get("config", values) if isinstance(values, dict) else values
    if isinstance(settings, dict) and settings.get("data") == OWN:
        settings["data"] = str(data_path(OWN, path.parent))
    return settings


def show_progress(epochs: int, done: int, records: Iterable[EpochRecord]) -> None:
    """Show a progress bar on stderr for a run of `epochs`, `done` of which were trained before."""
    bleu4 = gaussian = "–"
    with tqdm(total=epochs, initial=done, unit="epoch", dynamic_ncols=True) as bar:
        for record in records:
            if record.gaussian_score is not None:
                gaussian = f"{record.gaussian_score:.3f} ({record.distinct} distinct)"
                bleu4 = "–" if record.bleu4 is None else f"{record.bleu4:.3f}"
            loss = record.reconstruction + record.beta * record.kl
            scores = f"loss {loss:.2f}, KL {record.kl:.2f}, BLEU-4 {bleu4}, Gaussian {gaussian}"
            bar.set_postfix_str(scores, refresh=False)
            bar.update()
