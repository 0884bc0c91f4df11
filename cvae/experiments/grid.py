"""Grids of experiments: TOML files that name a base config, the changes to it, and seeds.

title = "How much KL?"          # these four are for the curves page, and may be left out
question = "…"
answer = "…{gentle:kl}…"        # with figures of the runs: see cvae.experiments.answers
differs = "…"                   # from what others found
experiment = "kl-constant"      # the folder; without it the grid's file name
base = "report.toml"            # a file of settings, or a table [base] of them; in a table, `file` names such a file
seeds = [0, 1, 2]

[values]                        # every value with every other one
kl.maximum = [0, 0.1, 1]

[variants.gentle]               # settings that move together, under a name
kl = { kind = "monotonic", rising = 0.9 }
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from cvae.core.config import TrainConfig
from cvae.core.config_base import shorten
from cvae.core.dotted import flatten, merge, nest
from cvae.core.errors import BadConfig
from cvae.core.files import read_toml
from cvae.core.schema import make
from cvae.runs.history import About

TEXTS = tuple(each.name for each in fields(About))
"""The texts of an experiment, which the curves page reads as an `About`."""
KEYS = {*TEXTS, "experiment", "base", "seeds", "values", "variants"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")


@dataclass(frozen=True)
class Trial:
    """One run of an experiment; the trials of one variant differ in their seeds only."""

    experiment: str
    variant: str
    config: TrainConfig

    @property
    def name(self) -> str:
        """The path of the run below the folder of all experiments."""
        return f"{self.experiment}/{self.variant}-seed{self.config.seed}"


@dataclass(frozen=True)
class Grid:
    """An experiment: its trials, and its texts (question, answer, ...) by the names in TEXTS.

    All variants with the first seed come first, so that a sweep that is stopped leaves a comparison with fewer seeds.
    """

    experiment: str
    trials: tuple[Trial, ...]
    about: dict[str, str]

    def first(self, seeds: int) -> "Grid":
        """Return the experiment with only the first `seeds` of its seeds."""
        kept = list(dict.fromkeys(trial.config.seed for trial in self.trials))[:seeds]
        return replace(self, trials=tuple(trial for trial in self.trials if trial.config.seed in kept))


def read_grid(path: Path) -> Grid:
    """Read the experiment that a file describes. Raises BadConfig."""
    values = read_toml(path)
    try:
        return make_grid(values, path.stem, path.parent)
    except BadConfig as error:
        raise BadConfig(f"{path}: {error}") from error


def make_grid(values: dict[str, Any], name: str, folder: Path) -> Grid:
    """Build an experiment from the values of a grid, whose files are in `folder`. Raises BadConfig."""
    if unknown := sorted(set(values) - KEYS):
        raise BadConfig(f"A grid has no {unknown[0]!r}; it has {', '.join(sorted(KEYS))}.")
    about = {key: values[key] for key in TEXTS if key in values}
    if wrong := [key for key in (*TEXTS, "experiment") if not isinstance(values.get(key, ""), str)]:
        raise BadConfig(f"{wrong[0]!r} must be text.")
    try:
        make(About, about)
    except ValueError as error:
        wanted = "write each text on one line, of at most 10,000 letters, the title of 200"
        raise BadConfig(f"The grid {error}: {wanted}.") from error
    experiment = check_name(values.get("experiment", name))
    base, seeds = read_base(values.get("base", {}), folder), values.get("seeds")
    if not seeds:
        raise BadConfig("The grid lists no seeds: add seeds = [0, 1, 2].")
    if not isinstance(seeds, list) or len(set(map(shorten, seeds))) < len(seeds):
        raise BadConfig("seeds must be a list of different whole numbers.")
    trials = []
    changed = list(variants(values.get("variants", {}), values.get("values", {})))
    for seed in seeds:
        for variant, changes in changed:
            try:
                config = TrainConfig.from_json(merge(merge(base, check_settings(changes)), {"seed": seed}))
            except BadConfig as error:
                raise BadConfig(f"In {variant!r}: {error}") from error
            trials.append(Trial(experiment, variant, config))
    if len({trial.name for trial in trials}) < len(trials):
        raise BadConfig("Two variants have the same name: values that differ little need variants with names.")
    return Grid(experiment, tuple(trials), about)


def read_base(base: Any, folder: Path) -> dict[str, Any]:
    """Read the settings that all trials share; a seed in a file of settings is left aside. Raises BadConfig."""
    base = {"file": base} if isinstance(base, str) else dict(check_table(base, "base"))
    file = base.pop("file", "")
    if not isinstance(file, str):
        raise BadConfig("The 'file' of 'base' must be text, the name of a file of settings.")
    return merge(read_toml(folder / file) if file else {}, check_settings(nest(base)))


def check_settings(settings: dict[str, Any]) -> dict[str, Any]:
    """Check that settings of a grid leave the seed to its `seeds`. Raises BadConfig."""
    if "seed" in settings:
        raise BadConfig("A grid lists its seeds in 'seeds': leave 'seed' out.")
    return settings


def check_name(name: str) -> str:
    """Check that a name can be the name of a folder. Raises BadConfig."""
    if not NAME.fullmatch(name):
        raise BadConfig(f"{name!r} can't be the name of a folder: use letters, digits and hyphens.")
    return name


def check_table(value: Any, name: str) -> dict[str, Any]:
    """Check that a value is a table. Raises BadConfig."""
    if not isinstance(value, dict):
        raise BadConfig(f"{name!r} must be a table.")
    return value


def variants(named: Any, values: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and changes of every variant, each with every combination of values. Raises BadConfig."""
    lists = flatten(check_table(values, "values"), lists=False)
    for setting, choices in lists.items():
        if not isinstance(choices, list) or not choices:
            raise BadConfig(f"The values of {setting!r} must be a list.")
    short = short_names(list(lists))
    for name, changes in (check_table(named, "variants") or {"": {}}).items():
        for chosen in itertools.product(*lists.values()):
            pairs = dict(zip(lists, chosen, strict=True))
            parts = [name] if name else []
            parts += [f"{short[setting]}-{as_text(setting, value)}" for setting, value in pairs.items()]
            yield check_name("-".join(parts) or "base"), merge(nest(check_table(changes, name)), nest(pairs))


def short_names(settings: list[str]) -> dict[str, str]:
    """Return the last part of each dotted name, or the whole name where two share that part; written with hyphens."""
    last = {setting: setting.rpartition(".")[2] for setting in settings}
    names = {s: last[s] if list(last.values()).count(last[s]) == 1 else s for s in settings}
    return {setting: re.sub(r"[._]", "-", name) for setting, name in names.items()}


def as_text(setting: str, value: Any) -> str:
    """Write a value as a part of a name. Raises BadConfig for tables, lists and numbers beyond any float."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        try:
            return f"{value:g}"
        except OverflowError as error:
            raise BadConfig(f"{setting!r} can't be {shorten(value)}: no setting is so large.") from error
    if isinstance(value, str):
        return value
    raise BadConfig(f"The values of {setting!r} must be numbers or words: use variants with names for tables.")
