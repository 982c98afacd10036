"""Databases of municipalities (pašvaldību datubāzes): who keeps a copy of its own of what it may hold, why, and since when.

What is in such a copy is what `holding` gives the municipality, and what everybody may hold. A name stands for one copy for ever: a removed
one is kept, so that it can be told later who held what, when and on what basis.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.connections import cursor
from core.disclosure import INSERT, Disclosure, parameters
from core.errors import InvalidQuestion, UnknownMunicipality
from core.model import MunicipalFeed, Municipality

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
PUBLIC = "public"
PERSONS_A_ROW = 10_000

# A writer that is changing `holding` is waited for; one that comes later waits, finds the copy on record and discloses its own changes.
NO_WRITERS = text("LOCK TABLE holding IN SHARE MODE")
HELD_PERSONS = text(
    "SELECT DISTINCT person_id FROM holding WHERE municipality = :municipality AND person_id IS NOT NULL ORDER BY person_id"
)
SUCCESSOR = text("SELECT successor FROM municipality_succession WHERE predecessor = :code AND since <= :today")


def add(session: Session, name: str, municipality: str, *, health: bool, purpose: str, legal_basis: str, today: date) -> MunicipalFeed:
    """Registers a copy (pašvaldības datubāze) and discloses to it who is in it; the same again changes nothing."""
    check_name(name)
    purpose, legal_basis = purpose.strip(), legal_basis.strip()
    if not purpose or not legal_basis:
        raise InvalidQuestion("A copy needs a purpose and a legal basis in words.")
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('viis municipal feeds'))"))
    known = session.get(MunicipalFeed, name)
    if known is None:
        _check_municipality(session, municipality, today)
        known = MunicipalFeed(name=name, municipality=municipality, health=health, purpose=purpose, legal_basis=legal_basis)
        session.add(known)
        session.flush()
        session.execute(NO_WRITERS)
        persons = session.scalars(HELD_PERSONS, {"municipality": municipality}).all()
        disclose(session, [(name, purpose, legal_basis, persons)])
        return known
    if known.removed_at is not None:
        raise InvalidQuestion(f"The feed {name} was removed on {known.removed_at:%d.%m.%Y}. Its name stays its own: choose another one.")
    if (known.municipality, known.health, known.purpose, known.legal_basis) != (municipality, health, purpose, legal_basis):
        raise InvalidQuestion(
            f"There is a feed {name} already, for municipality {known.municipality}, {'with' if known.health else 'without'} health data, "
            f'purpose "{known.purpose}", legal basis "{known.legal_basis}". Choose another name, or remove that feed first.'
        )
    return known


def in_force(session: Session, name: str) -> MunicipalFeed | None:
    """The copy of this name, unless there is none or it was removed."""
    check_name(name)
    found = session.get(MunicipalFeed, name)
    return None if found is None or found.removed_at is not None else found


def all_in_force(session: Session) -> Sequence[MunicipalFeed]:
    """Every copy that is kept now, by name."""
    return session.scalars(select(MunicipalFeed).where(MunicipalFeed.removed_at.is_(None)).order_by(MunicipalFeed.name)).all()


def is_known(session: Session, name: str) -> bool:
    """Whether there is or was a copy of this name."""
    check_name(name)
    return session.get(MunicipalFeed, name) is not None


def remove(session: Session, name: str) -> datetime:
    """Writes down that a copy is no more, once everything of it is gone."""
    found = session.get_one(MunicipalFeed, name, with_for_update=True)
    if found.removed_at is None:
        found.removed_at = session.scalar(select(func.now()))
        session.flush()
    assert found.removed_at is not None, "a server tells the time"
    return found.removed_at


def disclose(session: Session, copies: Iterable[tuple[str, str, str, Sequence[int]]]) -> None:
    """Writes into the journal that persons' rows go into copies: name, purpose and basis of each copy, and the persons.

    It commits together with the rows, and what is not committed leaves by no replication.
    """
    now = session.scalar(select(func.now()))
    assert now is not None, "a server tells the time"
    for name, purpose, legal_basis, persons in copies:
        for first in range(0, len(persons), PERSONS_A_ROW):
            row = Disclosure(
                disclosed_at=now,
                message_id=f"municipal-feed/{name}",
                client=f"municipal-feed/{name}",
                user=None,
                on_behalf_of=None,
                issue=None,
                operation="municipalFeed",
                purpose=purpose,
                legal_basis=legal_basis,
                data_as_of=None,
                outcome="copied",
                persons=persons[first : first + PERSONS_A_ROW],
            )
            cursor(session).execute(INSERT, parameters(row))


def check_name(name: str) -> None:
    """Refuses what cannot be part of the names of a database, a role and a slot."""
    if not NAME.fullmatch(name):
        raise InvalidQuestion(
            "A feed's name begins with a small letter a-z and goes on with small letters, digits and _: at most 40 in all."
        )


def _check_municipality(session: Session, code: str, today: date) -> None:
    found = session.get(Municipality, code)
    if found is None:
        raise UnknownMunicipality(f"There is no municipality {code} in the register.")
    if (successor := session.scalar(SUCCESSOR, {"code": code, "today": today})) is not None:
        raise UnknownMunicipality(f"The municipality {code} has become part of {successor}, which holds its rows. Name that one.")
