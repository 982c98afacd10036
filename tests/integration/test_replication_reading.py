"""Reads on replicas: spread over them, surviving the loss of one, kept from one that is not whole; what is said when a side is away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import event

from adapters.replication import gate
from adapters.replication.servers import administrator
from adapters.wsgi import create_app
from core import codes
from core.access import Grants
from core.connections import KeptSessions, fetch_all
from core.database import SPREAD_AFTER, Databases
from core.errors import Unavailable
from tests.contract.asking import answered, asking, fault
from tests.posting import post
from tests.replicated import Pair, until

CHILD = "04051820219"
INSTANT = "%Y-%m-%dT%H:%M:%S.%fZ"
WHERE = "SELECT inet_server_port()"
NOWHERE = "postgresql://nobody@127.0.0.1:9,127.0.0.1:10/nothing?connect_timeout=1"


def ports(databases: Databases, connections: int = 24) -> set[int]:
    """The servers that so many new connections lead to."""
    found = set()
    for _ in range(connections):
        with databases.replica.begin() as session:
            found.add(session.connection().exec_driver_sql(WHERE).scalar_one())
        databases.replica_engine.dispose()
    return found


@contextmanager
def closed(pair: Pair, *numbers: int) -> Iterator[None]:
    """These replicas take no readers, as when they are being filled."""
    for number in numbers:
        with administrator(pair.who.replicas[number]) as replica:
            gate.close(replica)
    try:
        yield
    finally:
        for number in numbers:
            with administrator(pair.who.replicas[number]) as replica:
                gate.open_again(replica)


def database_of(pair: Pair) -> str:
    return str(conninfo_to_dict(pair.who.replicas[0])["dbname"])


@pytest.fixture
def nowhere() -> Iterator[Databases]:
    both = Databases(NOWHERE)
    yield both
    both.close()


def test_reads_spread_over_two_replicas_and_keep_away_from_one_that_is_not_whole(threesome: Pair) -> None:
    both = ports(threesome.databases)
    assert len(both) == 2
    with closed(threesome, 0):
        left = ports(threesome.databases)
    with closed(threesome, 1):
        assert ports(threesome.databases) == both - left


def test_whoever_reads_a_replica_when_it_is_closed_reads_on_at_another_one(threesome: Pair) -> None:
    with threesome.databases.reading() as session:
        for _ in range(2):
            found = []
            for number in (0, 1):
                with closed(threesome, number):
                    found += fetch_all(session, WHERE, {})
            assert len(set(found)) == 2


def test_a_read_whose_server_is_lost_while_it_runs_is_done_once_more_elsewhere(threesome: Pair) -> None:
    long = "SELECT CASE WHEN inet_server_port() = %(port)s THEN pg_sleep(60) END, inet_server_port()"
    with threesome.databases.reading() as session, ThreadPoolExecutor(1) as reader:
        [(here,)] = fetch_all(session, WHERE, {})
        number = next(number for number in (0, 1) if f"port={here}" in threesome.who.replicas[number])
        reading = reader.submit(fetch_all, session, long, {"port": here})
        with administrator(threesome.who.replicas[number]) as replica:
            until(lambda: replica.execute("SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep'").rowcount > 0)
            with closed(threesome, number):
                [(_, there)] = reading.result()
    assert there != here


def test_a_connection_that_is_lost_before_its_first_use_is_made_anew(threesome: Pair) -> None:
    address = threesome.who.replicas[0]
    databases = Databases(threesome.who.register, address)
    ended: list[int] = []

    def end(connection: Any, _record: object) -> None:
        """As when the server ends while the first connection of a process is asked what server it is."""
        if not ended:
            ended.append(connection.info.backend_pid)
            with administrator(address) as replica:
                replica.execute("SELECT pg_terminate_backend(%s, 5000)", ended)
            connection.execute("SELECT 1")

    event.listen(databases.replica_engine, "connect", end)
    with databases.reading() as session:
        assert fetch_all(session, "SELECT 1", {}) == [(1,)]
    databases.close()
    assert len(ended) == 1


def test_a_read_that_loses_its_server_twice_is_still_answered(threesome: Pair) -> None:
    waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'advisory' AND datname = current_database()"
    address = threesome.who.replicas[0]
    databases = Databases(threesome.who.register, address)
    with administrator(address) as replica, databases.reading() as session, ThreadPoolExecutor(1) as reader:
        replica.execute("SELECT pg_advisory_lock(77)")
        reading = reader.submit(fetch_all, session, "SELECT pg_advisory_xact_lock_shared(77), 'answered'", {})
        ended: set[int] = set()
        for _ in range(2):
            until(lambda: any(pid not in ended for (pid,) in replica.execute(waiting)))  # noqa: B023 - asked within the turn
            ended |= {pid for (pid,) in replica.execute(waiting)}
            replica.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY(%s)", [list(ended)])
        replica.execute("SELECT pg_advisory_unlock(77)")
        assert reading.result()[0][1] == "answered"
    databases.close()
    assert len(ended) == 2


def test_a_read_that_finds_no_replica_any_more_is_refused_as_unavailable(threesome: Pair) -> None:
    with suppress(Unavailable), threesome.databases.reading() as session:
        fetch_all(session, WHERE, {})
        with closed(threesome, 0, 1), pytest.raises(Unavailable):
            fetch_all(session, WHERE, {})


def test_what_is_written_is_never_repeated(database_url: str) -> None:
    databases = Databases(database_url)
    end = "SELECT pg_terminate_backend(pg_backend_pid())"
    databases.journal.execute("SET ROLE NONE", {})  # The journal's own role may not end a superuser's connection.
    with pytest.raises(Unavailable), databases.journal() as session:
        fetch_all(session, end, {})
    databases.close()


def test_a_kept_connection_is_chosen_anew_after_a_while(threesome: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr("core.connections.monotonic", lambda: now[0])
    kept = KeptSessions(threesome.databases.replica_engine, renewed_after=SPREAD_AFTER)
    with kept() as first, kept() as second:
        assert first is second
    now[0] += SPREAD_AFTER + 1
    with kept() as third:
        assert third is not first
    kept.close()


def service(register: Databases, replica: Databases) -> Any:
    sessions = SimpleNamespace(register=register.register, journal=register.journal, reading=replica.reading)
    return create_app("http://127.0.0.1:8080", sessions, Grants(sessions.register), codes.versions(), provider="LV-DEV/GOV/IZM/viis")


def about_the_child() -> str:
    return asking("getPersonEducation", f"<e:personalCode>{CHILD}</e:personalCode>")


def test_an_answer_comes_from_the_replica_and_says_what_is_applied_there(threesome: Pair) -> None:
    threesome.register.grant()
    threesome.register.person(CHILD)
    app = service(threesome.databases, threesome.databases)
    assert threesome.applied()
    [(at,)] = threesome.as_reader("SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM heartbeat")
    reply = answered(post(app, about_the_child()))
    assert reply.findtext("{*}person/{*}personalCode") == CHILD
    assert reply.findtext("{*}dataAsOf") == at
    assert threesome.in_register("SELECT count(*) FROM disclosure WHERE operation <> 'replica'") == [(1,)]
    assert threesome.in_replica("SELECT count(*) FROM disclosure") == [(0,)]


def test_asked_for_later_than_what_is_applied_it_says_what_is_applied(threesome: Pair) -> None:
    threesome.register.grant()
    assert threesome.applied()
    [(at,)] = threesome.in_register("SELECT at FROM heartbeat")
    [(later,)] = threesome.in_register("SELECT clock_timestamp()")
    asked = asking("listInstitutions", f"<e:asOf>{later.strftime(INSTANT)}</e:asOf>")
    reply = answered(post(service(threesome.databases, threesome.databases), asked))
    assert reply.findtext("{*}dataAsOf") == at.strftime(INSTANT)


def test_while_the_register_is_away_answers_without_people_go_on(threesome: Pair, nowhere: Databases) -> None:
    threesome.register.grant()
    away = SimpleNamespace(register=nowhere.register, journal=nowhere.journal, reading=threesome.databases.reading)
    grants = Grants(threesome.databases.register)
    app = create_app("http://127.0.0.1:8080", away, grants, codes.versions(), provider="LV-DEV/GOV/IZM/viis")
    assert answered(post(app, asking("listCodes"))).find("{*}lists") is not None
    assert fault(post(app, about_the_child())) == "U-0101"


def test_while_every_replica_is_away_nothing_is_answered_and_the_answer_says_so(threesome: Pair, nowhere: Databases) -> None:
    threesome.register.grant()
    app = service(threesome.databases, nowhere)
    assert fault(post(app, asking("listCodes"))) == "U-0000"
    assert fault(post(app, about_the_child())) in ("U-0000", "U-0101")
