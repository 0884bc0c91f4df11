"""Where things are: changeable by environment variable."""

import os
from pathlib import Path

ROOT = Path(__file__).parent.parent


def checkpoints_folder() -> Path:
    """The shipped models: `checkpoints/`, or TENSE_LAB_CHECKPOINTS."""
    return Path(os.environ.get("TENSE_LAB_CHECKPOINTS", ROOT / "checkpoints"))


def runs_folder() -> Path:
    """The runs made in the app: `runs/`, or TENSE_LAB_RUNS."""
    return Path(os.environ.get("TENSE_LAB_RUNS", ROOT / "runs"))


def curves_folder() -> Path:
    """The recorded runs of the curves page: `checkpoints/runs/`, or TENSE_LAB_CURVES."""
    return Path(os.environ.get("TENSE_LAB_CURVES", ROOT / "checkpoints" / "runs"))
