"""A run as one ZIP to keep: its settings, its records, the model, and instructions to repeat it."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path

from cvae.core.errors import BadRun
from cvae.core.files import as_lines, write_table
from cvae.data.paradigms import OWN, data_path, is_bundled, read_text
from cvae.runs.history import cells_of, columns_of, row_of
from cvae.runs.run import CONFIG, HISTORY, MODEL, STEPS, Run
from cvae.runs.steering import STEERING
from cvae.training.records import EpochRecord

TABLE, FIGURE, README = "history.csv", "figure.html", "README.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The date of every file in the ZIP, so that the same run gives the same bytes."""

README_TEXT = """A training run of Tense Lab, a conditional VAE that learns verb tenses letter by letter.

{files}

To repeat the run, unpack this archive into a folder, for example `run`, and in the folder of Tense Lab run

    python -m cvae train --replay run --out again --threads 1

Settings and seed are in config.json{extras}. With the same versions ({versions})
and the same kind of processor the new history is identical, except for the seconds.

To use the model without training:

    python -m cvae convert WORD --checkpoint run/model.safetensors
    python -m cvae sample -n 20 --checkpoint run/model.safetensors

Or upload the archive, or model.safetensors alone, on the Train page.
"""
CONTENTS = {
    CONFIG: "the settings, with seed and versions",
    HISTORY: "one epoch a line, with all scores, samples and conversions",
    TABLE: "the same figures as a table",
    STEPS: "points between the epochs",
    STEERING: "what was changed by hand, and before which step",
    OWN: "the verbs that it was trained on",
    MODEL: "the weights, with their description in the header",
    FIGURE: "the curves, to open in a browser",
}


def write_bundle(folder: Path, figure_html: str = "") -> bytes:
    """Pack a run folder into a ZIP, with a figure if one is given. Raises BadRun, or BadData without its data."""
    run = Run(folder)
    history = run.history()
    if not history or not run.model_path.is_file():
        raise BadRun("There is nothing to keep yet: wait for the first epoch.")
    config, document = run.config(), json.loads(run.config_path.read_bytes())
    files: dict[str, bytes] = {}
    if not is_bundled(config.data):
        files[OWN] = read_text(data_path(config.data, folder)).encode()
        document["config"]["data"] = OWN
    files[CONFIG] = (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()
    files[HISTORY] = as_lines(history)
    files[TABLE] = write_table(*history_table(history)).encode()
    files |= {name: (folder / name).read_bytes() for name in (STEPS, STEERING) if (folder / name).is_file()}
    files[MODEL] = run.model_path.read_bytes()
    if figure_html:
        files[FIGURE] = figure_html.encode()
    extras = [f", what was changed by hand in {STEERING}"] if STEERING in files else []
    extras += [f", the verbs in {OWN}"] if OWN in files else []
    readme = README_TEXT.format(
        files="\n".join(f"{name:<20}{content}" for name, content in CONTENTS.items() if name in files),
        extras="".join(extras),
        versions=", ".join(f"{name} {version}" for name, version in document.get("versions", {}).items()),
    )
    files[README] = readme.encode()
    return zipped(files)


def history_table(history: Sequence[EpochRecord]) -> tuple[list[str], list[list[object]]]:
    """Return columns and rows with the figures of every epoch; cells are empty where an epoch was not scored."""
    columns = columns_of([*map(row_of, history)])
    return list(columns), cells_of(columns, columns)


def zipped(files: dict[str, bytes]) -> bytes:
    """Pack files into a ZIP that depends on nothing but their names and contents."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
