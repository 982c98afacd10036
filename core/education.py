"""One person's education (personas izglītības dati): status, affiliations, teaching posts, in one statement."""

from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.accreditation.effect import recognised_then
from core.connections import fetch_all
from core.identity_history import WHOSE_THEN, held_then, known_now
from core.reach import own_rows, reached
from core.reading import AT, INSTANT, check_as_of, check_day, day_then, known, successors

# A special programme and a medical end tell of a person's health. Were only they withheld, their absence would tell it too: without the
# right nobody's programme and end reason are shown.
HEALTH_ONLY = "CASE WHEN %(health)s THEN {0} END"


class AssignedIdentifier(NamedTuple):
    """An identifier that an institution assigned to a person (iestādes piešķirts identifikators)."""

    institution: str
    value: str


class Affiliation(NamedTuple):
    """A learner's place in an institution (piederība), as it is shown."""

    institution: str
    institution_name: str | None
    programme: str | None
    programme_name: str | None
    main: bool
    class_level: str | None
    class_group: str | None
    study_form: str | None
    language: str | None
    status: str
    started_on: str
    ended_on: str | None
    start_order: str | None
    end_order: str | None
    end_reason: str | None
    programme_licensed: bool
    programme_accredited: bool


class TeachingPost(NamedTuple):
    """A teacher's post (pedagoga amats), as it is shown."""

    institution: str
    institution_name: str | None
    post: str
    load: str | None
    started_on: str
    ended_on: str | None


class Person(NamedTuple):
    """A person and the person's education (persona un tās izglītība)."""

    personal_code: str | None
    former_personal_codes: list[str]
    identifiers: list[AssignedIdentifier]
    given_name: str | None
    surname: str | None
    birth_date: str | None
    status: str | None
    municipality: str | None
    affiliations: list[Affiliation]
    teaching_posts: list[TeachingPost]


class Found(NamedTuple):
    """What the register holds of the person that was asked for, and who is told of: what was known then can be about several people now."""

    persons: list[int]
    data_as_of: str
    person: Person

    @property
    def person_id(self) -> int:
        """The person (first of those who are told of)."""
        return self.persons[0]


class Named(NamedTuple):
    """How an asker names a person: by a personal code, or by an identifier that an institution assigned."""

    scheme: str
    issuer: str
    value: str


def person_education(
    session: Session,
    scope: Scope,
    rights: frozenset[str],
    named: Named,
    on: date | None,
    as_of: datetime | None,
    now: datetime,
    today: date,
) -> tuple[str, Found | None]:
    """When the data is true, and the person within the scope, or None; all affiliations, or those that hold on a day."""
    check_day(on)
    check_as_of(as_of, now)
    statement = _statement(scope.kind, as_of is not None, on is not None)
    asking = {
        **scope.parameters,
        **named._asdict(),
        "on": on or today,
        "today": day_then(as_of, today),
        "as_of": as_of,
        "restricted": Right.RESTRICTED in rights,
        "health": Right.HEALTH in rights,
    }
    [row] = fetch_all(session, statement, asking)
    data_as_of, persons = row[0], row[1]
    if persons is None:
        return data_as_of, None
    return data_as_of, Found(persons if as_of else [persons], data_as_of, Person(*row[2:]))


@cache
def _statement(kind: ScopeKind, past: bool, one_day: bool) -> str:
    """The statement for a kind of scope; the outer join gives one row, and its instant, also when nobody is found."""
    at = "then" if past else None
    holds = "AND a.valid @> %(on)s::date" if one_day else ""
    post_holds = holds.replace("a.valid", "t.valid")
    identity, of_person = (held_then("p.person_id"), "true") if past else ("identity", "{0}.person_id = p.person_id")
    return f"""
SELECT {INSTANT.format(AT)}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL (
    SELECT {"known_now.persons" if past else "p.person_id"},
        (SELECT c.value FROM {identity} c WHERE {of_person.format("c")} AND c.scheme = 'personal_code' AND c.current),
        (SELECT coalesce(json_agg(c.value ORDER BY c.id), '[]') FROM {identity} c
         WHERE {of_person.format("c")} AND c.scheme = 'personal_code' AND NOT c.current),
        (SELECT coalesce(json_agg(json_build_array(c.issuer, c.value) ORDER BY c.id), '[]') FROM {identity} c
         WHERE {of_person.format("c")} AND c.scheme = 'institution' {own_rows(kind, "c.issuer")}),
        p.given_name, p.surname, p.born_on::text, p.status,
        CASE WHEN %(restricted)s OR NOT known_now.restricted THEN home.municipality END,
        (SELECT coalesce(json_agg(json_build_array(
                a.institution, ip.name,
                {HEALTH_ONLY.format("a.programme")}, {HEALTH_ONLY.format(_programme_name(at))},
                a.main, a.class_level, a.class_group, a.study_form, a.language, a.status, lower(a.valid), upper(a.valid) - 1,
                a.start_order, a.end_order, {HEALTH_ONLY.format("a.end_reason")}, recognised.licensed, recognised.accredited)
            ORDER BY lower(a.valid) DESC, a.id DESC), '[]')
         FROM {identity} ai
         JOIN affiliation a ON a.identity_id = ai.id AND {known("a", at)} AND a.status <> 'DUB' {holds}
         {_name_of_the_time("a", at)}
         CROSS JOIN LATERAL {recognised_then("a", _last_day("a"), at)} recognised
         WHERE {of_person.format("ai")} {own_rows(kind, "a.institution")}),
        (SELECT coalesce(json_agg(json_build_array(
                t.institution, ip.name, t.post, t.load::text, lower(t.valid), upper(t.valid) - 1)
            ORDER BY lower(t.valid) DESC, t.id DESC), '[]')
         FROM {identity} ti
         JOIN teaching_post t ON t.identity_id = ti.id AND {known("t", at)} {post_holds}
         {_name_of_the_time("t", at)}
         WHERE {of_person.format("ti")} {own_rows(kind, "t.institution")})
    FROM identity i
    {WHOSE_THEN if past else ""}
    JOIN person_profile p ON p.person_id = {"whose" if past else "i"}.person_id AND {known("p", at)}
    {_home(at)}
    {_seen_by(kind, past)}
    WHERE i.value = %(value)s AND i.scheme = %(scheme)s AND i.issuer = %(issuer)s
    AND {f"i.created_at <= {AT} AND known_now.reached" if past else reached(kind)}) found ON true
"""


def _home(at: str | None) -> str:
    """Where the person's declared residence is on the day, as the register knew it."""
    return f"""LEFT JOIN LATERAL (
        SELECT {successors("r.municipality", "%(on)s::date")} AS municipality FROM residence r
        WHERE r.person_id = p.person_id AND r.kind = 'declared' AND {known("r", at)} AND r.valid @> %(on)s::date) home ON true"""


def _seen_by(kind: ScopeKind, past: bool) -> str:
    """What `core.reach` decides by; a question about now has read it already."""
    return known_now(kind, "p.person_id") if past else "CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now"


def _programme_name(at: str | None) -> str:
    """What the programme was called on the row's last day; who learns longer than it was offered has the name of the nearest period."""
    day = _last_day("a")
    return f"""(
                    SELECT pr.name FROM programme_profile pr
                    WHERE pr.institution = a.institution AND pr.code = a.programme AND {known("pr", at)}
                    ORDER BY pr.valid @> {day} DESC, lower(pr.valid) <= {day} DESC, pr.valid DESC LIMIT 1)"""


def _name_of_the_time(table: str, at: str | None) -> str:
    """Old rows keep the name that the institution had when they ended."""
    return f"""LEFT JOIN institution_profile ip ON ip.institution = {table}.institution AND {known("ip", at)}
             AND ip.valid @> {_last_day(table)}"""


def _last_day(table: str) -> str:
    """The last day of a row, or the day that is asked about when it ends later."""
    return f"least(upper({table}.valid) - 1, %(on)s::date)"
