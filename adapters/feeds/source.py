"""The register's side of a copy: the publication that holds what the municipality may hold, and the slot that remembers how far it has got.

The publication names tables and columns, so that what comes later to these tables does not leave by itself; who is meant (`person_id`) and
other municipalities' rows never do.
"""

from psycopg.sql import SQL, Identifier, Literal

from adapters.replication.publication import Columns
from adapters.replication.servers import Connection
from core.feeds import PUBLIC

WITHOUT_HEALTH: Columns = {
    "holding": ("entry_id", "entity", "municipality", "version", "hash", "content"),
    "checkpoint": ("audience", "entity", "position", "rows", "hash"),
    "heartbeat": ("id", "at"),
}
WITH_HEALTH: Columns = {
    "holding": (*WITHOUT_HEALTH["holding"], "full_hash", "health"),
    "checkpoint": (*WITHOUT_HEALTH["checkpoint"], "full_hash"),
    "heartbeat": WITHOUT_HEALTH["heartbeat"],
}
WHOSE = {"holding": "municipality", "checkpoint": "audience"}
GOOD = "SELECT FROM pg_replication_slots WHERE slot_name = %s AND wal_status <> 'lost' AND database = current_database()"


def columns(*, health: bool) -> Columns:
    """The tables and columns of a copy."""
    return WITH_HEALTH if health else WITHOUT_HEALTH


def ensure_publication(register: Connection, name: str, municipality: str, *, health: bool) -> None:
    """The row-filtered publication of this municipality, unless it is there."""
    if register.execute("SELECT FROM pg_publication WHERE pubname = %s", [name]).rowcount:
        return
    tables = []
    for table, listed in columns(health=health).items():
        part = SQL("{} ({})").format(Identifier(table), SQL(", ").join(map(Identifier, listed)))
        if table in WHOSE:
            part += SQL(" WHERE ({} IN ({}, {}))").format(Identifier(WHOSE[table]), Literal(municipality), Literal(PUBLIC))
        tables.append(part)
    register.execute(SQL("CREATE PUBLICATION {} FOR TABLE {}").format(Identifier(name), SQL(", ").join(tables)))


def slot_is_good(register: Connection, name: str) -> bool:
    """Whether the slot is there and still has the WAL that it needs."""
    return register.execute(GOOD, [name]).rowcount > 0
