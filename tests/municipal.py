"""Municipalities' copies in tests: a server for them, and what a test does with one."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from adapters.embedded import Cluster
from adapters.feeds.adding import Feed, adding, open_login
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from core import changes, feeds
from core.database import Databases
from tests.register import days

PATIENCE = 30.0
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

    @property
    def hba(self) -> Path:
        """The file that says who is let in to the copies' server."""
        with self.place.on_server() as server:
            return Path(server.execute("SHOW hba_file").fetchall()[0][0])

    def tell(self) -> None:
        """Everything that the register holds is told to those who may hold it."""
        with self.databases.register.begin() as session:
            changes.rebuild(session, today=TODAY)

    def caught_up(self, feed: Feed) -> None:
        """Until the copy has all that the register had when this was called."""
        with self.place.on_register() as register:
            [[wanted]] = register.execute("SELECT pg_current_wal_insert_lsn()").fetchall()
            register.execute("SELECT pg_logical_emit_message(false, 'viis', '')")
            until = time.monotonic() + PATIENCE
            while register.execute(BEHIND, [wanted, feed.known_as]).rowcount:
                assert time.monotonic() < until, self.in_copy(feed, "SELECT * FROM pg_stat_subscription_stats")
                time.sleep(0.01)

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


@pytest.fixture
def municipal(cluster: Cluster, replica_server: Cluster, databases: Databases, database_url: str) -> Iterator[Municipal]:
    """Copies of this test's register."""
    name = database_url.rpartition("/")[2]
    replica_server.ensure_database("replica")
    place = Place(
        register=cluster.dsn(name),
        server=replica_server.dsn("replica"),
        reached_by=f"host=127.0.0.1 port={cluster.port} dbname={name}",
        ours=True,
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
