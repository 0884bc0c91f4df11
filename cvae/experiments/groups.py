"""Groups of recorded runs that differ in their seeds only, and names made from the settings in which groups differ."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cvae.core.config import idle_settings
from cvae.core.text import counted
from cvae.runs.history import Curve, FlatSettings, RecordedRun

SEED = "seed"
TEACHER, MORE = "teacher_forcing", "augmentation"
MOST_PHRASES = 4
"""The most settings after which a group is named; where more differ, its runs have names of their own."""


@dataclass(frozen=True, eq=False)
class Group:
    """Runs of one experiment that differ in their seeds only; `place` is the index among its groups."""

    name: str
    runs: tuple[RecordedRun, ...]
    place: int = 0

    @property
    def experiment(self) -> str:
        """The experiment that all of its runs belong to."""
        return self.runs[0].experiment

    @property
    def settings(self) -> FlatSettings:
        """The settings that all of its runs share."""
        return {name: value for name, value in self.runs[0].settings.items() if name != SEED}

    @property
    def asleep(self) -> int | None:
        """The epoch after which its runs have a sleep phase, or None; see `cvae.training.loop`."""
        settings = self.runs[0].settings
        return math.ceil(settings["sleep_start"] * settings["epochs"]) if settings.get("sleep") else None

    def curve(self) -> Curve:
        """Join all seeds to one curve."""
        return Curve(self.name, tuple(run.columns for run in self.runs), self.place, asleep=self.asleep)

    def curves(self) -> list[Curve]:
        """Return one curve for each seed, all in the colour of the group."""
        if len(self.runs) == 1:
            return [self.curve()]
        return [
            Curve(f"{self.name} · seed {run.seed}", (run.columns,), self.place, i, self.asleep)
            for i, run in enumerate(self.runs)
        ]


def group_runs(runs: Iterable[RecordedRun]) -> list[Group]:
    """Group the runs of one experiment by their settings, seed aside; ordered by and named after what differs."""
    together: dict[str, list[RecordedRun]] = {}
    for run in runs:
        settings = in_force(run.settings)
        key = json.dumps({name: settings[name] for name in sorted(settings) if name != SEED}, default=str)
        together.setdefault(key, []).append(run)
    groups = [Group("", tuple(sorted(same, key=lambda run: (run.seed, run.name)))) for same in together.values()]
    keys = differing([group.settings for group in groups])
    groups.sort(key=lambda group: [_rank(in_force(group.settings).get(key)) for key in keys])
    return [replace(group, name=_name(group, keys), place=i) for i, group in enumerate(groups)]


def _name(group: Group, keys: Sequence[str]) -> str:
    """Name a group after these settings, as far as they are in force: `cyclical, 4 cycles, KL weight to 0.5`.

    It is called as its runs are where nothing differs, or too much.
    """
    settings, together = in_force(group.settings), (TEACHER, MORE)
    said = dict.fromkeys(next((name for name in together if key.startswith(f"{name}.")), key) for key in keys)
    phrases = [phrase for key in said if key in settings or key in together if (phrase := _phrase(key, settings))]
    if len(phrases) > MOST_PHRASES:
        return group.runs[0].variant
    if phrases or len(group.runs) > 1:
        return ", ".join(phrases) or group.experiment.rpartition("/")[2] or "runs"
    return group.runs[0].name


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, int | float):
        return 0, float(value), ""
    return (2, 0.0, "") if value is None else (1, 0.0, str(value))


def differing(tables: Sequence[FlatSettings]) -> list[str]:
    """Return the settings, seed aside, that have more than one value among the tables in which they are in force."""
    values: dict[str, set[str]] = {name: set() for table in tables for name in table}
    for table in tables:
        for name in values.keys() - idle_settings(table).keys() - {SEED}:
            values[name].add(json.dumps(table.get(name)))
    return [name for name, found in values.items() if len(found) > 1]


def in_force(settings: FlatSettings) -> FlatSettings:
    """Return the settings that have an effect."""
    idle = idle_settings(settings)
    return {name: value for name, value in settings.items() if name not in idle}


def _phrase(key: str, settings: FlatSettings) -> str:
    """Describe a setting in words; nothing where it is off."""
    if key == TEACHER:
        kind, start, end = (settings.get(f"{TEACHER}.{name}") for name in ("kind", "start", "end"))
        if kind == "constant":
            return f"teacher forcing {start:g}"
        return f"teacher forcing {start:g} to {end:g}" + (" in steps" if kind == "stepwise" else "")
    if key == MORE:
        names = [str(data) for name, data in settings.items() if name.startswith(f"{MORE}.") and name.endswith(".data")]
        return f"with {' and '.join(name.replace('_', ' ') for name in names)} verbs" if names else "no other verbs"
    value = settings[key]
    match key:
        case "kl.kind" | "objective":
            return str(value)
        case "model.cell":
            return str(value).upper()
        case "kl.maximum":
            return f"KL weight {'' if settings.get('kl.kind') == 'constant' else 'to '}{value:g}"
        case "kl.cycles":
            return counted(value, "cycle")
        case "kl.rising":
            return f"rising {value:.0%}"
        case "kl.ramp":
            return f"{value} ramp"
        case "learning_rate.peak":
            return f"learning rate {value:g}"
        case "letter_dropout":
            return f"letters dropped {value:.0%}"
        case "model.latent":
            return f"z {value} a state"
        case "model.condition_every_step":
            return "tense each letter" if value else ""
        case "epochs":
            return f"{value} epochs"
    return f"{key.replace('.', ' ').replace('_', ' ')} {value}"


def difference_table(named: Mapping[str, FlatSettings]) -> dict[str, list[str]]:
    """Tabulate the settings that differ and their values under each name, with a dash where one has no effect."""
    keys = differing(list(named.values()))
    return {
        "setting": keys,
        **{name: [str(in_force(settings).get(key, "–")) for key in keys] for name, settings in named.items()},
    }
