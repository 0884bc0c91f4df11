"""The command `train`, and how its options change a config."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from cvae.core.config import TrainConfig
from cvae.core.errors import BadConfig
from cvae.core.files import read_toml
from cvae.training.records import EpochRecord

SETTINGS = {
    "cell": "model.cell", "hidden": "model.hidden", "latent": "model.latent",
    "kl": "kl.kind", "kl_maximum": "kl.maximum", "kl_cycles": "kl.cycles", "kl_rising": "kl.rising",
    "kl_ramp": "kl.ramp", "learning_rate": "learning_rate.peak",
}  # fmt: skip
"""The dotted names of the settings that an option calls by a shorter one."""


def one_of(setting: str) -> str:
    """The values that a setting can take, in words: `lstm or gru.`"""
    *first, last = TrainConfig.choices(setting)
    return f"{', '.join(first)} or {last}."


@click.command("train")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The run's folder.")
@click.option("--resume", is_flag=True, help="Go on with the run in the folder, from where it stopped.")
@click.option("--replay", type=click.Path(path_type=Path), help="Do the run in this folder again, as it was steered.")
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file of settings; other options change them.")
@click.option("--data", help="A file of paradigms, or train or large.")
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
@click.option("--threads", type=click.IntRange(1), help="Processor threads to use.")
def train_command(
    out: Path, resume: bool, replay: Path | None, config: Path | None, threads: int | None, **options: Any
) -> None:
    """Train a model in a run folder; its newest weights are DIR/model.safetensors."""
    import torch

    from cvae.data.dataset import check_data
    from cvae.runs.run import Run
    from cvae.runs.session import replay_in, start_replay, train_in_folder

    if threads:
        torch.set_num_threads(threads)
    if (resume or replay) and (config or any(value is not None for value in options.values())):
        raise BadConfig("A run that is resumed or replayed keeps its settings: give no others.")
    if resume and replay:
        raise BadConfig("Give --resume or --replay, not both.")
    if resume:
        run = Run(out)
        run.go_on()
    elif replay:
        run = start_replay(Run(replay), out)
    else:
        settings = train_config(config, options)
        check_data(settings)
        run = Run.create(out, settings)
    records = replay_in(run, Run(replay)) if replay else train_in_folder(run)
    try:
        show_progress(run.config().epochs, len(run.history()), records)
    except KeyboardInterrupt:
        raise BadConfig(f"Stopped. Go on with: python -m cvae train --out {out} --resume") from None


def train_config(path: Path | None, options: dict[str, Any]) -> TrainConfig:
    """The settings of a TOML file, changed by the options that were given. Raises BadConfig."""
    config = TrainConfig.from_json(read_toml(path)) if path else TrainConfig()
    changes = {SETTINGS.get(option, option): value for option, value in options.items() if value is not None}
    if ratios := changes.pop("teacher_forcing", None):
        start, end = ratios
        kind = "constant" if start == end else "linear"
        changes["teacher_forcing"] = {"kind": kind, "start": start, "end": end}
    return config.changed(changes)


def show_progress(epochs: int, done: int, records: Iterable[EpochRecord]) -> None:
    """Consume the records of a run of `epochs`, `done` of which were trained before; write to stderr."""
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
