"""What happens to municipalities' copies when a server is killed or a slot is lost: afterwards they are equal."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from adapters.embedded import REPLICA, Cluster, start
from adapters.feeds.adding import Feed, adding
from adapters.feeds.place import Place
from adapters.feeds.removing import removing
from adapters.feeds.state import states
from core.database import Databases, migrate
from tests.municipal import Municipal
from tests.register import MADONA, RIGA
from tests.replicated import SMALL, kill, until

TIGHT = {"max_slot_wal_keep_size": "2MB", "min_wal_size": "32MB", "max_wal_size": "32MB"}
# What was committed asynchronously is written to disk so late that a kill is always earlier.
LAZY = {"wal_writer_delay": "10s"}
PUT = """
INSERT INTO holding (entry_id, entity, municipality, version, hash, full_hash, content)
SELECT g, 'affiliation', (ARRAY['0001000', '0038000'])[1 + g %% 2], 1, 1, 1, ARRAY['x', g::text] FROM generate_series(%s::bigint, %s) g
"""
MOVE = "UPDATE holding SET version = version + 1, municipality = CASE municipality WHEN '0001000' THEN '0038000' ELSE '0001000' END"


@contextmanager
def servers(folder: Path, settings: Mapping[str, str]) -> Iterator[tuple[Cluster, Cluster, Municipal]]:
    """Two servers that may be killed."""
    register = start(folder / "register", settings={**SMALL, **settings})
    copies = start(folder / "copies", settings={**REPLICA, **SMALL, **settings})
    try:
        register.ensure_database("register")
        copies.ensure_database("replica")
        migrate(register.url("register"))
        databases = Databases(register.url("register"), connections=1)
        reached = f"host=127.0.0.1 port={register.port} dbname=register"
        yield register, copies, Municipal(Place(register.dsn("register"), copies.dsn("replica"), reached, ours=True), databases)
        databases.close()
    finally:
        copies.stop()
        register.stop()


def make(municipal: Municipal, *feeds: Feed) -> None:
    for feed in feeds:
        for _ in adding(municipal.place, feed):
            pass


def answers(municipal: Municipal) -> bool:
    with suppress(psycopg.OperationalError), municipal.place.on_server(), municipal.place.on_register():
        return True
    return False


def test_servers_killed_while_everything_changes_lose_and_double_nothing(reachable):
    riga, madona = Feed("riga", RIGA, health=False), Feed("madona", MADONA, health=True)
    with servers(reachable / "killed-feeds", {}) as (register, copies, municipal):
        municipal.in_register(PUT, 1, 1000)
        make(municipal, riga, madona)
        stopped = threading.Event()

        def write() -> None:
            first = 1001
            while not stopped.is_set():
                with suppress(psycopg.OperationalError), municipal.place.on_register() as connection:
                    connection.execute(PUT, [first, first + 49])
                    first += 50
                    connection.execute(f"{MOVE} WHERE entry_id % 7 = {first // 50 % 7}")

        writer = threading.Thread(target=write)
        writer.start()
        for server in (copies, register, copies):
            old = server.pid
            kill(old)
            until(lambda: server.pid != old and answers(municipal))  # noqa: B023
        stopped.set()
        writer.join()
        for feed in (riga, madona):
            assert municipal.equal(feed)


def test_an_apply_that_begins_again_confirms_nothing_that_a_crash_could_take_back(reachable):
    riga = Feed("riga", RIGA, health=False)
    with servers(reachable / "restarted-feeds", LAZY) as (_, copies, municipal):
        make(municipal, riga)
        for entry in (2, 4, 6):
            municipal.in_register(PUT, entry, entry)
        until(lambda: municipal.in_copy(riga, "SELECT count(*) FROM holding") == [(3,)])
        [[wanted]] = municipal.in_register("SELECT pg_current_wal_lsn()")
        municipal.in_copy(riga, "SELECT pg_terminate_backend(pid) FROM pg_stat_subscription WHERE relid IS NULL AND pid IS NOT NULL")
        until(lambda: municipal.in_register("SELECT confirmed_flush_lsn >= %s FROM pg_replication_slots", wanted) == [(True,)])
        old = copies.pid
        kill(old)
        until(lambda: copies.pid != old and answers(municipal))
        assert municipal.in_copy(riga, "SELECT array_agg(entry_id ORDER BY 1) FROM holding") == [([2, 4, 6],)]


def test_a_copy_killed_while_it_is_filled_becomes_whole_by_adding_again(reachable):
    riga = Feed("riga", RIGA, health=False)
    with servers(reachable / "filled-feeds", {}) as (_, copies, municipal):
        municipal.in_register(PUT, 1, 60_000)
        for _ in range(3):
            work = adding(municipal.place, riga)
            while "first copy" not in next(work):
                pass
            old = copies.pid
            kill(old)
            with suppress(psycopg.OperationalError):
                work.close()
            until(lambda: copies.pid != old and answers(municipal))  # noqa: B023
            make(municipal, riga)
            assert municipal.equal(riga)
            assert municipal.in_copy(riga, "SELECT count(*) FROM holding") == [(30_000,)]
            for _ in removing(municipal.place, riga.known_as):
                pass
            assert municipal.in_register("SELECT slot_name FROM pg_replication_slots") == []


def test_a_slot_beyond_its_limit_is_told_and_adding_again_copies_anew(reachable):
    riga = Feed("riga", RIGA, health=False)
    with servers(reachable / "tight-feeds", TIGHT) as (_, _, municipal):
        municipal.in_register(PUT, 1, 1000)
        make(municipal, riga)
        municipal.in_copy(riga, "ALTER SUBSCRIPTION feed_riga DISABLE")
        until(lambda: municipal.in_register("SELECT active FROM pg_replication_slots") == [(False,)])
        for _ in range(5):
            municipal.in_register(MOVE)
            municipal.in_register("SELECT pg_switch_wal()")
        municipal.in_register("CHECKPOINT")
        assert states(municipal.place, ["feed_riga"])["feed_riga"].word == "lost"
        make(municipal, riga)
        assert municipal.equal(riga)
        assert states(municipal.place, ["feed_riga"])["feed_riga"].word == "half made", "the login was never opened"
