"""How many copies there is room for: each takes a slot and a sender on the register, an apply worker and an origin on the other side.

A sender reads the whole of the register's WAL, so a copy costs work whether its municipality changes or not: about a sixth of the processor
time of whoever writes, as `python -m tests.bench.municipal_feeds` measures; the senders of six copies take one writer's worth. The servers
that come along have settings for more than seventy; processors bound it before. What is too small is raised in the server's settings and
counts when that server starts again.
"""

from typing import NamedTuple

from adapters.replication.servers import Connection

# The first copy of a table needs one more of each, for its moment.
FOR_COPYING = 1


class Limit(NamedTuple):
    """A setting of a server (ierobežojums), and how much of it is taken."""

    server: str
    setting: str
    allowed: int
    taken: int

    @property
    def left(self) -> int:
        """For how many more copies it is enough."""
        return max(0, self.allowed - self.taken - FOR_COPYING)


REGISTER = """
SELECT 'max_replication_slots', current_setting('max_replication_slots')::int, (SELECT count(*) FROM pg_replication_slots)
UNION ALL
SELECT 'max_wal_senders', current_setting('max_wal_senders')::int,
    greatest((SELECT count(*) FROM pg_stat_replication), (SELECT count(*) FROM pg_replication_slots))
"""
# One process of each kind starts the others.
SERVER = """
WITH subscriptions AS (SELECT count(*) AS number FROM pg_subscription)
SELECT 'max_logical_replication_workers', current_setting('max_logical_replication_workers')::int, number FROM subscriptions
UNION ALL
SELECT 'max_worker_processes', current_setting('max_worker_processes')::int, number + 1 FROM subscriptions
UNION ALL
SELECT name, current_setting(name)::int, number FROM subscriptions, (
    SELECT CASE WHEN current_setting('server_version_num')::int >= 180000 THEN 'max_active_replication_origins'
        ELSE 'max_replication_slots' END AS name) AS origins
"""


def limits(register: Connection, server: Connection) -> list[Limit]:
    """Every setting that bounds the number of copies, the tightest first."""
    found = [Limit("register", *row) for row in register.execute(REGISTER).fetchall()]
    found += [Limit("replica", *row) for row in server.execute(SERVER).fetchall()]
    return sorted(found, key=lambda limit: limit.left)
