"""A consumer in plain Python: follows the change feed by its messages, keeps a copy, hashes it by what the contract says."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from adapters.wsgi import Wsgi
from core.changes import rebuild
from core.sequencer import move
from tests.contract.asking import ask
from tests.register import Register

# What the hash of an entry is made of, in this order, by the contract.
PERSON = "personalCode identifierInstitution identifier givenName surname birthDate institution"
ELEMENTS = {
    "affiliation": f"{PERSON} main classLevel classGroup studyForm language status startedOn endedOn startOrder endOrder",
    "teachingPost": f"{PERSON} post load startedOn endedOn",
    "educationDocument": f"{PERSON} documentType series number issuedOn status",
    "institution": "registrationNumber name type kind subordination legalStatus municipality address postcode openedOn closedOn",
    "programme": "institution code name lkiLevel offeredFrom offeredTo",
}
HEALTH = {"affiliation": "programme endReason", "educationDocument": "programme"}

Entry = tuple[str, int]
Checkpoints = dict[tuple[str | None, str], tuple[int, str]]


PATIENCE = 20.0


class Refused(Exception):
    """The answer was a refusal; its code is the text."""


@dataclass
class Copy:
    """A copy and its place in the feed. `health`: the grant holds the right to health data."""

    app: Wsgi
    client: str = ""
    health: bool = True
    asked: dict[str, Any] = field(default_factory=dict)
    entries: dict[Entry, tuple[int, list[str]]] = field(default_factory=dict)
    cursor: str | None = None
    positions: list[int] = field(default_factory=list)

    def page(self, size: int = 1000) -> list[etree._Element]:
        """Reads and applies one page; returns its events."""
        answer = self._ask("listEducationChanges", cursor=self.cursor, pageSize=size, **self.asked)
        self.more, self.cursor = answer.findtext("{*}more") == "true", answer.findtext("{*}nextCursor")
        events = answer.findall("{*}events/{*}event")
        for event in events:
            self._apply(event)
        return events

    def follow(self, size: int = 1000) -> list[str]:
        """Reads until there is no more now; returns the events in short: upsert affiliation 7."""
        told, more = [], True
        while more:
            told += [in_short(event) for event in self.page(size)]
            more = self.more
        return told

    def hashes(self) -> dict[str, tuple[int, str]]:
        """Rows and hash of each kind of entry, from what the messages said."""
        sums: dict[str, list[int]] = {}
        for (entity, number), (_, values) in self.entries.items():
            digest = hashlib.sha256("\x1f".join([entity, str(number), *values]).encode()).digest()
            sums.setdefault(entity, []).append(int.from_bytes(digest[:8], "big"))
        return {entity: (len(hashes), f"{sum(hashes) % 2**64:016x}") for entity, hashes in sums.items()}

    def checkpoints(self, cursor: str | None = None, **more: Any) -> Checkpoints:
        """What the register says that a copy at a place holds."""
        answer = self._ask("getCheckpoints", cursor=cursor, **{**self.asked, **more})
        return {
            (point.findtext("{*}municipality"), point.findtext("{*}entity") or ""): (
                int(point.findtext("{*}rows") or ""),
                point.findtext("{*}hash") or "",
            )
            for point in answer.findall("{*}checkpoints/{*}checkpoint")
        }

    def proved(self) -> bool:
        """Whether the copy is what the register held at this place."""
        return self.hashes() == {entity: point for (_, entity), point in self.checkpoints(self.cursor).items()}

    def begin_again(self) -> None:
        self.entries, self.cursor = {}, None

    def _apply(self, event: etree._Element) -> None:
        kind, entity = event.findtext("{*}kind"), event.findtext("{*}entity") or ""
        self.positions.append(int(event.findtext("{*}position") or ""))
        if kind == "upsert":
            content = event.find(f"{{*}}{entity}")
            assert content is not None
            names = ELEMENTS[entity].split() + (HEALTH.get(entity, "").split() if self.health else [])
            values = [content.findtext(f"{{*}}{name}") or "" for name in names]
            self.entries[_key(event)] = (int(event.findtext("{*}version") or ""), values)
        elif kind in ("remove", "lostAccess"):
            self.entries.pop(_key(event), None)

    def _ask(self, operation: str, **request: Any) -> etree._Element:
        # In the order of the schema: the cursor comes last in one operation and first in the other.
        order = ["municipality", "entity", "cursor"] if operation == "getCheckpoints" else ["cursor", "pageSize", "entity", "municipality"]
        answer = ask(self.app, operation, self.client, **{name: request[name] for name in order if request.get(name) is not None})
        code = answer.findtext("{*}fault/{*}faultCode")
        if code is not None:
            raise Refused(code)
        return answer


def until(true: Callable[[], bool]) -> None:
    """Waits for what another program or thread does."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def in_short(event: etree._Element) -> str:
    """An event in short: upsert affiliation 7."""
    return " ".join(event.findtext(f"{{*}}{name}") or "" for name in ("kind", "entity", "entryId")).strip()


def _key(event: etree._Element) -> Entry:
    return event.findtext("{*}entity") or "", int(event.findtext("{*}entryId") or "")


def told(register: Register) -> None:
    """Whatever was built without telling anybody is told now."""
    with register.databases.register.begin() as session:
        rebuild(session)


def numbered(register: Register) -> int:
    """Every change that was committed gets its position; returns how many did."""
    moved = 0
    with register.databases.register_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while number := move(connection):
            moved += number
    return moved


def pending(register: Register) -> list[str]:
    """What was told and has no position yet, in short: 0001000 upsert affiliation 7 *; the star marks the foremost event."""
    rows = register.execute("SELECT audience, kind, entity, entry_id, foremost FROM change ORDER BY id")
    return [" ".join(str(value) for value in row[:4] if value is not None) + (" *" if row[4] else "") for row in rows]


def held(register: Register, *audiences: str, health: bool = True) -> dict[Entry, tuple[int, list[str]]]:
    """What those may hold, by the register's own table; everything when none is named."""
    rows = register.execute(
        "SELECT entity, entry_id, version, content, health FROM holding WHERE :all OR municipality = ANY(:audiences)",
        all=not audiences,
        audiences=list(audiences),
    )
    return {
        (entity, number): (version, [value or "" for value in content + ((values or []) if health else [])])
        for entity, number, version, content, values in rows
    }
