"""Presets: named settings to start a run with."""

from dataclasses import dataclass, replace

from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TrainConfig


@dataclass(frozen=True)
class Preset:
    """Named settings for a run, with a sentence about them."""

    title: str
    sentence: str
    config: TrainConfig


SMALL = TrainConfig(
    model=ModelConfig(embedding=64, hidden=128, latent=16),
    kl=KLSchedule("monotonic", maximum=0.2, rising=0.5),
    learning_rate=LearningRateSchedule("one-cycle", peak=8e-3),
    verbs=200,
    epochs=80,
    batch_size=64,
    tense_dropout=0.1,
    evaluate_every=4,
    draws=200,
)
"""A model that learns within a minute: presets and lessons change single settings of it."""

CONTRAST = 0.4
"""The KL weight at which the shape of the schedule decides: held from the start it leaves little of z."""

PRESETS = {
    "quick": Preset(
        "Quick look",
        "A small model and 120 verbs: within a minute its words turn from gibberish into verbs.",
        replace(SMALL, verbs=120, epochs=40, batch_size=32, draws=100),
    ),
    "minute": Preset(
        "A minute",
        "The same small model on 300 verbs, until it spells most of them and its prior holds verbs, too.",
        replace(SMALL, verbs=300, epochs=60, kl=KLSchedule("monotonic", maximum=0.3, rising=0.5)),
    ),
    "classroom": Preset(
        "The classroom recipe",
        "The LSTM, the objective and the learning rate of the classroom report, on all 1,227 verbs: it trains for "
        "minutes on one core.",
        TrainConfig(
            kl=KLSchedule("monotonic", maximum=CONTRAST, rising=0.5),
            learning_rate=LearningRateSchedule("constant", peak=1e-3),
            objective="same-tense",
            tense_dropout=0.0,
            draws=500,
        ),
    ),
    "collapse": Preset(
        "Make it collapse",
        "The KL weight is 1 from the first step, and z is given up before it is ever used.",
        replace(SMALL, epochs=40, kl=KLSchedule("constant", maximum=1.0)),
    ),
    "constant": Preset(
        "Constant",
        f"The KL weight is {CONTRAST:g} throughout: compare it with the next two.",
        replace(SMALL, kl=KLSchedule("constant", maximum=CONTRAST)),
    ),
    "monotonic": Preset(
        "Monotonic",
        f"The KL weight rises from 0 to {CONTRAST:g} over the first half, then stays.",
        replace(SMALL, kl=KLSchedule("monotonic", maximum=CONTRAST, rising=0.5)),
    ),
    "cyclical": Preset(
        "Cyclical",
        f"The KL weight rises from 0 to {CONTRAST:g} four times, and stays there for the second half of each cycle.",
        replace(SMALL, kl=KLSchedule("cyclical", maximum=CONTRAST, cycles=4, rising=0.5)),
    ),
}
