"""The training page under AppTest. Runs are trained on the spot."""

import json
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from cvae.core.config import ModelConfig
from cvae.runs.queue import create_job
from cvae.runs.room import ANYBODY
from cvae.runs.run import Run
from cvae.runs.session import train_in_folder
from pages.train.presets import SMALL
from tests.app import unopened

TINY = replace(
    SMALL, model=ModelConfig(embedding=16, hidden=16, latent=2), verbs=8, epochs=2, evaluate_every=1, draws=5
)


def open_page(query: str = "") -> AppTest:
    app = unopened()
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        app.query_params[name] = value
    app.switch_page("pages/train/train.py").run()
    return seen(app)


def seen(app: AppTest) -> AppTest:
    assert not app.exception, [error.message for error in app.exception]
    return app


def texts(app: AppTest) -> str:
    parts = [*app.caption, *app.markdown, *app.warning, *app.error, *app.info, *app.title, *app.subheader]
    return " ".join(str(part.value) for part in parts) + " ".join(each.proto.body for each in app.get("html"))


def shown_run(folder, status="finished", reason="", epochs=2) -> Run:
    """A run of two epochs, as it would be found under its link."""
    [run] = create_job(folder, [replace(TINY, epochs=epochs)], "A tiny run", visitor=ANYBODY)
    records = train_in_folder(run)
    next(records)
    next(records)
    records.close()
    run.set_status(status, reason)
    return run


def press(app: AppTest, key: str) -> AppTest:
    return seen(app.button(key=key).click().run())


def charts(app: AppTest) -> list:
    return app.get("plotly_chart")


def names_in(chart) -> set[str]:
    """The names of the lines of a chart."""
    return {trace["name"] for trace in json.loads(chart.proto.spec)["data"] if "name" in trace}
