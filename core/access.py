"""Who may ask what about whom (piekļuves tiesības): grants, their scopes and extra rights.

A grant belongs to one X-Road client (or `*`) and one operation (`service.operation`), all of a service that read (`service.*`), or all,
those that write included (`service.**`). Its scope says whose data it
reaches. Every query about people puts it into its WHERE, so that a person outside the scope is answered exactly like one who is not in
the register:

- everything       the whole register
- municipalities   learners of the institutions in them, and people whose declared residence is there
- institutions     learners and teachers of these institutions
- persons          the persons listed by personal code
- own              the person who asks (userId) and the minor children for whom that person answers today
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session, sessionmaker

from core.errors import NotGranted, RepresentationUnknown
from core.model import AccessGrant
from core.personal_code import normalise

EVERYBODY = "*"  # a client that stands for all, for public information
# What a grant in a file is made of; what is misspelt would give more or less than was meant.
TEXTS, LISTS, DAYS = ("client", "operation", "scope", "purpose", "legal_basis"), ("values", "rights", "fields"), ("valid_from", "valid_to")
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
    MINISTRY = "ministry"  # decides on appeals; sees results before their publication


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
    """What one client may do (piekļuves tiesība)."""

    client: str
    operation: str
    scope: Scope
    rights: frozenset[str]
    fields: frozenset[str] | None
    purpose: str
    legal_basis: str
    valid: Range[date]


class Grants:
    """The grants of the register, remembered for two seconds, so that a request costs no question and a change needs no restart."""

    def __init__(self, register: sessionmaker[Session]) -> None:
        self._register = register
        self._lock = Lock()
        self._read_at = float("-inf")
        self._grants: dict[tuple[str, str], list[Grant]] = {}

    def find(self, client: str, operation: str, on: date, *, writes: bool = False) -> Grant:
        """The grant by which this client uses `service.operation` on this day; NotGranted when there is none.

        Who was given a service to read is not given what writes in it, nor what a later release adds to write.
        """
        if monotonic() - self._read_at > REMEMBERED_FOR:
            self._read()
        service = operation.partition(".")[0]
        whole = (f"{service}.**",) if writes else (f"{service}.*", f"{service}.**")
        for who, what in ((client, operation), *((client, named) for named in whole), (EVERYBODY, operation)):
            for grant in self._grants.get((who, what), ()):
                if on in grant.valid:
                    return grant
        raise NotGranted

    def _read(self) -> None:
        with self._lock:
            if monotonic() - self._read_at <= REMEMBERED_FOR:
                return
            try:
                with self._register.begin() as session:
                    rows = session.scalars(select(AccessGrant).order_by(AccessGrant.id)).all()
            except Exception:
                # The register is away: what was granted a moment ago is still granted; answers about people fail on their own record.
                if self._grants:
                    self._read_at = monotonic()
                    return
                raise
            grants: dict[tuple[str, str], list[Grant]] = {}
            for row in rows:
                grants.setdefault((row.client, row.operation), []).append(_grant(row))
            self._grants, self._read_at = grants, monotonic()


def _grant(row: AccessGrant) -> Grant:
    return Grant(
        client=row.client,
        operation=row.operation,
        scope=Scope(ScopeKind(row.scope), tuple(row.scope_values)),
        rights=frozenset(row.rights),
        fields=None if row.fields is None else frozenset(row.fields),
        purpose=row.purpose,
        legal_basis=row.legal_basis,
        valid=row.valid,
    )


def load(session: Session, path: Path) -> int:
    """Replaces all grants by those of a TOML file (`[[grant]]` tables); returns how many there are."""
    grants = [_row(one) for entry in _entries(path) for one in _by_operation(entry)]
    session.execute(delete(AccessGrant))
    if grants:
        session.execute(insert(AccessGrant), grants)
    return len(grants)


def _entries(path: Path) -> Iterable[dict[str, Any]]:
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("grant", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError("grants are written as [[grant]] tables")
    return entries


def _by_operation(entry: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """One grant for each operation that an entry names."""
    operations = entry.get("operation")
    if isinstance(operations, list):
        return [entry | {"operation": operation} for operation in operations]
    return [entry]


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    _check_form(entry)
    for right in entry.get("rights", []):
        Right(right)
    if entry["client"] == EVERYBODY and entry["operation"].endswith("*"):
        raise ValueError("a grant for everybody names its operation")
    if entry["scope"] == ScopeKind.OWN and Right.RESTRICTED in entry.get("rights", []):
        # Safe from whom? Often from the other parent, who asks by the same grant.
        raise ValueError("a grant about one's own holds no right to safe addresses")
    first, last = entry.get("valid_from"), entry.get("valid_to")
    if first is not None and last is not None and first > last:
        raise ValueError("a grant ends before it begins")
    return {
        "client": entry["client"],
        "operation": entry["operation"],
        "scope": ScopeKind(entry["scope"]).value,
        "scope_values": entry.get("values", []),
        "rights": entry.get("rights", []),
        "fields": entry.get("fields"),
        "purpose": entry["purpose"],
        "legal_basis": entry["legal_basis"],
        # A period holds on its first and on its last day.
        "valid": Range(first, last, bounds="[]" if last is not None else "[)"),
    }


def _check_form(entry: dict[str, Any]) -> None:
    for name, value in entry.items():
        if name in TEXTS:
            right = isinstance(value, str)
        elif name in LISTS:
            right = isinstance(value, list) and all(isinstance(item, str) for item in value)
        elif name in DAYS:
            right = type(value) is date
        else:
            raise ValueError(f"a grant has no {name}")
        if not right:
            raise ValueError(f"{name} is not {'a text' if name in TEXTS else 'a list of texts' if name in LISTS else 'a day (2026-09-01)'}")
    missing = [name for name in TEXTS if name not in entry]
    if missing:
        raise ValueError(f"a grant lacks {', '.join(missing)}")
