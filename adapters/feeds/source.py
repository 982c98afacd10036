"""The register's side of a copy: the publication that holds what the municipality may hold, and the slot that remembers how far it has got.

The publication names tables and columns, so that what comes later to these tables does not leave by itself; who is meant (`person_id`) and
other municipalities' rows never do.
"""

import time
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Identifier, Literal

from adapters.feeds.tables import CHECKPOINT, HEALTH, HOLDING
from core.feeds import PUBLIC

PATIENCE = 30.0
GOOD = "SELECT FROM pg_replication_slots WHERE slot_name = %s AND wal_status <> 'lost' AND database = current_database()"


def ensure_publication(register: Connection[Any], name: str, municipality: str, *, health: bool) -> None:
    """The row-filtered publication of this municipality, unless it is there."""
    if register.execute("SELECT FROM pg_publication WHERE pubname = %s", [name]).rowcount:
        return
    whose = SQL("({}, {})").format(Literal(municipality), Literal(PUBLIC))
    more = HEALTH if health else {"holding": (), "checkpoint": ()}
    register.execute(
        SQL(
            "CREATE PUBLICATION {} FOR TABLE holding ({}) WHERE (municipality IN {}), TABLE checkpoint ({}) WHERE (audience IN {}), "
            "TABLE heartbeat (id, at)"
        ).format(
            Identifier(name),
            SQL(", ").join(map(Identifier, HOLDING + more["holding"])),
            whose,
            SQL(", ").join(map(Identifier, CHECKPOINT + more["checkpoint"])),
            whose,
        )
    )


def drop_publication(register: Connection[Any], name: str) -> None:
    """Takes the publication away; nothing happens when it is gone."""
    register.execute(SQL("DROP PUBLICATION IF EXISTS {}").format(Identifier(name)))


def drop_slot(register: Connection[Any], name: str) -> None:
    """Takes away the slot that nobody uses any more, since it holds back the register's WAL; a sender that still ends is waited for."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            register.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", [name])
            return
        except errors.UndefinedObject:
            return
        except errors.ObjectInUse:
            if time.monotonic() > until:
                # Whoever used it is gone and its sender has not noticed: a network that swallows packets.
                register.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", [name])
                until = time.monotonic() + PATIENCE
        time.sleep(0.05)


def slot_is_good(register: Connection[Any], name: str) -> bool:
    """Whether the slot is there and still has the WAL that it needs."""
    return register.execute(GOOD, [name]).rowcount > 0
