"""Small models and data that many tests share."""

import errno
import os
import shutil
import signal
from dataclasses import replace
from functools import cache

import pytest
import streamlit as st
import torch
from hypothesis import HealthCheck, settings
from streamlit.components.v2 import manifest_scanner

from cvae.charts.base import Palette
from cvae.core.config import KLSchedule, LearningRateSchedule, ModelConfig, TrainConfig
from cvae.core.files import write_table
from cvae.data.paradigms import parse_paradigms
from cvae.data.vocabulary import Vocabulary
from cvae.data.word_table import read_words
from cvae.inference.tables import answer_table, read_request
from cvae.model.cvae import build_model
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from tests.app import save_claiming

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")

# Where the tests run in the background of a shell or under nohup, what they start would ignore these signals, too, and
# the tests that send them would wait for ever. A handler is not inherited.
for ignored in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
    if signal.getsignal(ignored) == signal.SIG_IGN:
        signal.signal(ignored, lambda *_: None)

FOUR_VERBS = """
walk walks walking walked
be is being was
stop stops stopping stopped
sing sings singing sang
"""

PALETTE = Palette("#111111", "#ffffff", "#dddddd", "#4549b5", tuple(f"#0000{i}0" for i in range(10)))

MODELS = {
    "lstm": ModelConfig(embedding=16, hidden=24, latent=5),
    "gru": ModelConfig(cell="gru", embedding=16, hidden=24, latent=5),
    "open": ModelConfig(
        embedding=16, hidden=24, latent=5, bidirectional=True, condition_every_step=True, film=40, mapping=16
    ),
}


def read_requests(text, vocabulary):
    """Read a word list, each row checked by itself."""
    return [read_request(cells, vocabulary) for cells in read_words(text, spaces=" " in vocabulary.alphabet).rows]


def write_answers(answers, vocabulary):
    """Write the answers as CSV."""
    return write_table(*answer_table(answers, vocabulary))


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    """Numbers from N(0, 1), the same for the same shape and seed."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def no_space(*_):
    """Fail as a function that writes a file fails on a full disk."""
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def same_draws():
    """What a test draws without a generator of its own is the same in any order of the tests."""
    torch.manual_seed(0)


@pytest.fixture(autouse=True, scope="session")
def settings_of_nobody():
    """No variable that somebody has set for the app reaches the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("TENSE_LAB_")]:
            patch.delenv(name)
        yield


@pytest.fixture(autouse=True)
def runs_of_nobody(monkeypatch, tmp_path):
    """The app looks for runs in a folder of the test, which is not there yet."""
    monkeypatch.setenv("TENSE_LAB_RUNS", str(tmp_path / "runs"))


@pytest.fixture(autouse=True, scope="session")
def scanned_once():
    """Streamlit looks through all installed packages for components in each AppTest: most of its time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        yield


@pytest.fixture(params=MODELS)
def model(request):
    """A small untrained model of each architecture."""
    return build_model(MODELS[request.param], Vocabulary(), seed=1).eval()


@pytest.fixture
def four_verbs(tmp_path):
    path = tmp_path / "four.txt"
    path.write_text(FOUR_VERBS)
    return path


@pytest.fixture
def tiny_config(four_verbs):
    """A run that takes a second and learns its four verbs."""
    return TrainConfig(
        model=ModelConfig(embedding=32, hidden=64, latent=8),
        kl=KLSchedule(maximum=0.05),
        learning_rate=LearningRateSchedule(peak=5e-3),
        data=str(four_verbs),
        epochs=300,
        tense_dropout=0.0,
        batch_size=4,
        evaluate_every=50,
        draws=20,
    )


@pytest.fixture
def headed_verbs(tmp_path):
    """The same verbs with tenses of other names: a run has no scores on held-out English verbs, which take longest."""
    path = tmp_path / "headed.txt"
    path.write_text(f"# tenses: base third progressive past\n{FOUR_VERBS}")
    return path


@pytest.fixture
def quick_config(tiny_config, headed_verbs):
    """Return the config of eight short epochs without scores on held-out English verbs."""
    return replace(
        tiny_config, model=ModelConfig(embedding=8, hidden=16, latent=3), kl=KLSchedule("constant", maximum=0.5),
        data=str(headed_verbs), epochs=8, evaluate_every=4, draws=5, letter_dropout=0.1,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    """The app's folder of runs, empty."""
    return tmp_path / "runs"


@pytest.fixture
def started(monkeypatch):
    """The ids of the runs that would be started; their processes never come."""
    ids, locks = [], []

    def start(run, lock):
        ids.append(run.path.name)
        locks.append(lock)

    monkeypatch.setattr("cvae.runs.workers._start", start)
    yield ids
    for lock in locks:
        lock.release()


@pytest.fixture
def four_paradigms():
    return parse_paradigms(FOUR_VERBS).rows


@pytest.fixture
def models_folder(tmp_path, monkeypatch):
    """An empty folder of checkpoints that the app looks into."""
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    monkeypatch.setenv("TENSE_LAB_CHECKPOINTS", str(folder))
    st.cache_resource.clear()
    st.cache_data.clear()
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """The file of a model that knows walk, be, stop and sing by heart."""
    path = tmp_path_factory.mktemp("four")
    (path / "four.txt").write_text(FOUR_VERBS)
    run = Run.create(
        path / "run",
        TrainConfig(
            model=ModelConfig(embedding=32, hidden=64, latent=8),
            learning_rate=LearningRateSchedule(peak=1e-2),
            kl=KLSchedule(maximum=0.05),
            data=str(path / "four.txt"),
            epochs=300,
            batch_size=16,
            evaluate_every=300,
            draws=20,
        ),
    )
    for _ in train_in_folder(run):
        pass
    return run.model_path


@pytest.fixture
def four_verb_model(models_folder, trained):
    """Save that model under the names of both shipped ones."""
    for name in ("classroom", "open-vocabulary"):
        shutil.copy(trained, models_folder / f"{name}.safetensors")


@pytest.fixture
def claims_four_verbs(models_folder, four_verbs):
    """An untrained model that says of itself that it was trained on walk, be, stop and sing."""
    save_claiming(models_folder / "four.safetensors", str(four_verbs))
