"""Training as a generator: it yields records of steps and epochs, and whoever consumes them decides what to do."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as Yields
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Generator

from cvae.core.config import TrainConfig
from cvae.core.errors import BadRun
from cvae.data.batches import Batch, epoch_batches
from cvae.data.dataset import TrainingData
from cvae.model.cvae import hide_some
from cvae.model.objective import kl_divergence, negative_elbo, recognition_loss, reconstruction_loss
from cvae.model.parallel import Gradients, Threads, add_gradients, gradients, open_threads
from cvae.training.records import EpochRecord, Knobs, StepRecord
from cvae.training.schedules import kl_weight, learning_rate, teacher_forcing_ratio
from cvae.training.scoring import score
from cvae.training.sleep import SleepBatch, sleep_batches
from cvae.training.state import TrainingState


def scheduled_knobs(config: TrainConfig) -> Callable[[float], Knobs]:
    """The knobs as functions of progress (0 to 1) that the config's schedules describe."""
    return lambda progress: Knobs(
        kl_weight(config.kl, progress),
        teacher_forcing_ratio(config.teacher_forcing, progress),
        learning_rate(config.learning_rate, progress),
    )


def train(
    config: TrainConfig,
    data: TrainingData,
    state: TrainingState,
    knobs: Callable[[float], Knobs] | None = None,
) -> Iterator[EpochRecord]:
    """Train on from `state` to the last epoch, changing `state` in place; between two records it can be saved.

    `knobs` is asked at every step with the progress of the run; without it the config's schedules are followed.
    Raises BadRun when the loss is no longer a number.
    """
    for record in train_steps(config, data, state, knobs or scheduled_knobs(config)):
        if isinstance(record, EpochRecord):
            yield record


def train_steps(
    config: TrainConfig, data: TrainingData, state: TrainingState, knobs: Callable[[float], Knobs]
) -> Iterator[StepRecord | EpochRecord]:
    """As `train`, with a record of every step besides. What happens between two records takes no time of the run."""
    while state.epoch < config.epochs:
        losses = yield from train_epoch(config, data, state, knobs)
        began = time.perf_counter()
        state.epoch += 1
        due = state.epoch % config.evaluate_every == 0 or state.epoch == config.epochs
        scores = score(config, data, state.model) if due else {}
        state.seconds += time.perf_counter() - began
        yield EpochRecord(epoch=state.epoch, step=state.step, seconds=state.seconds, **losses, **scores)


def train_epoch(
    config: TrainConfig, data: TrainingData, state: TrainingState, knobs: Callable[[float], Knobs]
) -> Yields[StepRecord, None, dict[str, Any]]:
    """All batches of one epoch; returns losses per word and the knobs of the last step, as fields of an EpochRecord."""
    began = time.perf_counter()
    state.model.train()
    words = data.words_of_epoch(state.generator)
    batches = epoch_batches(data.table, words, config.objective, config.batch_size, state.generator)
    asleep = points_of_prior(config, data, state)
    totals = np.zeros(2)
    with open_threads() as threads:
        for i, (source, target) in enumerate(batches):
            now = knobs((state.epoch + i / len(batches)) / config.epochs)
            losses = train_step(config, data.table.batch(source, target), state, now, threads)
            totals += losses
            for batch in asleep[i :: len(batches)]:
                sleep_step(config, batch, state, now, threads)
            state.seconds += time.perf_counter() - began
            yield step_record(state, state.epoch + (i + 1) / len(batches), len(source), losses, now)
            began = time.perf_counter()
    reconstruction, kl = (totals / len(words)).tolist()
    return {**asdict(now), "reconstruction": reconstruction, "kl": kl}


def step_record(
    state: TrainingState, epochs: float, words: int, losses: tuple[float, float], knobs: Knobs
) -> StepRecord:
    """What was done in a step, its losses being sums over its words. Raises BadRun when they are no numbers."""
    reconstruction, kl = (loss / words for loss in losses)
    if not math.isfinite(reconstruction + kl):
        raise BadRun(f"At step {state.step} the loss was no longer a number: a smaller learning rate may help.")
    return StepRecord(epochs, state.step, state.seconds, words, reconstruction, kl, **asdict(knobs))


def train_step(
    config: TrainConfig, batch: Batch, state: TrainingState, knobs: Knobs, threads: Threads
) -> tuple[float, float]:
    """One step of the optimizer; reconstruction loss and KL in nats, summed over the words of the batch."""
    model, words = state.model, len(batch.source)

    def share(part: Batch, generator: Generator) -> tuple[Gradients, float, float]:
        logits, mean, logvar = model(
            part, knobs.teacher_forcing, config.letter_dropout, config.tense_dropout, generator
        )
        reconstruction = reconstruction_loss(logits, part.target)  # (B,)
        kl = kl_divergence(mean, logvar)  # (B, Z)
        loss = negative_elbo(reconstruction, kl, knobs.beta) * (len(part.source) / words)
        return gradients(model, loss), reconstruction.sum().item(), kl.sum().item()

    parts = batch.split(threads.count)
    shares, reconstructions, kls = zip(*threads.map(share, parts, generators(state, len(parts))), strict=True)
    descend(config, state, knobs, shares)
    return sum(reconstructions), sum(kls)


def generators(state: TrainingState, count: int) -> list[Generator]:
    """A generator for each share of a batch; the run's own when there is one share."""
    if count == 1:
        return [state.generator]
    seeds = torch.randint(2**62, (count,), generator=state.generator).tolist()
    return [Generator().manual_seed(seed) for seed in seeds]


def points_of_prior(config: TrainConfig, data: TrainingData, state: TrainingState) -> list[SleepBatch]:
    """The batches of this epoch's sleep phase; none before it begins."""
    if config.sleep == 0 or state.epoch < config.sleep_start * config.epochs:
        return []
    verbs = len(data.paradigms)
    count = round(config.sleep * verbs * data.table.tenses)
    return sleep_batches(
        state.model, data.table, verbs, count, config.batch_size, state.generator, config.sleep_variance
    )


def sleep_step(config: TrainConfig, batch: SleepBatch, state: TrainingState, knobs: Knobs, threads: Threads) -> None:
    """One step at points of the prior: of the decoder, or of the encoder, whose loss weighs as much as KL does."""
    model, points = state.model, len(batch.z)

    def share(part: SleepBatch, generator: Generator) -> Gradients:
        if part.dreamt:
            tense = hide_some(part.tense, config.tense_dropout, generator)
            losses = knobs.beta * recognition_loss(*model.encode(part.word, part.lengths, tense), part.z)
        else:
            losses = reconstruction_loss(model.decode_targets(part.z, part.tense, part.word), part.word)
        return gradients(model, losses.sum() / points)

    parts = batch.split(threads.count)
    descend(config, state, knobs, threads.map(share, parts, generators(state, len(parts))))


def descend(config: TrainConfig, state: TrainingState, knobs: Knobs, shares: Sequence[Gradients]) -> None:
    """One step of the optimizer down the sum of the gradients, clipped."""
    for group in state.optimizer.param_groups:
        group["lr"] = knobs.learning_rate
    add_gradients(state.model, shares)
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), config.gradient_clip)
    state.optimizer.step()
    state.step += 1
