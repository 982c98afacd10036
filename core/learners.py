"""Lists of learners (izglītojamo saraksti): who is in an institution, or in the institutions of a municipality, on a day."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.access import Right, Scope, ScopeKind
from core.connections import fetch_all, fetch_one
from core.education import HEALTH_ONLY, AssignedIdentifier
from core.errors import InvalidQuestion, Refusal, UnknownInstitution, UnknownMunicipality
from core.identity_history import OTHERWISE, WHOSE_THEN, held_then, is_somebody, reached_now
from core.reach import LISTED, of_scope
from core.reading import AT, INSTANT, check_as_of, check_day, instant, known_at, with_predecessors


class Learner(NamedTuple):
    """A learner and the affiliation (izglītojamais un piederība), as a line of a list."""

    personal_code: str | None
    identifier: AssignedIdentifier | None
    given_name: str | None
    surname: str | None
    birth_date: str | None
    institution: str
    programme: str | None
    main: bool
    class_level: str | None
    class_group: str | None
    study_form: str | None
    language: str | None
    status: str
    started_on: str
    ended_on: str | None


class LearnersPage(NamedTuple):
    """One page (lapa): the instant it is true at, its lines, whose data they are, and the cursor of the next page."""

    data_as_of: str
    learners: Sequence[Learner]
    persons: list[int]
    next_cursor: str | None


class Asked(NamedTuple):
    """What a list is asked for: an institution or a municipality, a day, and what was known at an instant."""

    institution: str | None
    municipality: str | None
    on: date
    as_of: datetime | None


def learners_page(
    session: Session, scope: Scope, rights: frozenset[str], asked: Asked, cursor: str | None, size: int, now: datetime
) -> LearnersPage:
    """One page, by institution and in Latvian order; each later page shows what was known when the first one was read."""
    check_day(asked.on)
    check_as_of(asked.as_of, now)
    if (asked.institution is None) == (asked.municipality is None):
        raise InvalidQuestion("Name exactly one of institution and municipality.")
    question = ("listAffiliations", *asked, scope)
    as_of, after = None if asked.as_of is None else instant(asked.as_of), 0
    if cursor is not None:
        as_of, after = paging.begun(question, cursor, now)
    rows = _rows(session, scope, rights, asked, as_of, after, size)
    if not rows:
        return LearnersPage(_instant_of_no_rows(session, asked, as_of), [], [], None)
    lines, data_as_of = rows[:size], rows[0][0]
    more = paging.give(question, [data_as_of, lines[-1][2]]) if len(rows) > size else None
    return LearnersPage(data_as_of, [line[4:] for line in lines], _told_of(lines), more)


def _told_of(lines: Sequence[Any]) -> list[int]:
    """Whose data the lines are: whoever the learner is now, and for lines of the past, who it was thought to be then."""
    return list(dict.fromkeys([line[1] for line in lines] + [line[3] for line in lines]))


def _rows(session: Session, scope: Scope, rights: frozenset[str], asked: Asked, as_of: str | None, after: int, size: int) -> Sequence[Any]:
    statement = _statement(scope.kind, asked.municipality is not None, as_of is not None, after > 0)
    parameters = {
        **scope.parameters,
        **asked._asdict(),
        "as_of": as_of,
        "after": after,
        "limit": size + 1,
        "restricted": Right.RESTRICTED in rights,
        "health": Right.HEALTH in rights,
    }
    return fetch_all(session, statement, parameters)


@cache
def _statement(kind: ScopeKind, by_municipality: bool, past: bool, continued: bool) -> str:
    """The statement for a kind of scope, for what is known now or for what was known at an instant.

    The institutions that come before the cursor's are cut off, and within the sorted institutions the sort is incremental: a page costs
    what the institutions on it cost, wherever in the list it stands.
    """
    places = _institutions("ARRAY[%(municipality)s]", known_at("ip")) if by_municipality else "ARRAY[%(institution)s]::text[]"
    learner = f"""JOIN identity i ON i.id = a.identity_id
    {WHOSE_THEN if past else ""}
    JOIN person_profile p ON p.person_id = {"whose" if past else "i"}.person_id AND {known_at("p")}"""
    last = (
        f"""
behind AS (
    SELECT a.institution, p.sort_key, a.id FROM affiliation a {learner} WHERE a.id = %(after)s),"""
        if continued
        else ""
    )
    after_last = (
        """AND a.institution >= (SELECT institution FROM behind)
    AND (a.institution > (SELECT institution FROM behind)
         OR (p.sort_key COLLATE "C", a.id) > ((SELECT sort_key FROM behind), (SELECT id FROM behind)))"""
        if continued
        else ""
    )
    return f"""
WITH {last} page AS (
    SELECT i.person_id AS person_now, p.person_id, a.id, p.given_name, p.surname, p.sort_key, p.born_on, i.scheme, i.issuer, i.value,
        a.institution, a.programme, a.main, a.class_level, a.class_group, a.study_form, a.language, a.status, a.valid
    FROM affiliation a
    {learner}
    WHERE a.institution = ANY({places}) AND a.valid @> %(on)s::date
    AND coalesce(upper(a.valid), 'infinity'::date) > %(on)s::date AND {known_at("a")} AND a.status <> 'DUB'
    AND {_reached(kind)} {_reached_as_then(kind) if past else ""} {after_last}
    ORDER BY a.institution, p.sort_key COLLATE "C", a.id LIMIT %(limit)s)
SELECT (SELECT {INSTANT.format(AT)}), a.person_now, a.id, a.person_id,
    CASE WHEN a.scheme = 'personal_code' THEN coalesce(code.value, a.value) ELSE code.value END,
    CASE WHEN a.scheme = 'institution' AND code.value IS NULL THEN json_build_array(a.issuer, a.value) END,
    a.given_name, a.surname, a.born_on::text, a.institution,
    {HEALTH_ONLY.format("a.programme")},
    a.main, a.class_level, a.class_group, a.study_form, a.language, a.status, lower(a.valid)::text, (upper(a.valid) - 1)::text
FROM page a
{_code(past)}
ORDER BY a.institution, a.sort_key COLLATE "C", a.id
"""


def _code(past: bool) -> str:
    """The personal code that the learner has now, or had at the instant."""
    now = "LEFT JOIN identity {0} ON {0}.person_id = a.person_id AND {0}.scheme = 'personal_code' AND {0}.current"
    if not past:
        return now.format("code")
    held = f"SELECT c.value FROM {held_then('a.person_id')} c WHERE c.scheme = 'personal_code' AND c.current"
    return f"""{now.format("today")}
CROSS JOIN LATERAL (
    SELECT CASE WHEN {OTHERWISE} THEN ({held}) WHEN today.created_at <= {AT} THEN today.value END AS value) code"""


def _institutions(municipalities: str, recorded: str) -> str:
    """The institutions that are in some municipalities on the day, found once for the statement."""
    return f"""ARRAY(
        SELECT ip.institution FROM institution_profile ip
        WHERE ip.municipality = ANY({with_predecessors(municipalities, "%(on)s::date")})
        AND {recorded} AND ip.valid @> %(on)s::date)"""


def _reached(kind: ScopeKind) -> str:
    """Whether the scope reaches a line of the list, by its institution or by who the learner is, as `core.reach` decides it: by now."""
    match kind:
        case ScopeKind.EVERYTHING:
            return "true"
        case ScopeKind.MUNICIPALITIES:
            # Where the learner lives is looked up only for lines that the institution does not already give.
            return f"""(a.institution = ANY({_institutions("%(scope)s", "upper_inf(ip.recorded)")}) OR EXISTS (
        SELECT FROM residence r JOIN person_profile pn ON pn.person_id = r.person_id AND upper_inf(pn.recorded)
        WHERE r.person_id = i.person_id AND r.kind = 'declared' AND (%(restricted)s OR NOT pn.restricted)
        AND upper_inf(r.recorded) AND r.valid @> %(on)s::date
        AND r.municipality = ANY({with_predecessors("%(scope)s", "%(on)s::date")})))"""
        case ScopeKind.INSTITUTIONS:
            return of_scope(kind, "a.institution")
        case ScopeKind.PERSONS:
            return LISTED.format("i.person_id")
        case ScopeKind.OWN:
            return "false"


def _reached_as_then(kind: ScopeKind) -> str:
    """A line shows the names of whom its identity belonged to then: when that is somebody else now, the scope must reach both."""
    if kind in (ScopeKind.EVERYTHING, ScopeKind.OWN):
        return ""
    return f"""AND (p.person_id = i.person_id OR NOT {is_somebody("p.person_id")} OR {reached_now(kind, "whose.person_id")})"""


def _instant_of_no_rows(session: Session, asked: Asked, as_of: str | None) -> str:
    """When an empty list is true; refuses a place that does not exist, which is something else than an empty list."""
    place = "institution WHERE registration_number = %(institution)s"
    refusal: type[Refusal] = UnknownInstitution
    if asked.municipality is not None:
        place, refusal = "municipality WHERE code = %(municipality)s AND valid @> %(on)s::date", UnknownMunicipality
    statement = f"SELECT {INSTANT.format(AT)} FROM {place}"
    found = fetch_one(session, statement, {**asked._asdict(), "as_of": as_of})
    if found is None:
        raise refusal
    return str(found[0])
