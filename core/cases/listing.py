"""The work list (nemācošo bērnu saraksts): a municipality's cases, or all, as they are or as they were known at an instant, in pages."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Scope, ScopeKind
from core.cases.reach import HIDDEN, NOW, sees
from core.cases.rules import NO_STATUS
from core.cases.shown import AT_TEXT, HONESTY, LINE, CaseLine, case_parameters
from core.connections import fetch_all, fetch_one
from core.errors import UnknownMunicipality
from core.reading import check_as_of, instant, known_at


class AskedCases(NamedTuple):
    """Which cases are asked for (saraksta nosacījumi); what is None is not a condition. `state` is active unless it is said."""

    municipality: str | None = None
    state: str = "active"
    reason: str | None = None
    status: str | None = None
    status_class: str | None = None
    honesty: str | None = None
    escalated: bool | None = None
    as_of: datetime | None = None


class CasesPage(NamedTuple):
    """One page (lapa): the instant it is true at, its cases, whose they are, the cursor of the next page."""

    data_as_of: str
    cases: Sequence[CaseLine]
    persons: list[int]
    next_cursor: str | None


def list_cases(
    session: Session,
    scope: Scope,
    rights: frozenset[str],
    asked: AskedCases,
    cursor: str | None,
    size: int,
    today: date,
    now: datetime,
) -> CasesPage:
    """One page in the order of the cases; each later page shows what was known when the first one was read."""
    check_as_of(asked.as_of, now)
    question = ("listCases", *asked, scope)
    as_of, after = None if asked.as_of is None else instant(asked.as_of), 0
    if cursor is not None:
        as_of, after = paging.begun(question, cursor, now)
    values = {**scope.parameters, **case_parameters(rights, asked.as_of, today), **asked._asdict(), "as_of": as_of}
    values |= {"places": _places(scope, asked), "after": after, "limit": size + 1}
    rows = fetch_all(session, _statement(scope.kind, values["places"] is not None), values)
    if not rows:
        return CasesPage(_instant_of_no_rows(session, values), [], [], None)
    lines, data_as_of = rows[:size], rows[0][0]
    more = paging.give(question, [data_as_of, lines[-1][2]]) if len(rows) > size else None
    return CasesPage(data_as_of, [CaseLine(*line[2:]) for line in lines], list(dict.fromkeys(line[1] for line in lines)), more)


def _places(scope: Scope, asked: AskedCases) -> list[str] | None:
    """The municipalities whose lists are asked for; None is the whole nation's."""
    if scope.kind is ScopeKind.MUNICIPALITIES:
        return [place for place in scope.values if asked.municipality in (None, place)]
    return None if asked.municipality is None else [asked.municipality]


CONDITIONS = f"""
    v.state = %(state)s AND (%(reason)s::text IS NULL OR v.reason = %(reason)s)
    AND (%(status)s::text IS NULL OR coalesce(v.status, '{NO_STATUS}') = %(status)s)
    AND (%(status_class)s::text IS NULL OR coalesce(v.status_class, 'open') = %(status_class)s)
    AND (%(escalated)s::boolean IS NULL OR (v.escalation IS NOT NULL) = %(escalated)s)
    AND (%(honesty)s::text IS NULL OR {HONESTY} = %(honesty)s)"""


@cache
def _statement(kind: ScopeKind, by_place: bool) -> str:
    """Each municipality's cases are found by its index from the cursor on: a page costs no more for standing far behind in the list."""
    shown = f"NOT {HIDDEN}" if by_place else "true"
    placed = f"""
    SELECT v.id, v.case_id FROM case_version v
    JOIN child_case c ON c.id = v.case_id {NOW}
    JOIN case_version held ON held.case_id = v.case_id AND upper_inf(held.recorded)
    WHERE {{0}} v.case_id > %(after)s AND {known_at("v")} AND {sees(kind, "held")} AND {shown} AND {CONDITIONS}
    ORDER BY v.case_id LIMIT %(limit)s"""
    if by_place:
        each = "SELECT {0}.* FROM unnest(%(places)s::text[]) place CROSS JOIN LATERAL ({1}) {0}"
        own = each.format("own", placed.format("v.municipality = place AND"))
        offered = each.format("offered", placed.format("v.offered_to = place AND v.offered_to IS NOT NULL AND"))
        chosen = f"SELECT DISTINCT id, case_id FROM ({own} UNION ALL {offered}) both_lists ORDER BY case_id LIMIT %(limit)s"
    else:
        chosen = placed.format("")
    return f"""
WITH page AS MATERIALIZED ({chosen})
SELECT {AT_TEXT}, p.person_id, {LINE}
FROM page JOIN case_version v ON v.id = page.id JOIN child_case c ON c.id = v.case_id {NOW}
ORDER BY v.case_id"""


def _instant_of_no_rows(session: Session, values: Mapping[str, Any]) -> str:
    """When an empty list is true; refuses a municipality that does not exist."""
    place = "%(municipality)s::text IS NULL OR EXISTS (SELECT FROM municipality WHERE code = %(municipality)s)"
    found = fetch_one(session, f"SELECT {AT_TEXT} WHERE {place}", values)
    if found is None:
        raise UnknownMunicipality
    return str(found[0])
