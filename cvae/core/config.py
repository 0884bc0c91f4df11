"""The settings of a model and of a training run: dataclasses that check themselves and are read back from JSON.

A setting has a dotted name, which messages, links, grids and tables use: `kl.maximum` is `TrainConfig().kl.maximum`.
"""

import dataclasses
import math
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Self, get_args, get_origin, get_type_hints

from cvae.core.dotted import merge, nest
from cvae.core.errors import BadConfig

CellKind = Literal["lstm", "gru"]
Objective = Literal["same-tense", "cross-tense"]
Optimizer = Literal["adam", "sgd"]
Precision = Literal["float32", "bfloat16"]
KLKind = Literal["constant", "monotonic", "cyclical"]
Ramp = Literal["linear", "sigmoid", "cosine"]
TeacherForcingKind = Literal["constant", "linear", "stepwise"]
LearningRateKind = Literal["constant", "cosine", "one-cycle"]
LARGEST_SEED, MOST_DRAWS = 2**31 - 1, 100_000
LONGEST_TEXT = 500
"""The most letters of a text, such as the name of a file: sentences repeat it."""


def shorten(value: Any) -> str:
    """Return a value as messages show it; Python writes no whole number of more than 4,300 digits."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return "a number of thousands of digits"


@dataclass(frozen=True)
class Config:
    """A frozen group of settings. Raises BadConfig, with the dotted name of the setting, for a value out of its range.

    `path` is the dotted name of the group within TrainConfig. `gone` are settings that no longer exist, which older
    versions wrote: of these 0 can be read, which turned them off.
    """

    path: ClassVar[str] = ""
    gone: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, path: str = "", gone: str = "") -> None:
        cls.path, cls.gone = path, frozenset(gone.split())

    @classmethod
    def full_name(cls, name: str) -> str:
        """Return the dotted name of a setting of this group."""
        return f"{cls.path}.{name}" if cls.path else name

    def __post_init__(self) -> None:
        hints = get_type_hints(type(self))
        for setting in dataclasses.fields(self):
            name, value = self.full_name(setting.name), getattr(self, setting.name)
            _check_type(name, value, hints[setting.name])
            if "range" not in setting.metadata:
                continue
            low, high = setting.metadata["range"]
            if not low <= value <= high:
                raise BadConfig(f"{name} must be between {low:g} and {high:g}, not {shorten(value)}.")

    def to_json(self) -> dict[str, Any]:
        """Return the settings as dicts, lists, strings and numbers, which `from_json` reads as the same config."""
        return dataclasses.asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> Self:
        """Return the config written by `to_json`; settings that are absent take their defaults. Raises BadConfig."""
        if not isinstance(values, dict):
            raise BadConfig(f"{cls.path or 'A config'} must be a table of settings.")
        settings = dataclasses.fields(cls)
        renamed = {setting.metadata.get("formerly"): setting.name for setting in settings}
        values = {renamed.get(name, name): value for name, value in values.items() if value or name not in cls.gone}
        if unknown := sorted(set(values) - {setting.name for setting in settings}):
            raise BadConfig(f"There is no setting {shorten(cls.full_name(unknown[0]))}.")
        hints = get_type_hints(cls)
        return cls(**{name: _from_json(value, hints[name]) for name, value in values.items()})

    def changed(self, settings: Mapping[str, Any]) -> Self:
        """Return this config with other values of some settings, given by their dotted names. Raises BadConfig."""
        return self.from_json(merge(self.to_json(), nest(settings)))

    @classmethod
    def choices(cls, name: str) -> tuple[str, ...]:
        """Return the values that a setting, given by its dotted name, can take: those of its Literal, in order."""
        first, _, rest = name.partition(".")
        hint = get_type_hints(cls)[first]
        return hint.choices(rest) if rest else get_args(hint)


USED_WITH = {
    "kl.cycles": ("kl.kind", ("cyclical",)),
    "kl.rising": ("kl.kind", ("monotonic", "cyclical")),
    "kl.ramp": ("kl.kind", ("monotonic", "cyclical")),
    "teacher_forcing.end": ("teacher_forcing.kind", ("linear", "stepwise")),
    "teacher_forcing.steps": ("teacher_forcing.kind", ("stepwise",)),
    "learning_rate.warmup": ("learning_rate.kind", ("one-cycle",)),
}
"""Settings that have an effect only with certain values of another setting."""


def idle_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings (dotted names) that have no effect because of others, each with the reason."""
    idle = {name: other for name, (other, values) in USED_WITH.items() if settings.get(other) not in values}
    if not settings.get("sleep"):
        idle |= dict.fromkeys(("sleep_start", "sleep_variance"), "sleep")
    if not settings.get("invented"):
        idle["invented_longer"] = "invented"
    return {name: f"{other} is {settings.get(other, 'not set')}" for name, other in idle.items()}


def _from_json(value: Any, hint: Any) -> Any:
    if isinstance(hint, type) and issubclass(hint, Config):
        return hint.from_json(value)
    if get_origin(hint) is tuple and isinstance(value, list | tuple):
        return tuple(_from_json(item, get_args(hint)[0]) for item in value)
    return value


def _check_type(name: str, value: Any, hint: Any) -> None:
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise BadConfig(f"{name} must be one of {', '.join(get_args(hint))}, not {shorten(value)}.")
    elif hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            raise BadConfig(f"{name} must be a number, not {shorten(value)}.")
    elif get_origin(hint) is tuple:
        if not isinstance(value, tuple) or not all(isinstance(item, get_args(hint)[0]) for item in value):
            raise BadConfig(f"{name} must be a list, not {shorten(value)}.")
        for item in value:
            _check_type(name, item, get_args(hint)[0])
    elif not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise BadConfig(f"{name} must be of type {hint.__name__}, not {shorten(value)}.")
    elif hint is str and not value.isprintable():
        raise BadConfig(f"{name} must not contain control characters or line ends, as {shorten(value)} does.")
    elif hint is str and len(value) > LONGEST_TEXT:
        raise BadConfig(f"{name} must have at most {LONGEST_TEXT} letters, not {len(value):,}.")


def _within(default: float, low: float, high: float) -> Any:
    return field(default=default, metadata={"range": (low, high)})


@dataclass(frozen=True)
class ModelConfig(Config, path="model", gone="pooling deep_output"):
    """The defaults are the LSTM of the classroom report.

    `latent` is the width of z for each recurrent state: an LSTM has two (hidden and cell), so its z is twice as wide.
    `condition_every_step` feeds the tense to the encoder, and z and the tense to the decoder, with every letter.
    `film` is the width of a layer between the decoder's state and its output, each unit of which is multiplied by a
    factor that depends on z (feature-wise linear modulation, Perez et al. 2018); with 0 there is none.
    """

    cell: CellKind = "lstm"
    embedding: int = _within(256, 1, 1024)
    hidden: int = _within(256, 16, 1024)
    latent: int = _within(32, 1, 256)
    bidirectional: bool = False
    condition_every_step: bool = False
    film: int = _within(0, 0, 4096)

    @property
    def states(self) -> int:
        """How many recurrent states carry z: hidden and cell for an LSTM, hidden for a GRU."""
        return 2 if self.cell == "lstm" else 1

    @property
    def directions(self) -> tuple[bool, ...]:
        """The encoder's readings of a word, for each whether it starts from the end."""
        return (False, True) if self.bidirectional else (False,)

    @property
    def z_size(self) -> int:
        """The width of z."""
        return self.states * self.latent

    def check_tenses(self, count: int) -> None:
        """Raise BadConfig when the initial states, which end in the one-hot tense, have no room for z beside it."""
        if self.hidden <= count:
            raise BadConfig(
                f"{self.full_name('hidden')} must be above {count}, the number of tenses, not {self.hidden}."
            )


@dataclass(frozen=True)
class KLSchedule(Config, path="kl"):
    """The weight of KL (beta) over the run: constant, rising once, or in `cycles` that each rise and then stay.

    `rising` is the share of a cycle (of the run, when monotonic) spent rising from 0 to `maximum`.
    """

    kind: KLKind = "monotonic"
    maximum: float = _within(0.5, 0, 10)
    cycles: int = _within(4, 1, 100)
    rising: float = _within(0.5, 0, 1)
    ramp: Ramp = "linear"


@dataclass(frozen=True)
class TeacherForcingSchedule(Config, path="teacher_forcing"):
    """The teacher forcing ratio over the run: `start` throughout, or from `start` to `end` in a line or in `steps`."""

    kind: TeacherForcingKind = "constant"
    start: float = _within(1.0, 0, 1)
    end: float = _within(1.0, 0, 1)
    steps: int = _within(5, 2, 100)


@dataclass(frozen=True)
class LearningRateSchedule(Config, path="learning_rate"):
    """The learning rate over the run; `warmup` is the share of a one-cycle run spent rising to `peak`."""

    kind: LearningRateKind = "one-cycle"
    peak: float = _within(2e-3, 0, 10)
    warmup: float = _within(0.1, 0, 1)


@dataclass(frozen=True)
class Augmentation(Config, path="augmentation"):
    """Additional paradigms: each epoch draws `ratio` words of the file `data` for every word of the main data.

    classes: the inflection classes to draw from (see `cvae.data.inflection`); all of them when empty.
    """

    data: str = ""
    ratio: float = _within(0.5, 0, 10)
    classes: tuple[str, ...] = field(default=(), metadata={"formerly": "kinds"})


@dataclass(frozen=True)
class TrainConfig(Config):
    """All settings of a run: the same config, data and versions give the same history.

    data: a file of paradigms, or the name of one that comes with the library.
    verbs: how many of them to train on, evenly spaced through the file; 0 for all.
    heldout: share of these that is not trained on, to measure on; with 0 it is the list of held-out verbs for English.
    invented: words of invented verbs in an epoch for every word of the data, whose stems have at most `invented_longer`
    letters more than those of real verbs, see `cvae.data.hallucination`.
    letter_dropout: share of the letters hidden from the decoder's input (word dropout of Bowman et al. 2016).
    free_bits: nats of KL that every dimension of z may have at no cost (Kingma et al. 2016).
    tense_dropout: share of the words whose tense the encoder is not told, so that it can also read words of any tense.
    sleep: points of the prior decoded in an epoch, for every word of data, once `sleep_start` of the run is over (see
    `cvae.training.sleep`), each given to a verb as if no posterior were narrower than `sleep_variance`.
    initial: the checkpoint of the same shape whose weights training starts from; random weights when empty.
    precision: of the factors of recurrent products, on the processor; their sums and the weights have float32.
    gradient_clip: the largest norm of the gradient. evaluate_every: epochs between scores; draws: z for each score.
    """

    model: ModelConfig = ModelConfig()
    kl: KLSchedule = KLSchedule()
    teacher_forcing: TeacherForcingSchedule = TeacherForcingSchedule()
    learning_rate: LearningRateSchedule = LearningRateSchedule()
    objective: Objective = "cross-tense"
    optimizer: Optimizer = "adam"
    precision: Precision = "float32"
    data: str = "train"
    verbs: int = _within(0, 0, 100_000)
    heldout: float = _within(0.0, 0, 0.5)
    invented: float = _within(0.0, 0, 10)
    invented_longer: int = _within(8, 0, 16)
    augmentation: tuple[Augmentation, ...] = ()
    epochs: int = _within(150, 1, 10_000)
    batch_size: int = _within(128, 1, 4096)
    letter_dropout: float = _within(0.0, 0, 1)
    free_bits: float = _within(0.0, 0, 10)
    tense_dropout: float = _within(0.25, 0, 1)
    sleep: float = _within(0.0, 0, 10)
    sleep_start: float = _within(0.5, 0, 1)
    sleep_variance: float = _within(0.0, 0, 1)
    initial: str = ""
    gradient_clip: float = _within(1.0, 1e-3, 1e6)
    evaluate_every: int = _within(5, 1, 10_000)
    draws: int = _within(1000, 1, MOST_DRAWS)
    seed: int = _within(0, 0, LARGEST_SEED)

    def scores_after(self, epoch: float) -> bool:
        """Return whether scores are taken after so many epochs."""
        return epoch % self.evaluate_every == 0 or epoch == self.epochs
