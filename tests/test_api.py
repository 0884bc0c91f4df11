"""What `import cvae` offers to a notebook, and how forgiving it is."""

import subprocess
import sys
from dataclasses import replace

import pytest

import cvae
from cvae.core.errors import BadCheckpoint
from cvae.core.settings import checkpoints_folder


def test_every_exported_name_is_there():
    assert all(getattr(cvae, name) is not None for name in cvae.__all__)
    assert set(cvae.__all__) <= set(dir(cvae))
    with pytest.raises(AttributeError, match="no attribute 'convrt'"):
        _ = cvae.convrt


def test_importing_the_library_imports_nothing_heavy():
    code = "import sys, cvae; cvae.TrainConfig; print(*{'torch', 'numpy', 'plotly'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "\n"


def test_a_text_is_one_word(model):
    [one] = cvae.convert(model, "went")
    assert one.word == "went"
    assert one.forms.keys() == cvae.convert(model, ["went"])[0].forms.keys()


@pytest.mark.parametrize(("words", "shown"), [(None, "None"), (7, "7"), (["went", 1], "1"), (b"went", "119")])
def test_what_is_no_word_is_refused_by_an_error_of_the_library(model, words, shown):
    with pytest.raises(cvae.TenseLabError, match=f"A word must be text, not {shown}"):
        cvae.convert(model, words)


def test_a_checkpoint_is_found_by_its_name_and_by_its_path():
    _, by_name = cvae.load_checkpoint("classroom")
    assert by_name == cvae.load_checkpoint(str(checkpoints_folder() / "classroom.safetensors"))[1]
    with pytest.raises(BadCheckpoint, match="no checkpoint 'classrom': use one of classroom"):
        cvae.load_checkpoint("classrom")


def test_a_model_is_trained_from_a_config_alone(tiny_config):
    config = replace(tiny_config, epochs=2)
    state = cvae.start_training(config, cvae.load_training_data(config))
    records = [record.epoch for record in cvae.train(config, state=state)]
    assert records == [1, 2]
    assert len(cvae.sample(state.model, 3)) == 3
