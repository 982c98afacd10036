"""What is about to lapse (kas drīz zaudēs spēku): terms of accreditation, licences that were not started, first accreditations.

One statement: what lapses in the window, the proceeding that is open about it, and for the page alone the learners who would finish without
a state-recognised document. A learner finishes on 30 June of the year of the last class; one whose class says nothing is counted.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Scope, ScopeKind
from core.accreditation.clocks import months_after
from core.accreditation.effect import started
from core.accreditation.holding import GOOD_TERMS, SUBJECT
from core.accreditation.learners import LEARNERS, learner_rules
from core.accreditation.rules import value
from core.connections import fetch_all
from core.errors import InvalidCursor, NotGranted, UnknownMunicipality
from core.institutions import OPEN
from core.reach import of_scope
from core.reading import AT, INSTANT, check_day, known_at, with_predecessors


class AskedHorizon(NamedTuple):
    """How far ahead, from which day, of whom (atlase)."""

    months: int
    on: date
    municipality: str | None
    institution: str | None


class HorizonLine(NamedTuple):
    """What lapses (kas zaudēs spēku): when, the last lawful day to apply, who must act, how many learners it would cut off.

    Of a licence that has to start, `apply_by` is the day by which teaching starts. `must_act` is the institution while nobody has applied.
    """

    what: str
    institution: str
    institution_name: str | None
    programme: str | None
    programme_name: str | None
    lapses_on: str
    apply_by: str
    must_act: str
    proceeding_id: int | None
    stage: str | None
    learners: int


class HorizonPage(NamedTuple):
    """One page (lapa), the nearest lapses first."""

    data_as_of: str
    lines: Sequence[HorizonLine]
    next_cursor: str | None


# The last period of a subject in which it is good: an extension is no lapse, a refusal or an annulment that follows is one.
TERMS = f"""
    SELECT {SUBJECT} AS what, r.id, r.institution, r.programme, upper(q.valid) - 1 AS lapses_on,
        upper(q.valid) - 1 - %(apply)s::interval AS apply_by
    FROM recognition r CROSS JOIN LATERAL (
        SELECT * FROM recognition_period q WHERE q.recognition_id = r.id AND {known_at("q")} AND q.status IN ('LIC', {GOOD_TERMS[1:-1]})
        ORDER BY q.valid DESC LIMIT 1) q
    WHERE upper(q.valid) > %(on)s::date AND upper(q.valid) - 1 <= %(until)s::date"""
STARTS = f"""
    SELECT 'licenceStart', r.id, r.institution, r.programme, q.start_by, q.start_by
    FROM recognition_period q JOIN recognition r ON r.id = q.recognition_id
    WHERE {known_at("q")} AND q.status = 'LIC' AND NOT q.started AND q.start_by BETWEEN %(on)s::date AND %(until)s::date
    AND coalesce(upper(q.valid) > q.start_by + 1, true) AND NOT {started("r", "lower(q.valid)", "q.start_by", "then")}"""
# Institutions with programmes that lead to a recognised document, of which no accreditation was ever decided.
FIRST = f"""
    SELECT 'firstAccreditation', r.id, ip.institution, NULL, (ip.opened_on + %(first)s::interval)::date,
        (ip.opened_on + %(first)s::interval)::date - %(apply)s::interval
    FROM institution_profile ip LEFT JOIN recognition r ON r.institution = ip.institution AND r.kind = 'institution'
    WHERE {known_at("ip")} AND {OPEN} AND ip.opened_on + %(first)s::interval BETWEEN %(on)s::date AND %(until)s::date
    AND NOT EXISTS (SELECT FROM recognition_period q WHERE q.recognition_id = r.id AND {known_at("q")} AND q.status IN {GOOD_TERMS})
    AND EXISTS (
        SELECT FROM programme_profile pr WHERE pr.institution = ip.institution AND {known_at("pr")} AND pr.valid @> %(on)s::date
        AND left(pr.code, 2) = ANY(%(kinds)s))"""
KEY = "x.lapses_on::date::text, x.institution, coalesce(x.programme, ''), x.what"


def horizon(session: Session, scope: Scope, asked: AskedHorizon, cursor: str | None, size: int, today: date, now: datetime) -> HorizonPage:
    """One page of what lapses within the months after a day, as far as the scope reaches; closed institutions lapse nothing."""
    check_day(asked.on)
    if scope.kind in (ScopeKind.PERSONS, ScopeKind.OWN):
        raise NotGranted("What lapses is told to the authority, to municipalities and to institutions.")
    question = ("getAccreditationHorizon", scope, *asked)
    as_of, key = None, None
    if cursor is not None:
        match paging.take(question, cursor):
            case [str() as begun_at, str() as day, str() as institution, str() as programme, str() as what]:
                as_of, key = paging.pinned(begun_at, now), [day, institution, programme, what]
            case _:
                raise InvalidCursor
    parameters = {
        **scope.parameters,
        **asked._asdict(),
        "until": months_after(asked.on, asked.months),
        "apply": f"{value('APPLY_MONTHS', asked.on)} months",
        "first": f"{value('FIRST_INSTITUTION_MONTHS', asked.on)} months",
        **dict(zip(("day", "number", "code", "what"), key or ("", "", "", ""), strict=True)),
        "as_of": as_of,
        "limit": size + 1,
        **learner_rules(),
    }
    rows: Sequence[Any] = fetch_all(
        session, _statement(scope.kind, key is not None, asked.municipality is not None, asked.institution is not None), parameters
    )
    data_as_of, known = rows[0][:2]
    if not known:
        raise UnknownMunicipality
    lines = [HorizonLine._make(row[2:]) for row in rows[:size] if row[2] is not None]
    last = lines[-1] if len(rows) > size else None
    more = paging.give(question, [data_as_of, last.lapses_on, last.institution, last.programme or "", last.what]) if last else None
    return HorizonPage(data_as_of, lines, more)


@cache
def _statement(kind: ScopeKind, continued: bool, by_municipality: bool, by_institution: bool) -> str:
    """What lapses is found once and only then looked up elsewhere: whatever the planner thinks of how much that is."""
    conditions = ["" if kind is ScopeKind.EVERYTHING else f"coalesce({of_scope(kind, 'x.institution')}, false)"]
    if by_municipality:
        conditions.append(f"ip.municipality = ANY({with_predecessors('ARRAY[%(municipality)s]', '%(on)s::date')})")
    if by_institution:
        conditions.append("x.institution = %(institution)s")
    if continued:
        conditions.append(f"({KEY}) > (%(day)s, %(number)s, %(code)s, %(what)s)")
    return f"""
WITH lapsing AS MATERIALIZED ({TERMS} UNION ALL {STARTS} UNION ALL {FIRST}),
page AS MATERIALIZED (
    SELECT x.*, ip.name FROM lapsing x CROSS JOIN LATERAL (
        SELECT ip.name, ip.municipality FROM institution_profile ip
        WHERE ip.institution = x.institution AND {known_at("ip")} AND {OPEN} OFFSET 0) ip
    WHERE {" AND ".join(condition for condition in conditions if condition) or "true"}
    ORDER BY {KEY} LIMIT %(limit)s)
SELECT (SELECT {INSTANT.format(AT)}),
    %(municipality)s::text IS NULL OR EXISTS (SELECT FROM municipality WHERE code = %(municipality)s AND valid @> %(on)s::date),
    x.what, x.institution, x.name, x.programme, pr.name, x.lapses_on::date::text, x.apply_by::date::text,
    coalesce(open.must_act, 'institution'), open.id, open.stage,
    CASE WHEN x.what IN ('institution', 'programme', 'licence', 'firstAccreditation') THEN {LEARNERS} ELSE 0 END
FROM (VALUES (1)) one LEFT JOIN page x ON true
LEFT JOIN LATERAL (
    SELECT p.name FROM programme_profile p WHERE p.institution = x.institution AND p.code = x.programme AND {known_at("p")}
    ORDER BY p.valid @> %(on)s::date DESC, p.valid DESC LIMIT 1) pr ON true
LEFT JOIN LATERAL (
    SELECT p.id, v.stage, v.must_act FROM proceeding p JOIN proceeding_version v ON v.proceeding_id = p.id AND {known_at("v")}
    WHERE p.recognition_id = x.id AND (v.stage <> 'decided' OR v.must_act <> 'nobody') AND x.what <> 'licenceStart'
    ORDER BY p.id DESC LIMIT 1) open ON true
ORDER BY {KEY}"""
