"""Proof that a replica is equal to the register (kopijas pārbaude): table by table, row by row, at one and the same moment.

Writers are held up for as long as the replica takes to apply what is committed, a moment as a rule: then both sides are looked at by
snapshots of that moment, and writing goes on while they are compared. A table's rows fall into parts by their keys, so that of a
difference the rows can be named. Then what the replica's feed says is added up and compared with the checkpoints.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from psycopg import errors, sql

from adapters.replication.applied import applied, beat, has_applied
from adapters.replication.published import PUBLISHED
from adapters.replication.servers import Connection, administrator

PARTS = 256
NAMED = 10  # rows of a difference that are named
# A lock that is not to be had at once is given back before any writer that waits for us asks whether that is a deadlock (a second).
ASKING, GIVING_WAY, HOLDING = "800ms", "200ms", 5.0
PAUSE = 0.5
CATCHING_UP = 600.0
# Texts of rows are compared, so both sides write them in one way.
WRITTEN = "SET datestyle = ISO, YMD; SET timezone = UTC; SET extra_float_digits = 1; SET bytea_output = hex; SET intervalstyle = postgres"
BEATS = "heartbeat"  # goes on all the time, and tells when the replica has the rest
COUNTS = """
SELECT abs(hashtext({key}::text) % {parts}), count(*), sum(hashtextextended(ROW({columns})::text, 0)::numeric) FROM {table} GROUP BY 1
"""
ROWS = """
SELECT {key}::text, hashtextextended(ROW({columns})::text, 0) FROM {table} WHERE abs(hashtext({key}::text) %% {parts}) = ANY(%s)
"""
# What everybody holds by the events: the newest one of an entry decides.
TOLD = """
SELECT audience, entity, count(*), sum(hash), sum(full_hash) FROM (
    SELECT DISTINCT ON (audience, entity, entry_id) audience, entity, kind, hash, full_hash FROM (
        SELECT audience, entity, entry_id, position, kind, hash, full_hash FROM feed_event
        UNION ALL SELECT '*', entity, entry_id, position, kind, hash, full_hash FROM feed_event WHERE foremost) event
    WHERE kind IN ('upsert', 'remove', 'lostAccess') ORDER BY audience, entity, entry_id, position DESC) newest
WHERE kind = 'upsert' GROUP BY 1, 2
EXCEPT SELECT audience, entity, rows, hash, full_hash FROM checkpoint
"""
KEPT = """
SELECT audience, entity FROM checkpoint WHERE rows > 0
EXCEPT SELECT audience, entity FROM feed_event EXCEPT SELECT '*', entity FROM feed_event WHERE foremost
"""


class NotComparable(Exception):
    """The two sides could not be looked at at one moment."""


class Compared(NamedTuple):
    """A table on both sides (salīdzinājums): how many rows, and what differs, by key."""

    table: str
    rows: int
    differences: list[str]
    differing: int


def compare(register_address: str, replica_address: str) -> Iterator[Compared]:
    """Every published table on both sides at one moment, and at last the replica's feed with its checkpoints."""
    with same_moment(register_address, replica_address) as (register, replica):
        for table, columns in PUBLISHED.items():
            if table != BEATS:
                yield _compare(register, replica, table, columns)
        wrong = [f"{row[0]} {row[1]}" for row in (*replica.execute(TOLD), *replica.execute(KEPT))]
        yield Compared("feed and checkpoints", 0, sorted(set(wrong))[:NAMED], len(set(wrong)))


@contextmanager
def same_moment(register_address: str, replica_address: str) -> Iterator[tuple[Connection, Connection]]:
    """Two connections that see the same state of both sides, whatever is written meanwhile."""
    with ExitStack() as open_:
        locking, beating, register = (open_.enter_context(administrator(register_address)) for _ in range(3))
        replica = open_.enter_context(administrator(replica_address))
        until = time.monotonic() + CATCHING_UP
        while True:
            if not has_applied(replica_address, beat(beating), max(0.0, until - time.monotonic())):
                raise NotComparable("The replica does not catch up with the register. `viis replication status` says why.")
            if _look(locking, beating, register, replica):
                break
            if time.monotonic() > until:
                raise NotComparable("Something writes to the register in transactions so long that no moment between them was found.")
            time.sleep(PAUSE)
        for connection in (register, replica):
            connection.execute(WRITTEN)
        yield register, replica
        for connection in (register, replica):
            connection.execute("ROLLBACK")


def _look(locking: Connection, beating: Connection, register: Connection, replica: Connection) -> bool:
    """Takes both snapshots while nobody writes; False when writers or the replica took too long, and nothing is held any more."""
    try:
        locking.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        locking.execute(sql.SQL("SET LOCAL statement_timeout = {}").format(sql.Literal(ASKING)))
        # Soon enough that it is we who give way, and that an autovacuum gives way to us.
        locking.execute(sql.SQL("SET LOCAL deadlock_timeout = {}").format(sql.Literal(GIVING_WAY)))
        tables = sql.SQL(", ").join(sql.Identifier(table) for table in PUBLISHED if table != BEATS)
        locking.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(tables))
        [[snapshot]] = locking.execute("SELECT pg_export_snapshot()").fetchall()
        register.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        register.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        at, until = beat(beating), time.monotonic() + HOLDING
        while (seen := applied(replica)) is None or seen < at:
            if time.monotonic() > until:
                register.execute("ROLLBACK")
                return False
        replica.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        replica.execute("SELECT FROM heartbeat")
    except (errors.QueryCanceled, errors.DeadlockDetected):
        return False
    else:
        return True
    finally:
        with suppress(errors.NoActiveSqlTransaction):
            locking.execute("ROLLBACK")


def _compare(register: Connection, replica: Connection, table: str, columns: tuple[str, ...]) -> Compared:
    names = {
        "table": sql.Identifier(table),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "key": sql.SQL("ROW({})").format(sql.SQL(", ").join(map(sql.Identifier, _key(register, table)))),
        "parts": sql.Literal(PARTS),
    }
    counts = sql.SQL(COUNTS).format(**names)
    here, there = ({row[0]: row[1:] for row in side.execute(counts)} for side in (register, replica))
    parts = [part for part in sorted({*here, *there}) if here.get(part) != there.get(part)]
    rows = sum(row[0] for row in here.values())
    if not parts:
        return Compared(table, rows, [], 0)
    found = sql.SQL(ROWS).format(**names)
    ours, theirs = ({str(key): value for key, value in side.execute(found, [parts])} for side in (register, replica))
    keys = sorted(key for key in {*ours, *theirs} if ours.get(key) != theirs.get(key))
    return Compared(table, rows, [f"{key} {_difference(key in ours, key in theirs)}" for key in keys[:NAMED]], len(keys))


def _difference(here: bool, there: bool) -> str:
    if here and there:
        return "has other values"
    return "is missing" if here else "is too many"


def _key(register: Connection, table: str) -> list[str]:
    rows = register.execute(
        "SELECT attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) "
        "WHERE i.indrelid = %s::regclass AND indisprimary ORDER BY 1",
        [table],
    )
    return [name for (name,) in rows]
