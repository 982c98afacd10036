"""The replica beside the register: how long after a load of a million affiliations they are equal, and how far behind small writes are.

Two durable servers and the program that numbers changes, as an installation has them. The load is written as the floor of submissions
writes, a million in transactions of 10 000, so nothing slower than the database holds it up; equal means that the feed has every event
of it and the replica every row. The proof of that (`viis replication verify`) is not in the time.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from adapters.embedded import REPLICA, Cluster, start
from adapters.replication.applied import beat, has_applied
from adapters.replication.publication import take_away
from adapters.replication.servers import Connection, administrator
from adapters.replication.subscription import drop
from adapters.replication.verification import compare
from adapters.storage import Storage, bring_up_to_date
from tests.bench import place
from tests.bench.results import Result, result
from tests.bench.schools import World, changed, database
from tests.bench.submit_floor import Floor, message

SENDER = "LV-DEV/GOV/IZM/allservices"
NAME, DATABASE = "viis_replica_bench", "replicated"
TRANSACTIONS = 100
A_SECOND = 100
EQUAL, LAG = 1.5, 2.0
WAITING = 600.0
SEEN = """
SELECT coalesce((SELECT max(id) FROM affiliation), 0),
    coalesce((SELECT version FROM feed_event WHERE entity = 'affiliation' ORDER BY position DESC LIMIT 1), 0)"""


class Lags(NamedTuple):
    """How many seconds after each write's commit the replica showed its row, and the event of it."""

    rows: list[float]
    events: list[float]


def run(scale: str) -> list[Result]:
    """20 000 affiliations and ten seconds of small writes, or a million and a minute."""
    return measure(*((20_000, 10) if scale == "small" else (1_000_000, 60)))


def measure(affiliations: int, seconds: int) -> list[Result]:
    """Both measurements on one pair of servers."""
    world = World(affiliations * 2 // 5)
    with place.cluster() as running, _pair(running, world) as storage, _sequencer(storage.register_url):
        floor = Floor(storage.register_url, SENDER)
        load, equal = _load(floor, world, storage)
        lags = _small_writes(floor, world, storage, seconds)
        floor.close()
        _prove(storage)
    row, event = (_percentile(values, 99) for values in lags)
    middle = statistics.median(lags.rows)
    print(f"  until the replica has them: median {middle * 1e3:.1f} ms, p99 {row * 1e3:.1f} ms, their events p99 {event * 1e3:.0f} ms")
    return [
        result(f"replica equal after {affiliations:,} affiliations: to the load", equal, load, "s", "lower", EQUAL),
        result(f"replica at {A_SECOND} small writes a second: p99 of lag, to 2 s", row, LAG, "s", "lower", 1),
        result(f"replica at {A_SECOND} small writes a second: p99 until the event is there, to 2 s", event, LAG, "s", "lower", None),
    ]


@contextmanager
def _pair(running: Cluster, world: World) -> Iterator[Storage]:
    """A register and its replica, both with people and schools and without affiliations."""
    replica = start(place.folder() / "replica", settings=REPLICA)
    try:
        # What a measurement that was broken off left there.
        replica.ensure_database(DATABASE)
        running.ensure_database(DATABASE)
        _part(running.dsn(DATABASE), replica.dsn(DATABASE))
        register_url = place.copied(running, database(running, world.people), DATABASE)
        place.remade(replica, DATABASE)
        storage = Storage(register_url, replica.url(DATABASE), replica_name=NAME)
        bring_up_to_date(storage)
        yield storage
        _part(running.dsn(DATABASE), replica.dsn(DATABASE))
        place.dropped(running, register_url)
        place.remade(replica, DATABASE)
    finally:
        replica.stop()


def _part(register_dsn: str, replica_dsn: str) -> None:
    """Ends a replication, whatever is left of it."""
    with administrator(replica_dsn) as replica, administrator(register_dsn) as register:
        drop(replica, NAME)
        take_away(register, NAME)


@contextmanager
def _sequencer(url: str) -> Iterator[None]:
    """`viis sequencer` on the register."""
    environment = {**os.environ, "VIIS_REGISTER_URL": url, "VIIS_REPLICA_URL": "", "VIIS_DATA": str(place.folder())}
    process = subprocess.Popen([sys.executable, "-m", "adapters.cli", "sequencer"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def _load(floor: Floor, world: World, storage: Storage) -> tuple[float, float]:
    """How long the load took, and how long it was until the replica was equal, both from its beginning."""
    order, size = world.in_order(), max(1_000, world.affiliations // TRANSACTIONS)
    messages = [message([world.item(one) for one in order[at : at + size]]) for at in range(0, len(order), size)]
    begun = time.perf_counter()
    with administrator(storage.register_url) as register:
        load = floor.write(messages)
        while register.execute("SELECT FROM change LIMIT 1").rowcount:
            time.sleep(0.01)
        numbered = time.perf_counter() - begun
        at = beat(register)
    if not has_applied(storage.replica_url, at, WAITING):
        raise RuntimeError("The replica does not catch up.")
    equal = time.perf_counter() - begun
    print(f"  {world.affiliations:,} affiliations: loaded in {load:.2f} s, numbered at {numbered:.2f} s, on the replica at {equal:.2f} s")
    return load, equal


def _small_writes(floor: Floor, world: World, storage: Storage, seconds: int) -> Lags:
    """A hundred affiliations a second are changed, one a transaction; another thread looks at the replica all the time."""
    committed: list[float] = []
    seen: list[list[float]] = [[], []]
    with administrator(storage.register_url) as register, administrator(storage.replica_url) as replica:
        [[before]] = register.execute("SELECT last_value FROM affiliation_id_seq").fetchall()
        watching = threading.Thread(target=_watch, args=(replica, int(before), seconds * A_SECOND, seen))
        watching.start()
        begun = time.perf_counter()
        for number in range(seconds * A_SECOND):
            time.sleep(max(0.0, begun + number / A_SECOND - time.perf_counter()))
            floor.write([message([changed(world.item(number))])])
            committed.append(time.perf_counter())
        watching.join()
    print(f"  {len(committed):,} small writes, {len(committed) / (committed[-1] - begun):.0f} a second")
    rows, events = ([max(0.0, there - done) for there, done in zip(times, committed, strict=True)] for times in seen)
    return Lags(rows, events)


def _watch(replica: Connection, before: int, writes: int, seen: list[list[float]]) -> None:
    """Notes when each write's row, and its event, was first seen: numbers of versions go up by one a write."""
    until = time.perf_counter() + WAITING
    while min(len(times) for times in seen) < writes and time.perf_counter() < until:
        [found] = replica.execute(SEEN).fetchall()
        now = time.perf_counter()
        for times, last in zip(seen, found, strict=True):
            times += [now] * (last - before - len(times))
        time.sleep(0.001)


def _prove(storage: Storage) -> None:
    """Raises when the replica is not equal."""
    for table in compare(storage.register_url, storage.replica_url):
        if table.differing:
            raise RuntimeError(f"{table.table} differs in {table.differing} rows.")


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[len(values) * percent // 100]
