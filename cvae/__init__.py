"""A conditional sequence-to-sequence variational autoencoder that learns verb tenses letter by letter.

What a notebook needs is exported here; each name is imported when it is first used, so that `import cvae` is light:

    model, info = cvae.load_checkpoint("open-vocabulary")
    cvae.convert(model, "blorf")
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_EXPORTS = {
    "core.config": ("KLSchedule", "LearningRateSchedule", "ModelConfig", "TeacherForcingSchedule", "TrainConfig"),
    "core.errors": ("TenseLabError",),
    "data.dataset": ("load_training_data",),
    "data.paradigms": ("read_paradigms",),
    "model.checkpoint": ("load_checkpoint", "save_checkpoint"),
    "model.cvae": ("CVAE", "build_model"),
    "inference.conversion": ("convert",),
    "inference.sampling": ("sample", "sample_around"),
    "evaluation.report": ("evaluate",),
    "training.loop": ("train",),
    "training.state": ("start_training",),
}
_MODULES = {name: f"cvae.{module}" for module, names in _EXPORTS.items() for name in names}

__all__ = ["__version__", *_MODULES]


def __getattr__(name: str) -> Any:
    """Import an exported name from its module (PEP 562). Raises AttributeError for any other."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
