"""Keeping a year's indicators (gada rādītāju glabāšana): provisional while it runs, frozen when it is over, corrected by revisions.

Revision 0 is provisional: it reaches to the last full hour and is counted anew when another hour is over. What is frozen as revision 1, and
each revision after it, never changes; the database refuses that. A month that the log no longer holds stays in a revision as it was.
"""

import json
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor, fetch_all, fetch_one
from core.errors import AlreadyFrozen, NotFrozen, YearNotOver
from core.indicators.counting import KEY, NUMBERS, count_calls
from core.indicators.coverage import coverage
from core.indicators.months import HOUR, begin, last_full_hour, year_of

PROVISIONAL, FIRST = 0, 1
# What the figures mean: each change of a definition gets a version of its own, and CHANGELOG says what changed.
DEFINITIONS = "2026-1"
NEWEST = "SELECT revision, until FROM indicator_year WHERE year = %(year)s ORDER BY revision DESC LIMIT 1"
# A process that the register was away for writes its calls a little later.
SETTLED_AFTER = HOUR
REMOVE = "DELETE FROM indicator_year WHERE year = %(year)s AND revision = 0"
ADD = """
INSERT INTO indicator_year (year, revision, counted_at, until, reason, definitions, program)
VALUES (%(year)s, %(revision)s, %(now)s, %(until)s, %(reason)s, %(definitions)s, %(program)s)"""
ADD_MONTH = """
INSERT INTO indicator_month (year, revision, month, hours, complete, idle, lost, gaps)
VALUES (%(year)s, %(revision)s, %(month)s, %(hours)s, %(complete)s, %(idle)s, %(lost)s, %(gaps)s::json)"""
LOGGED_SINCE = "SELECT least((SELECT min(started_at) FROM call_writer), (SELECT min(hour) FROM call_hour))"
FROZEN_YEARS = "SELECT DISTINCT year FROM indicator_year WHERE revision > 0"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('viis indicators'))"
# Months that had calls in the revision before, and have none in the log any more.
GONE = """
SELECT month FROM indicator_figure WHERE year = %(year)s AND revision = %(before)s
EXCEPT SELECT month FROM indicator_figure WHERE year = %(year)s AND revision = %(revision)s ORDER BY month"""
TAKE_OVER = """
INSERT INTO {table} (year, revision, month, {columns}) SELECT year, %(revision)s, month, {columns} FROM {table}
WHERE year = %(year)s AND revision = %(before)s AND month = ANY(%(gone)s::smallint[])"""
TAKEN_OVER = {
    "indicator_month": "hours, complete, idle, lost, gaps",
    "indicator_figure": f"{KEY}, {NUMBERS}, buckets, counts",
    "indicator_reason": f"{KEY}, outcome, code, calls",
}


class Counted(NamedTuple):
    """A count that is kept (saglabāts skaitījums): its revision; months that were taken over from the revision before."""

    revision: int
    taken_over: list[int]


def bring_up_to_date(session: Session, year: int, now: datetime) -> None:
    """Counts a year that is not frozen up to the last full hour, unless that was done; a frozen one and one to come stay as they are."""
    _alone(session)
    until = min(last_full_hour(now), begin(year + 1))
    found = fetch_one(session, NEWEST, {"year": year})
    if until <= begin(year) or (found is not None and (found[0] > PROVISIONAL or found[1] == until)):
        return
    cursor(session).execute(REMOVE, {"year": year})
    _count(session, Count(year, PROVISIONAL, until, "", now))


def freeze(session: Session, year: int, now: datetime) -> Counted:
    """The figures of a year that is over become revision 1."""
    _alone(session)
    if now < begin(year + 1) + SETTLED_AFTER:
        raise YearNotOver
    if _newest(session, year) > PROVISIONAL:
        raise AlreadyFrozen
    cursor(session).execute(REMOVE, {"year": year})
    _count(session, Count(year, FIRST, begin(year + 1), "", now))
    return Counted(FIRST, [])


def revise(session: Session, year: int, reason: str, now: datetime) -> Counted:
    """A frozen year is counted anew, beside what was published before."""
    _alone(session)
    before = _newest(session, year)
    if before == PROVISIONAL:
        raise NotFrozen
    return Counted(before + 1, _count(session, Count(year, before + 1, begin(year + 1), reason, now)))


def unfrozen_years(session: Session, this_year: int) -> list[int]:
    """Years that are over, that the log holds something of, and that were not frozen."""
    [(first,)] = fetch_all(session, LOGGED_SINCE, {})
    frozen = {year for (year,) in fetch_all(session, FROZEN_YEARS, {})}
    return [] if first is None else [year for year in range(year_of(first), this_year) if year not in frozen]


class Count(NamedTuple):
    """What is counted (skaitījums): a revision of a year, up to an instant, why, and when."""

    year: int
    revision: int
    until: datetime
    reason: str
    now: datetime


def _count(session: Session, count: Count) -> list[int]:
    """Counts and keeps; gives the months that the log no longer holds and that were taken over from the revision before."""
    server = cursor(session)
    asked = {**count._asdict(), "before": count.revision - 1, "definitions": DEFINITIONS, "program": version("viis")}
    server.execute(ADD, asked)
    count_calls(session, count.year, count.revision, count.until)
    gone = [month for (month,) in fetch_all(session, GONE, asked)] if count.revision > FIRST else []
    for month in coverage(session, count.year, count.until, count.now):
        if month.month not in gone:
            server.execute(ADD_MONTH, {**asked, **month._asdict(), "gaps": json.dumps(month.gaps)})
    for table, columns in TAKEN_OVER.items() if gone else ():
        server.execute(TAKE_OVER.format(table=table, columns=columns), {**asked, "gone": gone})
    return gone


def _alone(session: Session) -> None:
    cursor(session).execute(LOCK)


def _newest(session: Session, year: int) -> int:
    found = fetch_one(session, NEWEST, {"year": year})
    return PROVISIONAL if found is None else int(found[0])
