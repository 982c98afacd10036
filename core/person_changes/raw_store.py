"""The raw store of changes (izmaiņu krātuve): what came stays as it came; a repair stands beside it."""

import json
from datetime import date, datetime
from typing import NamedTuple

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session, sessionmaker

from core.connections import cursor, fetch_all, fetch_one
from core.people import ChildRecord
from core.person_changes.records import ChangePage, as_json, codes_of, from_json

CURSOR = "SELECT cursor FROM change_source WHERE name = %(name)s"
STORE = """
INSERT INTO person_change (position, kind, occurred_on, not_before, codes, record) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (position) DO NOTHING"""
YOUNGEST_BEFORE = "SELECT not_before FROM person_change WHERE position < %(position)s ORDER BY position DESC LIMIT 1"
READ_TO = """
INSERT INTO change_source (name, cursor) VALUES (%(name)s, %(cursor)s)
ON CONFLICT (name) DO UPDATE SET cursor = EXCLUDED.cursor, read_at = now()"""
OPEN = """
SELECT position, state, occurred_on, not_before, received_at, codes, coalesce(repaired, record) FROM person_change
WHERE state IN ('pending', 'failed') AND position > %(after)s ORDER BY position LIMIT %(chunk)s"""
WHOSE = "SELECT value, person_id FROM identity WHERE scheme = 'personal_code' AND issuer = '' AND value = ANY(%(codes)s)"
LIST_FAILED = "SELECT position, kind, occurred_on, code, reason FROM person_change WHERE state = 'failed' ORDER BY position"
REPAIR = """
UPDATE person_change SET repaired = %(record)s, codes = (SELECT array_agg(DISTINCT c) FROM unnest(codes || %(codes)s::text[]) AS c),
    state = 'pending', code = NULL, reason = NULL
WHERE position = %(position)s AND state = 'failed' RETURNING position"""


class FailedChange(NamedTuple):
    """A change that could not be applied (nepiemērota izmaiņa), without whom it is about."""

    position: int
    kind: str
    occurred_on: str | None
    code: str
    reason: str


class NotFailed(Exception):
    """There is no failed change at this position (izmaiņa nav labojama)."""


class Stored(NamedTuple):
    """An open change as it is read back (neapstrādāta izmaiņa), with the persons whom the register knows by its codes."""

    position: int
    failed: bool
    occurred_on: str | None
    not_before: date
    received_at: datetime
    codes: frozenset[str]
    persons: frozenset[int]
    child: ChildRecord

    @property
    def tokens(self) -> frozenset[object]:
        """By what changes of one person find each other."""
        return self.codes | self.persons


def reached(register: sessionmaker[Session], source: str) -> str | None:
    """Where to go on reading a source (kursors)."""
    with register.begin() as session:
        place = fetch_one(session, CURSOR, {"name": source})
    return place[0] if place else None


def store(register: sessionmaker[Session], source: str, page: ChangePage, today: date) -> int:
    """Keeps a page and the place after it (izmaiņu saglabāšana); returns how many of its changes are new."""
    changes = sorted(page.changes, key=lambda change: change.position)
    with register.begin() as session:
        new = 0
        if changes:
            found = fetch_one(session, YOUNGEST_BEFORE, {"position": changes[0].position})
            youngest, rows = found[0] if found else date.min, []
            for position, kind, occurred_on, person in changes:
                # They come in the order of their recording: none was recorded before what stands before it had happened.
                youngest = max(youngest, day_of(occurred_on, today) or youngest)
                record = json.dumps(as_json(person), ensure_ascii=False)
                rows.append((position, kind, occurred_on, youngest, codes_of(person), record))
            told = cursor(session)
            told.executemany(STORE, rows)
            new = told.rowcount
        cursor(session).execute(READ_TO, {"name": source, "cursor": page.next_cursor})
    return new


def day_of(occurred_on: str | None, today: date) -> date | None:
    """The day on which something happened (notikuma diena); None when it is no day that can be."""
    try:
        day = date.fromisoformat(occurred_on or "")
    except ValueError:
        return None
    return day if day <= today else None


def read_open(register: sessionmaker[Session], after: int, size: int) -> list[Stored]:
    """The next changes that are neither applied nor superseded (neapstrādātās izmaiņas), in their order."""
    with register.begin() as session:
        rows = fetch_all(session, OPEN, {"after": after, "chunk": size})
        persons = dict(fetch_all(session, WHOSE, {"codes": list({code for row in rows for code in row[5]})}))
    return [
        Stored(
            position,
            state == "failed",
            occurred_on,
            not_before,
            received_at,
            frozenset(codes),
            frozenset(persons[code] for code in codes if code in persons),
            from_json(record),
        )
        for position, state, occurred_on, not_before, received_at, codes, record in rows
    ]


def repair(register: sessionmaker[Session], position: int, record: ChildRecord) -> None:
    """Puts a mended record in the place of a failed one (izmaiņas labošana); what came stays beside it."""
    values = {"position": position, "record": Jsonb(as_json(record)), "codes": codes_of(record)}
    with register.begin() as session:
        if fetch_one(session, REPAIR, values) is None:
            raise NotFailed(f"There is no failed change at position {position}.")


def failed_changes(register: sessionmaker[Session]) -> list[FailedChange]:
    """Every change that waits for a repair (labojamās izmaiņas)."""
    with register.begin() as session:
        return [FailedChange(*row) for row in fetch_all(session, LIST_FAILED, {})]
