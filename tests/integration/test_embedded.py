"""The embedded PostgreSQL as its users see it: it is there, it is the same one again, and it keeps to itself."""

import socket
import stat
import threading
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import Cluster, EmbeddedError, start

QUICK = {"fsync": "off", "shared_buffers": "16MB"}


def test_a_new_folder_gets_a_server_made_for_the_register(cluster):
    wanted = {
        "server_version_num": "18",
        "data_checksums": "on",
        "password_encryption": "scram-sha-256",
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "TimeZone": "UTC",
        "wal_level": "logical",
        "synchronous_commit": "on",
        "jit": "off",
        "max_connections": "100",
        "server_encoding": "UTF8",
    }
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        found = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in wanted}
        locale = connection.execute("SELECT datlocprovider, datlocale FROM pg_database WHERE datname = 'template1'")
        assert locale.fetchone() == ("b", "C.UTF-8")
    assert {**found, "server_version_num": found["server_version_num"][:2]} == wanted


def test_latvian_letters_have_their_lower_case(cluster):
    with psycopg.connect(cluster.dsn("postgres")) as connection:
        assert connection.execute("SELECT lower('ĀČĒĢĪĶĻŅŌŖŠŪŽ')").fetchone() == ("āčēģīķļņōŗšūž",)


def test_started_again_it_has_the_same_address_and_the_same_data(empty_folder):
    first = start(empty_folder, settings=QUICK)
    address = first.dsn("register")
    first.ensure_database("register")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    first.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(address)
    again = start(empty_folder, settings=QUICK)
    with psycopg.connect(again.dsn("register")) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)
    assert again.dsn("register") == address
    again.stop()


def test_the_address_for_sqlalchemy_names_the_driver(cluster):
    assert cluster.url("register") == cluster.dsn("register").replace("postgresql://viis:", "postgresql+psycopg://viis:")


def test_nobody_enters_without_the_password(cluster):
    for address in (
        f"postgresql://viis@127.0.0.1:{cluster.port}/postgres",
        f"postgresql://viis:wrong@127.0.0.1:{cluster.port}/postgres",
    ):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(address)


def test_the_server_listens_on_loopback_only(cluster):
    with socket.socket() as probe, pytest.raises(OSError):
        probe.connect(("127.0.0.2", cluster.port))


def test_the_password_and_the_data_are_closed_to_others(cluster):
    assert stat.S_IMODE((cluster.folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((cluster.folder / "cluster").stat().st_mode) == 0o700
    assert (cluster.folder / "cluster").stat().st_uid != 0


def test_a_database_is_made_once_even_when_two_ask_at_the_same_moment(cluster):
    failures = []

    def ensure():
        try:
            cluster.ensure_database("asked_for_twice")
        except psycopg.Error as failure:
            failures.append(failure)

    askers = [threading.Thread(target=ensure) for _ in range(4)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert failures == []
    with psycopg.connect(cluster.dsn("asked_for_twice")) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("asked_for_twice",)


def test_programs_that_start_at_once_on_a_new_folder_share_one_server(empty_folder, program):
    others = [program(empty_folder) for _ in range(3)]
    told = [other.stdout.readline().split() for other in others]
    assert len({(pid, port) for pid, port, _ in told}) == 1
    assert sorted(owned for _, _, owned in told) == ["False", "False", "True"]


def test_only_the_owner_stops_the_server(folder, program):
    owner = program(folder)
    pid = int(owner.stdout.readline().split()[0])
    adopter = start(folder, settings=QUICK)
    assert (adopter.pid, adopter.owned) == (pid, False)
    adopter.stop()
    again = start(folder, settings=QUICK)
    assert (again.pid, again.owned) == (pid, False)
    again.stop()
    owner.communicate()
    assert not (folder / "cluster" / "postmaster.pid").exists()


def test_a_folder_with_a_very_long_name_serves_as_well(folder):
    deep = folder / ("ļoti-gara-mape-" * 8) / "pg"
    deep.parent.mkdir()
    (folder / "cluster").rename(folder / "moved")
    deep.mkdir()
    for name, target in (("moved", "cluster"), ("password", "password")):
        (folder / name).rename(deep / target)
    running = start(deep, settings=QUICK)
    with psycopg.connect(running.dsn("postgres")) as connection:
        assert len(connection.execute("SHOW data_directory").fetchone()[0].encode()) > 107
    running.stop()


def test_stopping_does_not_wait_for_open_connections(folder):
    running = start(folder, settings=QUICK)
    with psycopg.connect(running.dsn("postgres")) as connection:
        connection.execute("SELECT 1")
        running.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    with pytest.raises(EmbeddedError, match="was stopped"):
        _ = running.port


def test_what_failed_statements_hold_never_reaches_the_log_of_the_server(cluster):
    cluster.ensure_database("register")
    with psycopg.connect(cluster.dsn("register"), autocommit=True) as connection:
        connection.execute("CREATE TABLE secret (code text PRIMARY KEY)")
        insert = "INSERT INTO secret VALUES ('a written secret'), (%s)"
        connection.execute(insert, ["a secret parameter"])
        with pytest.raises(psycopg.errors.UniqueViolation, match="a written secret"):
            connection.execute(insert, ["a secret parameter"])
        with pytest.raises(psycopg.errors.InvalidDatetimeFormat):
            connection.execute("SELECT 'a written secret'::date")
        connection.execute("DO $$ BEGIN RAISE WARNING 'a written secret'; END $$")
    written = everything_logged(cluster)
    assert "database system is ready" in written
    assert "secret" not in written


def everything_logged(cluster: Cluster) -> str:
    logs: list[Path] = [cluster.folder / "start.log", *(cluster.folder / "cluster" / "log").iterdir()]
    return "".join(log.read_text() for log in logs)
