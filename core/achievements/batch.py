"""Achievements of up to a thousand applicants (pretendentu sasniegumi): in one statement, each with its own outcome."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.access import Scope, ScopeKind
from core.achievements.person import person_of, reading
from core.achievements.shown import Achievements
from core.connections import fetch_all
from core.education import Named
from core.reading import AT, INSTANT, check_as_of

FOUND, NOT_FOUND, INVALID = "found", "notFound", "invalid"


class Applicant(NamedTuple):
    """An applicant by its place in the request (pretendents), and what was found; `invalid` is no way to name anybody."""

    position: int
    outcome: str
    person: Achievements | None


class Batch(NamedTuple):
    """What was found of whom (kopums), and who is told of."""

    data_as_of: str
    persons: list[int]
    applicants: list[Applicant]


def achievements_batch(
    session: Session,
    scope: Scope,
    rights: frozenset[str],
    applicants: Sequence[Named | None],
    as_of: datetime | None,
    now: datetime,
    today: date,
) -> Batch:
    """What the register holds of each applicant; None among them is one who was not named in a valid way."""
    check_as_of(as_of, now)
    named = [(position, *who) for position, who in enumerate(applicants, 1) if who is not None]
    positions, schemes, issuers, values = (list(column) for column in zip(*named, strict=True)) if named else ([], [], [], [])
    asked = {"positions": positions, "schemes": schemes, "issuers": issuers, "values": values}
    rows = fetch_all(session, _statement(scope.kind, as_of is not None), {**asked, **reading(scope, rights, as_of, today)})
    persons: set[int] = set()
    people: dict[int, Achievements] = {}
    for _, position, told, person in rows:
        if told is not None:
            persons.update(told if as_of else [told])
            people[position] = Achievements(*person)
    lines = [_applicant(position, who is not None, people.get(position)) for position, who in enumerate(applicants, 1)]
    return Batch(rows[0][0], sorted(persons), lines)


def _applicant(position: int, valid: bool, person: Achievements | None) -> Applicant:
    return Applicant(position, FOUND if person is not None else NOT_FOUND if valid else INVALID, person)


@cache
def _statement(kind: ScopeKind, past: bool) -> str:
    by_name = "identity i WHERE i.value = named.value AND i.scheme = named.scheme AND i.issuer = named.issuer"
    return f"""
SELECT {INSTANT.format(AT)}, named.position, found.*
FROM (VALUES (1)) one
LEFT JOIN unnest(%(positions)s::int[], %(schemes)s::text[], %(issuers)s::text[], %(values)s::text[])
    AS named (position, scheme, issuer, value) ON true
LEFT JOIN LATERAL ({person_of(by_name, kind, past)}) found ON true
ORDER BY named.position"""
