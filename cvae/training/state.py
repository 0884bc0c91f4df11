"""The state of a run between two epochs, in memory and as a file: all that the next epoch depends on."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Generator

from cvae.core.config import TrainConfig
from cvae.core.errors import BadConfig, BadRun
from cvae.core.files import write_atomically
from cvae.data.dataset import TrainingData, check_sleep
from cvae.data.vocabulary import Vocabulary
from cvae.model.checkpoint import load_checkpoint
from cvae.model.cvae import CVAE, build_model
from cvae.training.cells import Cells

CPU = torch.device("cpu")


@dataclass
class TrainingState:
    """A run between two epochs: all that the next epoch depends on, besides config and data.

    cells: of the prior, once the sleep phase has begun.
    """

    model: CVAE
    optimizer: torch.optim.Optimizer
    generator: Generator
    cells: Cells | None = None
    epoch: int = 0
    step: int = 0
    seconds: float = 0.0

    @property
    def device(self) -> torch.device:
        """The device of the model; random numbers come from the processor, and are the same for every device."""
        return next(self.model.parameters()).device


def start_training(config: TrainConfig, data: TrainingData, device: torch.device = CPU) -> TrainingState:
    """Create a model, its optimizer and a generator from the config's seed and its initial weights, if any.

    Raises BadCheckpoint or BadConfig, see `load_initial` and `check_sleep`.
    """
    check_sleep(config, data.paradigms)
    model = build_model(config.model, data.paradigms.vocabulary, config.seed)
    if config.initial:
        model.load_state_dict(grown(load_initial(config, model.vocabulary), model.state_dict()))
    model.to(device)
    model.round_products(config.precision)
    if config.optimizer == "adam":
        optimizer: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), fused=True)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=config.learning_rate.peak)
    return TrainingState(model, optimizer, Generator().manual_seed(config.seed))


def load_initial(config: TrainConfig, vocabulary: Vocabulary) -> dict[str, torch.Tensor]:
    """Return the weights that training starts from.

    Raises BadCheckpoint when their file can't be read, BadConfig when they are of another shape, or of other letters.
    """
    model, info = load_checkpoint(config.initial)
    shape = info.model if info.model.mapping else replace(info.model, mapping=config.model.mapping)
    if (shape, info.vocabulary) != (config.model, vocabulary):
        raise BadConfig(
            f"{config.initial} has another shape, other tenses or other letters than this run: give its settings."
        )
    return model.state_dict()


def grown(weights: dict[str, torch.Tensor], random: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the weights with the random ones of layers that they lack, and zeros for what layers newly read.

    The model thus begins by computing what it did (Net2Net of Chen et al. 2016).
    """
    kept = {name: F.pad(old, (0, random[name].size(-1) - old.size(-1))) for name, old in weights.items()}
    return random | kept


def save_state(path: Path, state: TrainingState) -> None:
    """Write weights, optimizer, random state and position to one file, atomically. Raises OSError."""
    tensors = {f"model.{name}": tensor for name, tensor in state.model.state_dict().items()}
    for i, values in state.optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{i}.{name}": value for name, value in values.items() if value is not None}
    if state.cells is not None:
        tensors |= {"cells.verbs": state.cells.verbs, "cells.dimensions": state.cells.dimensions}
    tensors["generator"] = state.generator.get_state()
    position = {"epoch": str(state.epoch), "step": str(state.step), "seconds": repr(state.seconds)}
    write_atomically(path, save(tensors, position))


def load_state(path: Path, config: TrainConfig, data: TrainingData, device: torch.device) -> TrainingState:
    """Return the state as last saved, on whichever device, or a new one. Raises BadRun when the file is damaged."""
    if not path.exists():
        return start_training(config, data, device)
    state = start_training(replace(config, initial=""), data, device)
    try:
        with safe_open(path, framework="pt") as file:
            position = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
        _restore(state, tensors, position)
        if state.cells is not None and int(state.cells.verbs.max()) >= len(data.paradigms):
            raise ValueError("The data has fewer verbs than the cells.")
    except (SafetensorError, OSError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise BadRun(f"{path.name} is damaged: start this run again in a new folder.") from error
    return state


def _restore(state: TrainingState, tensors: dict[str, torch.Tensor], position: dict[str, str]) -> None:
    state.model.load_state_dict({n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")})
    saved: dict[int, dict[str, torch.Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, i, key = name.split(".")
            saved.setdefault(int(i), {})[key] = tensor
    state.optimizer.load_state_dict({**state.optimizer.state_dict(), "state": saved})
    if "cells.verbs" in tensors:
        state.cells = Cells(tensors["cells.verbs"], tensors["cells.dimensions"])
    state.generator.set_state(tensors["generator"])
    state.epoch, state.step, state.seconds = int(position["epoch"]), int(position["step"]), float(position["seconds"])
