"""Every reading operation asks only for what leaves the register: it works for a role that sees the published columns and nothing else."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from adapters.replication.published import COMPUTED, PUBLISHED
from core import institutions, learners
from core.access import Scope, ScopeKind
from core.checkpoints import checkpoints
from core.code_lists import codes_page
from core.education import Named, person_education
from core.feed import events_page, followed
from tests.register import RIGA, Register

CHILD, SCHOOL = "04051820219", "3013900002"
TODAY, NOW = date(2026, 9, 10), datetime(2026, 11, 1, tzinfo=UTC)
SCOPES = (
    Scope(ScopeKind.EVERYTHING),
    Scope(ScopeKind.MUNICIPALITIES, (RIGA, "0038000")),
    Scope(ScopeKind.INSTITUTIONS, (SCHOOL,)),
    Scope(ScopeKind.PERSONS, (CHILD,)),
    Scope(ScopeKind.OWN, (CHILD,)),
)
FOLLOWERS = SCOPES[:3]
ALL = frozenset({"restricted", "health"})
Read = Callable[[Session], Any]


def education(scope: Scope, on: date | None, as_of: datetime | None) -> Read:
    named = Named("personal_code", "", CHILD)
    return lambda session: person_education(session, scope, ALL, named, on, as_of, NOW, TODAY)


def listed(scope: Scope, as_of: datetime | None) -> Read:
    asked = learners.Asked(None, RIGA, TODAY, as_of)
    return lambda session: learners.learners_page(session, scope, ALL, asked, None, 10, NOW)


def followed_by(scope: Scope, entity: str | None) -> Read:
    return lambda session: events_page(session, followed(scope, ALL, entity, None), None, 10)


def compared_by(scope: Scope) -> Read:
    return lambda session: checkpoints(session, followed(scope, ALL, None, None), None)


READS: dict[str, Read] = {
    **{f"person {scope.kind} {on} {then}": education(scope, on, then) for scope in SCOPES for on in (None, TODAY) for then in (None, NOW)},
    **{f"learners {scope.kind} {then}": listed(scope, then) for scope in SCOPES for then in (None, NOW)},
    **{f"events {scope.kind} {entity}": followed_by(scope, entity) for scope in FOLLOWERS for entity in (None, "affiliation")},
    **{f"checkpoints {scope.kind}": compared_by(scope) for scope in FOLLOWERS if scope.kind is not ScopeKind.INSTITUTIONS},
    "institution": lambda session: institutions.institution(session, SCHOOL, TODAY, None, NOW),
    "institutions": lambda session: institutions.institutions_page(
        session, institutions.Asked(RIGA, "13", "vidus", TODAY, NOW), None, 10, NOW
    ),
    "codes": lambda session: codes_page(session, None, TODAY, None, 10),
}


@pytest.fixture
def reader(register: Register) -> Iterator[Session]:
    """A session that may read what is published."""
    register.institution(SCHOOL)
    child = register.person(CHILD, restricted=True)
    register.lives(child, RIGA)
    register.learns(child, SCHOOL)
    register.execute("DO $$ BEGIN CREATE ROLE sees_published; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    for table, columns in PUBLISHED.items():
        seen = ", ".join([*columns, *COMPUTED.get(table, ())])
        register.execute(f"GRANT SELECT ({seen}) ON {table} TO sees_published")
    with register.databases.reading() as session:
        session.execute(text("SET ROLE sees_published"))
        yield session
        session.execute(text("RESET ROLE"))
    register.execute("DROP OWNED BY sees_published")


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_what_is_published_is_enough_to_answer(reader: Session, read: Read) -> None:
    read(reader)


def test_what_is_not_published_is_not_seen(reader: Session) -> None:
    with pytest.raises(Exception, match="permission denied"):
        reader.execute(text("SELECT sender FROM affiliation"))
