"""What the guided experiments of the Train page come to over seeds: `python -m docs.lessons`.

Trains each of them with every seed, as its steps say, which takes about eight minutes of one core a seed, and prints
for each expected figure the least and the largest last value of each run: what stands in `pages/train/lessons.py`.
"""

from collections.abc import Callable
from dataclasses import replace

from cvae.core.config import TrainConfig
from cvae.training.loop import train
from cvae.training.records import EpochRecord, Knobs
from cvae.training.schedules import scheduled_knobs
from pages.train.lessons import LESSONS, LOW, SEEDS

RESCUED = 20 / 60
"""The share of its run after which the collapsed model is saved."""


def last_record(key: str, config: TrainConfig, seed: int) -> EpochRecord:
    """Return the scores at the end of a run of a lesson from this seed."""
    config = replace(config, seed=seed, evaluate_every=config.epochs)
    schedule: Callable[[float], Knobs] = scheduled_knobs(config)

    def rescued(progress: float) -> Knobs:
        return schedule(progress) if progress < RESCUED else replace(schedule(progress), beta=LOW)

    return list(train(config, knobs=rescued if key == "collapse" else schedule))[-1]


def main() -> None:
    """Print all of them."""
    for key, lesson in LESSONS.items():
        last = [[last_record(key, config, seed) for seed in range(SEEDS)] for config in lesson.configs]
        for column in lesson.expected:
            values = [[getattr(record, column) for record in records] for records in last]
            ranges = tuple((round(min(each), 3), round(max(each), 3)) for each in values)
            print(f"{key:<12}{column:<22}{ranges}")


if __name__ == "__main__":
    main()
