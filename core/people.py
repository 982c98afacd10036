"""People as a population register tells of them (iedzīvotāju reģistra dati): the one port through which children come in.

Core hears names, codes and days as text, exactly as they came, and judges them by its own rules; how they travel is the adapter's affair.
Here is also how writers keep apart who write about the same people.
"""

from collections.abc import Collection, Iterator
from datetime import date
from typing import NamedTuple, Protocol

from sqlalchemy.orm import Session

from core.connections import cursor

# In the order of their ids, whoever locks: two writers wait for each other, and never both.
LOCK = "SELECT count(*) FROM (SELECT FROM person WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE) AS held"


def lock(session: Session, ids: Collection[int]) -> None:
    """Holds these people until the transaction ends: who writes about them waits; what is decided by is read after this."""
    if ids:
        cursor(session).execute(LOCK, {"ids": list(ids)})


class GuardianRecord(NamedTuple):
    """Who answers for a child (aizgādnis, aizbildnis, aprūpes iestāde), as it came: a person's code, or a care institution."""

    kind: str | None
    personal_code: str | None
    care_institution: str | None
    since: str | None


class ChildRecord(NamedTuple):
    """A child (bērns) as it came: nothing is checked yet, what was absent is None."""

    personal_code: str | None
    given_name: str | None
    surname: str | None
    born_on: str | None
    died_on: str | None
    status: str | None
    restricted: bool | None
    municipality: str | None
    address: str | None
    resident_since: str | None
    former_codes: tuple[str, ...] = ()
    guardians: tuple[GuardianRecord, ...] = ()

    @property
    def has_residence(self) -> bool:
        """Whether anything of a declared residence was said."""
        return self.municipality is not None or self.resident_since is not None or self.address is not None


class ChildPage(NamedTuple):
    """One page of the list: its children, where to go on (None: it was the last), how fresh it is, how many there are on all pages."""

    children: list[ChildRecord]
    next_cursor: str | None
    as_of: str | None
    total: int | None


class ChildSource(Protocol):
    """Where the children's list comes from (bērnu saraksta avots)."""

    @property
    def name(self) -> str:
        """What an import run is recorded under."""
        ...

    def pages(self, born_from: date, born_to: date, cursor: str | None) -> Iterator[ChildPage]:
        """The pages from the cursor on, read one by one; raises SourceFailed."""
        ...


class SourceFailed(Exception):
    """The other register broke it: it cannot be read now, or what it says cannot be used (avots nav pieejams)."""

    code = "S-0000"
    text = "The population register cannot be read now."

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or self.text)


class CursorForgotten(SourceFailed):
    """The source does not know the cursor any more; the list has to be read from its beginning (kursors nav derīgs)."""

    code = "S-0001"
    text = "The population register does not know the place any more at which the list was left."
