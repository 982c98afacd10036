"""The replica: what it holds and what it does not, who reads it and that nobody writes it, and that setting it up again changes nothing."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.replication import setup
from adapters.replication.published import NOT_PUBLISHED, PUBLISHED, WITHHELD
from adapters.replication.servers import administrator, each_host, place_of
from core.database import Databases, migrate
from tests.register import RIGA
from tests.replicated import Pair

CHILD = "04051820219"
SCHOOL = "4312100001"
WRITES = (
    "INSERT INTO person DEFAULT VALUES",
    "UPDATE person SET created_at = now()",
    "DELETE FROM person",
    "TRUNCATE person CASCADE",
    "DELETE FROM submission",
)


def a_child(pair: Pair, code: str | None = None) -> int:
    if not pair.in_register("SELECT 1 FROM institution"):
        pair.register.institution(SCHOOL)
    child = pair.register.person(code)
    pair.register.identifier(child, SCHOOL, f"S{child}")
    pair.register.learns(child, SCHOOL, author="LV-DEV/EDU/SCHOOL/other")
    pair.register.lives(child, RIGA, address="Brīvības iela 1")
    return child


def test_what_is_written_to_the_register_is_on_the_replica_and_what_is_withheld_is_not(shared: Pair) -> None:
    child = a_child(shared, CHILD)
    assert shared.applied()
    assert shared.in_replica("SELECT person_id FROM identity WHERE value = %s", CHILD) == [(child,)]
    assert shared.in_replica("SELECT sort_key FROM person_profile") == shared.in_register("SELECT sort_key FROM person_profile")
    assert shared.in_register("SELECT DISTINCT address, sender IS NULL FROM residence, affiliation") == [("Brīvības iela 1", False)]
    for table, columns in WITHHELD.items():
        # These have a default, which the replica fills in by itself.
        for column in set(columns) - {"was_current", "proposed_at"}:
            assert shared.in_replica(f"SELECT count({column}) FROM {table}") == [(0,)]
    assert shared.differences() == []


def test_a_check_that_speaks_of_withheld_columns_refuses_no_row_on_the_replica(shared: Pair) -> None:
    shared.register.institution("4513900077")
    shared.register.licence("4513900077", "31016011")
    assert shared.applied()
    officers = "SELECT DISTINCT confirmed_user IS NULL FROM decision WHERE confirmed_at IS NOT NULL"
    assert (shared.in_register(officers), shared.in_replica(officers)) == ([(False,)], [(True,)])


def test_tables_that_are_not_published_are_empty_on_the_replica(shared: Pair) -> None:
    shared.register.grant()
    assert shared.applied()
    assert shared.in_register("SELECT count(*) FROM access_grant") == [(1,)]
    for table in NOT_PUBLISHED:
        assert shared.in_replica(f"SELECT count(*) FROM {table}") == [(0,)]


def test_the_replica_can_be_written_to_by_nobody_but_the_apply(shared: Pair) -> None:
    a_child(shared)
    assert shared.applied()
    pooled = shared.databases.replica_engine.raw_connection()
    reading = pooled.driver_connection
    assert reading is not None
    for write in WRITES:
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            shared.in_replica(write)  # the administrator, who has asked for a transaction that may write
        reading.rollback()
        with pytest.raises((psycopg.errors.ReadOnlySqlTransaction, psycopg.errors.InsufficientPrivilege)):
            reading.execute(write)
    reading.execute("SET default_transaction_read_only = off")
    for write in WRITES:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reading.execute(write)
    pooled.invalidate()
    other = a_child(shared)
    assert shared.applied()
    assert shared.in_replica("SELECT id FROM person WHERE id = %s", other) == [(other,)]


def test_readers_see_what_is_published_and_no_other_table(shared: Pair) -> None:
    assert shared.as_reader("SELECT current_user, current_setting('transaction_read_only')") == [("viis_reader", "on")]
    for table in PUBLISHED:
        shared.as_reader(f"SELECT count(*) FROM {table}")
    for table in NOT_PUBLISHED:
        with pytest.raises(Exception, match="permission denied"):
            shared.as_reader(f"SELECT count(*) FROM {table}")


def subscribed_by(pair: Pair) -> str:
    """How the replica reaches the register."""
    [(conninfo,)] = pair.in_replica(
        "SELECT subconninfo FROM pg_subscription JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database()"
    )
    return str(conninfo)


def test_the_role_that_replicates_reads_published_columns_and_nothing_else(shared: Pair) -> None:
    with psycopg.connect(subscribed_by(shared), autocommit=True) as other:
        assert other.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchall() == [(False,)]
        other.execute("SELECT institution FROM affiliation")
        for statement in ("SELECT sender FROM affiliation", "SELECT address FROM residence", "TABLE disclosure", "DELETE FROM heartbeat"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                other.execute(statement)


def test_a_read_is_true_as_of_the_applied_heartbeat(shared: Pair) -> None:
    assert shared.applied()
    [(on_register,)] = shared.in_register("SELECT at FROM heartbeat")
    assert shared.as_reader("SELECT data_instant()") == [(on_register,)]
    assert shared.as_reader("SELECT data_instant()") == [(on_register,)], "its own clock says nothing about what it has"


def test_setting_up_again_changes_nothing_and_says_nothing(shared: Pair) -> None:
    a_child(shared)
    assert shared.applied()
    state = "SELECT (SELECT max(oid::bigint) FROM pg_class), (SELECT max(oid::bigint) FROM pg_constraint), (SELECT count(*) FROM person)"
    before = shared.in_replica(state)
    assert shared.set_up() == []
    assert shared.in_replica(state) == before
    assert shared.differences() == []


def test_two_programs_that_set_up_at_once_make_one_replica(unprepared: Pair) -> None:
    a_child(unprepared)
    with ThreadPoolExecutor(3) as programs:
        said = [*programs.map(lambda _: unprepared.set_up(), range(3))]
    assert sum(map(len, said)) == 1, "one of them fills it"
    assert unprepared.applied()
    assert unprepared.differences() == []


def test_a_register_of_the_first_release_gets_a_replica_by_copy(unprepared: Pair, database_url: str) -> None:
    register = unprepared.register
    child = a_child(unprepared)
    register.learns(child, SCHOOL, main=False, programme="20V21101")
    downgraded(database_url, "0001")
    unprepared.set_up()
    assert unprepared.applied()
    assert unprepared.in_replica("SELECT count(*), count(DISTINCT entry_id) FROM affiliation") == [(2, 2)]
    assert unprepared.differences() == []


def downgraded(url: str, to: str) -> None:
    from alembic import command

    from core.database import migration_config

    command.downgrade(migration_config(url), to)


def test_a_register_that_is_reached_by_another_address_is_followed_there(shared: Pair) -> None:
    here = shared.who
    for address in (here.reached_by.replace("127.0.0.1", "localhost"), here.reached_by):
        shared.who = here._replace(reached_by=address)
        assert shared.set_up() == []
        assert conninfo_to_dict(address)["host"] == conninfo_to_dict(subscribed_by(shared))["host"]
        a_child(shared)
        assert shared.applied()
        assert shared.differences() == []


def test_who_only_reads_a_replica_leaves_its_setup_to_others(shared: Pair) -> None:
    [address] = shared.who.replicas
    with administrator(address) as admin:
        admin.execute("DROP ROLE IF EXISTS web")
        admin.execute("CREATE ROLE web LOGIN PASSWORD 'web'")
        admin.execute("GRANT viis_reader TO web")
    reading = address.replace("user=keeper", "user=web").replace("password=made-up", "password=web")
    said: list[str] = []
    by_reader = shared.who._replace(replicas=(reading,))
    setup.migrate_both(by_reader, said.append)
    setup.follow(by_reader, said.append)
    assert len(said) == 1
    assert "not that of its administrator" in said[0]
    both = Databases(shared.who.register, reading)
    with both.replica.begin() as session:
        assert session.connection().exec_driver_sql("SELECT current_user, count(*) > 0 FROM code_list").all() == [("viis_reader", True)]
    both.close()


def test_the_register_itself_and_another_register_are_refused_as_replicas(
    database_url: str, unprepared: Pair, replica_server: object
) -> None:
    by_another_name = database_url.replace("127.0.0.1", "localhost")
    with pytest.raises(setup.NotAReplica, match="the register itself"):
        setup.migrate_both(setup.replication(database_url, by_another_name), print)
    [address] = unprepared.who.replicas
    migrate(address_as_url(address))
    with administrator(address) as other:
        other.execute("INSERT INTO code_list VALUES ('a', '1', 'a', 'a', '(,)')")
    with pytest.raises(setup.NotAReplica, match="a register of its own"):
        unprepared.set_up()


def address_as_url(conninfo: str) -> str:
    parts = psycopg.conninfo.conninfo_to_dict(conninfo)
    return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{parts['dbname']}"


def test_an_address_of_several_hosts_is_taken_apart_as_libpq_reads_it() -> None:
    url = "postgresql+psycopg://u:p%40ss@h1:1,h2:2,h3:3/db?load_balance_hosts=random&target_session_attrs=any&sslmode=require"
    assert [place_of(address) for address in each_host(url)] == ["h1:1/db", "h2:2/db", "h3:3/db"]
    assert all("password=p@ss" in address and "sslmode=require" in address for address in each_host(url))
    assert not any("random" in address or "target" in address for address in each_host(url))
    assert [place_of(address) for address in each_host("postgresql://u@h1,h2:5433/db")] == ["h1:5432/db", "h2:5433/db"]
    assert [place_of(address) for address in each_host("postgresql:///db")] == ["localhost:5432/db"]
