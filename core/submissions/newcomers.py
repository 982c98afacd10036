"""People whom the register does not know yet (jaunas personas): entered with the names that their first sender gave."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.connections import cursor
from core.submissions.items import Item, Name

NEW_IDS = """
SELECT nextval('person_id_seq'), nextval('identity_id_seq') FROM generate_series(1, %(count)s)"""
COPY_PEOPLE = "COPY person (id) FROM STDIN"
COPY_IDENTITIES = "COPY identity (id, person_id, scheme, issuer, value) FROM STDIN"
COPY_PROFILES = "COPY person_profile (person_id, given_name, surname, born_on, source) FROM STDIN"


class Newcomer(NamedTuple):
    """A person who was just entered, and the identity that names it."""

    person_id: int
    identity_id: int


def enter(session: Session, source: str, named: Mapping[Name, Item]) -> dict[Name, Newcomer]:
    """Enters a person for each name, with the names in the item that named it first."""
    if not named:
        return {}
    # Two messages that name the same people wait for each other instead of for ever: always in one order.
    ordered = sorted(named)
    ids = cursor(session).execute(NEW_IDS, {"count": len(ordered)}).fetchall()
    entered = {name: Newcomer(*pair) for name, pair in zip(ordered, ids, strict=True)}
    _copy(session, COPY_PEOPLE, ((person,) for person, _ in entered.values()))
    _copy(session, COPY_IDENTITIES, ((identity, person, *name) for name, (person, identity) in entered.items()))
    record(session, source, {entered[name].person_id: item for name, item in named.items()})
    return entered


def record(session: Session, source: str, people: Mapping[int, Item]) -> None:
    """Gives people who have none a profile with the names in an item."""
    if people:
        _copy(
            session,
            COPY_PROFILES,
            ((person, item.given_name, item.surname, item.birth_date or None, source) for person, item in people.items()),
        )


def _copy(session: Session, statement: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with cursor(session).copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
