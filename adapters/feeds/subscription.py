"""The subscription in a municipality's database: made, waited for, mended by making it anew, taken away with its slot.

A copy that is lost is made anew as a whole: it is a municipality's part of one table.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, errors
from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.feeds import source

BEAT = 0.1
STUCK_AFTER = 60.0
OURS = "SELECT FROM pg_subscription WHERE subname = %s AND subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
UNFINISHED = """
SELECT count(*), count(*) FILTER (WHERE EXISTS (SELECT FROM pg_stat_subscription w WHERE w.relid = r.srrelid AND w.pid IS NOT NULL))
FROM pg_subscription_rel r WHERE srsubstate <> 'r'
"""


def ensure(copy: Connection[Any], register: Connection[Any], name: str, origin: str) -> None:
    """The subscription and its slot; what is left of a broken one is removed, and the rows are copied anew."""
    with _undisturbed(copy):
        if exists(copy, name) and source.slot_is_good(register, name):
            _follow(copy, name, origin)
            return
        drop(copy, register, name)
        with copy.transaction():
            copy.execute("SET LOCAL session_replication_role = replica")
            copy.execute("TRUNCATE holding, checkpoint, heartbeat")
        copy.execute(
            SQL(
                "CREATE SUBSCRIPTION {0} CONNECTION {1} PUBLICATION {0} WITH (slot_name = {2}, streaming = on, disable_on_error = false)"
            ).format(Identifier(name), Literal(origin), Literal(name))
        )


@contextmanager
def _undisturbed(copy: Connection[Any]) -> Iterator[None]:
    """A killed program's statement may still be at work in this database: it is waited for."""
    copy.execute("SELECT pg_advisory_lock(hashtext('viis feed'))")
    try:
        yield
    finally:
        copy.execute("SELECT pg_advisory_unlock(hashtext('viis feed'))")


def _follow(copy: Connection[Any], name: str, origin: str) -> None:
    """The register may have another address or password by now, and somebody may have stopped the subscription."""
    subscription = SQL("SUBSCRIPTION {}").format(Identifier(name))
    [(known, enabled)] = copy.execute("SELECT subconninfo, subenabled FROM pg_subscription WHERE subname = %s", [name]).fetchall()
    if known != origin:
        copy.execute(SQL("ALTER {} CONNECTION {}").format(subscription, Literal(origin)))
    if not enabled:
        copy.execute(SQL("ALTER {} ENABLE").format(subscription))


def exists(copy: Connection[Any], name: str) -> bool:
    """Whether this database has the subscription."""
    return copy.execute(OURS, [name]).rowcount > 0


def drop(copy: Connection[Any], register: Connection[Any], name: str) -> None:
    """Takes away the subscription with all its slots; what is gone already is no obstacle."""
    with _undisturbed(copy):
        if exists(copy, name):
            _drop(copy, SQL("SUBSCRIPTION {}").format(Identifier(name)))
    source.drop_slot(register, name)


def _drop(copy: Connection[Any], subscription: Composed) -> None:
    copy.execute(SQL("ALTER {} DISABLE").format(subscription))
    try:
        copy.execute(SQL("DROP {}").format(subscription))
    except (errors.ConnectionFailure, errors.UndefinedObject, errors.ObjectInUse):
        # The slot is gone, or the register's address is an old one: the subscription goes alone, and its slot after it.
        copy.execute(SQL("ALTER {} SET (slot_name = NONE)").format(subscription))
        copy.execute(SQL("DROP {}").format(subscription))


def until_copied(copy: Connection[Any], name: str) -> bool:
    """Waits until every table has its first copy and follows; False when one of them has stood still for a minute."""
    quiet_since = time.monotonic()
    while True:
        [(unfinished, at_work)] = copy.execute(UNFINISHED).fetchall()
        if unfinished == 0:
            return True
        if at_work:
            quiet_since = time.monotonic()
        elif time.monotonic() - quiet_since > STUCK_AFTER:
            return False
        time.sleep(BEAT)
