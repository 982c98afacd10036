"""Whether a replica takes readers (kopijas pieejamība): libpq asks it when it connects, so that nobody reads a copy that is not whole.

Readers ask for a session that is read-only by default (`target_session_attrs=read-only`). A replica that is being copied says that it is
not; libpq then takes another host, or fails when there is none. That it cannot be written to is kept by other means.
"""

from psycopg import sql

from adapters.replication.servers import Connection
from core.database import READER


def close(replica: Connection) -> None:
    """Sends readers away and takes no new ones."""
    _say(replica, "off")
    replica.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
        [READER],
    )


def open_again(replica: Connection) -> None:
    """Takes readers."""
    _say(replica, "on")


def is_open(replica: Connection) -> bool:
    """Whether readers come in."""
    rows = replica.execute(
        "SELECT 'default_transaction_read_only=on' = ANY(setconfig) FROM pg_db_role_setting "
        "WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchall()
    return rows == [(True,)]


def _say(replica: Connection, value: str) -> None:
    [[database]] = replica.execute("SELECT current_database()").fetchall()
    replica.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = {}").format(sql.Identifier(database), sql.SQL(value)))
