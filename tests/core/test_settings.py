"""Laws of the settings: every limit has its variable and its line in the documentation, and the defaults are safe."""

import re
import tomllib
from dataclasses import fields, replace

import pytest

from cvae.core.errors import BadConfig
from cvae.core.settings import (
    ROOT,
    Limits,
    checkpoints_folder,
    curves_folder,
    limits,
    runs_folder,
    training_is_on,
)

VARIABLES = {f"TENSE_LAB_{field.name.upper()}": field for field in fields(Limits)}


@pytest.mark.parametrize("variable", VARIABLES)
def test_every_limit_is_changed_by_its_variable_and_by_no_other(variable, monkeypatch):
    monkeypatch.setenv(variable, " 7 ")
    assert limits() == replace(Limits(), **{VARIABLES[variable].name: 7})


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", "٣x", "9" * 10, "9" * 5_000])
def test_what_is_no_whole_number_is_refused_in_a_sentence(text, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_EPOCHS", text)
    with pytest.raises(
        BadConfig, match=r"TENSE_LAB_EPOCHS must be a whole number between 1 and 999,999,999, not .{1,40}\."
    ):
        limits()


@pytest.mark.parametrize(
    ("variable", "folder"), [("CHECKPOINTS", checkpoints_folder), ("RUNS", runs_folder), ("CURVES", curves_folder)]
)
def test_a_folder_is_named_by_its_variable_unless_that_is_empty(variable, folder, monkeypatch, tmp_path):
    monkeypatch.delenv(f"TENSE_LAB_{variable}", raising=False)
    usual = folder()
    monkeypatch.setenv(f"TENSE_LAB_{variable}", "")
    assert folder() == usual
    monkeypatch.setenv(f"TENSE_LAB_{variable}", str(tmp_path))
    assert folder() == tmp_path


@pytest.mark.parametrize("text, on", [("", True), ("on", True), ("OFF", False), (" no ", False), ("0", False)])
def test_training_is_switched_off(text, on, monkeypatch):
    monkeypatch.setenv("TENSE_LAB_TRAINING", text)
    assert training_is_on() == on


def test_every_limit_is_documented_with_its_default():
    text = (ROOT / "docs" / "deploying.md").read_text()
    for variable, field in VARIABLES.items():
        assert f"| `{variable}` | {field.default} |" in text


def test_the_policy_of_nginx_lets_a_page_speak_with_its_own_server_alone():
    [policy] = re.findall(r'Content-Security-Policy "([^"]*)"', (ROOT / "deploy" / "nginx.conf").read_text())
    sources = {source for directive in policy.split(";") for source in directive.split()[1:]}
    hosts = {source for source in sources if not source.startswith("'")} - {"blob:", "data:"}
    assert hosts == {"ws://$http_host", "wss://$http_host"}


def test_the_defaults_of_the_server_are_safe():
    server = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert server["server"]["enableXsrfProtection"] and server["server"]["enableCORS"]
    assert server["server"]["maxUploadSize"] >= Limits.upload_mb
    assert server["server"]["fileWatcherType"] == "none"
    assert server["client"]["showErrorDetails"] == "none"
    assert not server["browser"]["gatherUsageStats"]


def test_a_tense_has_the_same_colour_in_charts_as_on_the_pages():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    palette = (ROOT / "cvae" / "web" / "palette.css").read_text()
    tenses = re.findall(r"--tense-(\d): light-dark\((#\w+), (#\w+)\)", palette)
    assert [int(number) for number, *_ in tenses] == [*range(8)]
    for i, ground in enumerate(("light", "dark"), start=1):
        assert [tense[i] for tense in tenses] == theme[ground]["chartCategoricalColors"][:8]
