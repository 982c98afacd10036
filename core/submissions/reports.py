"""What was submitted (iesniegto ziņojumu pārskats): messages with what became of their items, and the items that were refused.

A system sees its own messages only, whatever its grant reaches: what others sent is known to the register by its entries.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.connections import fetch_all
from core.errors import InvalidCursor, InvalidQuestion
from core.reading import INSTANT, instant

COLUMNS = f"""batch_key, operation, {INSTANT.format("received_at")}, received, accepted, unchanged, rejected"""
NOW = f"SELECT {INSTANT.format('now()')}"
ONE = f"SELECT {COLUMNS}, id FROM submission WHERE client = %(client)s AND batch_key = %(batch_key)s"
MESSAGES = f"""
SELECT {COLUMNS}, client, id FROM submission
WHERE (%(client)s::text IS NULL OR client = %(client)s) AND (%(operation)s::text IS NULL OR operation = %(operation)s)
AND received_at >= coalesce(%(received_from)s::timestamptz, '-infinity')
AND received_at < coalesce(%(received_to)s::timestamptz, 'infinity')
AND (%(before_at)s::timestamptz IS NULL OR (received_at, id) < (%(before_at)s::timestamptz, %(before)s))
ORDER BY received_at DESC, id DESC LIMIT %(limit)s"""
REFUSALS = """
SELECT position, sender_key, code, reason, item FROM submission_refusal
WHERE submission_id = %(id)s AND position > %(after)s ORDER BY position LIMIT %(limit)s"""
PEOPLE = """
SELECT i.person_id FROM unnest(%(codes)s::text[]) named (value)
JOIN identity i ON (i.value, i.scheme, i.issuer) = (named.value, 'personal_code', '')
UNION
SELECT i.person_id FROM unnest(%(issuers)s::text[], %(values)s::text[]) named (issuer, value)
JOIN identity i ON (i.value, i.scheme, i.issuer) = (named.value, 'institution', named.issuer)"""


class Submission(NamedTuple):
    """One message (iesniegums) and what became of its items."""

    batch_key: str
    operation: str
    received_at: str
    received: int
    accepted: int
    unchanged: int
    rejected: int


class Refused(NamedTuple):
    """An item that was not taken (atteikta vienība), as it was sent."""

    position: int
    sender_key: str | None
    code: str
    reason: str
    item: Mapping[str, Any]


class Report(NamedTuple):
    """One page: messages, or the refused items of one; whom they name; the cursor of the next page."""

    data_as_of: str
    submissions: list[Submission]
    refused: list[Refused]
    persons: list[int]
    next_cursor: str | None


class Asked(NamedTuple):
    """What a report is asked for: one message, or those of an operation and of a time, from an instant on and before another."""

    batch_key: str | None = None
    operation: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


def report(session: Session, client: str, asked: Asked, cursor: str | None, size: int) -> Report:
    """One page about what a client sent, the newest message first; of one message, its refused items in their order."""
    [[data_as_of]] = fetch_all(session, NOW, {})
    if asked.batch_key is not None:
        if asked[1:] != (None, None, None):
            raise InvalidQuestion("A message that is named by its key needs no other conditions.")
        return _of_one(session, data_as_of, client, asked.batch_key, cursor, size)
    question = ("getSubmissionReport", client, *asked)
    before_at, before = None, 0
    if cursor is not None:
        match paging.take(question, cursor):
            case [str() as at, int() as before]:
                before_at = at
                if not _is_instant(at):
                    raise InvalidCursor
            case _:
                raise InvalidCursor
    rows = _messages(session, client, asked, before_at, before, size + 1)
    page = rows[:size]
    more = paging.give(question, [page[-1][2], page[-1][-1]]) if len(rows) > size else None
    return Report(data_as_of, [Submission(*row[:7]) for row in page], [], [], more)


def messages(session: Session, client: str | None, size: int) -> list[tuple[str, Submission]]:
    """The newest messages of a client, or of all: by whom, and what became of them."""
    return [(row[7], Submission(*row[:7])) for row in _messages(session, client, Asked(), None, 0, size)]


def refused_of(session: Session, client: str, batch_key: str) -> Iterator[Refused] | None:
    """All refused items of a message, read as they are used; None when there is no such message."""
    found = fetch_all(session, ONE, {"client": client, "batch_key": batch_key})
    if not found:
        return None
    return _refused_in_pages(session, found[0][-1])


def _refused_in_pages(session: Session, submission: int) -> Iterator[Refused]:
    after = 0
    while page := _refused(session, submission, after, 1000):
        yield from page
        after = page[-1].position


def _of_one(session: Session, data_as_of: str, client: str, batch_key: str, cursor: str | None, size: int) -> Report:
    question = ("getSubmissionReport", client, batch_key)
    after = 0
    if cursor is not None:
        match paging.take(question, cursor):
            case [int() as after]:
                pass
            case _:
                raise InvalidCursor
    found = fetch_all(session, ONE, {"client": client, "batch_key": batch_key})
    if not found:
        return Report(data_as_of, [], [], [], None)
    rows = _refused(session, found[0][-1], after, size + 1)
    page = rows[:size]
    more = paging.give(question, [page[-1].position]) if len(rows) > size else None
    return Report(data_as_of, [Submission(*found[0][:7])], page, _people(session, page), more)


def _messages(session: Session, client: str | None, asked: Asked, before_at: str | None, before: int, limit: int) -> list[tuple[Any, ...]]:
    parameters = {**asked._asdict(), "client": client, "before_at": before_at, "before": before, "limit": limit}
    return fetch_all(session, MESSAGES, parameters)


def _refused(session: Session, submission: int, after: int, limit: int) -> list[Refused]:
    rows = fetch_all(session, REFUSALS, {"id": submission, "after": min(after, 2**31 - 1), "limit": limit})
    return [Refused(*row) for row in rows]


def _people(session: Session, refused: Sequence[Refused]) -> list[int]:
    """Whom the register knows of those who are named in refused items."""
    codes = [str(entry.item["personal_code"]).replace("-", "") for entry in refused if "personal_code" in entry.item]
    named = [entry.item for entry in refused if "identifier/value" in entry.item]
    issuers, values = [item["identifier/institution"] for item in named], [item["identifier/value"] for item in named]
    if not codes and not named:
        return []
    found = fetch_all(session, PEOPLE, {"codes": codes, "issuers": issuers, "values": values})
    return sorted(person for (person,) in found)


def _is_instant(text: str) -> bool:
    try:
        return instant(datetime.fromisoformat(text)) == text
    except ValueError:
        return False
