"""A register and its replicas in tests: on servers of their own, set up by the program's own code."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from adapters.embedded import REPLICA, Cluster, start
from adapters.replication import setup
from adapters.replication.applied import wait_until_applied
from adapters.replication.publication import take_away
from adapters.replication.servers import administrator
from adapters.replication.setup import Replication
from adapters.replication.subscription import drop
from adapters.replication.verification import Compared, compare
from core import codes
from core.database import Databases
from tests.register import Register

SMALL = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "32MB", "wal_retrieve_retry_interval": "100ms"}


@dataclass
class Pair:
    """One register and its replicas (`who`), and sessions on them as the service has them."""

    who: Replication
    databases: Databases
    register: Register

    def set_up(self) -> list[str]:
        """What the program does at its start; returns what it says."""
        said: list[str] = []
        setup.migrate_both(self.who, said.append)
        with self.databases.register.begin() as session:
            codes.load(session)
        setup.follow(self.who, said.append)
        return said

    def in_register(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        return _rows(self.who.register, statement, values)

    def in_replica(self, statement: str, *values: object, number: int = 0) -> list[tuple[Any, ...]]:
        return _rows(self.who.replicas[number], statement, values)

    def as_reader(self, statement: str) -> list[Any]:
        """As the service reads: on a replica, by the role that only reads."""
        with self.databases.replica.begin() as session:
            return [tuple(row) for row in session.execute(text(statement))]

    def applied(self) -> bool:
        """Waits until everything is there."""
        return wait_until_applied(self.who.register, self.who.replicas)

    def differences(self, number: int = 0) -> list[Compared]:
        """What `viis replication verify` finds."""
        return [found for found in compare(self.who.register, self.who.replicas[number]) if found.differing]

    def end(self) -> None:
        self.databases.close()
        for address in self.who.replicas:
            with administrator(self.who.register) as register, administrator(address) as replica:
                name = self.who.name_of(replica, address)
                drop(replica, name)
                take_away(register, name)


def _rows(address: str, statement: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    with administrator(address) as connection:
        found = connection.execute(statement, values or None)
        return found.fetchall() if found.description else []


def several(urls: Sequence[str]) -> str:
    """One address for several servers with one name and password, as libpq takes it."""
    front, _, first = urls[0].partition("@")
    return f"{front}@{','.join(url.partition('@')[2].partition('/')[0] for url in urls)}/{first.partition('/')[2]}"


@contextmanager
def pair_of(register_url: str, replicas: Sequence[Cluster], database: str) -> Iterator[Pair]:
    """A register and databases for its replicas, none of them set up."""
    for server in replicas:
        server.ensure_database(database)
        with administrator(server.dsn("postgres")) as admin:
            # The program's own passwords differ from server to server; an address of several hosts has one.
            if not admin.execute("SELECT FROM pg_roles WHERE rolname = 'keeper'").rowcount:
                admin.execute("CREATE ROLE keeper SUPERUSER LOGIN PASSWORD 'made-up'")
    urls = [f"postgresql://keeper:made-up@127.0.0.1:{server.port}/{database}" for server in replicas]
    databases = Databases(register_url, several(urls), connections=2)
    pair = Pair(setup.replication(register_url, several(urls)), databases, Register(databases))
    try:
        yield pair
    finally:
        pair.end()


@pytest.fixture(scope="session")
def replica_server(reachable: Path) -> Iterator[Cluster]:
    """The server that replicas are on, as an installation has it."""
    running = start(reachable / "replica", settings={**REPLICA, **SMALL})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def second_replica_server(reachable: Path) -> Iterator[Cluster]:
    running = start(reachable / "second-replica", settings={**REPLICA, **SMALL})
    yield running
    running.stop()


@pytest.fixture
def unprepared(database_url: str, replica_server: Cluster, numbers: Iterator[int]) -> Iterator[Pair]:
    """A register, and an empty database for its replica."""
    with pair_of(database_url, [replica_server], f"replica_{next(numbers)}") as pair:
        yield pair


@pytest.fixture
def pair(unprepared: Pair) -> Pair:
    """A register and its replica."""
    unprepared.set_up()
    return unprepared


@pytest.fixture(scope="module")
def shared(cluster: Cluster, replica_server: Cluster, numbers: Iterator[int]) -> Iterator[Pair]:
    """A register and its replica that the tests of one file share; each leaves them equal."""
    name = f"shared_{next(numbers)}"
    cluster.ensure_database(name)
    with pair_of(cluster.url(name), [replica_server], name) as pair:
        pair.set_up()
        yield pair


@pytest.fixture(scope="module")
def threesome(cluster: Cluster, replica_server: Cluster, second_replica_server: Cluster, numbers: Iterator[int]) -> Iterator[Pair]:
    """A register and two replicas that the tests of one file share; each leaves them equal and open."""
    name = f"threesome_{next(numbers)}"
    cluster.ensure_database(name)
    with pair_of(cluster.url(name), [replica_server, second_replica_server], name) as pair:
        pair.set_up()
        yield pair


def until(holds: Callable[[], bool], within: float = 30.0) -> None:
    """Waits for what must come true."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.02)


def kill(pid: int) -> None:
    """kill -9."""
    psutil.Process(pid).kill()
