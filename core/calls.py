"""The operational log (darbības žurnāls): calls written in bulk, and how much of each hour is there.

A writer is one process. What it could not keep it counts, so that whoever reads figures knows which hours are whole. An hour is not whole
when a writer lost a call in it, or when a writer fell silent in it without having ended: what that one still held is nowhere.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

Connection = psycopg.Connection[tuple[Any, ...]]
# A writer gives a sign of life every second; one that gives none for so long is no more.
SILENT_AFTER = timedelta(seconds=60)

SEEN = """
INSERT INTO call_writer (id, started_at, seen_at, ended_at) VALUES (%(id)s, %(started_at)s, %(now)s, %(ended_at)s)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, ended_at = excluded.ended_at"""
COUNTED = """
INSERT INTO call_hour AS h (hour, writer, written, lost) VALUES (%s, %s, %s, %s)
ON CONFLICT (hour, writer) DO UPDATE SET written = h.written + excluded.written, lost = h.lost + excluded.lost"""
TALLY = "SELECT coalesce(sum(written), 0)::bigint, coalesce(sum(lost), 0)::bigint FROM call_hour WHERE writer = %s"


class Call(NamedTuple):
    """One call (pakalpojuma izsaukums), as `service_call` has it."""

    started_at: datetime
    channel: str
    service: str
    operation: str
    version: str
    client: str | None
    outcome: str
    code: str | None
    duration_us: int
    request_bytes: int
    answer_bytes: int
    persons: int
    message_id: str | None


COPY = f"COPY service_call ({', '.join(Call._fields)}) FROM STDIN"


class Writer(NamedTuple):
    """A process that writes calls (žurnāla rakstītājs)."""

    id: UUID
    started_at: datetime


def write(
    connection: Connection,
    writer: Writer,
    calls: Sequence[Call],
    lost: Mapping[datetime, int],
    now: datetime,
    *,
    ended: bool = False,
) -> None:
    """Adds calls, counts them and those that were lost by their hours, and gives a sign of life, all in one transaction."""
    counts = {hour: [0, number] for hour, number in lost.items()}
    for call in calls:
        counts.setdefault(hour_of(call.started_at), [0, 0])[0] += 1
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(SEEN, {"id": writer.id, "started_at": writer.started_at, "now": now, "ended_at": now if ended else None})
        if calls:
            with cursor.copy(COPY) as copy:
                for call in calls:
                    copy.write_row(call)
        for hour, (written, missing) in counts.items():
            cursor.execute(COUNTED, (hour, writer.id, written, missing))


def tally(connection: Connection, writer: Writer) -> tuple[int, int]:
    """How many calls this writer has written and lost, by the register: tells whether a write was committed whose answer was lost."""
    row = connection.execute(TALLY, [writer.id]).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def hour_of(instant: datetime) -> datetime:
    """The hour, in UTC, that an instant is in."""
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
