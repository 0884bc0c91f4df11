"""Laws of the log: one JSON document a line, and nothing in it that is a visitor's own."""

import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cvae.core.logs import JSONFormatter, format_all, tell


def test_an_event_is_one_line_and_names_a_run_by_its_beginning(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger("tense_lab"), "handlers", [])
    tell("run queued", run="abcdefGHIJKLMNOPQRSTUV", epochs=3)
    [line] = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert said.pop("time").endswith("+00:00")
    assert said == {"level": "info", "event": "run queued", "run": "abcdef", "epochs": 3}


def test_two_first_events_at_the_same_time_are_written_once_each(monkeypatch):
    log, make = logging.getLogger("tense_lab"), logging.StreamHandler
    monkeypatch.setattr(log, "handlers", [])
    monkeypatch.setattr(logging, "StreamHandler", lambda stream: time.sleep(0.1) or make(stream))
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(tell, ["one", "two"]))
    assert len(log.handlers) == 1


def test_an_exception_is_one_line_without_what_it_said(caplog):
    try:
        raise ValueError("secretword\nand more")
    except ValueError:
        logging.getLogger("other").exception("It failed for %s", "secretword")
    line = JSONFormatter().format(caplog.records[-1])
    said = json.loads(line)
    assert (said["event"], said["exception"], said["level"]) == ("other", "ValueError", "error")
    assert said["at"][-1].startswith("test_logs.py:")
    assert "secretword" not in line and "\n" not in line


@pytest.mark.parametrize("name, changed", [("strange.part", True), ("stranger", False)])
def test_the_loggers_of_a_library_follow(name, changed):
    handler = logging.StreamHandler()
    logging.getLogger(name).addHandler(handler)
    format_all("strange")
    assert isinstance(handler.formatter, JSONFormatter) == changed
