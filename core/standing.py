"""How the register and a replica stand (stāvoklis), in one quick statement each: for those who watch over the service."""

from typing import Any

from core.calls import SILENT_AFTER, Connection
from core.disclosures.sealing import UNSEALED

LEADS = """EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32) | objid::bigint = hashtext('{}'))"""
# A message that is claimed is due again at the end of its claim.
REGISTER = f"""
SELECT
    (SELECT extract(epoch FROM clock_timestamp() - at)::float FROM heartbeat) AS heartbeat_age,
    (SELECT head FROM feed_state) AS feed_head,
    (SELECT count(*) FROM outbox_message WHERE state = 'waiting') AS outbox_waiting,
    (SELECT count(*) FROM outbox_message WHERE state = 'dead') AS outbox_dead,
    (SELECT greatest(0, extract(epoch FROM now() - min(due_at)))::float FROM outbox_message WHERE state = 'waiting' AND due_at <= now())
        AS outbox_due,
    (SELECT extract(epoch FROM now() - min(created_at))::float FROM outbox_message WHERE state = 'waiting') AS outbox_age,
    (SELECT max(on_day)::text FROM refresh_run) AS refreshed_on,
    (SELECT coalesce(sum(lost), 0)::bigint FROM call_hour WHERE hour >= date_trunc('hour', now(), 'UTC') - interval '1 hour') AS calls_lost,
    (SELECT count(*) FROM call_writer WHERE ended_at IS NULL AND seen_at < now() - %(silent_after)s
        AND seen_at > now() - interval '1 day') AS writers_silent,
    (SELECT coalesce(u.waiting, 0) FROM ({UNSEALED}) u(rows, waiting, first)) AS unsealed_age,
    {LEADS.format("viis jobs")} AS jobs_led,
    {LEADS.format("viis sequencer")} AS changes_led"""
REPLICA = "SELECT greatest(0, extract(epoch FROM clock_timestamp() - at))::float FROM heartbeat"


def of_register(connection: Connection) -> dict[str, Any]:
    """Heartbeat, feed, outbox, jobs and operational log by their names; what else is to be watched is one more column of the statement."""
    cursor = connection.execute(REGISTER, {"silent_after": SILENT_AFTER})
    row = cursor.fetchone()
    assert row is not None
    assert cursor.description is not None
    return {column.name: value for column, value in zip(cursor.description, row, strict=True)}


def seconds_behind(connection: Connection) -> float | None:
    """How old the heartbeat is that a replica has applied; nothing when it has none."""
    row = connection.execute(REPLICA).fetchone()
    return None if row is None else float(row[0])
