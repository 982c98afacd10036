"""What happens to register and replica when something is killed, away, cut off or cut short: nothing is lost, nothing is doubled."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import REPLICA, start
from adapters.replication import setup
from adapters.replication.health import Severity, health
from adapters.replication.repair import repair
from adapters.replication.servers import administrator
from core.connections import fetch_all
from tests.replicated import SMALL, Pair, kill, pair_of, until

ROWS = 50_000
NEW = "INSERT INTO person (created_at) SELECT now() FROM generate_series(1, %s) RETURNING id"


class Servers:
    """A register's server and two of replicas, for tests that kill them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.register = start(folder / "register", settings={**SMALL, "max_slot_wal_keep_size": "1GB"})
        self.replicas = [start(folder / f"replica-{number}", settings={**REPLICA, **SMALL}) for number in (1, 2)]

    def stop(self) -> None:
        for server in (*self.replicas, self.register):
            server.stop()


@pytest.fixture(scope="module")
def servers(reachable: Path) -> Iterator[Servers]:
    running = Servers(reachable / "killed")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def mortal(servers: Servers) -> Iterator[Pair]:
    """A register and two replicas, set up, on servers that may be killed; every test leaves them equal."""
    servers.register.ensure_database("mortal")
    with pair_of(servers.register.url("mortal"), servers.replicas, "mortal") as pair:
        pair.set_up()
        yield pair


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """These servers try again after a tenth of a second."""
    monkeypatch.setattr("adapters.replication.health.BETWEEN_LOOKS", 0.8)


@contextmanager
def load(pair: Pair) -> Iterator[list[int]]:
    """Writes as fast as it can until the block ends, and again when a server was away; holds what was acknowledged."""
    acknowledged: list[int] = []
    stopped = threading.Event()

    def write() -> None:
        while not stopped.is_set():
            with suppress(psycopg.OperationalError), administrator(pair.who.register) as register:
                while not stopped.is_set():
                    ids = [row[0] for row in register.execute(NEW, [random.randint(1, 40)])]
                    acknowledged.extend(ids)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        until(lambda: len(acknowledged) > 100)
        yield acknowledged
    finally:
        stopped.set()
        writer.join()


def answers(address: str) -> bool:
    try:
        with administrator(address):
            return True
    except psycopg.OperationalError:
        return False


def everything_is_equal(pair: Pair, acknowledged: list[int]) -> bool:
    """Both replicas hold each acknowledged row once, and are equal to the register to the last row."""
    until(lambda: all(answers(address) for address in (pair.who.register, *pair.who.replicas)))
    assert pair.applied()
    for number in range(len(pair.who.replicas)):
        assert pair.differences(number) == []
        held = [row[0] for row in pair.in_replica("SELECT id FROM person", number=number)]
        assert len(held) == len(set(held))
        assert set(acknowledged) <= set(held)
    return True


def test_the_register_killed_under_load_loses_and_doubles_nothing(servers: Servers, mortal: Pair) -> None:
    with load(mortal) as acknowledged:
        for _ in range(2):
            old = servers.register.pid
            kill(old)
            until(lambda: servers.register.pid != old and answers(mortal.who.register))  # noqa: B023 - asked within the turn
            before = len(acknowledged)
            until(lambda: len(acknowledged) > before + 100)  # noqa: B023
    assert everything_is_equal(mortal, acknowledged)


def test_a_replica_killed_under_load_goes_on_where_it_was_and_readers_do_not_notice(servers: Servers, mortal: Pair) -> None:
    failures: list[Exception] = []
    reads: list[int] = []
    stopped = threading.Event()

    def read() -> None:
        while not stopped.is_set():
            try:
                with mortal.databases.reading() as session:
                    reads.append(fetch_all(session, "SELECT inet_server_port() FROM generate_series(1, 200)", {})[0][0])
            except Exception as failure:
                failures.append(failure)

    readers = [threading.Thread(target=read) for _ in range(2)]
    with load(mortal) as acknowledged:
        for reader in readers:
            reader.start()
        for server in (servers.replicas[0], servers.replicas[1], servers.replicas[0]):
            before, read_before, old = len(acknowledged), len(reads), server.pid
            kill(old)
            until(lambda: len(reads) > read_before + 50)  # noqa: B023
            until(lambda: server.pid != old and answers(server.dsn("postgres")))  # noqa: B023
            until(lambda: len(acknowledged) > before + 50)  # noqa: B023
        stopped.set()
        for reader in readers:
            reader.join()
    assert [repr(failure.__cause__) for failure in failures] == []
    assert everything_is_equal(mortal, acknowledged)


def apply_of(pair: Pair) -> int:
    """The process that applies on the first replica; 0 when there is none now."""
    with suppress(psycopg.OperationalError):
        rows = pair.in_replica(
            "SELECT pid FROM pg_stat_subscription w JOIN pg_subscription s ON s.oid = subid JOIN pg_database d ON d.oid = subdbid "
            "WHERE pid IS NOT NULL AND worker_type = 'apply' AND datname = current_database()"
        )
        return int(rows[0][0]) if rows else 0
    return 0


def test_the_apply_killed_under_load_goes_on_where_it_was(servers: Servers, mortal: Pair) -> None:
    with load(mortal) as acknowledged:
        killed = 0
        for _ in range(2):
            before, killed = len(acknowledged), apply_of(mortal)
            kill(killed)
            until(lambda: apply_of(mortal) not in (killed, 0))  # noqa: B023
            until(lambda: len(acknowledged) > before + 100)  # noqa: B023
    assert everything_is_equal(mortal, acknowledged)


def test_a_replica_that_was_away_while_rows_were_loaded_has_them_afterwards(servers: Servers, mortal: Pair) -> None:
    servers.replicas[0].stop()
    try:
        acknowledged = [row[0] for row in mortal.in_register(NEW, ROWS)]
        [away, other] = health(mortal.who)
        assert (away.severity, away.look) == (Severity.BROKEN, None)
        assert other.look is not None
    finally:
        servers.replicas[0] = start(servers.folder / "replica-1", settings={**REPLICA, **SMALL})
    assert everything_is_equal(mortal, acknowledged)
    assert [each.severity for each in health(mortal.who)] == [Severity.FINE, Severity.FINE]


def test_a_replica_killed_again_and_again_while_it_is_filled_becomes_whole(servers: Servers, mortal: Pair) -> None:
    mortal.in_register(NEW, ROWS)
    assert mortal.applied()
    chance = random.Random(7)
    address = mortal.who.replicas[0]
    for _ in range(4):
        with setup.alone(mortal.who.register) as register, setup.alone(address) as replica:
            setup.subscribe(mortal.who, register, replica, address, lambda _: None)
        time.sleep(chance.uniform(0.02, 0.4))
        kill(servers.replicas[0].pid)
        until(lambda: answers(address))
    mortal.set_up()
    assert everything_is_equal(mortal, [])
    assert slots_of(mortal) == 2


def slots_of(pair: Pair) -> int:
    [(count,)] = pair.in_register("SELECT count(*) FROM pg_replication_slots WHERE database = current_database()")
    return int(count)


def test_a_table_whose_copy_never_ends_is_told_and_copied_again(mortal: Pair) -> None:
    address = mortal.who.replicas[0]
    with administrator(address) as replica:
        # As a kill leaves it: copied, not yet following, and the slot for what is between is gone.
        replica.execute(f"ALTER SUBSCRIPTION {mortal.who.name_of(replica, address)} DISABLE")
        replica.execute("UPDATE pg_subscription_rel SET srsubstate = 'f' WHERE srrelid = 'person'::regclass")
        replica.execute(f"ALTER SUBSCRIPTION {mortal.who.name_of(replica, address)} ENABLE")
    acknowledged = [row[0] for row in mortal.in_register(NEW, 10)]
    found = health(mortal.who)[0]
    assert found.severity is Severity.BROKEN
    assert any("copy of person does not come to its end" in complaint.sentence for complaint in found.complaints)
    said: list[str] = []
    repair(mortal.who, said.append)
    assert said == ["Copied again: person."]
    assert everything_is_equal(mortal, acknowledged)


def test_a_slot_beyond_its_limit_is_told_and_the_replica_copied_again(reachable: Path, servers: Servers) -> None:
    tight = start(reachable / "tight", settings={**SMALL, "max_slot_wal_keep_size": "1MB", "min_wal_size": "32MB", "max_wal_size": "32MB"})
    try:
        tight.ensure_database("register")
        with pair_of(tight.url("register"), servers.replicas[:1], "tight") as pair:
            pair.set_up()
            with administrator(pair.who.replicas[0]) as replica:
                replica.execute(f"ALTER SUBSCRIPTION {pair.who.name_of(replica, pair.who.replicas[0])} DISABLE")
            acknowledged = [row[0] for row in pair.in_register(NEW, 1000)]
            for _ in range(4):
                pair.in_register(NEW, 10)
                pair.in_register("SELECT pg_switch_wal()")
            pair.in_register("CHECKPOINT")
            [found] = health(pair.who)
            assert found.severity is Severity.BROKEN
            assert any("max_slot_wal_keep_size" in complaint.sentence for complaint in found.complaints)
            repair(pair.who, lambda _: None)
            assert everything_is_equal(pair, acknowledged)
            assert health(pair.who)[0].severity is Severity.FINE
            assert slots_of(pair) == 1
    finally:
        tight.stop()


def test_a_row_that_stops_the_apply_is_told_without_its_values(mortal: Pair) -> None:
    with administrator(mortal.who.replicas[0]) as replica:
        replica.execute("SET session_replication_role = replica")
        replica.execute("INSERT INTO territory VALUES ('Noslēpums', '0001000', '(,)')")
    mortal.in_register("INSERT INTO territory VALUES ('Noslēpums', '0001000', '(,)')")
    until(lambda: mortal.in_replica("SELECT sum(apply_error_count) > 0 FROM pg_stat_subscription_stats") == [(True,)])
    found = health(mortal.who)[0]
    assert found.severity is Severity.BROKEN
    assert found.look is not None
    assert "territory" in found.look.last_error
    assert "Noslēpums" not in mortal.in_replica("SELECT pg_read_file(pg_current_logfile())")[0][0]
    repair(mortal.who, lambda _: None, everything=True)
    assert everything_is_equal(mortal, [])
    assert health(mortal.who)[0].severity is Severity.FINE


def test_a_difference_is_found_named_and_copied_away(mortal: Pair) -> None:
    ids = [row[0] for row in mortal.in_register(NEW, 1000)]
    assert mortal.applied()
    with administrator(mortal.who.replicas[1]) as replica:
        replica.execute("SET session_replication_role = replica")
        replica.execute("UPDATE person SET created_at = created_at + interval '1 microsecond' WHERE id = %s", [ids[0]])
        replica.execute("DELETE FROM person WHERE id = %s", [ids[1]])
        replica.execute("INSERT INTO person (id) OVERRIDING SYSTEM VALUE VALUES (999999)")
    assert mortal.differences(0) == []
    [found] = mortal.differences(1)
    assert (found.table, found.differing) == ("person", 3)
    assert sorted(found.differences) == sorted([f"({ids[0]}) has other values", f"({ids[1]}) is missing", "(999999) is too many"])
    repair(mortal.who, lambda _: None, tables=["person"])
    assert everything_is_equal(mortal, ids)


def test_it_is_proved_equal_while_others_write(mortal: Pair) -> None:
    with load(mortal):
        for _ in range(3):
            assert mortal.differences() == []
