"""One message that writes (iesniegums), processed once: by its sender, its key and what it says."""

import dataclasses
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import psycopg
from psycopg.errors import DeadlockDetected, ExclusionViolation, SerializationFailure, UniqueViolation
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.access import Scope
from core.connections import cursor
from core.errors import BatchKeyReused, Refusal, RegisterUnavailable
from core.reading import INSTANT

RIGA = ZoneInfo("Europe/Riga")
ATTEMPTS = 5
# What two writers who meet may be told by the database; the work that is done again sees what the other one wrote.
_MET = (UniqueViolation, ExclusionViolation, DeadlockDetected, SerializationFailure)

BEGIN = f"""
INSERT INTO submission (client, operation, batch_key, body_hash, user_id, message_id)
VALUES (%(client)s, %(operation)s, %(batch_key)s, %(body_hash)s, %(user)s, %(message_id)s)
ON CONFLICT (client, batch_key) DO NOTHING RETURNING id, {INSTANT.format("received_at")}"""
STORED = f"""
SELECT body_hash, answer, {INSTANT.format("received_at")} FROM submission WHERE client = %(client)s AND batch_key = %(batch_key)s"""
NOW = f"SELECT {INSTANT.format('now()')}"
END = """
UPDATE submission SET received = %(received)s, accepted = %(accepted)s, unchanged = %(unchanged)s, rejected = %(rejected)s,
    answer = %(answer)s::json WHERE id = %(id)s"""
REFUSE = """
INSERT INTO submission_refusal (submission_id, position, sender_key, code, reason, item)
VALUES (%(id)s, %(position)s, %(sender_key)s, %(code)s, %(reason)s, %(item)s::jsonb)"""


class Sender(NamedTuple):
    """Who sends (iesniedzējs): the X-Road client, its user, the message's id, how far the grant reaches, when."""

    client: str
    user: str | None
    message_id: str
    scope: Scope
    now: datetime

    @property
    def today(self) -> date:
        """The calendar day in Latvia."""
        return self.now.astimezone(RIGA).date()


class RefusedItem(NamedTuple):
    """An item that was not taken (atteikta vienība): its place from 1 on, its key, the rule that it breaks, and the item as it was sent."""

    position: int
    sender_key: str | None
    refusal: Refusal
    item: Mapping[str, Any]


class Done(NamedTuple):
    """What the work gives: the answer as JSON can carry it, whose data it was, how many items became what, and the refused ones."""

    answer: Any
    persons: Sequence[int] = ()
    received: int = 0
    accepted: int = 0
    unchanged: int = 0
    refused: Sequence[RefusedItem] = ()


class Answered(NamedTuple):
    """The answer of now, or of the first time (`repeated`), and the instant it is true at."""

    answer: Any
    persons: list[int]
    data_as_of: str
    repeated: bool


def canonical(request: Any) -> bytes:
    """What a request (a dataclass) says, the same bytes for the same content; batch key and dry run are left out."""
    said = {field.name: getattr(request, field.name) for field in dataclasses.fields(request) if field.name not in ("batch_key", "dry_run")}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=_plain).encode()


def once(
    session: Session, sender: Sender, operation: str, batch_key: str, body: bytes, work: Callable[[], Done], dry_run: bool = False
) -> Answered:
    """Does the work, or gives the answer that this very message had before; BatchKeyReused when the key belongs to another one."""
    named = {
        "client": sender.client,
        "batch_key": batch_key,
        "operation": operation,
        "body_hash": hashlib.sha256(operation.encode() + b"\0" + body).digest(),
        "user": sender.user,
        "message_id": sender.message_id,
    }
    try:
        if dry_run:
            return _stored(session, named) or _tried(session, work)
        begun = cursor(session).execute(BEGIN, named).fetchone()
        if begun is None:
            stored = _stored(session, named)
            assert stored is not None, "a submission is never deleted"
            return stored
        done = _worked(session, work)
        _end(session, begun[0], done)
        return Answered(done.answer, list(done.persons), begun[1], False)
    except psycopg.OperationalError as error:
        raise RegisterUnavailable from error


def _stored(session: Session, named: Mapping[str, Any]) -> Answered | None:
    found = cursor(session).execute(STORED, named).fetchone()
    if found is None:
        return None
    body_hash, (answer, persons), received_at = found
    if bytes(body_hash) != named["body_hash"]:
        raise BatchKeyReused
    return Answered(answer, persons, received_at, True)


def _tried(session: Session, work: Callable[[], Done]) -> Answered:
    """The same work for its outcome alone."""
    [data_as_of] = cursor(session).execute(NOW).fetchone() or ("",)
    done = _worked(session, work, keep=False)
    return Answered(done.answer, list(done.persons), data_as_of, False)


def _worked(session: Session, work: Callable[[], Done], *, keep: bool = True) -> Done:
    for attempt in range(1, ATTEMPTS + 1):
        savepoint = session.begin_nested()
        try:
            done = work()
        except Exception as error:
            savepoint.rollback()
            if attempt == ATTEMPTS or not isinstance(getattr(error, "orig", error) if isinstance(error, DBAPIError) else error, _MET):
                raise
        else:
            if keep:
                savepoint.commit()
            else:
                savepoint.rollback()
            return done
    raise AssertionError("the last attempt returns or raises")


def _end(session: Session, submission: int, done: Done) -> None:
    counts = {"received": done.received, "accepted": done.accepted, "unchanged": done.unchanged, "rejected": len(done.refused)}
    answer = json.dumps([done.answer, list(done.persons)], ensure_ascii=False, separators=(",", ":"))
    cursor(session).execute(END, {"id": submission, "answer": answer, **counts})
    if done.refused:
        cursor(session).executemany(REFUSE, [_refusal(submission, entry) for entry in done.refused])


def _refusal(submission: int, entry: RefusedItem) -> dict[str, Any]:
    return {
        "id": submission,
        "position": entry.position,
        "sender_key": entry.sender_key,
        "code": entry.refusal.code,
        "reason": str(entry.refusal),
        "item": json.dumps(entry.item, ensure_ascii=False, default=_plain),
    }


def _plain(value: Any) -> Any:
    """A value as JSON can carry it: a dataclass by its fields, a day or an instant as ISO text."""
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.isoformat() if isinstance(value, date) else str(value)
