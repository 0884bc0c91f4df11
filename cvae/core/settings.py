"""Where things are and how much is allowed: changeable by environment variable."""

import os
from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import user_data_path

from cvae.core.errors import BadConfig

PACKAGE = Path(__file__).parents[1]
BUNDLED = PACKAGE / "_app"
"""Where an installed package keeps the app; a clone has it beside the library instead."""
ROOT = BUNDLED if BUNDLED.is_dir() else PACKAGE.parent
"""The folder of streamlit_app.py, pages/ and checkpoints/."""


def checkpoints_folder() -> Path:
    """The shipped models: `checkpoints/`, or TENSE_LAB_CHECKPOINTS."""
    return Path(os.environ.get("TENSE_LAB_CHECKPOINTS", ROOT / "checkpoints"))


def runs_folder() -> Path:
    """The runs made in the app: TENSE_LAB_RUNS, or `runs/` in a clone.

    An installed package is not written to, nor is a clone that may only be read: their runs are in the user's data
    folder, on Linux ~/.local/share/tense-lab/runs.
    """
    if named := os.environ.get("TENSE_LAB_RUNS"):
        return Path(named)
    ours = ROOT != BUNDLED and os.access(ROOT, os.W_OK)
    return (ROOT if ours else user_data_path("tense-lab", appauthor=False)) / "runs"


def curves_folder() -> Path:
    """The recorded runs of the curves page: `checkpoints/runs/`, or TENSE_LAB_CURVES."""
    return Path(os.environ.get("TENSE_LAB_CURVES", ROOT / "checkpoints" / "runs"))


def training_is_on() -> bool:
    """Whether runs can be started in the app: not when TENSE_LAB_TRAINING is off."""
    return os.environ.get("TENSE_LAB_TRAINING", "on").strip().lower() not in ("off", "no", "false", "0")


MB = 2**20


@dataclass(frozen=True)
class Limits:
    """What a visitor may ask of the app; each is changed by TENSE_LAB_ and its name in capitals.

    Of tables: rows to convert, training_rows to train on, table_mb the size of either. upload_mb: of a run or a model
    that is brought back; not above server.maxUploadSize.
    Of runs: running processes at a time. waiting: runs in the queue. minutes: of training, for one run. pause_minutes:
    after which a paused run stops, since it keeps another from starting. grace_seconds: that a run goes on with nobody
    watching. kept_runs, kept_days: older ones are removed. hidden stands for the embedding, too.
    """

    rows: int = 1000
    training_rows: int = 5000
    table_mb: int = 1
    upload_mb: int = 32
    running: int = 2
    waiting: int = 20
    minutes: int = 30
    pause_minutes: int = 10
    grace_seconds: int = 300
    epochs: int = 300
    words: int = 40_000
    batch_size: int = 512
    hidden: int = 512
    latent: int = 128
    draws: int = 1000
    kept_runs: int = 200
    kept_days: int = 30


def limits() -> Limits:
    """The limits of this installation, read anew each time. Raises BadConfig for what is no whole number."""
    return Limits(
        **{
            field.name: _whole_number(f"TENSE_LAB_{field.name.upper()}", getattr(Limits, field.name))
            for field in fields(Limits)
        }
    )


def _whole_number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < 1:
        raise BadConfig(f"The environment variable {name} must be a whole number above 0, not {text!r}.")
    return int(text)
