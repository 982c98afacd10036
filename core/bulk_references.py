"""Foreign keys of many new rows checked as sets (ārējās atslēgas kopām), where the database lets us.

PostgreSQL checks a foreign key row by row: one look-up and one lock for each, four tenths of all the work of a first import. What a page
refers to is known before it is written: people made in this very transaction, and some that were there. Those are looked up and locked
by one statement each, with the lock that the row-by-row check takes, and the triggers rest while the page's new rows go in. Unique and
exclusion constraints hold as always. Who may not set session_replication_role has the usual checks and an import that takes longer.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

MAY = "SELECT has_parameter_privilege('session_replication_role', 'SET')"
PEOPLE = "SELECT count(*) FROM (SELECT FROM person WHERE id = ANY(CAST(:named AS bigint[])) FOR KEY SHARE) AS held"
MUNICIPALITIES = "SELECT count(*) FROM (SELECT FROM municipality WHERE code = ANY(CAST(:named AS text[])) FOR KEY SHARE) AS held"


class BrokenReference(Exception):
    """Something that a page refers to is not there: people are never deleted, so this is a mistake of the program."""


@contextmanager
def checked_as_sets(session: Session, people: Collection[int], municipalities: Collection[str]) -> Iterator[None]:
    """Inside, new rows may refer to these people and municipalities, and to rows made in this transaction, without a check for each."""
    if not session.scalar(text(MAY)):
        yield
        return
    for held, named in ((PEOPLE, people), (MUNICIPALITIES, municipalities)):
        if named and session.scalar(text(held), {"named": list(named)}) != len(named):
            raise BrokenReference("A person or municipality that was there a moment ago is not there any more.")
    session.execute(text("SET LOCAL session_replication_role = replica"))
    yield
    session.execute(text("SET LOCAL session_replication_role = origin"))
