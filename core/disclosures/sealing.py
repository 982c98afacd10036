"""Sealing (žurnāla noslēgšana): rows that were committed side by side get consecutive places in one chain.

What is new is decided by snapshots alone: the rows that the last snapshot did not show and this one does. So a transaction that takes its
time holds nothing back but its own rows, and no clock decides. One sealer works at a time; a writer waits for nobody. Whatever is not
committed with its places and the end of the chain has not happened, so a sealer may be killed at any time.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from core.connections import cursor
from core.disclosures.chain import Head, link

# Seconds between two looks, and how long a row may wait before somebody is told.
PAUSE, PATIENCE = 0.5, 10.0
AT_ONCE = 10_000
LOCK = "hashtext('viis disclosure sealer')"
TAKE_LEAD = text(f"SELECT pg_try_advisory_lock({LOCK})")
GIVE_LEAD = text(f"SELECT pg_advisory_unlock({LOCK})")
STILL = text("SELECT 1")

# Numbers of transactions begin anew when a register is restored on another server: what the snapshot says there is of another life.
CHAIN = """
SELECT place, chain_hash, snapshot, pg_current_snapshot()::text,
    coalesce(pg_snapshot_xmax(snapshot::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot()), false)
FROM disclosure_chain"""
HAS_NO_SEAL = "NOT EXISTS (SELECT FROM disclosure_seal s WHERE s.disclosure_id = d.id)"
# Rows that lie ahead of all transactions came with a restore; they were looked for once, and not at every look. Two ranges of the index,
# and each row's place asked for by itself: whatever the planner believes of the table, a look costs what is new and not what there is.
_SINCE = """
    SELECT d.id, d.row_hash, d.disclosed_at FROM disclosure d
    WHERE d.xid >= pg_snapshot_xmax({0}::pg_snapshot)::text::bigint AND d.xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint
    UNION ALL
    SELECT d.id, d.row_hash, d.disclosed_at FROM disclosure d
    WHERE d.xid >= pg_snapshot_xmin({0}::pg_snapshot)::text::bigint AND d.xid < pg_snapshot_xmax({0}::pg_snapshot)::text::bigint
    AND d.xid = ANY(ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip({0}::pg_snapshot) x))"""
_WITHOUT_PLACE = "(SELECT s.place FROM disclosure_seal s WHERE s.disclosure_id = n.id) IS NULL"
FRESH = f"""
WITH since AS MATERIALIZED ({_SINCE.format("%(snapshot)s")})
SELECT n.id, n.row_hash FROM since n WHERE {_WITHOUT_PLACE} ORDER BY n.id"""
HAS_NO_SEAL = "NOT EXISTS (SELECT FROM disclosure_seal s WHERE s.disclosure_id = d.id)"
MISSED = f"SELECT d.id, d.row_hash FROM disclosure d WHERE d.id > %(after)s AND {HAS_NO_SEAL} ORDER BY d.id LIMIT %(most)s"
# Without a snapshot that says something here, what lies behind the last row with a place waits; of millions the first ones tell enough.
UNSEALED = f"""
SELECT count(*), extract(epoch FROM clock_timestamp() - min(w.disclosed_at))::float, min(w.id)
FROM (SELECT max(snapshot) FILTER (WHERE pg_snapshot_xmax(snapshot::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())) AS snapshot
    FROM disclosure_chain) c CROSS JOIN LATERAL (
    SELECT n.id, n.disclosed_at FROM ({_SINCE.format("c.snapshot")}) n WHERE {_WITHOUT_PLACE}
    UNION ALL (SELECT d.id, d.disclosed_at FROM disclosure d WHERE c.snapshot IS NULL
        AND d.id > (SELECT coalesce(max(s.disclosure_id), 0) FROM disclosure_seal s) ORDER BY d.id LIMIT {AT_ONCE})) w"""
COPY = "COPY disclosure_seal (place, disclosure_id, row_hash, chain_hash) FROM STDIN"
END = "UPDATE disclosure_chain SET place = %(place)s, chain_hash = %(chain_hash)s, snapshot = %(snapshot)s"


class Unsealed(NamedTuple):
    """Rows that wait for their place (nenoslēgti ieraksti): how many, how old the oldest is, and which row that is."""

    rows: int
    oldest: timedelta
    first: int | None


class _Chain(NamedTuple):
    """The end of the chain, the snapshot up to which it goes, the snapshot of now, and whether one follows the other."""

    head: Head
    snapshot: str | None
    now: str
    continues: bool


def take_lead(connection: Connection) -> bool:
    """Whether this connection is the sealer from now on; it stays it until it ends."""
    return bool(connection.scalar(TAKE_LEAD))


def give_lead(connection: Connection) -> None:
    """Lets another one be the sealer."""
    with suppress(SQLAlchemyError):  # A server that is gone holds no lock.
        connection.execute(GIVE_LEAD)


def lead(connection: Connection, register: sessionmaker[Session], stopped: Event, sealed: Callable[[], object] = lambda: None) -> None:
    """Seals until it is stopped, and once more then; `sealed` is called after each look. The connection is the one that took the lead."""
    while not stopped.is_set():
        connection.execute(STILL)
        seal(register)
        sealed()
        stopped.wait(PAUSE)
    seal(register)


def seal(register: sessionmaker[Session]) -> int:
    """Gives a place to every row that was committed since the last time; returns how many there were."""
    with register.begin() as session:
        chain = _chain(session)
        if chain.continues:
            return _append(session, chain, FRESH, {"snapshot": chain.snapshot}, chain.now)
    return _seal_missed(register)


def one_view(session: Session) -> None:
    """What this transaction reads is of one instant; said before it reads anything, and again as often as one likes."""
    cursor(session).execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def head(session: Session) -> Head:
    """Where the chain ends; the first thing that its transaction reads, and the rest is of the same instant."""
    return _chain(session).head


def unsealed(session: Session) -> Unsealed:
    """What waits for its place. A row counts from the instant that it tells of, which may be long before it was committed."""
    rows, age, first = cursor(session).execute(UNSEALED).fetchone() or (0, None, None)
    return Unsealed(rows, timedelta(seconds=max(0.0, age or 0.0)), first)


def _seal_missed(register: sessionmaker[Session]) -> int:
    """Looks at every row for one without a place: what was there before the chain, and after a restore on another server."""
    after, total = 0, 0
    while True:
        with register.begin() as session:
            chain = _chain(session)
            run = cursor(session).execute(MISSED, {"after": after, "most": AT_ONCE}).fetchall()
            if len(run) < AT_ONCE:
                # Once more from the beginning, so that everything that this snapshot shows is in the chain.
                return total + _append(session, chain, MISSED, {"after": 0, "most": None}, chain.now)
            after = run[-1][0]
            total += _append(session, chain, MISSED, {"after": run[0][0] - 1, "most": AT_ONCE}, chain.snapshot)


def _chain(session: Session) -> _Chain:
    """The chain, and one view of the database for the rest of this transaction."""
    one_view(session)
    found = cursor(session).execute(CHAIN).fetchone()
    assert found is not None, "the migration puts the one row there"
    place, chain_hash, snapshot, now, continues = found
    return _Chain(Head(place, bytes(chain_hash)), snapshot, now, continues)


def _append(session: Session, chain: _Chain, statement: str, parameters: dict[str, Any], snapshot: str | None) -> int:
    """Puts the rows of a statement behind the end of the chain. Another sealer that did the same meanwhile makes this one fail whole."""
    connection: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    place, chain_hash = chain.head
    with connection.cursor(name="unsealed") as rows:
        rows.execute(statement, parameters)
        while found := rows.fetchmany(AT_ONCE):
            with connection.cursor() as target, target.copy(COPY) as copy:
                for disclosure, row_hash in found:
                    place += 1
                    chain_hash = link(chain_hash, place, row_hash)
                    copy.write_row((place, disclosure, row_hash, chain_hash))
    sealed = place - chain.head.place
    if sealed or not chain.continues:
        cursor(session).execute(END, {"place": place, "chain_hash": chain_hash, "snapshot": snapshot})
    return sealed
