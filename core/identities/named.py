"""The identities that an officer names (nosauktās identitātes): found within the officer's scope, their persons locked."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import Right, Scope, ScopeKind
from core.connections import cursor
from core.education import AssignedIdentifier, Named
from core.errors import NotGranted, UnknownPerson
from core.identity_history import declared_now, reached_now
from core.people import lock
from core.reach import own_rows

# Identities go from person to person one decision after another; whoever takes over a list of people waits for them, or they for it.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('viis identities'))"
AT_REST = "SELECT pg_advisory_xact_lock_shared(hashtext('viis identities'))"
HELD = """
SELECT id, person_id, scheme, issuer, value, current, created_at FROM identity WHERE person_id = ANY(%(people)s) ORDER BY id"""

CAME_FROM = """
SELECT DISTINCT v.from_person_id FROM identity i JOIN identity_move v ON v.identity_id = i.id AND v.merge_id IS NOT NULL
WHERE i.person_id = ANY(%(people)s)"""


class Decision(NamedTuple):
    """Who decides (lēmuma pieņēmējs): the client and its user, whose data they reach, the day, and why."""

    client: str
    user: str
    scope: Scope
    rights: frozenset[str]
    today: date
    reason: str


class Identity(NamedTuple):
    """An identity and whose it is."""

    id: int
    person_id: int
    scheme: str
    issuer: str
    value: str
    current: bool
    created_at: datetime

    @property
    def is_code(self) -> bool:
        """Whether it is a personal code, and not an identifier that an institution assigned."""
        return self.scheme == "personal_code"


class KnownAs(NamedTuple):
    """By what a person is known now: the code of the day, former codes, identifiers as institution and value."""

    personal_code: str | None
    former_personal_codes: list[str]
    identifiers: list[AssignedIdentifier]


def keep_at_rest(session: Session) -> None:
    """Until the transaction ends no identity is merged, separated or swapped by anybody else."""
    cursor(session).execute(AT_REST)


def find(session: Session, by: Decision, names: Collection[Named]) -> dict[Named, Identity]:
    """The identities of these names, whose persons are locked; UnknownPerson when one is not known, or not within the scope."""
    if by.scope.kind is ScopeKind.OWN:
        raise NotGranted("That two records are one person is decided by an office, not on one's own behalf.")
    run = cursor(session).execute
    run(ONE_AT_A_TIME)
    schemes, issuers, values = (list(column) for column in zip(*names, strict=True))
    named = {**_parameters(by), "schemes": schemes, "issuers": issuers, "values": values}
    found = run(_find(by.scope.kind), named).fetchall()
    if len(found) < len(set(names)):
        raise UnknownPerson("Nobody is known by this code or identifier.")
    people = {person for _, person in found}
    # At once, in the order of their ids, with all to whom something may go back.
    lock(session, people | {person for (person,) in run(CAME_FROM, {"people": list(people)})})
    held = {Named(entry.scheme, entry.issuer, entry.value): entry for entry in held_by(session, people)}
    return {name: held[name] for name in names}


def held_by(session: Session, people: Iterable[int]) -> list[Identity]:
    """Every identity of these people."""
    return [Identity(*row) for row in cursor(session).execute(HELD, {"people": list(people)})]


def known_as(session: Session, by: Decision, people: Sequence[int]) -> list[KnownAs]:
    """By what each of these people is known, as far as the scope shows it."""
    rows = cursor(session).execute(_shown(by.scope.kind), {**_parameters(by), "people": list(people)}).fetchall()
    known = {person: KnownAs(*told) for person, *told in rows}
    return [known[person] for person in people]


def _parameters(by: Decision) -> dict[str, Any]:
    return {**by.scope.parameters, "on": by.today, "today": by.today, "restricted": Right.RESTRICTED in by.rights}


@cache
def _find(kind: ScopeKind) -> str:
    # Whoever may see everybody finds those, too, of whom nothing but a code is known.
    within = "true" if kind is ScopeKind.EVERYTHING else reached_now(kind, "i.person_id")
    return f"""
SELECT DISTINCT i.id, i.person_id FROM unnest(%(schemes)s::text[], %(issuers)s::text[], %(values)s::text[]) AS n (scheme, issuer, value)
JOIN identity i ON (i.value, i.scheme, i.issuer) = (n.value, n.scheme, n.issuer) WHERE {within}"""


@cache
def _shown(kind: ScopeKind) -> str:
    return f"""
SELECT i.person_id, max(i.value) FILTER (WHERE i.scheme = 'personal_code' AND i.current),
    coalesce(json_agg(i.value ORDER BY i.id) FILTER (WHERE i.scheme = 'personal_code' AND NOT i.current), '[]'),
    coalesce(json_agg(json_build_array(i.issuer, i.value) ORDER BY i.id)
        FILTER (WHERE i.scheme = 'institution' {own_rows(kind, "i.issuer")}), '[]')
FROM identity i LEFT JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
{declared_now("home")}
CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
WHERE i.person_id = ANY(%(people)s) GROUP BY i.person_id"""
