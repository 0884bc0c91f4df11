"""Settings to begin a run with, by name."""

from dataclasses import dataclass

from cvae.config import KLSchedule, LearningRateSchedule, ModelConfig, TrainConfig


@dataclass(frozen=True)
class Preset:
    """A run that somebody may want to begin with, and one sentence about it."""

    key: str
    title: str
    sentence: str
    config: TrainConfig


SMALL = TrainConfig(
    model=ModelConfig(embedding=64, hidden=128, latent=16),
    kl=KLSchedule("monotonic", maximum=0.2, rising=0.5),
    learning_rate=LearningRateSchedule("one-cycle", peak=8e-3),
    verbs=200,
    epochs=60,
    batch_size=64,
    tense_dropout=0.1,
    evaluate_every=3,
    draws=200,
)
"""A model that learns in seconds; the presets and lessons change single settings of it."""
