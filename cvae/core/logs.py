"""What happens, as one JSON document a line on stderr. Nothing personal: no words, no file names, no whole run ids."""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

SHOWN = 6
"""Letters of a run's id, which is its key."""
_log = logging.getLogger("tense_lab")


class Lines(logging.Formatter):
    """A record as one line of JSON. Of an exception its type and where it arose, not what it said."""

    def format(self, record: logging.LogRecord) -> str:
        """`time` (UTC), `level`, `event` and its facts; what other libraries log is an event named after its logger."""
        when = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        document: dict[str, object] = {"time": when, "level": record.levelname.lower()}
        if (facts := getattr(record, "facts", None)) is not None:
            document |= {"event": record.msg, **facts}
        else:
            document |= {"event": record.name, "message": str(record.msg)}
        if record.exc_info and (error := record.exc_info[1]):
            document |= {"exception": type(error).__name__, "at": _places(error)}
        return json.dumps(document, ensure_ascii=False, default=str)


def _places(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


def tell(event: str, **facts: object) -> None:
    """Write down an event. A run is named by the beginning of its id."""
    if isinstance(run := facts.get("run"), str):
        facts["run"] = run[:SHOWN]
    _set_up()
    _log.info(event, extra={"facts": facts})


def _set_up() -> None:
    if not _log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Lines())
        _log.addHandler(handler)
        _log.setLevel(logging.INFO)
        _log.propagate = False


def format_all(prefix: str) -> None:
    """Let the loggers whose names begin so, and that write by themselves, write lines of JSON, too."""
    for name, logger in list(logging.root.manager.loggerDict.items()):
        if name.partition(".")[0] == prefix and isinstance(logger, logging.Logger):
            for handler in logger.handlers:
                if not isinstance(handler.formatter, Lines):
                    handler.setFormatter(Lines())
