"""What a replica's schema has that the register's has not, and the other way round (kopijas shēma).

Both run the same migrations. Then a replica's columns that are not published may be empty, constraints that only cost the apply time are
set aside, a read is true as of the applied heartbeat, nobody but the apply writes, and a role reads what is published. Before a
migration that may speak of what was set aside, empty shells of it are put back.
"""

from hashlib import sha256

from psycopg import sql

from adapters.replication.published import PUBLISHED, WITHHELD
from adapters.replication.servers import Connection
from core.database import READER

# The body is text, so that no column of the heartbeat is bound to it. A statement asks once (core/reading.py).
DATA_INSTANT = """
CREATE OR REPLACE FUNCTION data_instant() RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS 'SELECT at FROM public.heartbeat'
"""
READ_ONLY = """
CREATE OR REPLACE FUNCTION replication.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'This is a replica: only the replication writes here. Write to the register.'
        USING ERRCODE = 'read_only_sql_transaction';
END $$
"""
WITHOUT_TRIGGER = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
    AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'read_only')
"""
# Foreign keys never fire for the apply and forbid TRUNCATE; exclusion constraints and keys of senders were kept on the register already.
# A check that speaks of a column which is empty here would refuse every row.
COSTLY_CONSTRAINTS = """
SELECT conname, conrelid::regclass::text, contype::text, pg_get_constraintdef(c.oid)
FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
WHERE connamespace = 'public'::regnamespace AND conparentid = 0 AND (contype IN ('f', 'x') OR contype = 'c' AND EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum = ANY(conkey) AND (t.relname || '.' || a.attname) = ANY(%s)))
"""
COSTLY_INDEXES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique AND NOT i.indisprimary AND EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) AND (t.relname || '.' || a.attname) = ANY(%s))
"""


def shape(replica: Connection, revision: str) -> None:
    """Makes a migrated database a subscriber's; nothing happens when it is one."""
    with replica.transaction():
        replica.execute("CREATE SCHEMA IF NOT EXISTS replication")
        replica.execute("CREATE TABLE IF NOT EXISTS replication.set_aside (name text PRIMARY KEY, shell text NOT NULL)")
        replica.execute("CREATE TABLE IF NOT EXISTS replication.shape (made_by text NOT NULL)")
        mark = sha256(
            repr((revision, PUBLISHED, WITHHELD, DATA_INSTANT, READ_ONLY, COSTLY_CONSTRAINTS, COSTLY_INDEXES)).encode()
        ).hexdigest()
        # Looked at first: what follows locks every table for a moment.
        if replica.execute("SELECT made_by FROM replication.shape").fetchall() == [(mark,)]:
            return
        replica.execute("DELETE FROM replication.shape")
        replica.execute("INSERT INTO replication.shape VALUES (%s)", [mark])
        _let_be_empty(replica)
        _set_aside(replica)
        replica.execute(DATA_INSTANT)
        replica.execute(READ_ONLY)
        for (table,) in replica.execute(WITHOUT_TRIGGER).fetchall():
            replica.execute(
                sql.SQL(
                    "CREATE TRIGGER read_only BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {} "
                    "FOR EACH STATEMENT EXECUTE FUNCTION replication.refuse()"
                ).format(sql.Identifier(table))
            )
        _admit_reader(replica)


def put_back(replica: Connection) -> None:
    """Shells of what was set aside, by the same names, so that a migration finds what it may change or drop."""
    with replica.transaction():
        if replica.execute("SELECT to_regclass('replication.set_aside')").fetchall() == [(None,)]:
            return
        for (shell,) in replica.execute("DELETE FROM replication.set_aside RETURNING shell").fetchall():
            replica.execute(shell)
        replica.execute("DELETE FROM replication.shape")


def _let_be_empty(replica: Connection) -> None:
    for table, columns in WITHHELD.items():
        for column in columns:
            replica.execute(sql.SQL("ALTER TABLE {} ALTER {} DROP NOT NULL").format(sql.Identifier(table), sql.Identifier(column)))


def _set_aside(replica: Connection) -> None:
    withheld = [f"{table}.{column}" for table, columns in WITHHELD.items() for column in columns]
    for name, table, kind, definition in replica.execute(COSTLY_CONSTRAINTS, [withheld]).fetchall():
        # A shell costs nothing to make, whatever the number of rows.
        shells = {"f": f"{definition} NOT VALID", "x": f"{definition.partition(' WHERE ')[0]} WHERE (false)", "c": "CHECK (true) NOT VALID"}
        _keep(replica, name, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {shells[kind]}')
        replica.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.SQL(table), sql.Identifier(name)))
    for name, definition in replica.execute(COSTLY_INDEXES, [withheld]).fetchall():
        _keep(replica, name, f"{definition.partition(' WHERE ')[0]} WHERE false")
        replica.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))


def _keep(replica: Connection, name: str, shell: str) -> None:
    replica.execute("INSERT INTO replication.set_aside VALUES (%s, %s)", [name, shell])


def _admit_reader(replica: Connection) -> None:
    """The role that reads what is published; nobody else who is not the server's administrator enters this database."""
    reader = sql.Identifier(READER)
    if not replica.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER]).rowcount:
        replica.execute(sql.SQL("CREATE ROLE {}").format(reader))
    [[database]] = replica.execute("SELECT current_database()").fetchall()
    replica.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(database)))
    replica.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(database), reader))
    replica.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    replica.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(reader))
    replica.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(reader))
    tables = sql.SQL(", ").join(map(sql.Identifier, PUBLISHED))
    replica.execute(sql.SQL("GRANT SELECT ON {} TO {}").format(tables, reader))
