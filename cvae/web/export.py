"""The picture, the map and the sampler of a checkpoint as a static page, which needs no server of its own."""

import json
from pathlib import Path

import numpy as np

from cvae.core.files import write_atomically
from cvae.data.verbs import headword
from cvae.inference.latent import survey
from cvae.inference.projection import load_embedding, principal_plane
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint
from cvae.web import PALETTE
from cvae.web.picture import FOLDER, excerpts, read_script, read_style

FIRST = "went"


def export_page(checkpoint: Path, folder: Path) -> list[Path]:
    """Write the page of a checkpoint into a folder, which is created, and return the paths of its files.

    The map is the t-SNE map of the checkpoint where there is one, otherwise its first two principal components; without
    the training data there is neither map nor sampler. Raises BadCheckpoint or OSError.
    """
    model, info = load_checkpoint(checkpoint)
    vocabulary = model.vocabulary
    rows = sorted(training_paradigms(info))
    atlas = survey(model, rows) if rows else None
    about = {
        "titles": [vocabulary.title(tense) for tense in vocabulary.tenses],
        "code": excerpts(),
        "word": FIRST if vocabulary.is_english else headword(rows[0]) if rows else "",
        "names": list(atlas.names) if atlas else [],
        "paradigms": rows,
    }
    page_script, page_style, palette = (
        path.read_text(encoding="utf-8") for path in (FOLDER / "page.js", FOLDER / "page.css", PALETTE)
    )
    files = {
        "index.html": (FOLDER / "page.html").read_bytes(),
        "page.css": (palette + page_style + read_style("picture", "map")).encode(),
        "tense-lab.js": "\n".join([read_script("elements", "model", "picture", "map"), page_script]).encode(),
        "about.json": json.dumps(about, ensure_ascii=False).encode(),
        "model.safetensors": checkpoint.read_bytes(),
    }
    if atlas:
        places = (load_embedding(checkpoint, atlas.z) or principal_plane(atlas.z)).places_of(atlas.z)
        files["map.bin"] = np.concatenate([places.ravel(), atlas.z.numpy().ravel()]).astype("<f4").tobytes()
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        write_atomically(folder / name, content)
    return [folder / name for name in files]
