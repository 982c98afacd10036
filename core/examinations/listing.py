"""What the register has of examinations (pārbaudījumu pārskats): how far each one is, and its candidates, also those whom nobody found.

Results that are held are seen by who has the right embargo; to everybody else a held one is missing, exactly as one that never came.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.achievements.shown import AssignedIdentifier
from core.connections import fetch_all
from core.errors import InvalidCursor, InvalidQuestion, NotGranted, UnknownExamination
from core.reach import of_scope
from core.reading import INSTANT

EXAMINATIONS = f"""
SELECT {INSTANT.format("now()")}, found.* FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT e.id, e.code, e.kind, e.subject, e.level, e.school_year, e.session, e.held_on::text, {INSTANT.format("e.publish_at")},
        {INSTANT.format("e.published_at")}, n.candidates, n.unmatched,
        CASE WHEN %(embargo)s THEN p.published + (
            SELECT count(*) FROM held_result h WHERE h.examination_id = e.id AND upper_inf(h.recorded)) END, p.published
    FROM examination e
    CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE k.state = 'registered') AS candidates,
            count(*) FILTER (WHERE k.state = 'registered' AND k.match <> 'matched') AS unmatched
        FROM exam_candidate k WHERE k.examination_id = e.id AND upper_inf(k.recorded)) n
    CROSS JOIN LATERAL (
        SELECT count(*) AS published FROM exam_result r WHERE r.examination_id = e.id AND upper_inf(r.recorded)) p
    WHERE e.id > %(after)s AND (%(year)s::text IS NULL OR e.school_year = %(year)s) AND (%(kind)s::text IS NULL OR e.kind = %(kind)s)
    ORDER BY e.id LIMIT %(limit)s) found ON true"""
STATES = {
    None: "true",
    "unmatched": "k.match <> 'matched'",
    "missing": "shown.result = 'missing' AND k.state = 'registered'",
    "held": "shown.result = 'held'",
    "published": "shown.result = 'published'",
}


class Progress(NamedTuple):
    """How far an examination is (pārbaudījuma gaita); `received` counts held results too, and needs the right embargo."""

    examination: str
    kind: str
    subject: str
    level: str
    school_year: str
    session: str
    held_on: str | None
    publish_at: str | None
    published_at: str | None
    candidates: int
    unmatched: int
    received: int | None
    published: int


class ExaminationsPage(NamedTuple):
    """One page of examinations (lapa), and the cursor of the next one."""

    data_as_of: str
    examinations: Sequence[Progress]
    next_cursor: str | None


class CandidateLine(NamedTuple):
    """A candidate as announced (kārtotājs), whether somebody was found, and what there is of a result."""

    candidate: str
    result_key: str | None
    personal_code: str | None
    identifier: AssignedIdentifier | None
    given_name: str
    surname: str
    birth_date: str | None
    institution: str
    match: str
    state: str
    result: str
    outcome: str | None
    scale: str | None
    value: str | None


class CandidatesPage(NamedTuple):
    """One page of candidates (lapa), whose data it is, and the cursor of the next one."""

    data_as_of: str
    persons: list[int]
    candidates: Sequence[CandidateLine]
    next_cursor: str | None


def list_examinations(
    session: Session, rights: frozenset[str], school_year: str | None, kind: str | None, cursor: str | None, size: int
) -> ExaminationsPage:
    """The examinations in the order in which they were entered."""
    question = ("listExaminations", school_year, kind)
    asked = {"year": school_year, "kind": kind, "embargo": Right.EMBARGO in rights, "after": _after(question, cursor), "limit": size + 1}
    rows = fetch_all(session, EXAMINATIONS, asked)
    lines = [row for row in rows if row[1] is not None][:size]
    more = paging.give(question, [lines[-1][1]]) if len(rows) > size else None
    return ExaminationsPage(rows[0][0], [Progress(*line[2:]) for line in lines], more)


def list_candidates(
    session: Session, scope: Scope, rights: frozenset[str], examination: str, state: str | None, cursor: str | None, size: int, today: date
) -> CandidatesPage:
    """The candidates of an examination, all or those in a state; the state held needs the right embargo."""
    if scope.kind in (ScopeKind.PERSONS, ScopeKind.OWN):
        raise NotGranted("Candidates are for those who may see whole schools.")
    if state not in STATES:
        raise InvalidQuestion("Candidates are asked for as unmatched, missing, held or published.")
    embargo = Right.EMBARGO in rights
    if state == "held" and not embargo:
        raise NotGranted("Results that are held are seen only with the right to results before their publication.")
    if not fetch_all(session, "SELECT FROM examination WHERE code = %(code)s", {"code": examination}):
        raise UnknownExamination
    question = ("listCandidates", examination, state, embargo, *scope.values)
    asked = {"code": examination, "embargo": embargo, "after": _after(question, cursor), "limit": size + 1, "on": today}
    rows = fetch_all(session, _candidates(scope.kind, state), {**scope.parameters, **asked})
    lines = [row for row in rows if row[1] is not None][:size]
    more = paging.give(question, [lines[-1][1]]) if len(rows) > size else None
    persons = sorted({line[2] for line in lines if line[2] is not None})
    return CandidatesPage(rows[0][0], persons, [CandidateLine(*line[3:]) for line in lines], more)


def _after(question: tuple[object, ...], cursor: str | None) -> int:
    if cursor is None:
        return 0
    match paging.take(question, cursor):
        case [int() as after]:
            return after
        case _:
            raise InvalidCursor


@cache
def _candidates(kind: ScopeKind, state: str | None) -> str:
    within = "true" if kind is ScopeKind.EVERYTHING else of_scope(kind, "k.institution")
    return f"""
SELECT {INSTANT.format("now()")}, found.* FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT k.entry_id, i.person_id, k.sender_key, CASE WHEN shown.result <> 'missing' THEN coalesce(r.sender_key, h.sender_key) END,
        CASE WHEN k.named_scheme = 'personal_code' THEN k.named_value END,
        CASE WHEN k.named_scheme = 'institution' THEN json_build_array(k.named_issuer, k.named_value) END,
        k.given_name, k.surname, k.birth_date::text, k.institution, k.match, k.state, shown.result,
        CASE shown.result WHEN 'published' THEN r.outcome WHEN 'held' THEN h.outcome END,
        CASE shown.result WHEN 'published' THEN r.scale WHEN 'held' THEN h.scale END,
        CASE shown.result WHEN 'published' THEN r.value WHEN 'held' THEN h.value END
    FROM exam_candidate k JOIN examination e ON e.id = k.examination_id
    LEFT JOIN identity i ON i.id = k.identity_id
    LEFT JOIN exam_result r ON r.candidate_entry = k.entry_id AND upper_inf(r.recorded)
    LEFT JOIN held_result h ON h.candidate_entry = k.entry_id AND upper_inf(h.recorded) AND r.id IS NULL
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.id IS NOT NULL THEN 'published' WHEN h.id IS NOT NULL AND %(embargo)s THEN 'held' ELSE 'missing' END
        ) shown (result)
    WHERE e.code = %(code)s AND upper_inf(k.recorded) AND k.entry_id > %(after)s AND {within} AND {STATES[state]}
    ORDER BY k.entry_id LIMIT %(limit)s) found ON true"""
