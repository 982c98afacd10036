"""Cursors (kursori): a place in a list that a consumer hands back without understanding it.

A cursor holds the position after the last entry and the instant at which the first page was read, so that all pages show the same state
of the register; it never holds a name or a personal code. Its seal covers the question too: a made-up cursor, and one that was given for
another question, are refused. The seal is no secret, because a position gives no right: the scope stands in every query.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import datetime

from core.errors import InvalidCursor
from core.reading import CLOCK_LAG

SEAL_LENGTH = 9
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")


def give(question: tuple[object, ...], position: list[str | int]) -> str:
    """The cursor for the entry after `position` of the list that `question` asks for."""
    body = json.dumps(position, separators=(",", ":")).encode()
    return urlsafe_b64encode(_seal(question, body) + body).decode().rstrip("=")


def take(question: tuple[object, ...], cursor: str) -> list[str | int]:
    """The position in a cursor that we gave for this very question; InvalidCursor for any other text."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (NotBase64, ValueError):
        raise InvalidCursor from None
    seal, body = raw[:SEAL_LENGTH], raw[SEAL_LENGTH:]
    if seal != _seal(question, body):
        raise InvalidCursor
    try:
        position: list[str | int] = json.loads(body)
    except (ValueError, RecursionError):
        raise InvalidCursor from None
    if not isinstance(position, list) or not all(_could_be_given(part) for part in position):
        raise InvalidCursor
    return position


def begun(question: tuple[object, ...], cursor: str, now: datetime) -> tuple[str, int]:
    """The instant at which the first page was read, and the number after which to go on; InvalidCursor for any other cursor."""
    match take(question, cursor):
        case [str() as as_of, int() as after]:
            return pinned(as_of, now), after
        case _:
            raise InvalidCursor


def pinned(as_of: str, now: datetime) -> str:
    """The instant in a cursor, at which the first page was read; InvalidCursor when no page can have been."""
    try:
        read_at = datetime.fromisoformat(as_of) if _INSTANT.fullmatch(as_of) else None
    except ValueError:
        read_at = None
    if read_at is None or read_at > now + CLOCK_LAG:
        raise InvalidCursor
    return as_of


def _could_be_given(part: object) -> bool:
    """Whoever makes up a seal, too, gets nothing into a statement that the database could not compare."""
    return (type(part) is int and abs(part) < 2**62) or (isinstance(part, str) and "\0" not in part and part.isascii())


def _seal(question: tuple[object, ...], body: bytes) -> bytes:
    return hashlib.sha256(repr(question).encode() + b"\0" + body).digest()[:SEAL_LENGTH]
