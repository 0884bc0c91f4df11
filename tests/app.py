"""The app as its visitors meet it: opened at a page by a link, from the router on."""

import json
import re
from html import unescape
from pathlib import Path

from streamlit.testing.v1 import AppTest

from cvae.core.config import ModelConfig, TrainConfig
from cvae.core.settings import ROOT
from cvae.data.dataset import describe_data, load_training_data
from cvae.data.vocabulary import EOS, Vocabulary
from cvae.model.checkpoint import CheckpointInfo, save_checkpoint
from cvae.model.cvae import build_model
from tests.processes import PATIENCE

SMALL = ModelConfig(embedding=8, hidden=16, latent=3)
ENGLISH = Vocabulary()
ITALIAN = Vocabulary("acdeimnoprstuvàò", ("presente", "passato remoto", "<b>futuro</b>"))
EIGHT = Vocabulary("abc", tuple(f"tense {i}" for i in range(8)))


def unopened() -> AppTest:
    """The app before its first page."""
    return AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=PATIENCE)


def visit(page: str, **query: str | list[str]) -> AppTest:
    """Open one of the pages by a link."""
    app = unopened()
    for name, value in query.items():
        app.query_params[name] = value
    app.switch_page(f"pages/{page}/{page}.py").run()
    assert not app.exception, [error.message for error in app.exception]
    return app


def opened(app: AppTest, figure: str) -> AppTest:
    """The page with the numbers of a figure unfolded: only then are they made."""
    app.session_state[f"{figure}-data"] = True
    return app.run()


def html_of(app: AppTest) -> str:
    """The HTML of the page, that of the letters to click included."""
    sent = [json.loads(component.proto.json) for component in app.get("bidi_component")]
    bodies = [data["html"] for data in sent if "html" in data]
    return "\n".join([*(element.proto.body for element in app.get("html")), *bodies])


def words_of(app: AppTest) -> list[str]:
    """The words on the page, as a screen reader would say them."""
    return [unescape(word) for word in re.findall(r'role="group" aria-label="([^"]*)" data-name', html_of(app))]


def sentences_of(app: AppTest) -> list[str]:
    return [message.value for message in [*app.warning, *app.error]]


def captions_of(app: AppTest) -> str:
    return "\n".join(caption.value for caption in app.caption)


def map_of(app: AppTest) -> dict:
    """What the map of the verbs is drawn from."""
    [data] = [data for component in app.get("bidi_component") if "files" in (data := json.loads(component.proto.json))]
    return data


def figures_of(app: AppTest) -> list[dict]:
    """The charts, as plotly takes them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def save_untrained(
    path: Path,
    vocabulary: Vocabulary = ENGLISH,
    seed: int = 1,
    never_ends: bool = False,
    config: ModelConfig = SMALL,
    trained_on: str = "none",
    **header,
) -> None:
    """A model that has learned nothing, of unknown data unless it names some."""
    model = build_model(config, vocabulary, seed)
    if never_ends:
        model.decoder.output.bias.data[EOS] = -1e9
    training = TrainConfig(model=config, data=trained_on)
    save_checkpoint(path, model, CheckpointInfo(config, vocabulary, training, **header))


def save_claiming(path: Path, data: str, model: ModelConfig = SMALL) -> None:
    """An untrained model that says of itself that it was trained on a file."""
    config = TrainConfig(model=model, data=data)
    found = load_training_data(config)
    vocabulary = found.paradigms.vocabulary
    info = CheckpointInfo(model, vocabulary, config, describe_data(config, found))
    save_checkpoint(path, build_model(model, vocabulary, 1), info)
