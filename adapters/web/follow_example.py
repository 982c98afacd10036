"""Keeps a copy of education data, follows its changes, and proves the copy equal to the register (izmaiņu plūsmas piemērs).

    pip install zeep
    python follow.py http://127.0.0.1:8080/soap/education-process?wsdl copy.sqlite [--municipality 0001000] [--health]

Run it again, every minute for example: it goes on where it stopped. A copy is for one municipality, or for all that the client may hold;
who may hold several municipalities keeps a copy of each. `--health` says that the client has the right to health data.
"""

import argparse
import hashlib
import sqlite3
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import uuid4

from zeep import Client

CLIENT = ("LV-DEV", "GOV", "IZM", "allservices")  # who asks: instance, member class, member code, subsystem
PROVIDER = ("LV-DEV", "GOV", "IZM", "viis")
USER = "LV-copy"

# What the hash of an entry is made of, in this order; what v1 may gain later does not count.
PERSON = "personalCode identifierInstitution identifier givenName surname birthDate institution"
ELEMENTS = {
    "affiliation": f"{PERSON} main classLevel classGroup studyForm language status startedOn endedOn startOrder endOrder",
    "teachingPost": f"{PERSON} post load startedOn endedOn",
    "educationDocument": f"{PERSON} documentType series number issuedOn status",
    "institution": "registrationNumber name type kind subordination legalStatus municipality address postcode openedOn closedOn",
    "programme": "institution code name lkiLevel offeredFrom offeredTo",
}
HEALTH = {"affiliation": "programme endReason", "educationDocument": "programme"}
TABLES = """
CREATE TABLE IF NOT EXISTS entry
    (entity TEXT, entry_id INTEGER, version INTEGER, hash INTEGER, content TEXT, PRIMARY KEY (entity, entry_id));
CREATE TABLE IF NOT EXISTS renamed (position INTEGER PRIMARY KEY, kind TEXT, before TEXT, now TEXT);
CREATE TABLE IF NOT EXISTS place (id INTEGER PRIMARY KEY CHECK (id = 1), cursor TEXT);
INSERT OR IGNORE INTO place VALUES (1, NULL);
"""


class Refused(Exception):
    """The register said no, with one of its codes."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code


class Copy:
    """A copy in SQLite, and the place in the feed that it stands at: both change in one transaction."""

    def __init__(
        self, contract: str, path: str, municipality: str | None = None, *, health: bool = False, address: str | None = None
    ) -> None:
        client: Any = Client(contract)  # type: ignore[no-untyped-call]
        self._service = client.create_service(client.service._binding.name, address) if address else client.service
        self._municipality, self._health = municipality, health
        self.database = sqlite3.connect(path)
        self.database.executescript(TABLES)

    def follow(self) -> int:
        """Applies what happened since the last time; returns how many events there were."""
        applied, more = 0, True
        while more:
            [cursor] = self.database.execute("SELECT cursor FROM place").fetchone()
            try:
                page = self._call("listEducationChanges", cursor=cursor, pageSize=1000, municipality=self._municipality)
            except Refused as refusal:
                if refusal.code not in ("R-0404", "R-0401") or cursor is None:
                    raise
                # The feed is shorter than our absence was long, or our rights are others now: a complete copy, from nothing.
                with self.database:
                    self.database.execute("DELETE FROM entry")
                    self.database.execute("UPDATE place SET cursor = NULL")
                continue
            with self.database:
                for event in _listed(page.events, "event"):
                    self._apply(event)
                    applied += 1
                self.database.execute("UPDATE place SET cursor = ?", (page.nextCursor,))
            more = page.more
        return applied

    def different(self) -> list[str]:
        """The kinds of entries of which the copy is not what the register held at this place; none when it is proved equal."""
        [cursor] = self.database.execute("SELECT cursor FROM place").fetchone()
        answer = self._call("getCheckpoints", cursor=cursor, municipality=self._municipality)
        expected = {point.entity: (point.rows, point.hash) for point in _listed(answer.checkpoints, "checkpoint")}
        return [entity for entity in ELEMENTS if self.checkpoint(entity) != expected.get(entity, (0, "0" * 16))]

    def checkpoint(self, entity: str) -> tuple[int, str]:
        """Number of rows, and the sum of their hashes."""
        hashes = [number for (number,) in self.database.execute("SELECT hash FROM entry WHERE entity = ?", (entity,))]
        return len(hashes), f"{sum(hashes) % 2**64:016x}"

    def read_again(self, entity: str) -> None:
        """Replaces the entries of one kind by what the feed gives from nothing.

        What follows from our old place may come once more; what a replica that is behind did not have yet shows when `different` is
        asked again.
        """
        with self.database:
            self.database.execute("DELETE FROM entry WHERE entity = ?", (entity,))
            for event in self._from_nothing(entity):
                self._apply(event)

    def _from_nothing(self, entity: str) -> Iterator[Any]:
        cursor, more = None, True
        while more:
            page = self._call("listEducationChanges", cursor=cursor, pageSize=1000, municipality=self._municipality, entity=entity)
            yield from _listed(page.events, "event")
            cursor, more = page.nextCursor, page.more

    def _apply(self, event: Any) -> None:
        if event.kind == "upsert":
            values = self._values(event.entity, event[event.entity])
            number, content = entry_hash(event.entity, event.entryId, values), "\x1f".join(values)
            row = (event.entity, event.entryId, event.version, number, content)
            self.database.execute("INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?)", row)
        elif event.kind in ("remove", "lostAccess"):
            self.database.execute("DELETE FROM entry WHERE entity = ? AND entry_id = ?", (event.entity, event.entryId))
        else:
            # keyChange, merge, separate: the entries come as upserts; this is for tables of our own that know people by their codes.
            renamed = (event.position, event.kind, event.personalCodeBefore, event.personalCode)
            self.database.execute("INSERT OR REPLACE INTO renamed VALUES (?, ?, ?, ?)", renamed)

    def _values(self, entity: str, content: Any) -> list[str]:
        names = ELEMENTS[entity].split() + (HEALTH.get(entity, "").split() if self._health else [])
        return [_text(content[name]) for name in names]

    def _call(self, operation: str, **request: Any) -> Any:
        answer = getattr(self._service, operation)(_soapheaders=header(operation), **request).body
        if answer.fault is not None:
            raise Refused(answer.fault.faultCode, answer.fault.faultString)
        return answer


def entry_hash(entity: str, entry_id: int, values: list[str]) -> int:
    """The first eight bytes of SHA-256 over entity, number and values with U+001F between them."""
    digest = hashlib.sha256("\x1f".join([entity, str(entry_id), *values]).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)  # SQLite's numbers have a sign; the sum modulo 2^64 is the same.


def header(operation: str) -> dict[str, Any]:
    """The X-Road header."""
    names = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
    return {
        "client": {**dict(zip(names, CLIENT, strict=True)), "objectType": "SUBSYSTEM"},
        "service": {**dict(zip(names, PROVIDER, strict=True)), "serviceCode": operation, "serviceVersion": "v1", "objectType": "SERVICE"},
        "userId": USER,
        "id": str(uuid4()),
        "protocolVersion": "4.0",
    }


def _listed(wrapper: Any, name: str) -> list[Any]:
    """The items of a list; zeep reads an empty one as None."""
    return [] if wrapper is None else wrapper[name]


def _text(value: Any) -> str:
    """A value as the message wrote it; what is absent is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def main() -> None:
    """Follow, prove, and read again what differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("contract")
    parser.add_argument("copy")
    parser.add_argument("--municipality")
    parser.add_argument("--health", action="store_true")
    asked = parser.parse_args()
    copy = Copy(asked.contract, asked.copy, asked.municipality, health=asked.health)
    print(f"{copy.follow()} events applied.")
    for entity in copy.different():
        print(f"{entity} differs and is read again.")
        copy.read_again(entity)
    copy.follow()
    print("The copy differs." if copy.different() else "The copy is equal to the register.")


if __name__ == "__main__":
    main()
