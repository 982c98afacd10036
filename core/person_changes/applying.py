"""Stored changes applied (izmaiņu piemērošana): chunk by chunk, what belongs to one person in its order, the rest together."""

from datetime import date, datetime

import psycopg
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from core.child_import import alone
from core.child_page import write_page
from core.child_rules import judge
from core.connections import cursor, fetch_one
from core.errors import InvalidChild
from core.model import Municipality
from core.people import CursorForgotten
from core.person_changes.raw_store import Stored, reached, read_open, store
from core.person_changes.records import ChangesSummary, PersonChangeSource
from core.person_changes.turns import Unit, by_day, tokens_of, turns
from core.reconciliation import RIGA, lists_that_named

CHUNK = 2000
ATTEMPTS = 3
APPLIED = "UPDATE person_change SET state = 'applied', applied_at = now(), code = NULL, reason = NULL WHERE position = ANY(%(positions)s)"
# By which code somebody was told of, and by which change at last: an import of the list asks it, a page at a time.
LAST = """
INSERT INTO last_change (code, position)
SELECT c.code, max(position) FROM person_change, unnest(codes) AS c (code) WHERE position = ANY(%(positions)s) GROUP BY c.code
ON CONFLICT (code) DO UPDATE SET position = greatest(last_change.position, EXCLUDED.position)"""
FAILED = "UPDATE person_change SET state = 'failed', code = %(code)s, reason = %(reason)s WHERE position = %(position)s"
SUPERSEDED = "UPDATE person_change SET state = 'superseded', code = NULL, reason = %(reason)s WHERE position = ANY(%(positions)s)"
LEFT = "SELECT count(*) FILTER (WHERE state = 'failed'), count(*) FROM person_change WHERE state IN ('pending', 'failed')"
UNWRITABLE = ("S-0601", "The database does not take this record.")


def import_changes(register: sessionmaker[Session], source: PersonChangeSource, now: datetime) -> ChangesSummary:
    """Stores what is new, then applies what can be applied; raises SourceFailed, after which calling it again goes on."""
    with alone(register):
        return _apply(register, now, _receive(register, source, now.astimezone(RIGA).date()))


def apply_stored(register: sessionmaker[Session], now: datetime) -> ChangesSummary:
    """Applies what is stored and open, without asking anybody: after a repair."""
    with alone(register):
        return _apply(register, now, 0)


def _receive(register: sessionmaker[Session], source: PersonChangeSource, today: date) -> int:
    """From where the last run stopped; from the beginning when the source forgot the place: what is there already is known by position."""
    place = reached(register, source.name)
    try:
        return sum(store(register, source.name, page, today) for page in source.changes(place))
    except CursorForgotten:
        if place is None:
            raise
        return sum(store(register, source.name, page, today) for page in source.changes(None))


def _apply(register: sessionmaker[Session], now: datetime, received: int) -> ChangesSummary:
    today = now.astimezone(RIGA).date()
    with register.begin() as session:
        municipalities = frozenset(session.scalars(select(Municipality.code)))
    blocked: set[object] = set()
    applied = superseded = after = 0
    while chunk := read_open(register, after, CHUNK):
        after = chunk[-1].position
        late = _supersede(register, chunk)
        superseded += len(late)
        for turn in turns(change for change in chunk if change.position not in late):
            ready = []
            for unit in turn:
                tokens = tokens_of(unit)
                if not blocked.isdisjoint(tokens) or any(change.failed for change in unit):
                    blocked |= tokens
                else:
                    ready.append(unit)
            for day, units in by_day(ready, today).items():
                failed = _write(register, units, day, today, municipalities)
                applied += sum(map(len, units)) - len(failed)
                for unit in units:
                    if not failed.isdisjoint(change.position for change in unit):
                        blocked |= tokens_of(unit)
    with register.begin() as session:
        left = fetch_one(session, LEFT, {}) or (0, 0)
    return ChangesSummary(received, applied, left[0], left[1] - left[0], superseded)


def _supersede(register: sessionmaker[Session], chunk: list[Stored]) -> frozenset[int]:
    """Notes which changes come too late: a list that is newer has told of all their persons; returns their positions."""
    with register.begin() as session:
        people = {person for change in chunk for person in change.persons}
        lists = lists_that_named(session, people, min(change.not_before for change in chunk))
        late: dict[date, list[int]] = {}
        for change in chunk:
            found = [lists.get(person) for person in change.persons]
            newer = [told for told in found if told is not None and told.is_newer_than(change.received_at, change.not_before)]
            if newer and len(newer) == len(found):
                late.setdefault(min(newer).day, []).append(change.position)
        for day, positions in late.items():
            reason = f"The list of children as of {day} is newer and was taken over."
            cursor(session).execute(SUPERSEDED, {"positions": positions, "reason": reason})
    return frozenset(position for positions in late.values() for position in positions)


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
                positions = {"positions": [c.position for c in changes if c.position not in bad]}
                cursor(session).execute(APPLIED, positions)
                cursor(session).execute(LAST, positions)
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
