"""One person's achievements (personas sasniegumi): documents with marks and examination results, in one statement."""

from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.achievements.pieces import achievements_json
from core.achievements.shown import Achievements
from core.connections import fetch_all
from core.education import Named
from core.identity_history import WHOSE_THEN, held_then, known_now
from core.reach import own_rows, reached
from core.reading import AT, INSTANT, check_as_of, day_then, known, successors

BY_NAME = "identity i WHERE i.value = %(value)s AND i.scheme = %(scheme)s AND i.issuer = %(issuer)s"
# A number that was corrected still leads to the person, unless another document has it now; one that stands for two people leads to nobody.
BY_DOCUMENT = """identity i WHERE i.id = (
        SELECT min(o.id) FROM (
            SELECT n.id, n.person_id, rank() OVER (ORDER BY upper_inf(d.recorded) DESC) AS place
            FROM education_document d JOIN identity n ON n.id = d.identity_id
            WHERE d.number = %(number)s AND d.series IS NOT DISTINCT FROM %(series)s) o
        WHERE o.place = 1 HAVING count(DISTINCT o.person_id) = 1)"""
# Who may not see a document learns nothing by its number.
SEEN_DOCUMENT = """EXISTS (
        SELECT FROM identity si JOIN education_document sd ON sd.identity_id = si.id
        WHERE si.person_id = i.person_id AND sd.number = %(number)s AND sd.series IS NOT DISTINCT FROM %(series)s {0})"""


class NamedDocument(NamedTuple):
    """How an asker names a person: by the number of a document (dokumenta sērija un numurs), also a former one."""

    series: str | None
    number: str


class Found(NamedTuple):
    """What the register holds of the person that was asked for, and who is told of."""

    persons: list[int]
    data_as_of: str
    person: Achievements

    @property
    def person_id(self) -> int:
        """The person (first of those who are told of)."""
        return self.persons[0]


def person_achievements(
    session: Session,
    scope: Scope,
    rights: frozenset[str],
    named: Named | NamedDocument,
    as_of: datetime | None,
    now: datetime,
    today: date,
) -> tuple[str, Found | None]:
    """When the data is true, and the person within the scope, or None."""
    check_as_of(as_of, now)
    statement = _statement(scope.kind, as_of is not None, isinstance(named, NamedDocument))
    [row] = fetch_all(session, statement, {**named._asdict(), **reading(scope, rights, as_of, today)})
    data_as_of, persons, person = row
    if persons is None:
        return data_as_of, None
    return data_as_of, Found(persons if as_of else [persons], data_as_of, Achievements(*person))


def reading(scope: Scope, rights: frozenset[str], as_of: datetime | None, today: date) -> dict[str, object]:
    """The parameters of a read, apart from whom it names."""
    return {
        **scope.parameters,
        "on": today,
        "today": day_then(as_of, today),
        "as_of": as_of,
        "restricted": Right.RESTRICTED in rights,
        "health": Right.HEALTH in rights,
    }


@cache
def _statement(kind: ScopeKind, past: bool, by_document: bool) -> str:
    return f"""
SELECT {INSTANT.format(AT)}, found.*
FROM (VALUES (1)) one LEFT JOIN LATERAL ({person_of(BY_DOCUMENT if by_document else BY_NAME, kind, past)}) found ON true"""


def person_of(named: str, kind: ScopeKind, past: bool) -> str:
    """SQL: of identity `i`, which is found as `named` says, the persons who are told of and the achievements, within the scope."""
    at = "then" if past else None
    source, _, condition = named.partition(" WHERE ")
    if named == BY_DOCUMENT and (limit := own_rows(kind, "sd.institution")):
        condition = f"{condition} AND {SEEN_DOCUMENT.format(limit)}"

    def held(alias: str) -> str:
        return f"{held_then('p.person_id') if past else 'identity'} {alias}"

    def of_person(alias: str) -> str:
        return "true" if past else f"{alias}.person_id = p.person_id"

    def own(institution: str) -> str:
        return own_rows(kind, institution)

    seen = (
        known_now(kind, "p.person_id")
        if past
        else f"{_home()} CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now"
    )
    return f"""
    SELECT {"known_now.persons" if past else "p.person_id"}, {achievements_json("p.person_id", held, of_person, own, at)}
    FROM {source}
    {WHOSE_THEN if past else ""}
    JOIN person_profile p ON p.person_id = {"whose" if past else "i"}.person_id AND {known("p", at)}
    {seen}
    WHERE {condition} AND {f"i.created_at <= {AT} AND known_now.reached" if past else reached(kind)}"""


def _home() -> str:
    """Where the person's declared residence is today: a municipality's scope goes by it."""
    return f"""LEFT JOIN LATERAL (
        SELECT {successors("r.municipality", "%(on)s::date")} AS municipality FROM residence r
        WHERE r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date) home ON true"""
