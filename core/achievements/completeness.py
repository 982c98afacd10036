"""Whether results are complete (rezultātu pilnība): per examination and school how many are expected, received and missing, with a hash.

Expected are the candidates who were not withdrawn, and who was not announced but has a result. The hash is the SHA-256 of the lines
`resultId:version` of what was received, each with its line feed, in the order of the numbers, so a copy can be compared without being sent.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Scope, ScopeKind
from core.connections import fetch_all
from core.errors import InvalidCursor, NotGranted
from core.reach import of_scope
from core.reading import INSTANT

HASH = "encode(sha256(coalesce(string_agg(q.entry_id || ':' || q.version || E'\\n', '' ORDER BY q.entry_id), '')::bytea), 'hex')"


def counted(examination: str, institution: str) -> str:
    """SQL: expected, received and the hash of an examination at a school, as a lateral join.

    Results without a candidate are looked for by the school: `IS NULL` would have all of them read for each one.
    """
    return f"""CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.expected) AS expected, count(q.entry_id) AS received, {HASH} AS hash FROM (
            SELECT k.state = 'registered' OR r.entry_id IS NOT NULL AS expected, r.entry_id, r.version
            FROM exam_candidate k LEFT JOIN exam_result r ON r.candidate_entry = k.entry_id AND upper_inf(r.recorded)
            WHERE k.examination_id = {examination} AND k.institution = {institution} AND upper_inf(k.recorded)
            UNION ALL
            SELECT true, r.entry_id, r.version FROM exam_result r
            WHERE r.examination_id = {examination} AND r.institution = {institution} AND upper_inf(r.recorded)
            AND coalesce(r.candidate_entry, 0) = 0) q)"""


def schools(examinations: str) -> str:
    """SQL: the examinations at schools that there are candidates or results of; `examinations` is a condition on examination_id."""
    return " UNION ".join(
        f"SELECT examination_id, institution FROM {table} WHERE upper_inf(recorded) AND {examinations}"
        for table in ("exam_candidate", "exam_result")
    )


class Completeness(NamedTuple):
    """One examination at one school (pilnība)."""

    examination: str
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    institution: str
    institution_name: str | None
    published_at: str | None
    expected: int
    received: int
    missing: int
    hash: str


class CompletenessPage(NamedTuple):
    """One page (lapa), and the cursor of the next one."""

    data_as_of: str
    lines: Sequence[Completeness]
    next_cursor: str | None


def completeness_page(
    session: Session,
    scope: Scope,
    school_year: str | None,
    examination: str | None,
    institution: str | None,
    cursor: str | None,
    size: int,
    today: date,
) -> CompletenessPage:
    """One page, by examination and school; a scope of institutions or municipalities sees their schools."""
    if scope.kind in (ScopeKind.PERSONS, ScopeKind.OWN):
        raise NotGranted("Completeness is for those who may see whole schools.")
    question = ("getCompleteness", *scope.values, school_year, examination, institution)
    after: tuple[int, str] = (0, "")
    if cursor is not None:
        match paging.take(question, cursor):
            case [int() as number, str() as school]:
                after = (number, school)
            case _:
                raise InvalidCursor
    asked = {"year": school_year, "examination": examination, "institution": institution, "after": after[0], "school": after[1]}
    rows = fetch_all(session, _page(scope.kind), {**scope.parameters, **asked, "limit": size + 1, "on": today})
    lines = [row for row in rows if row[1] is not None][:size]
    more = paging.give(question, [lines[-1][1], lines[-1][8]]) if len(rows) > size else None
    return CompletenessPage(rows[0][0], [Completeness(*line[2:]) for line in lines], more)


@cache
def _page(kind: ScopeKind) -> str:
    within = "true" if kind is ScopeKind.EVERYTHING else of_scope(kind, "s.institution")
    chosen = "examination_id = x.id AND (%(institution)s::text IS NULL OR institution = %(institution)s)"
    return f"""
SELECT {INSTANT.format("data_instant()")}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT e.id, e.code, e.kind, e.subject, e.level, e.school_year, e.session, s.institution,
        (SELECT ip.name FROM institution_profile ip WHERE ip.institution = s.institution AND upper_inf(ip.recorded)
         ORDER BY ip.valid @> coalesce(e.held_on, %(on)s::date) DESC, ip.valid DESC LIMIT 1),
        {INSTANT.format("e.published_at")}, n.expected, n.received, n.expected - n.received, n.hash
    FROM (
        SELECT x.id AS examination_id, s.institution FROM (
            SELECT id FROM examination WHERE id >= %(after)s AND (%(year)s::text IS NULL OR school_year = %(year)s)
            AND (%(examination)s::text IS NULL OR code = %(examination)s) ORDER BY id) x
        CROSS JOIN LATERAL (SELECT institution FROM ({schools(chosen)}) s WHERE (x.id, institution) > (%(after)s, %(school)s) AND {within}
            ORDER BY institution LIMIT %(limit)s) s
        ORDER BY x.id, s.institution LIMIT %(limit)s) s
    JOIN examination e ON e.id = s.examination_id
    {counted("s.examination_id", "s.institution")} n
    ORDER BY e.id, s.institution) found ON true"""
