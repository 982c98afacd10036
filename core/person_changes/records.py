"""A change as it came (personas datu izmaiņa), the form in which it is kept, and what a run of changes did."""

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from core.people import ChildRecord, GuardianRecord


class PersonChangeRecord(NamedTuple):
    """A change (izmaiņa) as it came: its position, and the person as it is after it."""

    position: int
    kind: str
    occurred_on: str | None
    person: ChildRecord


class ChangePage(NamedTuple):
    """One page of changes (izmaiņu lapa), and where to go on, now or later."""

    changes: list[PersonChangeRecord]
    next_cursor: str | None


class PersonChangeSource(Protocol):
    """Where changes come from (izmaiņu avots)."""

    @property
    def name(self) -> str:
        """What the place that was reached is recorded under."""
        ...

    def changes(self, cursor: str | None) -> Iterator[ChangePage]:
        """The pages from the cursor on, until nothing new is there; raises SourceFailed."""
        ...


class ChangesSummary(NamedTuple):
    """What a run did (izmaiņu kopsavilkums): received, applied, left because a list is newer; what is left: failed, waiting behind it."""

    received: int
    applied: int
    failed: int
    waiting: int
    superseded: int = 0


def codes_of(child: ChildRecord) -> list[str]:
    """All codes that a record names of its person (personas kodi)."""
    return [code for code in (child.personal_code, *child.former_codes) if code]


def as_json(child: ChildRecord) -> dict[str, Any]:
    """A record as it is kept (ieraksts)."""
    return child._asdict() | {"guardians": [guardian._asdict() for guardian in child.guardians]}


def from_json(kept: dict[str, Any]) -> ChildRecord:
    """A kept record as it came (ieraksts); TypeError when it is none."""
    guardians = tuple(GuardianRecord(**guardian) for guardian in kept.get("guardians") or ())
    return ChildRecord(**{**kept, "former_codes": tuple(kept.get("former_codes") or ()), "guardians": guardians})
