"""Lists of the public register (licenču un akreditāciju saraksti): as on a day, by a part of a name, in Latvian order, in pages."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.accreditation.holding import GOOD, LAST, STATUS, SUBJECT, TEACHING
from core.connections import fetch_all
from core.errors import UnknownMunicipality
from core.reading import AT, INSTANT, check_as_of, check_day, day_then, instant, known_at, with_predecessors


class AskedRecognitions(NamedTuple):
    """What a list is asked for (atlase)."""

    subject: str | None
    institution: str | None
    municipality: str | None
    status: str | None
    name_part: str | None
    on: date
    as_of: datetime | None


class LicenceLine(NamedTuple):
    """A licence on the day (licence)."""

    institution: str
    institution_name: str | None
    programme: str
    programme_name: str | None
    status: str
    licensed: bool
    valid_from: str
    valid_to: str | None
    start_by: str | None
    decision_id: int
    decision_number: str


class AccreditationLine(NamedTuple):
    """An accreditation on the day (akreditācija)."""

    subject: str
    institution: str
    institution_name: str | None
    programme: str | None
    programme_name: str | None
    status: str
    accredited: bool
    valid_from: str
    valid_to: str | None
    decision_id: int
    decision_number: str


class RecognitionsPage(NamedTuple):
    """One page (lapa) of a list and the cursor of the next one."""

    data_as_of: str
    lines: Sequence[Any]
    next_cursor: str | None


PART = """LIKE '%%' || replace(replace(replace(latvian_fold(%(name_part)s),
            chr(92), chr(92) || chr(92)), '%%', chr(92) || '%%'), '_', chr(92) || '_') || '%%'"""
NEAREST = """ORDER BY coalesce(lower(x.valid) <= %(on)s::date, true) DESC,
            CASE WHEN coalesce(lower(x.valid) <= %(on)s::date, true) THEN x.valid END DESC, x.valid"""
# What each institution was called on the day, or last before it, or first; its place in Latvian order is worked out once.
NAMES = f"""named AS MATERIALIZED (
    SELECT DISTINCT ON (x.institution) x.institution, x.name, x.name_key, x.municipality,
        latvian_sort_key(x.name) COLLATE "C" AS place
    FROM institution_profile x WHERE {known_at("x")} AND (%(institution)s::text IS NULL OR x.institution = %(institution)s)
    ORDER BY x.institution, {NEAREST.removeprefix("ORDER BY ")})"""
ORDER = "f.place, f.institution, f.programme, f.kind"
# Where the page before ended, whether or not that line would still be found.
PLACE = """SELECT n.place, n.institution, coalesce(r.programme, ''), r.kind
        FROM recognition r JOIN named n ON n.institution = r.institution WHERE r.id = %(after)s"""
HELD = f"{STATUS}, {GOOD}, lower(q.valid)::text, {LAST}"
LICENCE = f"f.institution, f.name, f.programme, f.programme_name, {HELD}, {TEACHING}, q.decision_id, d.number"
ACCREDITATION = f"{SUBJECT}, f.institution, f.name, r.programme, f.programme_name, {HELD}, q.decision_id, d.number"


def licences_page(
    session: Session, asked: AskedRecognitions, cursor: str | None, size: int, now: datetime, today: date
) -> RecognitionsPage:
    """One page of licences, in the order of institutions' names on the day; all pages show what the first one knew."""
    return _page(session, "listLicences", asked, cursor, size, now, today)


def accreditations_page(
    session: Session, asked: AskedRecognitions, cursor: str | None, size: int, now: datetime, today: date
) -> RecognitionsPage:
    """One page of accreditations of institutions, programmes and examination centres, likewise."""
    return _page(session, "listAccreditations", asked, cursor, size, now, today)


def _page(
    session: Session, operation: str, asked: AskedRecognitions, cursor: str | None, size: int, now: datetime, today: date
) -> RecognitionsPage:
    check_day(asked.on)
    check_as_of(asked.as_of, now)
    question = (operation, *asked)
    as_of, after = None if asked.as_of is None else instant(asked.as_of), 0
    if cursor is not None:
        as_of, after = paging.begun(question, cursor, now)
    conditions = (asked.municipality is not None, asked.status is not None, bool(asked.name_part), after > 0)
    statement = _statement(operation == "listLicences", *conditions)
    known_on = day_then(None if as_of is None else datetime.fromisoformat(as_of), today)
    parameters = {**asked._asdict(), "today": known_on, "as_of": as_of, "after": after, "limit": size + 1}
    rows: Sequence[Any] = fetch_all(session, statement, parameters)
    data_as_of, known = rows[0][:2]
    if not known:
        raise UnknownMunicipality
    lines = [row for row in rows[:size] if row[2] is not None]
    more = paging.give(question, [data_as_of, lines[-1][2]]) if len(rows) > size else None
    return RecognitionsPage(data_as_of, [line[3:-1] for line in lines], more)


@cache
def _statement(licences: bool, by_municipality: bool, by_status: bool, by_name: bool, continued: bool) -> str:
    """The statement for the conditions that are given; what holds on the day is worked out for the page alone, unless it is a condition."""
    conditions = ["r.kind = 'licence'" if licences else "r.kind <> 'licence' AND (%(subject)s::text IS NULL OR r.kind = %(subject)s)"]
    if by_municipality:
        reached = with_predecessors("ARRAY[%(municipality)s]", "%(on)s::date")
        conditions.append(f"n.municipality = ANY({reached})")
    if by_name:
        conditions.append(f"(n.name_key {PART} OR latvian_fold(p.name) {PART})")
    if by_status:
        conditions.append(f"({STATUS}) = %(status)s")
    behind = f"WHERE ({ORDER}) > ({PLACE})" if continued else ""
    return f"""
WITH {NAMES},
found AS (
    SELECT r.id, r.kind, r.institution, coalesce(r.programme, '') AS programme, n.name, n.place, p.name AS programme_name, q.id AS period
    FROM recognition r
    JOIN named n ON n.institution = r.institution
    CROSS JOIN LATERAL (
        SELECT * FROM recognition_period q WHERE q.recognition_id = r.id AND {known_at("q")} AND lower(q.valid) <= %(on)s::date
        ORDER BY q.valid DESC LIMIT 1) q
    LEFT JOIN LATERAL (
        SELECT x.name FROM programme_profile x WHERE x.institution = r.institution AND x.code = r.programme AND {known_at("x")}
        {NEAREST} LIMIT 1) p ON true
    WHERE {" AND ".join(conditions)}),
page AS (SELECT * FROM found f {behind} ORDER BY {ORDER} LIMIT %(limit)s)
SELECT (SELECT {INSTANT.format(AT)}),
    %(municipality)s::text IS NULL OR EXISTS (SELECT FROM municipality WHERE code = %(municipality)s AND valid @> %(on)s::date), shown.*
FROM (VALUES (1)) one LEFT JOIN (
    SELECT f.id, {LICENCE if licences else ACCREDITATION}, row_number() OVER (ORDER BY {ORDER}) AS ordinal
    FROM page f JOIN recognition r ON r.id = f.id JOIN recognition_period q ON q.id = f.period JOIN decision d ON d.id = q.decision_id
    ) shown ON true ORDER BY shown.ordinal"""
