"""One case with its history (lieta ar vēsturi), as it is or as it was known at an instant."""

from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.cases.reach import HIDDEN, NOW, sees
from core.cases.shown import AT_TEXT, LINE, LINE_WIDTH, Absence, Case, CaseEvent, CaseLine, case_parameters
from core.connections import fetch_all
from core.reading import INSTANT, check_as_of, instant, known_at

# The case and those that went into it, whenever that was: two histories in one.
HISTORY = f"""
SELECT e.case_id, e.kind, {INSTANT.format("e.at")}, e.on_day::text, CASE WHEN NOT %(hidden)s THEN e.municipality END,
    CASE WHEN NOT %(hidden)s OR e.kind IN ('opened', 'closed', 'reopened', 'reasonChanged', 'status', 'statusLapsed', 'measure')
        THEN e.value END,
    CASE WHEN NOT %(hidden)s THEN e.note END, CASE WHEN NOT %(hidden)s THEN e.client END,
    CASE WHEN NOT %(hidden)s AND (%(all_users)s OR e.client = %(client)s) THEN e.user_id END
FROM case_event e
WHERE e.case_id IN (
    WITH RECURSIVE joined (id) AS (
        SELECT %(case_id)s::bigint UNION
        SELECT m.case_id FROM case_version m JOIN joined ON m.merged_into = joined.id WHERE upper_inf(m.recorded))
    SELECT id FROM joined)
    AND e.at <= %(data_as_of)s::timestamptz
ORDER BY e.at, e.id"""
ABSENCES = f"""
SELECT a.id, a.institution, a.absent_from::text, a.absent_to::text, a.lessons, a.days, CASE WHEN NOT %(hidden)s THEN a.note END,
    {INSTANT.format("a.reported_at")}
FROM absence_report a JOIN identity i ON i.id = a.identity_id
WHERE i.person_id = %(person_id)s AND a.reported_at <= %(data_as_of)s::timestamptz ORDER BY a.id"""


class FoundCase(NamedTuple):
    """The instant at which the answer is true, the case when there is one that the asker may see, and whose it is."""

    data_as_of: str
    case: Case | None
    persons: list[int]


def get_case(
    session: Session,
    scope: Scope,
    rights: frozenset[str],
    client: str,
    case_id: int,
    as_of: datetime | None,
    today: date,
    now: datetime,
) -> FoundCase:
    """The case; nothing when there was none at the instant, or another municipality's."""
    check_as_of(as_of, now)
    asked: dict[str, Any] = {**scope.parameters, **case_parameters(rights, as_of, today), "case_id": case_id}
    asked["as_of"] = None if as_of is None else instant(as_of)
    [(data_as_of, person_id, hidden, evidence, address, merged_into, *line)] = fetch_all(session, _statement(scope.kind), asked)
    if person_id is None:
        return FoundCase(data_as_of, None, [])
    told = {"hidden": hidden, "all_users": scope.kind is ScopeKind.EVERYTHING, "client": client, "data_as_of": data_as_of}
    events = [CaseEvent(*row) for row in fetch_all(session, HISTORY, {**told, "case_id": case_id})]
    # A school's number tells the place, too.
    absences = [] if hidden else [Absence(*row) for row in fetch_all(session, ABSENCES, {**told, "person_id": person_id})]
    return FoundCase(data_as_of, Case(CaseLine(*line), evidence, address, merged_into, events, absences), [person_id])


@cache
def _statement(kind: ScopeKind) -> str:
    lived = f"""(SELECT r.address FROM residence r
        WHERE r.person_id = p.person_id AND r.kind = 'declared' AND {known_at("r")} AND r.valid @> %(on)s::date LIMIT 1)"""
    return f"""
SELECT {AT_TEXT}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT p.person_id, {HIDDEN}, CASE WHEN NOT {HIDDEN} THEN v.status_evidence END, CASE WHEN NOT {HIDDEN} THEN {lived} END,
        v.merged_into, {LINE}
    FROM child_case c {NOW}
    JOIN case_version held ON held.case_id = c.id AND upper_inf(held.recorded)
    JOIN case_version v ON v.case_id = c.id AND {known_at("v")}
    WHERE c.id = %(case_id)s AND {sees(kind, "held")}) found ({_names()}) ON true"""


def _names() -> str:
    """Names for the columns, of which some would be called alike."""
    return ", ".join(f"f{number}" for number in range(5 + LINE_WIDTH))
