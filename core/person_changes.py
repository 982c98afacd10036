"""Changes of the population register (iedzīvotāju reģistra izmaiņas): stored raw first, then applied in order per person.

A change that cannot be applied stays as failed with its rule, and later ones of that person wait for it; everybody else's go on. What is
applied and that it was applied commit together, so a run that was killed goes on where it was and does nothing twice.
"""

import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from core.child_import import RIGA, alone
from core.child_page import write_page
from core.child_rules import are_exchanged, judge
from core.connections import cursor, fetch_all, fetch_one
from core.errors import InvalidChild
from core.model import Municipality
from core.people import ChildRecord, GuardianRecord

CHUNK = 2000
ATTEMPTS = 3
CURSOR = "SELECT cursor FROM change_source WHERE name = %(name)s"
STORE = """
INSERT INTO person_change (position, kind, occurred_on, codes, record) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (position) DO NOTHING"""
READ_TO = """
INSERT INTO change_source (name, cursor) VALUES (%(name)s, %(cursor)s)
ON CONFLICT (name) DO UPDATE SET cursor = EXCLUDED.cursor, read_at = now()"""
OPEN = """
SELECT position, state, occurred_on, codes, coalesce(repaired, record) FROM person_change
WHERE state IN ('pending', 'failed') AND position > %(after)s ORDER BY position LIMIT %(chunk)s"""
WHOSE = "SELECT value, person_id FROM identity WHERE scheme = 'personal_code' AND issuer = '' AND value = ANY(%(codes)s)"
APPLIED = "UPDATE person_change SET state = 'applied', applied_at = now(), code = NULL, reason = NULL WHERE position = ANY(%(positions)s)"
FAILED = "UPDATE person_change SET state = 'failed', code = %(code)s, reason = %(reason)s WHERE position = %(position)s"
LEFT = "SELECT count(*) FILTER (WHERE state = 'failed'), count(*) FROM person_change WHERE state IN ('pending', 'failed')"
LIST_FAILED = "SELECT position, kind, occurred_on, code, reason FROM person_change WHERE state = 'failed' ORDER BY position"
REPAIR = """
UPDATE person_change SET repaired = %(record)s, codes = (SELECT array_agg(DISTINCT c) FROM unnest(codes || %(codes)s::text[]) AS c),
    state = 'pending', code = NULL, reason = NULL
WHERE position = %(position)s AND state = 'failed' RETURNING position"""
UNWRITABLE = ("S-0601", "The database does not take this record.")


class PersonChangeRecord(NamedTuple):
    """A change (izmaiņa) as it came: its position, and the person as it is after it."""

    position: int
    kind: str
    occurred_on: str | None
    person: ChildRecord


class ChangePage(NamedTuple):
    """One page of changes, and where to go on, now or later."""

    changes: list[PersonChangeRecord]
    next_cursor: str | None


class PersonChangeSource(Protocol):
    """Where changes come from (izmaiņu avots)."""

    @property
    def name(self) -> str:
        """What the place that was reached is recorded under."""
        ...

    def changes(self, cursor: str | None) -> Iterator[ChangePage]:
        """The pages from the cursor on, until nothing new is there; raises SourceFailed."""
        ...


class ChangesSummary(NamedTuple):
    """What a run did (izmaiņu kopsavilkums): received, applied; and what is left: failed, waiting behind a failed one."""

    received: int
    applied: int
    failed: int
    waiting: int


class FailedChange(NamedTuple):
    """A change that could not be applied, without whom it is about."""

    position: int
    kind: str
    occurred_on: str | None
    code: str
    reason: str


class NotFailed(Exception):
    """There is no failed change at this position."""


class Stored(NamedTuple):
    """An open change as it is read back; `tokens` are its codes and the persons that the register knows by them."""

    position: int
    failed: bool
    occurred_on: str | None
    tokens: frozenset[object]
    child: ChildRecord


Unit = list[Stored]


def import_changes(register: sessionmaker[Session], source: PersonChangeSource, now: datetime) -> ChangesSummary:
    """Stores what is new, then applies what can be applied; raises SourceFailed, after which calling it again goes on."""
    with alone(register):
        with register.begin() as session:
            place = fetch_one(session, CURSOR, {"name": source.name})
        received = sum(_store(register, source.name, page) for page in source.changes(place[0] if place else None))
        return _apply(register, now, received)


def apply_stored(register: sessionmaker[Session], now: datetime) -> ChangesSummary:
    """Applies what is stored and open, without asking anybody: after a repair."""
    with alone(register):
        return _apply(register, now, 0)


def repair(register: sessionmaker[Session], position: int, record: ChildRecord) -> None:
    """Puts a mended record in the place of a failed one; what came stays beside it."""
    values = {"position": position, "record": Jsonb(as_json(record)), "codes": _codes(record)}
    with register.begin() as session:
        if fetch_one(session, REPAIR, values) is None:
            raise NotFailed(f"There is no failed change at position {position}.")


def failed_changes(register: sessionmaker[Session]) -> list[FailedChange]:
    """Every change that waits for a repair."""
    with register.begin() as session:
        return [FailedChange(*row) for row in fetch_all(session, LIST_FAILED, {})]


def as_json(child: ChildRecord) -> dict[str, Any]:
    """A record as it is kept."""
    return child._asdict() | {"guardians": [guardian._asdict() for guardian in child.guardians]}


def from_json(kept: dict[str, Any]) -> ChildRecord:
    """A kept record as it came; TypeError when it is none."""
    guardians = tuple(GuardianRecord(**guardian) for guardian in kept.get("guardians") or ())
    return ChildRecord(**{**kept, "former_codes": tuple(kept.get("former_codes") or ()), "guardians": guardians})


def _store(register: sessionmaker[Session], name: str, page: ChangePage) -> int:
    rows = [
        (change.position, change.kind, change.occurred_on, _codes(change.person), json.dumps(as_json(change.person), ensure_ascii=False))
        for change in page.changes
    ]
    with register.begin() as session:
        if rows:
            cursor(session).executemany(STORE, rows)
        cursor(session).execute(READ_TO, {"name": name, "cursor": page.next_cursor})
    return len(rows)


def _codes(child: ChildRecord) -> list[str]:
    return [code for code in (child.personal_code, *child.former_codes) if code]


def _apply(register: sessionmaker[Session], now: datetime, received: int) -> ChangesSummary:
    today = now.astimezone(RIGA).date()
    with register.begin() as session:
        municipalities = frozenset(session.scalars(select(Municipality.code)))
    blocked: set[object] = set()
    applied = after = 0
    while chunk := _open(register, after):
        after = chunk[-1].position
        for turn in _turns(chunk):
            ready = []
            for unit in turn:
                tokens = frozenset[object]().union(*(change.tokens for change in unit))
                if not blocked.isdisjoint(tokens) or any(change.failed for change in unit):
                    blocked |= tokens
                else:
                    ready.append(unit)
            for day, units in _by_day(ready, today).items():
                failed = _write(register, units, day, today, municipalities)
                applied += sum(map(len, units)) - len(failed)
                for unit in units:
                    if not failed.isdisjoint(change.position for change in unit):
                        blocked.update(*(change.tokens for change in unit))
    with register.begin() as session:
        left = fetch_one(session, LEFT, {}) or (0, 0)
    return ChangesSummary(received, applied, left[0], left[1] - left[0])


def _open(register: sessionmaker[Session], after: int) -> list[Stored]:
    """The next open changes; each also names the persons whose codes it names, known by whichever code."""
    with register.begin() as session:
        rows = fetch_all(session, OPEN, {"after": after, "chunk": CHUNK})
        persons = dict(fetch_all(session, WHOSE, {"codes": list({code for row in rows for code in row[3]})}))
    return [
        Stored(position, state == "failed", on, frozenset(codes) | {persons[code] for code in codes if code in persons}, from_json(record))
        for position, state, on, codes, record in rows
    ]


def _turns(chunk: list[Stored]) -> list[list[Unit]]:
    """Whoever shares a code or a person comes in a later turn than the one before; two who exchange their codes come as one."""
    turns: list[list[Unit]] = []
    last: dict[object, tuple[int, Unit]] = {}
    for change in chunk:
        before = [last[token] for token in change.tokens if token in last]
        turn = max((place for place, _ in before), default=-1)
        unit = next((unit for place, unit in before if place == turn), None)
        if unit and len(unit) == 1 and not unit[0].failed and not change.failed and _two_who_exchange(unit[0].child, change.child):
            unit.append(change)
        else:
            turn, unit = turn + 1, [change]
            turns[turn:] = turns[turn:] or [[]]
            turns[turn].append(unit)
        last.update((token, (turn, unit)) for token in change.tokens)
    return turns


def _two_who_exchange(one: ChildRecord, other: ChildRecord) -> bool:
    """Not one person whose code was corrected and corrected back, which the codes alone do not tell."""
    return are_exchanged(one, other) and (one.given_name, one.born_on) != (other.given_name, other.born_on)


def _by_day(units: list[Unit], today: date) -> dict[date | None, list[Unit]]:
    """By the day on which it happened: what ends, ends on that day. None: no day that can be."""
    days: dict[date | None, list[Unit]] = {}
    for unit in units:
        try:
            day: date | None = date.fromisoformat(unit[-1].occurred_on or "")
        except ValueError:
            day = None
        days.setdefault(day if day is not None and day <= today else None, []).append(unit)
    return days


def _write(
    register: sessionmaker[Session], units: list[Unit], day: date | None, today: date, municipalities: frozenset[str]
) -> frozenset[int]:
    """Writes these changes; returns the positions that failed. One that the database refuses is found by halving."""
    changes = [change for unit in units for change in unit]
    if day is None:
        impossible = InvalidChild("The day of the change is no day or lies in the future.")
        return _note(register, {change.position: (impossible.code, str(impossible)) for change in changes})
    judged = judge([change.child for change in changes], today, municipalities)
    for attempt in range(ATTEMPTS):
        try:
            with register.begin() as session:
                written = write_page(session, judged.arrived, day)
                bad = {changes[entry.position - 1].position: entry.refusal for entry in judged.refused + written.refused}
                cursor(session).execute(APPLIED, {"positions": [c.position for c in changes if c.position not in bad]})
                for position, refusal in bad.items():
                    cursor(session).execute(FAILED, {"position": position, "code": refusal.code, "reason": str(refusal)})
            return frozenset(bad)
        except (psycopg.Error, DBAPIError) as error:
            met = getattr(error, "orig", error)
            passing = isinstance(met, (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected))
            if passing and attempt < ATTEMPTS - 1:
                continue
            if isinstance(met, psycopg.OperationalError):
                raise
            break
    if len(units) == 1:
        return _note(register, {change.position: UNWRITABLE for change in changes})
    half = len(units) // 2
    return frozenset[int]().union(*(_write(register, part, day, today, municipalities) for part in (units[:half], units[half:])))


def _note(register: sessionmaker[Session], failures: dict[int, tuple[str, str]]) -> frozenset[int]:
    with register.begin() as session:
        for position, (code, reason) in failures.items():
            cursor(session).execute(FAILED, {"position": position, "code": code, "reason": reason})
    return frozenset(failures)
