"""On the register: what one subscriber gets (publikācija), and the role that it comes with."""

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress

from psycopg import errors, sql

from adapters.replication.servers import Connection

Columns = Mapping[str, Sequence[str]]  # table → columns
ATTEMPTS = 20


def bring_to(register: Connection, name: str, tables: Columns) -> bool:
    """Makes the publication, or brings it to these tables and columns; False when it was there and right already."""
    if published_by(register, name) == {table: set(columns) for table, columns in tables.items()}:
        return False
    found = register.execute("SELECT FROM pg_publication WHERE pubname = %s", [name]).rowcount
    start = "ALTER PUBLICATION {} SET TABLE {}" if found else "CREATE PUBLICATION {} FOR TABLE {}"
    register.execute(sql.SQL(start).format(sql.Identifier(name), _lists(tables)))
    return True


def leave_out(register: Connection, name: str, tables: Sequence[str]) -> None:
    """Takes tables out of the publication."""
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    register.execute(sql.SQL("ALTER PUBLICATION {} DROP TABLE {}").format(sql.Identifier(name), names))


def published_by(register: Connection, name: str) -> dict[str, set[str]]:
    """The tables and columns of a publication; nothing when there is none."""
    rows = register.execute("SELECT tablename, attnames FROM pg_publication_tables WHERE pubname = %s", [name])
    return {table: set(columns) for table, columns in rows}


def _lists(tables: Columns) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} ({})").format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
        for table, columns in tables.items()
    )


def give_role(register: Connection, name: str, tables: Columns) -> str:
    """The login by which a subscriber reads these columns and nothing else; its new password is kept by the subscription alone."""
    role, password = sql.Identifier(name), secrets.token_urlsafe(24)
    if not register.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
        register.execute(sql.SQL("CREATE ROLE {}").format(role))
    # Encrypted here, so that no log of the server can ever hold it.
    encrypted = register.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    register.execute(sql.SQL("ALTER ROLE {} LOGIN REPLICATION PASSWORD {}").format(role, sql.Literal(encrypted)))
    allow(register, name, tables)
    return password


def allow(register: Connection, name: str, tables: Columns) -> None:
    """Lets the role of a subscriber read these columns and no others."""
    role = sql.Identifier(name)
    with register.transaction():
        register.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role))
        register.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(role))
        for table, columns in tables.items():
            listed = sql.SQL(", ").join(map(sql.Identifier, columns))
            register.execute(sql.SQL("GRANT SELECT ({}) ON {} TO {}").format(listed, sql.Identifier(table), role))


def take_away(register: Connection, name: str) -> None:
    """Takes publication, slot and role of a subscriber from the register, as far as they are there."""
    drop_slot(register, name)
    register.execute(sql.SQL("DROP PUBLICATION IF EXISTS {}").format(sql.Identifier(name)))
    if register.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
        register.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
        register.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


def drop_slot(register: Connection, name: str, others: str = "") -> None:
    """Drops the slot of a subscriber that is no more, and those whose names are like `others`; who still sends from one is ended first."""
    slots = "FROM pg_replication_slots WHERE (slot_name = %s OR slot_name LIKE %s)"
    for _ in range(ATTEMPTS):
        register.execute(f"SELECT pg_terminate_backend(active_pid, 5000) {slots} AND active", [name, others])
        # A subscriber that does not know yet that it is none may be back at once.
        with suppress(errors.ObjectInUse):
            register.execute(f"SELECT pg_drop_replication_slot(slot_name) {slots}", [name, others])
            return
