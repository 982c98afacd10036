"""When a replica has what the register had (replicēts stāvoklis): by the heartbeat, which is applied in its turn like every row."""

import time
from collections.abc import Sequence
from datetime import datetime

from adapters.replication.servers import Connection, administrator

BEAT = 0.01


def beat(register: Connection) -> datetime:
    """Lets the register's heart beat now: where this instant is applied, everything committed until now is."""
    rows = register.execute("UPDATE heartbeat SET at = greatest(at, clock_timestamp()) RETURNING at").fetchall()
    at: datetime = rows[0][0]
    return at


def applied(replica: Connection) -> datetime | None:
    """The heartbeat that this replica has applied; None when it has none yet."""
    rows = replica.execute("SELECT at FROM heartbeat").fetchall()
    return rows[0][0] if rows else None


def wait_until_applied(register: str, replicas: Sequence[str], within: float = 60.0) -> bool:
    """Until each replica has what is committed on the register now; False when that takes longer."""
    with administrator(register) as connection:
        at = beat(connection)
    return all(has_applied(replica, at, within) for replica in replicas)


def has_applied(replica: str, at: datetime, within: float) -> bool:
    """Whether a replica applies this heartbeat within so many seconds."""
    until = time.monotonic() + within
    with administrator(replica) as connection:
        while (applied(connection) or datetime.min.replace(tzinfo=at.tzinfo)) < at:
            if time.monotonic() > until:
                return False
            time.sleep(BEAT)
    return True
