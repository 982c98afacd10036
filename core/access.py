"""Who may ask what about whom (piekļuves tiesības): grants, their scopes and extra rights.

A grant belongs to one X-Road client as it stands in the header (or `*`): a member's grant is not one of its subsystems', which are systems
with purposes of their own. It is for one operation (`service.operation`), all of a service that read (`service.*`), or all, those that
write included (`service.**`): those that there were on the day of its proposal, each with the fields of that day. Where several are in
force, the one for the operation counts before the one for the service, and the newest before the others.
Its scope says whose data it reaches. Every query about people puts it into its WHERE, so that a person outside the scope is answered
exactly like one who is not in the register:

- everything       the whole register
- municipalities   learners of the institutions in them, and people whose declared residence is there
- institutions     learners and teachers of these institutions
- persons          the persons listed by personal code
- own              the person who asks (userId) and the minor children for whom that person answers today
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, sessionmaker

from core.errors import NotGranted, RepresentationUnknown
from core.model import AccessGrant
from core.personal_code import normalise

EVERYBODY = "*"  # a client that stands for all, for public information
OPERATION, READ, ALL = "", "*", "**"  # how a grant names its operations: one, a service's that read, all of a service
IN_FORCE = text("SELECT id FROM access_granted WHERE upper_inf(recorded) ORDER BY id DESC")
REMEMBERED_FOR = 2.0  # seconds; a change of the table works everywhere within them


class ScopeKind(StrEnum):
    """How far a grant reaches (tiesību apjoms)."""

    EVERYTHING = "everything"
    MUNICIPALITIES = "municipalities"
    INSTITUTIONS = "institutions"
    PERSONS = "persons"
    OWN = "own"


class Right(StrEnum):
    """What a grant may hold beyond its operation (papildu tiesības)."""

    RESTRICTED = "restricted"  # residence of people with a safe address
    HEALTH = "health"  # special programmes, reasons of health
    SMALL_NUMBERS = "small_numbers"  # statistics of so few that they could name somebody
    AUTHORITY = "authority"  # works proceedings and decides on licences and accreditations
    MINISTRY = "ministry"  # decides on appeals; sees what nobody has acknowledged
    EMBARGO = "embargo"  # sees results of examinations before their publication


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose data a grant reaches (tiesību apjoms); `parameters` go into the SQL that `kind` chooses."""

    kind: ScopeKind
    values: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """What the pieces of SQL in `core.reach` refer to."""
        return {"scope": list(self.values)}

    def of_user(self, user: str | None) -> "Scope":
        """This scope for the one who asks: `own` means the person named by userId (`LV` and a personal code)."""
        if self.kind is not ScopeKind.OWN:
            return self
        if user is None or not user.startswith("LV"):
            raise RepresentationUnknown("userId must name the person who asks: LV and the personal code.")
        return Scope(self.kind, (normalise(user[2:]),))


@dataclass(frozen=True, slots=True)
class Grant:
    """What one client may do by one operation (piekļuves tiesība); `fields` are the paths that its answers may hold."""

    client: str
    operation: str
    scope: Scope
    rights: frozenset[str]
    fields: frozenset[str]
    purpose: str
    legal_basis: str
    valid: Range[date]
    number: int = 0
    hidden_days: int | None = None

    def hidden_until(self, now: datetime) -> datetime | None:
        """Until when the law keeps from a person that it was asked about by this grant; None when it need not be kept."""
        return None if self.hidden_days is None else now + timedelta(days=self.hidden_days)


class Grants:
    """The grants in force, remembered for two seconds, so that a request costs no question and a change needs no restart."""

    def __init__(self, register: sessionmaker[Session]) -> None:
        self._register = register
        self._lock = Lock()
        self._read_at = float("-inf")
        self._in_force: list[int] = []
        # A grant never changes, so each is read once.
        self._known: dict[int, list[tuple[str, Grant]]] = {}
        self._grants: dict[tuple[str, str, str], list[Grant]] = {}

    def find(self, client: str, operation: str, on: date, *, writes: bool = False) -> Grant:
        """The grant by which this client uses `service.operation` on this day; NotGranted when there is none.

        Who was given a service to read is not given what writes in it.
        """
        if monotonic() - self._read_at > REMEMBERED_FOR:
            self._read()
        for who, named in _WRITING if writes else _READING:
            for grant in self._grants.get((client if who is None else who, operation, named), ()):
                if on in grant.valid:
                    return grant
        raise NotGranted

    def names(self, client: str) -> bool:
        """Whether a grant in force names this client, by what was read last; asks the register nothing."""
        return any(named == client for named, _, _ in self._grants)

    def _read(self) -> None:
        with self._lock:
            if monotonic() - self._read_at <= REMEMBERED_FOR:
                return
            try:
                with self._register.begin() as session:
                    in_force = list(session.scalars(IN_FORCE))
                    new = [number for number in in_force if number not in self._known]
                    rows = session.scalars(select(AccessGrant).where(AccessGrant.id.in_(new))).all() if new else ()
            except Exception:
                # The register is away: what was granted a moment ago is still granted; answers about people fail on their own record.
                if self._grants:
                    self._read_at = monotonic()
                    return
                raise
            if in_force != self._in_force:
                self._take(in_force, rows)
            self._read_at = monotonic()

    def _take(self, in_force: list[int], rows: Iterable[AccessGrant]) -> None:
        for row in rows:
            self._known[row.id] = list(_by_operation(row))
        self._known = {number: self._known[number] for number in in_force}
        grants: dict[tuple[str, str, str], list[Grant]] = {}
        for several in self._known.values():
            for named, grant in several:
                grants.setdefault((grant.client, grant.operation, named), []).append(grant)
        self._in_force, self._grants = in_force, grants


_READING = ((None, OPERATION), (None, READ), (None, ALL), (EVERYBODY, OPERATION))
_WRITING = ((None, OPERATION), (None, ALL), (EVERYBODY, OPERATION))


_LISTS: dict[frozenset[str], frozenset[str]] = {}


def one_of_equal(fields: frozenset[str]) -> frozenset[str]:
    """The same object for equal lists of fields: what is looked up by it is found without comparing their paths."""
    return _LISTS.setdefault(fields, fields)


def _by_operation(row: AccessGrant) -> Iterator[tuple[str, Grant]]:
    """A grant for each operation that it is for, and how it named them."""
    service, _, named = row.operation.partition(".")
    lists: dict[str, list[str]] = {}
    if named in (READ, ALL):
        # In a grant of a whole service each path begins with its operation.
        for path in row.allowed or ():
            code, _, field = path.partition("/")
            lists.setdefault(code, []).append(field)
    else:
        lists[named], named = row.allowed or [], OPERATION
    for code, paths in lists.items():
        grant = Grant(
            client=row.client,
            operation=f"{service}.{code}",
            scope=Scope(ScopeKind(row.scope), tuple(row.scope_values)),
            rights=frozenset(row.rights),
            fields=one_of_equal(frozenset(paths)),
            purpose=row.purpose,
            legal_basis=row.legal_basis,
            valid=row.valid,
            number=row.id,
            hidden_days=row.hidden_days,
        )
        yield named, grant
