"""Where a model computes: on the processor, or on an accelerator."""

import torch

from cvae.core.errors import BadConfig

NO_MEMORY = (
    "There is not enough memory for this: give a smaller batch size or a smaller model, or, on the command line, "
    "--device cpu."
)


def use_device(name: str) -> torch.device:
    """Return the device of this name; `auto` is the accelerator where there is one.

    An accelerator is fed by one thread. Raises BadConfig when it is not there.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((accelerator for accelerator, found in there.items() if found), "cpu")
    if not there.get(name, True):
        without = " (this PyTorch is built without it)" if name == "cuda" and not torch.backends.cuda.is_built() else ""
        raise BadConfig(f"There is no {name} device here{without}: give --device cpu, or auto for what there is.")
    if name != "cpu":
        torch.set_num_threads(1)
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether the processor or an accelerator had not enough memory; for MPS only the text says so."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "out of memory" in str(error))
