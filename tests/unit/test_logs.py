"""Lines of the log: JSON with our own fields, and of others' messages only what stands in their code."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from gunicorn.config import Config

from adapters import logs
from adapters.commands.serve import ServerLog

SECRET = "04051820016"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The logging of before comes back."""
    root, before, hook = logging.getLogger(), structlog.get_config(), logs.threading.excepthook
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(False)
    structlog.configure(**before)
    logs.threading.excepthook = hook


Captured = pytest.CaptureFixture[str]


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_one_line_of_json_with_its_logger_level_and_instant(capsys: Captured) -> None:
    logs.configure("info", "json")
    structlog.get_logger("viis.soap").info("request refused", code="F-0401", message_id="example-1")
    structlog.get_logger("viis.soap").debug("not wanted")
    [line] = lines(capsys.readouterr().err)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "request refused", "level": "info", "logger": "viis.soap", "code": "F-0401", "message_id": "example-1"}


def test_without_a_terminal_it_is_json_and_text_when_that_is_wanted(capsys: Captured) -> None:
    logs.configure("info", "")
    structlog.get_logger("viis").info("said")
    assert lines(capsys.readouterr().err)[0]["event"] == "said"
    logs.configure("info", "text")
    structlog.get_logger("viis").info("again", number=7)
    [line] = capsys.readouterr().err.splitlines()
    assert "again" in line
    assert "number=7" in line


def test_a_librarys_message_keeps_its_words_and_numbers_and_no_values(capsys: Captured) -> None:
    logs.configure("debug", "json")
    library = logging.getLogger("some.library")
    library.warning("Worker %s told %s", 7, SECRET)
    library.warning(f"Invalid header {SECRET}")
    library.warning("Not a format: %d", SECRET)
    library.info("what is not worth a warning may be a whole message")
    library.warning({"a": SECRET})
    said = capsys.readouterr().err
    nothing_of_it = "… (test_a_librarys_message_keeps_its_words_and_numbers_and_no_values)"
    assert [line["event"] for line in lines(said)] == ["Worker 7 told …", nothing_of_it, "Not a format: %d", nothing_of_it]
    assert SECRET not in said


def test_an_error_is_told_by_its_type_and_place(capsys: Captured) -> None:
    logs.configure("info", "json")
    try:
        raise KeyError(SECRET)
    except KeyError as error:
        logging.getLogger("some.library").exception("it failed")
        logs.fallen(error)
    said = capsys.readouterr().err
    assert [line["error"] for line in lines(said)] == ["builtins.KeyError"] * 2
    assert all("test_logs.py:" in line["where"] for line in lines(said))
    assert SECRET not in said


@pytest.mark.parametrize("level", ["critical", "error", "warning", "exception"])
def test_a_line_of_the_server_is_told_with_the_place_that_speaks(level: str, capsys: Captured) -> None:
    logs.configure("info", "json")
    server = ServerLog(Config())
    getattr(server, level)("Worker %s ended", 7)
    getattr(server, level)(f"Invalid request {SECRET}")
    [literal, line] = lines(capsys.readouterr().err)
    assert literal["event"] == "Worker 7 ended"
    assert line["event"] == "… (test_a_line_of_the_server_is_told_with_the_place_that_speaks)"
    assert line["place"].startswith("test_logs:")
