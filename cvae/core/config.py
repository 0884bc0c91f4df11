"""The settings of a model and of a training run: dataclasses that check themselves and are read back from JSON.

A setting has a dotted name, which messages, links, grids and tables use: `kl.maximum` is `TrainConfig().kl.maximum`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cvae.core.config_base import Config, within
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

USED_WITH = {
    "kl.cycles": ("kl.kind", ("cyclical",)),
    "kl.rising": ("kl.kind", ("monotonic", "cyclical")),
    "kl.ramp": ("kl.kind", ("monotonic", "cyclical")),
    "teacher_forcing.end": ("teacher_forcing.kind", ("linear", "stepwise")),
    "teacher_forcing.steps": ("teacher_forcing.kind", ("stepwise",)),
    "learning_rate.warmup": ("learning_rate.kind", ("one-cycle",)),
}
"""Settings that have an effect only with certain values of another setting."""
PART_OF = {"sleep_start": "sleep", "dreams": "sleep", "sleep_verbs": "sleep", "invented_longer": "invented"}
"""Settings that have an effect only where another setting is not 0."""


def idle_settings(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings (dotted names) that have no effect because of others, each with the reason."""
    idle = {name: other for name, (other, values) in USED_WITH.items() if settings.get(other) not in values}
    idle |= {name: other for name, other in PART_OF.items() if not settings.get(other)}
    return {name: f"{other} is {settings.get(other, 'not set')}" for name, other in idle.items()}


@dataclass(frozen=True)
class ModelConfig(Config, path="model", gone="pooling deep_output"):
    """The defaults are the LSTM of the classroom report.

    `latent` is the width of z for each recurrent state: an LSTM has two (hidden and cell), so its z is twice as wide.
    `condition_every_step` feeds the tense to the encoder, and z and the tense to the decoder, with every letter.
    `film` is the width of a layer between the decoder's state and its output, each unit of which is multiplied by a
    factor that depends on z (feature-wise linear modulation, Perez et al. 2018); with 0 there is none.
    `mapping` is the width of two layers whose output is given to the decoder's first states and to `film`, beside z (a
    mapping network, Karras et al. 2019); with 0 there are none.
    """

    cell: CellKind = "lstm"
    embedding: int = within(256, 1, 1024)
    hidden: int = within(256, 16, 1024)
    latent: int = within(32, 1, 256)
    bidirectional: bool = False
    condition_every_step: bool = False
    film: int = within(0, 0, 4096)
    mapping: int = within(0, 0, 4096)

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
    maximum: float = within(0.5, 0, 10)
    cycles: int = within(4, 1, 100)
    rising: float = within(0.5, 0, 1)
    ramp: Ramp = "linear"


@dataclass(frozen=True)
class TeacherForcingSchedule(Config, path="teacher_forcing"):
    """The teacher forcing ratio over the run: `start` throughout, or from `start` to `end` in a line or in `steps`."""

    kind: TeacherForcingKind = "constant"
    start: float = within(1.0, 0, 1)
    end: float = within(1.0, 0, 1)
    steps: int = within(5, 2, 100)


@dataclass(frozen=True)
class LearningRateSchedule(Config, path="learning_rate"):
    """The learning rate over the run; `warmup` is the share of a one-cycle run spent rising to `peak`."""

    kind: LearningRateKind = "one-cycle"
    peak: float = within(2e-3, 0, 10)
    warmup: float = within(0.1, 0, 1)


@dataclass(frozen=True)
class Augmentation(Config, path="augmentation"):
    """Additional paradigms: each epoch draws `ratio` words of the file `data` for every word of the main data.

    classes: the inflection classes to draw from (see `cvae.data.inflection`); all of them when empty.
    """

    data: str = ""
    ratio: float = within(0.5, 0, 10)
    classes: tuple[str, ...] = field(default=(), metadata={"formerly": "kinds"})


@dataclass(frozen=True)
class TrainConfig(Config, ignored="sleep_variance"):
    """All settings of a run: the same config, data, versions and number of threads give the same history.

    data: a file of paradigms, or the name of one that comes with the library.
    verbs: how many of them to train on, evenly spaced through the file; 0 for all.
    heldout: share of these that is not trained on, to measure on; with 0 it is the list of held-out verbs for English.
    invented: words of invented verbs in an epoch for every word of the data, whose stems have at most `invented_longer`
    letters more than those of real verbs, see `cvae.data.hallucination`.
    letter_dropout: share of the letters hidden from the decoder's input (word dropout of Bowman et al. 2016).
    free_bits: nats of KL that every dimension of z may have at no cost (Kingma et al. 2016).
    tense_dropout: share of the words whose tense the encoder is not told, so that it can also read words of any tense.
    sleep: points of the prior from which the decoder learns in an epoch, for every word of data, once `sleep_start` of
    the run is over (see `cvae.training.sleep`); dreams: those from which the encoder learns, for each of these;
    sleep_verbs: how many verbs have a cell of the prior, evenly spaced through the file; 0 for all.
    initial: the checkpoint of the same shape, but for a mapping that it may lack, whose weights training starts from;
    random weights when empty.
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
    verbs: int = within(0, 0, 100_000)
    heldout: float = within(0.0, 0, 0.5)
    invented: float = within(0.0, 0, 10)
    invented_longer: int = within(8, 0, 16)
    augmentation: tuple[Augmentation, ...] = ()
    epochs: int = within(150, 1, 10_000)
    batch_size: int = within(128, 1, 4096)
    letter_dropout: float = within(0.0, 0, 1)
    free_bits: float = within(0.0, 0, 10)
    tense_dropout: float = within(0.25, 0, 1)
    sleep: float = within(0.0, 0, 10)
    sleep_start: float = within(0.5, 0, 1)
    dreams: float = within(0.5, 0, 1)
    sleep_verbs: int = within(0, 0, 100_000)
    initial: str = ""
    gradient_clip: float = within(1.0, 1e-3, 1e6)
    evaluate_every: int = within(5, 1, 10_000)
    draws: int = within(1000, 1, MOST_DRAWS)
    seed: int = within(0, 0, LARGEST_SEED)

    def scores_after(self, epoch: float) -> bool:
        """Return whether scores are taken after so many epochs."""
        return epoch % self.evaluate_every == 0 or epoch == self.epochs
