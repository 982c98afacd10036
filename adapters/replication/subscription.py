"""On a subscriber: its subscription (abonements) to what the register publishes for it."""

import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.replication.publication import Columns, bring_to, leave_out, published_by
from adapters.replication.servers import Connection

APPLY = "viis_apply"
BEAT = 0.05
STANDING_STILL = 5.0  # seconds without a process at work on a table that is copied and does not follow
TRIES = 4  # copies that fail in a row, without a row or a table more, are not coming to their end
OWN = "FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
SUBSCRIPTIONS = """
SELECT subname, s.oid, (SELECT system_identifier FROM pg_control_system()), subconninfo, subenabled
FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid WHERE datname = current_database() AND starts_with(subname, %s)
"""


class Subscription(NamedTuple):
    """A subscription of one database (abonements) as its server keeps it."""

    name: str
    number: int
    server: int
    connection: str
    enabled: bool


def subscriptions(subscriber: Connection, name: str) -> list[Subscription]:
    """The subscriptions of this database whose names begin like this."""
    return [Subscription(*row) for row in subscriber.execute(SUBSCRIPTIONS, [name])]


def connection_string(reached_by: str, role: str, password: str) -> str:
    """How the subscriber's server reaches the register: the address, and the role that was made for it unless the address names one."""
    parts: dict[str, Any] = conninfo_to_dict(reached_by)
    if "user" not in parts:
        parts |= {"user": role, "password": password}
    return make_conninfo(**{name: value for name, value in parts.items() if name not in ("options", "application_name")})


def create(subscriber: Connection, name: str, connection: str) -> None:
    """Subscribes to the publication of the same name, with a slot of the same name, and copies its tables."""
    ensure_apply_role(subscriber)
    # With synchronous_commit off, as is usual here, an apply that begins again confirms what the one before it committed although nobody
    # has written it to disk yet: a crash within the next half second would lose that transaction for ever.
    subscriber.execute(
        sql.SQL(
            "CREATE SUBSCRIPTION {0} CONNECTION {1} PUBLICATION {0} "
            "WITH (enabled = false, create_slot = true, binary = true, run_as_owner, synchronous_commit = on)"
        ).format(sql.Identifier(name), sql.Literal(connection))
    )
    enable(subscriber, name)


def enable(subscriber: Connection, name: str) -> None:
    """Has it follow, by the role of the apply."""
    subscriber.execute(sql.SQL("ALTER SUBSCRIPTION {} OWNER TO {}").format(sql.Identifier(name), sql.Identifier(APPLY)))
    subscriber.execute(sql.SQL("ALTER SUBSCRIPTION {} ENABLE").format(sql.Identifier(name)))


def ensure_apply_role(subscriber: Connection) -> None:
    """The role that the apply runs as: nobody can log in as it, and its errors reach the server's log whatever others' may."""
    if not subscriber.execute("SELECT FROM pg_roles WHERE rolname = %s", [APPLY]).rowcount:
        # A worker may not run as a role without LOGIN; without a password nobody else can use that.
        subscriber.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN").format(sql.Identifier(APPLY)))
    subscriber.execute(sql.SQL("ALTER ROLE {} SET log_min_messages = error").format(sql.Identifier(APPLY)))
    subscriber.execute(sql.SQL("ALTER ROLE {} SET log_error_verbosity = terse").format(sql.Identifier(APPLY)))


def drop(subscriber: Connection, name: str) -> str:
    """Ends a subscription without asking the register, which may be away or may have lost the slot.

    Returns a pattern of what else may have stayed there: the slots of copies that were under way.
    """
    found = [each for each in subscriptions(subscriber, name) if each.name == name]
    if not found:
        return ""
    for change in ("DISABLE", "SET (slot_name = NONE)"):
        subscriber.execute(sql.SQL("ALTER SUBSCRIPTION {} {}").format(sql.Identifier(name), sql.SQL(change)))
    subscriber.execute(sql.SQL("DROP SUBSCRIPTION {}").format(sql.Identifier(name)))
    return rf"pg\_{found[0].number}\_sync\_%\_{found[0].server}"


def states(subscriber: Connection, name: str) -> dict[str, str]:
    """Each table of a subscription and its state: i begins, d is being copied, f copied, s about to join, r follows."""
    rows = subscriber.execute(
        "SELECT relname, srsubstate::text FROM pg_subscription_rel JOIN pg_subscription s ON s.oid = srsubid "
        "JOIN pg_class c ON c.oid = srrelid WHERE subname = %s ORDER BY 1",
        [name],
    )
    return dict(rows.fetchall())


class NotCopied(Exception):
    """A first copy that does not come to its end; `tables` are those that it fails with."""

    def __init__(self, tables: Sequence[str]) -> None:
        super().__init__(", ".join(tables))
        self.tables = tuple(tables)


def wait_until_copied(subscriber: Connection, name: str, told: Callable[[dict[str, str]], None] = lambda _: None) -> None:
    """Until every table follows the register (state r); NotCopied when copies fail again and again, or stand still."""
    seen, failures, since = None, 0, time.monotonic()
    while under_way := {table: state for table, state in states(subscriber, name).items() if state != "r"}:
        failed = _copy_failures(subscriber, name)
        if (place := (under_way, _copied_rows(subscriber))) != seen or working(subscriber, name) & under_way.keys():
            if place != seen:
                told(under_way)
            seen, failures, since = place, failed, time.monotonic()
        elif failed - failures >= TRIES or ("f" in under_way.values() and time.monotonic() - since > STANDING_STILL):
            raise NotCopied(list(under_way))
        time.sleep(BEAT)


def working(subscriber: Connection, name: str) -> set[str]:
    """The tables for which a process of the subscriber is at work now."""
    rows = subscriber.execute(
        "SELECT relname FROM pg_stat_subscription w JOIN pg_class c ON c.oid = w.relid WHERE subname = %s AND pid IS NOT NULL", [name]
    )
    return {table for (table,) in rows}


def stranded(register: Connection, subscriber: Connection, name: str) -> list[str]:
    """Tables that were copied, lack what happened meanwhile (state f) and will never get it, since the register has no slot for that.

    A subscriber drops such a slot before it remembers that the table follows; killed in between, it asks for the slot for ever.
    """
    rows = subscriber.execute(
        "SELECT relname, format('pg_%%s_sync_%%s_%%s', s.oid, srrelid, system_identifier) FROM pg_control_system(), pg_subscription_rel "
        "JOIN pg_subscription s ON s.oid = srsubid JOIN pg_class c ON c.oid = srrelid WHERE subname = %s AND srsubstate = 'f'",
        [name],
    )
    return [t for t, slot in rows if not register.execute("SELECT FROM pg_replication_slots WHERE slot_name = %s", [slot]).rowcount]


def copy_again(register: Connection, subscriber: Connection, name: str, tables: Sequence[str], published: Columns) -> None:
    """Empties tables of a subscriber and has them copied from the register; whoever reads them meanwhile sees less than there is."""
    leave_out(register, name, [table for table in published_by(register, name) if table in tables])
    refresh(subscriber, name)
    empty(subscriber, tables)
    bring_to(register, name, published)
    refresh(subscriber, name)


def refresh(subscriber: Connection, name: str) -> None:
    """Has the subscription follow its publication; tables that are new in it are copied."""
    subscriber.execute(sql.SQL("ALTER SUBSCRIPTION {} REFRESH PUBLICATION").format(sql.Identifier(name)))


def empty(subscriber: Connection, tables: Sequence[str]) -> None:
    """Empties tables that nobody but the apply may write to."""
    if not tables:
        return
    with subscriber.transaction():
        # As the apply does: what forbids writing does not hold for it.
        subscriber.execute("SET LOCAL session_replication_role = replica")
        subscriber.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, tables))))


def _copy_failures(subscriber: Connection, name: str) -> int:
    rows = subscriber.execute("SELECT sync_error_count FROM pg_stat_subscription_stats WHERE subname = %s", [name]).fetchall()
    return int(rows[0][0]) if rows else 0


def _copied_rows(subscriber: Connection) -> int:
    rows = subscriber.execute("SELECT coalesce(sum(tuples_processed), 0) FROM pg_stat_progress_copy WHERE datname = current_database()")
    return int(rows.fetchall()[0][0])
