"""The login of a municipality's system: what it may do, and what is taken from everybody in its database.

It reads the views, and nothing else is left to it: no other database, no table, no replication, no writing, not even what PostgreSQL gives
to everybody (temporary tables, large objects, locks that fill the server's memory, a look at the others' sessions). Two things cannot be
taken from any login: it may change its own password, and raise its own timeouts and memory. The number of its sessions and the size of its
temporary files it cannot raise.
"""

from psycopg.sql import SQL, Identifier, Literal

from adapters.feeds.tables import SCHEMA
from adapters.replication.servers import Connection

GROUP = "viis_feed"  # what pg_hba.conf knows all these logins by
SESSIONS = 5
USUAL = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10min",
    "idle_in_transaction_session_timeout": "1min",
    "transaction_timeout": "1h",
    "temp_file_limit": "2GB",
    "search_path": SCHEMA,
    "jit": "off",
}
SINCE_17 = {"transaction_timeout"}
# Functions that write, and those behind the views that tell of others' sessions, copies and work: by the beginning of their names.
NOT_CALLED = (
    "lo_%",
    "lowrite",
    "loread",
    "pg_advisory_%",
    "pg_try_advisory_%",
    "pg_notify",
    "pg_logical_emit_message",
    "pg_export_snapshot",
    "pg_stat_get_activity",
    "pg_stat_get_backend_%",
    "pg_stat_get_db_%",
    "pg_stat_get_progress_info",
    "pg_stat_get_subscription%",
    "pg_stat_get_wal_%",
    "pg_get_replication_slots",
    "pg_lock_status",
    "pg_prepared_xact",
    "pg_tablespace_size",
)
OPEN_TO_ALL = """
SELECT datname, pg_has_role(datdba, 'USAGE') FROM pg_database WHERE has_database_privilege('public', oid, 'CONNECT') ORDER BY datname
"""
# Who else logs in to this server and has no such right by name.
OTHERS = """
SELECT rolname FROM pg_roles r
WHERE rolcanlogin AND NOT rolsuper AND has_database_privilege(r.oid, %(database)s, 'CONNECT')
    AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid AND g.rolname = %(group)s)
"""
FUNCTIONS = """
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.proname LIKE ANY (%s)
    AND has_function_privilege('public', p.oid, 'EXECUTE')
"""


def close_the_database(connection: Connection) -> None:
    """Takes from everybody what is not needed for reading views; the caller's transaction, in the municipality's database."""
    connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    connection.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC")
    connection.execute("REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC")
    connection.execute("REVOKE SELECT ON pg_catalog.pg_db_role_setting FROM PUBLIC")
    # Of pg_subscription, single columns are given to everybody.
    columns = connection.execute("SELECT attname FROM pg_attribute WHERE attrelid = 'pg_subscription'::regclass AND attnum > 0").fetchall()
    connection.execute(
        SQL("REVOKE SELECT ({}) ON pg_catalog.pg_subscription FROM PUBLIC").format(SQL(", ").join(Identifier(name) for (name,) in columns))
    )
    for (function,) in connection.execute(FUNCTIONS, [list(NOT_CALLED)]).fetchall():
        connection.execute(SQL("REVOKE EXECUTE ON FUNCTION {} FROM PUBLIC").format(SQL(function)))


def ensure_group(connection: Connection) -> None:
    """The role that every such login is a member of; it has no right, and being a member gives none."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [GROUP]).rowcount == 0:
        connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(GROUP)))


def ensure_role(connection: Connection, role: str) -> None:
    """The municipality's role, which cannot log in yet, and its usual settings."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount == 0:
        connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(role)))
    who = Identifier(role)
    connection.execute(
        SQL("ALTER ROLE {} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT CONNECTION LIMIT {}").format(
            who, SESSIONS
        )
    )
    connection.execute(SQL("GRANT {} TO {} WITH ADMIN FALSE, INHERIT FALSE, SET FALSE").format(Identifier(GROUP), who))
    connection.execute(SQL("ALTER ROLE {} RESET ALL").format(who))
    for name, value in USUAL.items():
        if name not in SINCE_17 or connection.info.server_version >= 170000:
            connection.execute(SQL("ALTER ROLE {} SET {} = {}").format(who, Identifier(name), Literal(value)))


def grant(connection: Connection, role: str) -> None:
    """The views of this database to this role; the caller's transaction."""
    who = Identifier(role)
    connection.execute(SQL("GRANT USAGE ON SCHEMA {} TO {}").format(Identifier(SCHEMA), who))
    connection.execute(SQL("GRANT SELECT ON ALL TABLES IN SCHEMA {} TO {}").format(Identifier(SCHEMA), who))


def keep_to_one_database(connection: Connection, database: str, role: str) -> list[str]:
    """CONNECT to one database for the role; for everybody to none, and for the others to those that they could enter until now.

    Returns the databases of this server that are not ours to close.
    """
    open_to_all = connection.execute(OPEN_TO_ALL).fetchall()
    for name, ours in open_to_all:
        if ours:
            for (other,) in connection.execute(OTHERS, {"database": name, "group": GROUP}).fetchall():
                connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(name), Identifier(other)))
            connection.execute(SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(Identifier(name)))
    connection.execute(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(database)))
    connection.execute(SQL("GRANT CONNECT ON DATABASE {} TO {}").format(Identifier(database), Identifier(role)))
    return [name for name, ours in open_to_all if not ours]


def may_log_in(connection: Connection, role: str) -> bool:
    """Whether the login was opened: its password was made and shown."""
    return connection.execute("SELECT FROM pg_roles WHERE rolname = %s AND rolcanlogin", [role]).rowcount > 0


def open_login(connection: Connection, role: str, password: str) -> None:
    """Gives the role its password; only its fingerprint travels, so no log of the server can hold it."""
    secret = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
    connection.execute(SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(Identifier(role), Literal(secret)))


def close_login(connection: Connection, role: str) -> None:
    """Nobody enters with this role any more, and whoever is in is sent out."""
    if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        connection.execute(SQL("ALTER ROLE {} NOLOGIN").format(Identifier(role)))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [role])
