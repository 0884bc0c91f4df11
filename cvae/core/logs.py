"""Logs: events as JSON lines on stderr, without personal data, that is, without words, file names or whole run ids."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

ID_SHOWN = 6
"""The number of letters of a run's id that are shown: anybody who knows the whole id can steer the run."""
_log, _setting_up = logging.getLogger("tense_lab"), Lock()


class JSONFormatter(logging.Formatter):
    """A formatter of records as lines of JSON; exceptions are logged by type and place, without their messages."""

    def format(self, record: logging.LogRecord) -> str:
        """Return time (UTC), level, event and its facts; the event of another library is the name of its logger."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        document: dict[str, object] = {"time": when, "level": record.levelname.lower()}
        if (facts := getattr(record, "facts", None)) is not None:
            document |= {"event": record.msg, **facts}
        else:
            document |= {"event": record.name, "message": str(record.msg)}
        if record.exc_info and (error := record.exc_info[1]):
            frames = traceback.extract_tb(error.__traceback__)[-5:]
            places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
            document |= {"exception": type(error).__name__, "at": places}
        return json.dumps(document, ensure_ascii=False, default=str)


def tell(event: str, **facts: object) -> None:
    """Log an event with its facts. A run is named by the beginning of its id."""
    if isinstance(run := facts.get("run"), str):
        facts["run"] = run[:ID_SHOWN]
    with _setting_up:  # or two visitors whose events are the first would have every line written twice
        if not _log.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(JSONFormatter())
            _log.addHandler(handler)
            _log.setLevel(logging.INFO)
            _log.propagate = False
    _log.info(event, extra={"facts": facts})


def format_all(prefix: str) -> None:
    """Make the handlers of the loggers below `prefix`, such as those of Streamlit, write lines of JSON, too."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if name.partition(".")[0] == prefix and isinstance(logger, logging.Logger):
            for handler in logger.handlers:
                if not isinstance(handler.formatter, JSONFormatter):
                    handler.setFormatter(JSONFormatter())
