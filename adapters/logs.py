"""What the programs say of themselves (programmu žurnāls): one line an event on stderr, JSON for machines or text for people.

The rule: no line holds a value of a message, a person or a statement. Our own lines are written so. Of other programs' messages only what
stands literally in their code is kept, and numbers; an error is told by its type and its place, never by its text.
"""

import logging
import sys
import threading
from types import FrameType
from typing import Any

import structlog
from structlog.typing import Processor

from adapters.discretion import HIDDEN, kind_of, place_of

# Ours: what they say holds addresses, ports and folders.
OURS = "adapters."
# gunicorn's and the standard library's own functions stand between the code that speaks and the handler.
WRAPPERS = 12


class _Line(structlog.WriteLogger):
    """Writes lines under a name; a line is written at once, so that those of several processes do not mix."""

    def __init__(self, name: str) -> None:
        super().__init__(sys.stderr)
        self.name = name


class _Foreign(logging.Formatter):
    """The lines of libraries in the form of ours."""

    def __init__(self, processors: list[Processor]) -> None:
        super().__init__()
        self._processors = processors

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {"event": _said(record), "level": record.levelname.lower(), "logger": record.name}
        event["place"] = f"{record.module}:{record.lineno}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            event |= {"error": kind_of(error), "where": place_of(error)}
        said: Any = event
        for processor in self._processors:
            said = processor(None, record.levelname.lower(), said)
        return str(said)


def configure(level: str, style: str) -> None:
    """Says how this program logs: `json`, `text`, or by whether a person looks (`style` empty)."""
    as_json = style == "json" or (not style and not sys.stderr.isatty())
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    render: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[structlog.processors.add_log_level, structlog.stdlib.add_logger_name, stamp, render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda name="viis": _Line(name),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Foreign([stamp, render]))
    root = logging.getLogger()
    root.handlers = [handler]
    # Whatever our level is: what libraries say beyond warnings are whole messages and statements.
    root.setLevel(logging.WARNING)
    logging.captureWarnings(True)
    threading.excepthook = lambda failed: fallen(failed.exc_value) if failed.exc_value is not None else None


def fallen(error: BaseException) -> None:
    """An error that nobody expected."""
    structlog.get_logger("viis").error("the program failed", error=kind_of(error), where=place_of(error))


def _said(record: logging.LogRecord) -> str:
    if record.name.startswith(OURS):
        return record.getMessage()
    text = record.msg
    if not isinstance(text, str) or not _is_literal(text):
        return f"{HIDDEN} ({record.funcName})"
    arguments = record.args if isinstance(record.args, tuple) else ()
    try:
        return text % tuple(one if isinstance(one, int | float) else HIDDEN for one in arguments) if arguments else text
    except (TypeError, ValueError):
        return text


def _is_literal(text: str) -> bool:
    """Whether the code that speaks has this text in it, rather than having made it of values."""
    frame: FrameType | None = sys._getframe(2)
    for _ in range(WRAPPERS):
        if frame is None:
            return False
        if text in frame.f_code.co_consts:
            return True
        frame = frame.f_back
    return False
