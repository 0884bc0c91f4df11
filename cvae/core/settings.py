"""The folders and limits of an installation, each of which can be changed by an environment variable."""

import os
import re
from dataclasses import dataclass, fields
from pathlib import Path

from platformdirs import user_data_path

from cvae.core.config_base import shorten
from cvae.core.errors import BadConfig

PACKAGE = Path(__file__).parents[1]
BUNDLED = PACKAGE / "_app"
"""The folder of the app in an installed package; in a clone, the app is beside the library instead."""
ROOT = BUNDLED if BUNDLED.is_dir() else PACKAGE.parent
"""The folder of streamlit_app.py, pages/ and checkpoints/."""
PROGRAM = "tense-lab" if ROOT == BUNDLED else "python -m cvae"
"""The command line, as help and messages name it: the package's own command where it is installed."""
DEFAULT_MODEL = "open-vocabulary"
"""The shipped model that answers until another one is chosen."""


def checkpoints_folder() -> Path:
    """Return the folder of the shipped models: TENSE_LAB_CHECKPOINTS, or `checkpoints/`."""
    return Path(os.environ.get("TENSE_LAB_CHECKPOINTS") or ROOT / "checkpoints")


def runs_folder() -> Path:
    """Return the folder of the runs made in the app: TENSE_LAB_RUNS, or `runs/` in a clone.

    An installed package and a read-only clone keep their runs in the user's data folder instead, which is
    `~/.local/share/tense-lab/runs` on Linux.
    """
    if named := os.environ.get("TENSE_LAB_RUNS"):
        return Path(named)
    ours = ROOT != BUNDLED and os.access(ROOT, os.W_OK)
    return (ROOT if ours else user_data_path("tense-lab", appauthor=False)) / "runs"


def curves_folder() -> Path:
    """Return the folder of the recorded runs: TENSE_LAB_CURVES, or `checkpoints/runs/`."""
    return Path(os.environ.get("TENSE_LAB_CURVES") or ROOT / "checkpoints" / "runs")


def check_folders() -> None:
    """Raise BadConfig when the name of a folder is not UTF-8, which Streamlit can neither show nor cache."""
    for variable, folder in (
        ("TENSE_LAB_CHECKPOINTS", checkpoints_folder()),
        ("TENSE_LAB_RUNS", runs_folder()),
        ("TENSE_LAB_CURVES", curves_folder()),
    ):
        try:
            str(folder).encode()
        except UnicodeEncodeError as error:
            shown = str(folder).encode(errors="replace").decode()
            raise BadConfig(f"The name of the folder {shown} is not UTF-8: name another one in {variable}.") from error


def training_is_on() -> bool:
    """Return whether runs can be started in the app: they cannot when TENSE_LAB_TRAINING is off."""
    return os.environ.get("TENSE_LAB_TRAINING", "on").strip().lower() not in ("off", "no", "false", "0")


MB = 2**20


@dataclass(frozen=True)
class Limits:
    """The most that a visitor may ask of the app; the variable of each is TENSE_LAB_ and its name in capitals.

    rows, training_rows: rows of a table to convert and to train on; table_mb: the size of either. upload_mb: the size
    of a run or a model that is uploaded, at most server.maxUploadSize. running: processes that train at a time;
    waiting: runs in the queue. minutes: the training time of a run. pause_minutes: the time after which a paused run
    stops, because it keeps another from starting. grace_seconds: how long a run goes on while nobody watches it.
    epochs, batch_size, latent, draws: settings of a run; hidden: its hidden size, embedding, film and mapping; words:
    the forms of an epoch. kept_days: runs that nobody watched for this long are removed. kept_runs, kept_mb: the number
    and the size of all that are kept. visitor_runs, visitor_mb, visitor_waiting: a visitor's share of the kept and of
    the waiting runs; beyond it, the visitor's own oldest go. uploads, tables: how many a visitor may bring and convert
    a minute.
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
    kept_runs: int = 500
    kept_days: int = 30
    kept_mb: int = 4096
    visitor_runs: int = 30
    visitor_mb: int = 512
    visitor_waiting: int = 4
    uploads: int = 10
    tables: int = 20


def limits() -> Limits:
    """Read the limits of this installation anew. Raises BadConfig for a variable that is not a whole number."""
    found = {}
    for field in fields(Limits):
        name = f"TENSE_LAB_{field.name.upper()}"
        if text := os.environ.get(name, "").strip():
            if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1:
                numbers = "a whole number between 1 and 999,999,999"
                raise BadConfig(f"The environment variable {name} must be {numbers}, not {shorten(text)}.")
            found[field.name] = int(text)
    return Limits(**found)
