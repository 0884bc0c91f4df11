"""How long a run will take on this machine, from what was measured on it."""

import fcntl
import json
import time
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from cvae.core.config import LearningRateSchedule, ModelConfig, TrainConfig
from cvae.core.files import write_json
from cvae.data.dataset import load_training_data
from cvae.training.loop import train_steps
from cvae.training.records import StepRecord
from cvae.training.schedules import scheduled_knobs
from cvae.training.scoring import score
from cvae.training.state import start_training

FILE = "speed.json"
LETTERS = 9
"""Of an average word, its end included."""
NARROW = TrainConfig(model=ModelConfig(embedding=32, hidden=64, latent=16), verbs=100, batch_size=32, draws=100)
WIDE = replace(NARROW, model=ModelConfig(embedding=256, hidden=256, latent=32), batch_size=64)
WARM_UP, STEPS = 3, 9
TRUST = 0.5
"""Weight of the newest run in the correction."""


@dataclass(frozen=True)
class Speed:
    """Seconds of a step = overhead + seconds_per_operation * its operations; of scoring, likewise for each draw.

    correction: what runs took here, as a multiple of what these figures said.
    """

    overhead: float
    seconds_per_operation: float
    score_overhead: float
    score_per_operation: float
    correction: float = 1.0


def operations(config: TrainConfig) -> float:
    """Floating-point operations of training on one word, by the textbook count: three times those of its products.

    A cell of G gates costs 2 G H (E + H) a letter, in the encoder (twice when bidirectional) and in the decoder.
    """
    model = config.model
    gates = 4 if model.cell == "lstm" else 3
    cell = 2 * gates * model.hidden * (model.embedding + model.hidden)
    return 3.0 * LETTERS * (cell * (2 + model.bidirectional) + 2 * 30 * model.hidden)


def measure(folder: Path) -> None:
    """Measure a narrow and a wide model, unless that was done before or is being done: some seconds of one core."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".speed.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if read_speed(folder) is None:
            write_json(folder / FILE, asdict(_fit()))


def read_speed(folder: Path) -> Speed | None:
    """What was measured here; None before."""
    try:
        return Speed(**json.loads((folder / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _fit() -> Speed:
    """Two equations with two unknowns, for steps and for scores."""
    (step_a, score_a, work_a), (step_b, score_b, work_b) = _time(NARROW), _time(WIDE)
    slope = max((step_b - step_a) / (work_b - work_a), 0.0)
    cost_a, cost_b = operations(NARROW), operations(WIDE)
    score_slope = max((score_b - score_a) / (cost_b - cost_a), 0.0)
    return Speed(max(step_a - slope * work_a, 0.0), slope, max(score_a - score_slope * cost_a, 0.0), score_slope)


def _time(config: TrainConfig) -> tuple[float, float, float]:
    """Seconds of a step and of scoring, and the operations of that step.

    Of the processor, not of the clock: what else the machine does at the moment says little about later.
    """
    config = replace(config, learning_rate=LearningRateSchedule("constant", 3e-3), epochs=1, evaluate_every=1)
    data = load_training_data(config)
    state = start_training(config, data)
    words, began = [], 0.0
    for i, record in enumerate(train_steps(config, data, state, scheduled_knobs(config))):
        if i == WARM_UP:
            began = time.process_time()
        elif i > WARM_UP and isinstance(record, StepRecord):
            words.append(record.words)
        if i == WARM_UP + STEPS:
            break
    step = (time.process_time() - began) / len(words)
    began = time.process_time()
    score(config, data, state.model)
    return step, time.process_time() - began, operations(config) * sum(words) / len(words)


def estimate(config: TrainConfig, speed: Speed, words: int) -> float:
    """Seconds that a run over `words` words an epoch will take."""
    batches = steps_of_epoch(words, config.batch_size)
    steps = config.epochs * (batches * speed.overhead + words * operations(config) * speed.seconds_per_operation)
    scores = 1 + (config.epochs - 1) // config.evaluate_every
    scoring = scores * (speed.score_overhead + operations(config) * speed.score_per_operation)
    return speed.correction * (steps + scoring)


@lru_cache
def steps_of_epoch(words: int, batch_size: int) -> float:
    """About how many batches: words of one length go together, and each length's last batch is half full."""
    return words / batch_size + 0.5 * min(LETTERS + 3, words)


def learn(folder: Path, config: TrainConfig, words: int, seconds: float) -> None:
    """Correct the figures by what a run has taken."""
    speed = read_speed(folder)
    if speed is not None and (said := estimate(config, speed, words)) > 0:
        correction = speed.correction * ((1 - TRUST) + TRUST * seconds / said)
        write_json(folder / FILE, asdict(replace(speed, correction=min(max(correction, 0.2), 10.0))))
