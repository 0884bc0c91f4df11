"""Small recorded runs to read and draw, written as a training process would write them; and how two are compared."""

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from cvae.core.config import TrainConfig
from cvae.runs.run import Run
from cvae.training.records import EpochRecord, StepRecord

EPOCHS = 6


def without_seconds(records: Iterable[Any]) -> list[Any]:
    """Return what must be equal, to the bit, when a run is repeated: everything but the time it took."""
    return [replace(record, seconds=0.0) for record in records]


def history(run: Run) -> list[EpochRecord]:
    """The epochs of a run without the time they took."""
    return without_seconds(run.history())


def points(run: Run) -> list[StepRecord]:
    """The same of the points between epochs."""
    return without_seconds(run.steps())


def write_run(folder: Path, config: TrainConfig, records: list[dict[str, Any]]) -> Path:
    """A run folder with what its config asks for and these records."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"config": config.to_json(), "versions": {}}))
    (folder / "history.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    return folder


def records(level: float, epochs: int = EPOCHS, **more: Any) -> list[dict[str, Any]]:
    """Return records with falling losses, and scores around `level` in every second epoch."""
    return [
        {
            "epoch": epoch, "step": 10 * epoch, "seconds": 1.5 * epoch, "beta": 0.1 * epoch, "teacher_forcing": 1.0,
            "learning_rate": 1e-3, "reconstruction": 20 / epoch + level, "kl": 3 + level,
            "bleu4": level if epoch % 2 == 0 else None, "gaussian_score": level / 2 if epoch % 2 == 0 else None,
            "distinct": 7 if epoch % 2 == 0 else None, "heldout": level / 4 if epoch % 2 == 0 else None,
            "samples": [["walk", "walks", "walking", "walked"]], **more,
        }
        for epoch in range(1, epochs + 1)
    ]  # fmt: skip
