"""The login of a municipality's system, in the hands of somebody who wants more than its views."""

import re
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.feeds import admission
from adapters.feeds.adding import Feed
from adapters.feeds.admission import END
from adapters.feeds.rights import SESSIONS, USUAL
from tests.municipal import Municipal
from tests.register import MADONA, RIGA, Register


@dataclass
class Attacker:
    """Who has the login of Riga's copy; `other` is the copy of Madona on the same server."""

    address: str
    municipal: Municipal
    feed: Feed
    other: Feed

    def enters(self, **elsewhere: str) -> bool:
        try:
            psycopg.connect(make_conninfo(self.address, **elsewhere)).close()
        except psycopg.OperationalError:
            return False
        return True

    def says(self, statement: str) -> str:
        """What comes of a statement, said by somebody who has turned everything off that can be turned off."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            for setting in ("default_transaction_read_only = off", "statement_timeout = 0", "transaction_timeout = 0"):
                connection.execute(f"SET {setting}")
            connection.execute("SET search_path = education, public, pg_catalog")
            try:
                found = connection.execute(statement)
                return repr(found.fetchall()) if found.description else found.statusmessage or ""
            except psycopg.Error as refused:
                return f"refused: {refused.sqlstate} {refused}"


@pytest.fixture
def attacker(municipal: Municipal, feed: Feed, register: Register) -> Attacker:
    for name, municipality in (("Rīgas skola", RIGA), ("Madonas skola", MADONA)):
        school = register.institution("4113100001" if municipality == RIGA else "4113100002", name, municipality)
        child = register.person("04051820219" if municipality == RIGA else "04051820227", surname=name)
        register.lives(child, municipality)
        register.learns(child, school)
    municipal.tell()
    other = Feed(feed.name.replace("riga", "madona"), MADONA, health=True)
    municipal.add(other)
    return Attacker(municipal.add(feed), municipal, feed, other)


READING_MORE = """
SELECT * FROM public.holding
SELECT content FROM public.holding
SELECT * FROM public.checkpoint
SELECT * FROM public.heartbeat
TABLE public.holding
COPY public.holding TO STDOUT
SELECT subconninfo FROM pg_subscription
SELECT subname FROM pg_subscription
SELECT * FROM pg_subscription
SELECT * FROM pg_stat_subscription
SELECT * FROM pg_stat_get_subscription(NULL)
SELECT rolpassword FROM pg_authid
SELECT passwd FROM pg_shadow
SELECT * FROM pg_user_mapping
SELECT * FROM pg_stat_activity
SELECT * FROM pg_stat_get_activity(NULL)
SELECT pg_stat_get_backend_activity(1)
SELECT * FROM pg_stat_replication
SELECT * FROM pg_stat_ssl
SELECT * FROM pg_stat_progress_copy
SELECT * FROM pg_stat_subscription_stats
SELECT * FROM pg_prepared_xacts
SELECT * FROM pg_replication_slots
SELECT * FROM pg_stat_database
SELECT * FROM pg_locks
SELECT * FROM pg_db_role_setting
SELECT * FROM pg_hba_file_rules
SELECT * FROM pg_file_settings
SELECT * FROM pg_statistic
SELECT * FROM pg_largeobject
SELECT * FROM pg_replication_origin_status
SHOW hba_file
SHOW data_directory
SELECT current_setting('config_file')
SELECT pg_read_file('pg_hba.conf')
SELECT pg_read_binary_file('PG_VERSION')
SELECT pg_ls_dir('.')
SELECT pg_stat_file('PG_VERSION')
SELECT * FROM pg_ls_waldir()
SELECT * FROM pg_ls_logdir()
SELECT pg_current_logfile()
SELECT pg_database_size('replica')
SELECT pg_export_snapshot()
SELECT * FROM pg_shmem_allocations
SELECT * FROM pg_backend_memory_contexts
COPY (SELECT 1) TO PROGRAM 'id'
COPY (SELECT 1) TO '/tmp/viis-attack'
SELECT lo_import('/etc/passwd')
SELECT lo_get(1)
SELECT loread(0, 1)
"""
WRITING = """
CREATE TABLE mine (n int)
CREATE TABLE public.mine (n int)
CREATE TABLE education.mine (n int)
CREATE TEMPORARY TABLE mine (n int)
CREATE TABLE pg_temp.mine (n int)
CREATE VIEW education.mine AS SELECT 1
CREATE SEQUENCE public.mine
CREATE TYPE public.mine AS (n int)
CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION education.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'
CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'
DO $$ BEGIN PERFORM 1; END $$
CREATE SCHEMA mine
CREATE EXTENSION pg_trgm
CREATE EXTENSION dblink
CREATE EXTENSION postgres_fdw
CREATE SERVER mine FOREIGN DATA WRAPPER postgres_fdw
CREATE FOREIGN DATA WRAPPER mine
SELECT dblink_connect('dbname=replica')
CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION public.refuse_writing()
CREATE TRIGGER mine AFTER INSERT ON public.holding EXECUTE FUNCTION public.refuse_writing()
ALTER TABLE public.holding DISABLE TRIGGER ALL
INSERT INTO public.holding (entry_id, entity, municipality) VALUES (1, 'x', 'x')
INSERT INTO education.affiliation (entry_id) VALUES (1)
UPDATE education.affiliation SET entry_id = 1
DELETE FROM education.affiliation
DELETE FROM public.holding
TRUNCATE public.holding
DROP VIEW education.affiliation
COMMENT ON VIEW education.affiliation IS 'mine'
BEGIN; LOCK TABLE public.holding
BEGIN; LOCK TABLE pg_catalog.pg_class
SELECT * FROM education.affiliation FOR UPDATE
SELECT lo_create(0)
SELECT lo_creat(-1)
SELECT lo_from_bytea(0, 'x')
SELECT lo_export(1, '/tmp/viis-attack')
COPY public.holding FROM PROGRAM 'id'
COPY education.affiliation FROM '/etc/passwd'
SELECT pg_notify('mine', 'x')
SELECT pg_advisory_lock(1)
SELECT pg_try_advisory_xact_lock(1)
SELECT pg_logical_emit_message(false, 'mine', 'x')
SELECT pg_restore_relation_stats('schemaname', 'public', 'relname', 'holding')
"""
POWER = """
SET session_replication_role = replica
SELECT set_config('session_replication_role', 'replica', false)
SET temp_file_limit = -1
SET log_statement = 'all'
SET session_preload_libraries = 'mine'
SET dynamic_library_path = '/tmp'
LOAD '/tmp/mine.so'
SET ROLE viis
SET ROLE viis_apply
SET ROLE viis_feed
SET SESSION AUTHORIZATION viis
ALTER ROLE CURRENT_USER SUPERUSER
ALTER ROLE CURRENT_USER REPLICATION
ALTER ROLE CURRENT_USER CREATEDB
ALTER ROLE CURRENT_USER CREATEROLE
ALTER ROLE CURRENT_USER BYPASSRLS
ALTER ROLE CURRENT_USER CONNECTION LIMIT 1000
ALTER ROLE CURRENT_USER SET temp_file_limit = -1
ALTER ROLE CURRENT_USER SET session_replication_role = replica
ALTER ROLE viis PASSWORD 'mine'
ALTER ROLE viis_apply PASSWORD 'mine'
CREATE ROLE mine
CREATE DATABASE mine
DROP DATABASE replica
ALTER DATABASE replica ALLOW_CONNECTIONS false
ALTER SYSTEM SET work_mem = '1GB'
CREATE TABLESPACE mine LOCATION '/tmp'
CREATE PUBLICATION mine FOR ALL TABLES
CREATE SUBSCRIPTION mine CONNECTION 'host=127.0.0.1' PUBLICATION mine
CREATE LANGUAGE plpython3u
GRANT pg_read_all_data TO CURRENT_USER
GRANT viis TO CURRENT_USER
REASSIGN OWNED BY viis TO CURRENT_USER
SELECT pg_create_logical_replication_slot('mine', 'pgoutput')
SELECT pg_create_physical_replication_slot('mine')
SELECT pg_drop_replication_slot('mine')
SELECT pg_replication_origin_create('mine')
SELECT pg_reload_conf()
SELECT pg_rotate_logfile()
SELECT pg_switch_wal()
SELECT pg_promote()
SELECT pg_backup_start('mine')
SELECT pg_stat_reset()
SELECT pg_log_backend_memory_contexts(1)
CHECKPOINT
REINDEX SYSTEM
"""
# Refused for want of a right, a thing that is not there, or a transaction that only reads; not for a mistake in the attack.
REFUSED = re.compile(r"refused: (42501|42704|3F000|0A000|58P01|42883|55006|25006|22023|42P01|42809|25001|2BP01)")


def lines(attacks: str) -> list[str]:
    return [line for line in attacks.splitlines() if line]


def test_the_views_are_read_and_hold_one_municipality(attacker):
    assert attacker.says("SELECT surname FROM affiliation") == "[('Rīgas skola',)]"
    assert attacker.says("SELECT name FROM institution ORDER BY 1") == "[('Madonas skola',), ('Rīgas skola',)]"


def test_what_a_session_may_use_up_is_bounded(attacker):
    with psycopg.connect(attacker.address) as connection:
        shown = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in USUAL}
    assert shown == USUAL


def test_no_other_database_lets_the_login_in(attacker):
    assert attacker.enters()
    assert not attacker.enters(dbname=attacker.other.known_as)
    for database in ("postgres", "replica", "template1", "template0"):
        assert not attacker.enters(dbname=database), database


def test_no_connection_of_replication_is_let_in(attacker):
    assert not attacker.enters(replication="database")
    assert not attacker.enters(replication="true")
    assert not attacker.enters(replication="true", dbname="replica")


def test_the_register_does_not_know_the_login(attacker):
    register = conninfo_to_dict(attacker.municipal.place.register)
    assert not attacker.enters(port=str(register["port"]), dbname=str(register["dbname"]))
    assert not attacker.enters(port=str(register["port"]), dbname=str(register["dbname"]), replication="database")


def test_nothing_but_the_views_can_be_read(attacker):
    assert [attack for attack in lines(READING_MORE) if not _refused(attacker, attack)] == []


def test_nothing_can_be_written_when_reading_only_is_turned_off(attacker):
    before = _objects(attacker)
    assert [attack for attack in lines(WRITING) if not _refused(attacker, attack)] == []
    assert _objects(attacker) == before


def test_no_power_can_be_taken(attacker):
    assert [attack for attack in lines(POWER) if not _refused(attacker, attack)] == []


def test_sessions_of_others_are_neither_seen_nor_ended(attacker):
    workers = attacker.municipal.in_copy(attacker.feed, "SELECT pid FROM pg_stat_subscription WHERE pid IS NOT NULL")
    assert workers
    for (pid,) in workers:
        assert _refused(attacker, f"SELECT pg_terminate_backend({pid})")
        assert _refused(attacker, f"SELECT pg_cancel_backend({pid})")
    assert attacker.municipal.equal(attacker.feed)


def test_its_sessions_are_counted(attacker):
    held = [psycopg.connect(attacker.address) for _ in range(SESSIONS)]
    assert not attacker.enters()
    for connection in held:
        connection.close()


def test_what_it_may_do_to_itself_opens_nothing(attacker):
    own = attacker.feed.known_as
    for statement in (f"GRANT CONNECT ON DATABASE {own} TO PUBLIC", "ALTER ROLE CURRENT_USER RESET ALL", "DROP OWNED BY CURRENT_USER"):
        attacker.says(statement)
    assert attacker.municipal.in_copy(attacker.feed, "SELECT has_database_privilege('public', %s, 'CONNECT')", own) == [(False,)]
    assert not attacker.enters(dbname="replica")
    assert attacker.says("SELECT surname FROM affiliation") == "[('Rīgas skola',)]"
    assert _refused(attacker, "SELECT * FROM public.holding")
    assert _refused(attacker, "SET temp_file_limit = -1")


def test_a_new_database_on_the_server_is_closed_to_it_by_the_lines_alone(attacker):
    place = attacker.municipal.place
    with place.on_server() as server:
        server.execute("CREATE DATABASE newcomer")
    try:
        assert not attacker.enters(dbname="newcomer")
    finally:
        with place.on_server() as server:
            server.execute("DROP DATABASE newcomer WITH (FORCE)")


def test_without_the_lines_the_rights_alone_keep_it_in(attacker):
    place = attacker.municipal.place
    hba = attacker.municipal.hba
    whole = hba.read_text()
    hba.write_text(whole.partition(END)[2])
    try:
        with place.on_server() as server:
            admission.reload(server, place.on_server)
        assert attacker.enters()
        for database in ("postgres", "replica", "template1", attacker.other.known_as):
            assert not attacker.enters(dbname=database), database
        assert not attacker.enters(replication="true")
        assert not attacker.enters(replication="database")
    finally:
        hba.write_text(whole)
        with place.on_server() as server:
            admission.reload(server, place.on_server)


def _refused(attacker: Attacker, attack: str) -> bool:
    said = attacker.says(attack)
    return bool(REFUSED.match(said))


def _objects(attacker: Attacker) -> list[tuple[object, ...]]:
    counted = ("pg_class", "pg_proc", "pg_namespace", "pg_largeobject_metadata", "holding")
    return [attacker.municipal.in_copy(attacker.feed, f"SELECT count(*) FROM {table}") for table in counted]
