"""The static page of a model: what it consists of."""

import json
import re

import numpy as np
import pytest

from cvae.core.errors import BadCheckpoint
from cvae.core.settings import ROOT
from cvae.inference.projection import NEAREST
from cvae.inference.word_lists import training_paradigms
from cvae.model.checkpoint import load_checkpoint
from cvae.web.export import export_page
from cvae.web.picture import read_script
from tests.app import ITALIAN, save_untrained

CLASSROOM = ROOT / "checkpoints" / "classroom.safetensors"


def test_a_page_holds_its_model_and_a_place_and_a_point_for_each_of_its_verbs(tmp_path):
    export_page(CLASSROOM, tmp_path / "new" / "page")
    folder = tmp_path / "new" / "page"
    about = json.loads((folder / "about.json").read_text())
    model, info = load_checkpoint(CLASSROOM)
    assert (folder / "model.safetensors").read_bytes() == CLASSROOM.read_bytes()
    assert len(about["names"]) == len(training_paradigms(info)) == len(about["paradigms"])
    assert ["go", "goes", "going", "went"] in about["paradigms"]
    numbers = np.frombuffer((folder / "map.bin").read_bytes(), "<f4")
    assert len(numbers) == len(about["names"]) * (2 + model.config.z_size)


def test_a_page_fetches_nothing_from_elsewhere(tmp_path):
    for path in export_page(CLASSROOM, tmp_path):
        if path.suffix in (".html", ".css", ".js"):
            assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", path.read_text())


def test_a_model_without_its_data_has_the_picture_alone(tmp_path):
    save_untrained(tmp_path / "italian.safetensors", ITALIAN)
    export_page(tmp_path / "italian.safetensors", tmp_path / "page")
    about = json.loads((tmp_path / "page" / "about.json").read_text())
    assert about["names"] == [] and about["titles"] == list(ITALIAN.tenses)
    assert not (tmp_path / "page" / "map.bin").exists()


def test_without_a_checkpoint_there_is_no_page(tmp_path):
    with pytest.raises(BadCheckpoint):
        export_page(tmp_path / "none.safetensors", tmp_path / "page")
    assert not (tmp_path / "page").exists()


def test_the_map_finds_points_among_as_many_verbs_as_the_library():
    assert re.findall(r"\bNEAR = (\d+)", read_script("map")) == [str(NEAREST)]
