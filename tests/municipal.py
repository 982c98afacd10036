"""Municipalities' copies in tests: a server for them, and what a test does with one."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.embedded import Cluster, start
from adapters.feeds.adding import Feed, adding, open_login
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from core import changes, feeds
from core.database import Databases
from tests.register import days

ROOM = {
    "max_replication_slots": "20",
    "max_active_replication_origins": "20",
    "max_logical_replication_workers": "20",
    "max_worker_processes": "30",
    "wal_receiver_timeout": "10s",
}
BEHIND = "SELECT FROM pg_replication_slots WHERE confirmed_flush_lsn < %s AND slot_name = %s"
EQUAL = """
SELECT (SELECT array_agg(h ORDER BY h) FROM (SELECT entry_id, entity, municipality, version, hash, content FROM holding
        WHERE municipality IN (%(municipality)s, 'public')) h)::text
"""
TODAY = days("2026-09-01").lower
assert TODAY is not None


@dataclass
class Municipal:
    """Copies of one register on one server; every copy that a test adds is gone at its end."""

    place: Place
    databases: Databases
    added: list[str] = field(default_factory=list)

    def register(self, feed: Feed) -> None:
        """Puts the copy on record, as the command does first."""
        with self.databases.register.begin() as session:
            feeds.add(session, feed.name, feed.municipality, health=feed.health, purpose="test", legal_basis="MK 276/2019", today=TODAY)

    def add(self, feed: Feed) -> str:
        """The whole of it; returns the address of its login."""
        self.register(feed)
        self.added.append(feed.known_as)
        for _ in adding(self.place, feed):
            pass
        return self.place.for_login(feed.known_as, open_login(self.place, feed))

    def remove(self, feed: Feed) -> None:
        for _ in removing(self.place, feed.known_as):
            pass

    def tell(self) -> None:
        """Everything that the register holds is told to those who may hold it."""
        with self.databases.register.begin() as session:
            changes.rebuild(session, today=TODAY)

    def caught_up(self, feed: Feed) -> None:
        """Until the copy has all that the register had when this was called."""
        with self.place.on_register() as register:
            [[wanted]] = register.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
            register.execute("SELECT pg_logical_emit_message(false, 'viis', '')")
            while True:
                rows = register.execute(
                    "SELECT confirmed_flush_lsn >= %s FROM pg_replication_slots WHERE slot_name = %s", [wanted, feed.known_as]
                )
                if rows.fetchall() == [(True,)]:
                    return

    def in_register(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self.place.on_register() as register:
            return _rows(register, statement, values)

    def in_copy(self, feed: Feed, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with self.place.on_server(feed.known_as) as copy:
            return _rows(copy, statement, values)

    def equal(self, feed: Feed) -> bool:
        """Whether the copy holds, row for row, what the register lets the municipality hold."""
        self.caught_up(feed)
        whose = {"municipality": feed.municipality}
        with self.place.on_register() as register, self.place.on_server(feed.known_as) as copy:
            return register.execute(EQUAL, whose).fetchall() == copy.execute(EQUAL, whose).fetchall()


def _rows(connection: "psycopg.Connection[Any]", statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
    found = connection.execute(statement, values or None)
    return found.fetchall() if found.description else []


@pytest.fixture(scope="session")
def copies_server(reachable: Path) -> Iterator[Cluster]:
    """The server that municipalities' copies are on."""
    running = start(reachable / "copies", settings={"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", **ROOM})
    running.ensure_database("replica")
    yield running
    running.stop()


@pytest.fixture
def municipal(cluster: Cluster, copies_server: Cluster, databases: Databases, database_url: str) -> Iterator[Municipal]:
    """Copies of this test's register."""
    name = database_url.rpartition("/")[2]
    place = Place(
        register=cluster.dsn(name),
        server=copies_server.dsn("replica"),
        reached_by=f"host=127.0.0.1 port={cluster.port} dbname={name}",
        hba=copies_server.folder / "cluster" / "pg_hba.conf",
    )
    held = Municipal(place, databases)
    yield held
    for added in held.added:
        for _ in removing(place, added):
            pass


@pytest.fixture
def feed(numbers: Iterator[int]) -> Feed:
    """A copy for Riga, with a name that no other test has."""
    return Feed(f"riga_{next(numbers)}", "0001000", health=False)
