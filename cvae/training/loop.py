"""Training as a generator, which yields a record of each epoch; the consumer of the records decides what to do."""

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
from cvae.core.schema import MOST_NATS
from cvae.data.batches import Batch, epoch_batches
from cvae.data.dataset import TrainingData, load_training_data
from cvae.data.verbs import evenly_spaced
from cvae.model.cvae import drop_tenses
from cvae.model.objective import kl_divergence, negative_elbo, recognition_loss, reconstruction_loss
from cvae.model.parallel import Gradients, Threads, add_gradients, gradients, open_threads
from cvae.training.records import EpochRecord, Knobs, StepRecord
from cvae.training.schedules import scheduled_knobs
from cvae.training.scoring import score
from cvae.training.sleep import SleepBatch, cut_prior, sleep_batches
from cvae.training.state import TrainingState, start_training


def train(
    config: TrainConfig,
    data: TrainingData | None = None,
    state: TrainingState | None = None,
    knobs: Callable[[float], Knobs] | None = None,
) -> Iterator[EpochRecord]:
    """Train a model, yielding a record after each epoch.

    data: loaded from the files that the config names unless given. state: where training begins, a new model from the
    config's seed unless given; it is changed in place, so that `state.model` is the trained model, and between two
    records it can be saved. knobs: called before each step with the progress of the run (0 to 1); the config's
    schedules are followed unless given. Raises BadRun when the loss is no longer a finite number, BadData, and where
    training starts from the weights of another checkpoint BadCheckpoint and BadConfig.
    """
    data = data or load_training_data(config)
    state = state or start_training(config, data)
    for record in train_steps(config, data, state, knobs or scheduled_knobs(config)):
        if isinstance(record, EpochRecord):
            yield record


def train_steps(
    config: TrainConfig, data: TrainingData, state: TrainingState, knobs: Callable[[float], Knobs]
) -> Iterator[StepRecord | EpochRecord]:
    """Train as `train` does, and also yield a record of every step.

    The time that the consumer spends between two records is not counted in `state.seconds`.
    """
    while state.epoch < config.epochs:
        losses = yield from _train_epoch(config, data, state, knobs)
        began = time.perf_counter()
        state.epoch += 1
        scores = score(config, data, state.model) if config.scores_after(state.epoch) else {}
        state.seconds += time.perf_counter() - began
        yield EpochRecord(epoch=state.epoch, step=state.step, seconds=state.seconds, **losses, **scores)


def _train_epoch(
    config: TrainConfig, data: TrainingData, state: TrainingState, knobs: Callable[[float], Knobs]
) -> Yields[StepRecord, None, dict[str, Any]]:
    """Train on every batch of one epoch; return the losses per word and the last knobs as fields of an EpochRecord."""
    began = time.perf_counter()
    state.model.train()
    words = data.words_of_epoch(state.generator)
    batches = epoch_batches(data.table, words, config.objective, config.batch_size, state.generator)
    asleep: list[SleepBatch] = []
    if config.sleep > 0 and state.epoch >= config.sleep_start * config.epochs:
        count = round(config.sleep * len(data.paradigms) * data.table.tenses)
        if state.cells is None:
            verbs = evenly_spaced(range(len(data.paradigms)), config.sleep_verbs or len(data.paradigms))
            state.cells = cut_prior(state.model, data.table, torch.tensor(verbs))
        if state.cells is not None:
            dreams = round(config.dreams * count)
            asleep = sleep_batches(state.cells, data.table, count, dreams, config.batch_size, state.generator)
    totals = np.zeros(2)
    with open_threads() as threads:
        for i, (source, target) in enumerate(batches):
            now = knobs((state.epoch + i / len(batches)) / config.epochs)
            losses = np.array(train_step(config, data.table.batch(source, target), state, now, threads))
            for batch in asleep[i :: len(batches)]:
                sleep_step(config, batch, state, now, threads)
            totals += losses
            reconstruction, kl = (losses / len(source)).tolist()
            if not reconstruction + kl <= MOST_NATS:  # nor is NaN below it
                raise BadRun(
                    f"At step {state.step} the loss was no longer a number that can be recorded: "
                    "a smaller learning rate may help."
                )
            state.seconds += time.perf_counter() - began
            epochs = state.epoch + (i + 1) / len(batches)
            yield StepRecord(epochs, state.step, state.seconds, len(source), reconstruction, kl, **asdict(now))
            began = time.perf_counter()
    reconstruction, kl = (totals / len(words)).tolist()
    return {**asdict(now), "reconstruction": reconstruction, "kl": kl}


def train_step(
    config: TrainConfig, batch: Batch, state: TrainingState, knobs: Knobs, threads: Threads
) -> tuple[float, float]:
    """Do one optimizer step on the negative ELBO of a batch of B words.

    The batch is split into one share for each thread. Returns reconstruction loss and KL in nats, summed over words.
    """
    model, words = state.model, len(batch.source)
    batch = batch.to(state.device)

    def work(share: Batch, generator: Generator) -> tuple[Gradients, float, float]:
        # 1. Forward pass: encode each word, draw its z, and decode it with the teacher forcing ratio of this step.
        logits, mean, logvar = model(
            share, knobs.teacher_forcing, config.letter_dropout, config.tense_dropout, generator
        )
        # 2. Loss: the negative ELBO with KL weight beta. The shares add up to the mean over the words of the batch, but
        # for free bits, whose floor is held against the mean KL of each share.
        reconstruction = reconstruction_loss(logits, share.target)  # (B,)
        kl = kl_divergence(mean, logvar)  # (B, Z)
        loss = negative_elbo(reconstruction, kl, knobs.beta, config.free_bits) * (len(share.source) / words)
        # 3. Gradients of this share, by backpropagation.
        return gradients(model, loss), reconstruction.sum().item(), kl.sum().item()

    shares = batch.split(threads.count)
    found, reconstructions, kls = zip(*threads.map(work, shares, _generators(state, len(shares))), strict=True)
    # 4. to 6. Sum the gradients of the shares, clip their norm, and let the optimizer step.
    _optimizer_step(config, state, knobs, found)
    return sum(reconstructions), sum(kls)


def sleep_step(config: TrainConfig, batch: SleepBatch, state: TrainingState, knobs: Knobs, threads: Threads) -> None:
    """Do one optimizer step on points of the prior.

    The decoder learns to write the words of the batch there, or the encoder to place them there, with beta as weight.
    Of the encoder only the mean learns: Gaussians as broad as the cells would reach into their neighbours.
    """
    model, points = state.model, len(batch.z)

    def work(share: SleepBatch, generator: Generator) -> Gradients:
        if share.dreamt:
            tense = drop_tenses(share.tense, config.tense_dropout, generator)
            mean, logvar = model.encode(share.word, share.lengths, tense)
            losses = knobs.beta * recognition_loss(mean, logvar.detach(), share.z)
        else:
            losses = reconstruction_loss(model.decode_targets(share.z, share.tense, share.word), share.word)
        return gradients(model, losses.sum() / points)

    shares = batch.split(threads.count)
    _optimizer_step(config, state, knobs, threads.map(work, shares, _generators(state, len(shares))))


def _optimizer_step(config: TrainConfig, state: TrainingState, knobs: Knobs, shares: Sequence[Gradients]) -> None:
    """Do steps 4 to 6 of `train_step`, which training on words and on points of the prior have in common."""
    # 4. The gradient of the batch is the sum over the shares.
    add_gradients(state.model, shares)
    # 5. Clip its norm over all parameters.
    torch.nn.utils.clip_grad_norm_(state.model.parameters(), config.gradient_clip)
    # 6. Step with the learning rate of the knobs.
    for group in state.optimizer.param_groups:
        group["lr"] = knobs.learning_rate
    state.optimizer.step()
    state.step += 1


def _generators(state: TrainingState, count: int) -> list[Generator]:
    """Return a random generator for each share of a batch; the run's own when there is one share."""
    if count == 1:
        return [state.generator]
    seeds = torch.randint(2**62, (count,), generator=state.generator).tolist()
    return [Generator().manual_seed(seed) for seed in seeds]
