"""Positions for committed changes (notikumu numurēšana): one sequencer on the register moves them from `change` to `feed_event`.

Changes get their numbers after they were committed, by one program, so numbers are consecutive and none appears behind a reader. What may
be moved is decided by the snapshot alone: changes of transactions that ended before any that still runs began (`pg_snapshot_xmin`); a
clock decides nothing. And never more than the first changes in the order of their writing, up to the first one that has to wait: two
writers about one entry come one after the other, but the one that came later may be the older transaction.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from threading import Event
from time import monotonic
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from core.feed_days import AHEAD, SWEPT, shorten, sweep

AT_ONCE = 10_000
PAUSE = 0.05
CLEARED_AT, CLEARED_AT_REST = 50_000, 1_000
# A sweep that was broken off, and a transaction that was older than it, are made good by the next one.
OVERLAP = timedelta(days=2)
LOCK = "hashtext('viis sequencer')"
EVENT = """audience, institution, entity, entry_id, version, person_id, kind, changed_at, holders, foremost, held_before, hash, full_hash,
    before_hash, before_full_hash, content, health"""

TAKE_LEAD = text(f"SELECT pg_try_advisory_lock({LOCK})")
GIVE_LEAD = text(f"SELECT pg_advisory_unlock({LOCK})")
LOOK = text("""
SELECT pg_current_snapshot()::text, pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint, (clock_timestamp() AT TIME ZONE 'Europe/Riga')::date""")
BEAT = text("UPDATE heartbeat SET at = clock_timestamp()")
# What each audience holds afterwards; `*` is whoever may hold everything, and goes by the foremost events.
MOVE = text(f"""
WITH state AS (SELECT head FROM feed_state FOR UPDATE),
first AS (
    SELECT id, bool_and(xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint) OVER (ORDER BY id) AS ended
    FROM (SELECT id, xid FROM change ORDER BY id LIMIT :most) pending),
moved AS (DELETE FROM change WHERE id <= (SELECT max(id) FROM first WHERE ended) RETURNING *),
placed AS MATERIALIZED (SELECT (SELECT head FROM state) + row_number() OVER (ORDER BY id) AS position, moved.* FROM moved),
written AS (INSERT INTO feed_event (position, {EVENT}) SELECT position, {EVENT} FROM placed),
counted AS (
    SELECT a.audience, p.entity, max(p.position) AS position,
        count(*) FILTER (WHERE p.kind = 'upsert') - count(*) FILTER (WHERE a.before) AS rows,
        coalesce(sum(p.hash) FILTER (WHERE p.kind = 'upsert'), 0) - coalesce(sum(p.before_hash) FILTER (WHERE a.before), 0) AS hash,
        coalesce(sum(p.full_hash) FILTER (WHERE p.kind = 'upsert'), 0)
            - coalesce(sum(p.before_full_hash) FILTER (WHERE a.before), 0) AS full_hash
    FROM placed p CROSS JOIN LATERAL (
        SELECT p.audience, p.held_before UNION ALL SELECT '*', p.before_hash IS NOT NULL WHERE p.foremost) a(audience, before)
    WHERE p.kind IN ('upsert', 'remove', 'lostAccess') AND (p.kind = 'upsert' OR a.before) GROUP BY 1, 2),
kept AS (
    INSERT INTO checkpoint AS c (audience, entity, position, rows, hash, full_hash) SELECT * FROM counted
    ON CONFLICT (audience, entity) DO UPDATE SET position = excluded.position, rows = c.rows + excluded.rows,
        hash = c.hash + excluded.hash, full_hash = c.full_hash + excluded.full_hash)
UPDATE feed_state SET head = placed.last FROM (SELECT max(position) AS last, count(*) AS number FROM placed) placed
WHERE placed.number > 0 RETURNING placed.number""")


class Look(NamedTuple):
    """What the database is at (skats): its snapshot, the oldest transaction that runs, the first that has not begun, the day in Latvia."""

    snapshot: str
    oldest: int
    next: int
    day: date


def take_lead(connection: Connection) -> bool:
    """Whether this connection is the sequencer from now on; it stays it until it ends."""
    return bool(connection.scalar(TAKE_LEAD))


def give_lead(connection: Connection) -> None:
    """Lets another one be the sequencer."""
    with suppress(SQLAlchemyError):  # A server that is gone holds no lock.
        connection.execute(GIVE_LEAD)


def look(connection: Connection) -> Look:
    """As long as the snapshot stays the same, nothing new can have been committed."""
    return Look(*connection.execute(LOOK).one())


def beat(connection: Connection) -> None:
    """The register's clock goes on: whoever sees it has everything that was committed before."""
    connection.execute(BEAT)


def move(connection: Connection, most: int = AT_ONCE) -> int:
    """Numbers what may be numbered, at most so many, in one transaction; returns how many there were."""
    return int(connection.scalar(MOVE, {"most": most}) or 0)


def clear(connection: Connection) -> None:
    """Removes what is left of moved changes, so that looking at the first ones stays quick; not within a transaction."""
    connection.execute(text("VACUUM (SKIP_LOCKED, INDEX_CLEANUP ON) change"))


def lead(
    connection: Connection,
    register: sessionmaker[Session],
    feed_days: int,
    stopped: Event,
    went_back: Callable[[date, date], object] = lambda before, now: None,
) -> None:
    """Numbers changes until it is stopped; at rest it only asks whether anything was committed since.

    `went_back` is told when the register's clock was put back to an earlier day: the day of before, and that of now.
    """
    seen, to_clear, days = "", 0, Days(register, feed_days, went_back)
    while not stopped.is_set():
        began = monotonic()
        now = look(connection)
        days.pass_by(now, lambda: move(connection))
        moved = 0 if now.snapshot == seen else move(connection)
        seen, to_clear = now.snapshot, to_clear + moved
        if to_clear >= CLEARED_AT or (to_clear >= CLEARED_AT_REST and not moved):
            clear(connection)
            to_clear = 0
        if moved < AT_ONCE:
            # Never more than half of the time, also when an old snapshot keeps what was moved from being cleared.
            stopped.wait(max(PAUSE, monotonic() - began))


class Days:
    """What is done when a day begins (dienas maiņa): once at once, and once again for those who wrote while it began.

    A transaction that looked at who lives where before midnight may commit after the day's sweep; when all that ran then have ended, the
    same days are looked at again. A clock that is put back begins a day, too: all that the days ahead of it moved is looked at again. The
    day is that of the register's clock alone, so it matters neither where the sequencer runs nor how many wait to be it.
    """

    def __init__(
        self, register: sessionmaker[Session], feed_days: int, went_back: Callable[[date, date], object] = lambda before, now: None
    ) -> None:
        self._register, self._feed_days, self._went_back = register, feed_days, went_back
        self._day, self._since, self._until, self._again = date.min, date.min, date.min, 0

    def pass_by(self, now: Look, between: Callable[[], object]) -> None:
        """Sweeps when it is time to; `between` keeps changes moving meanwhile."""
        if now.day != self._day:
            self._begin(now, between)
        elif self._again and now.oldest >= self._again:
            self._again = 0
            sweep(self._register, self._day, self._since, between, self._until)

    def _begin(self, now: Look, between: Callable[[], object]) -> None:
        with self._register.begin() as session:
            swept_on = session.scalar(SWEPT) or now.day
            ahead = session.scalar(AHEAD, {"day": now.day})
        self._day, self._since, self._until = now.day, min(swept_on, now.day) - OVERLAP, max(swept_on, now.day)
        self._again = now.next
        sweep(self._register, self._day, self._since, between, self._until)
        if ahead:
            # Only now: a sweep that is broken off is begun again, and once is enough.
            self._went_back(ahead, now.day)
        if swept_on < now.day:
            with self._register.begin() as session:
                shorten(session, self._day - timedelta(days=self._feed_days))
