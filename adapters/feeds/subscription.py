"""The copy's side: its subscription, made, mended by making it anew, taken away with all its slots.

A copy that is lost is made anew as a whole: it is a municipality's part of one table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import OperationalError, errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.feeds.place import Place
from adapters.feeds.source import slot_is_good
from adapters.replication.publication import Columns, drop_slot, give_role
from adapters.replication.servers import Connection
from adapters.replication.subscription import APPLY, Subscription, connection_string, create, empty, ensure_apply_role, subscriptions

ADDRESSES = """
SELECT datname, subconninfo FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
WHERE subname = datname AND starts_with(subname, 'feed_') ORDER BY 1
"""


def ensure(copy: Connection, register: Connection, name: str, reached_by: str, tables: Columns) -> None:
    """The subscription with its slot; what is left of a broken one is removed, and the rows are copied anew."""
    with _undisturbed(copy):
        if (found := subscriptions(copy, name)) and slot_is_good(register, name):
            _follow(copy, found[0], reached_by)
            return
        drop(copy, register, name)
        empty(copy, list(tables))
        create(copy, name, connection_string(reached_by, name, give_role(register, name, tables)))


def drop(copy: Connection, register: Connection, name: str) -> None:
    """Takes away the subscription with all its slots, those of unfinished copies included; what is gone already is no obstacle."""
    with _undisturbed(copy):
        if subscriptions(copy, name):
            _drop(copy, SQL("SUBSCRIPTION {}").format(Identifier(name)))
    drop_slot(register, name)


@contextmanager
def _undisturbed(copy: Connection) -> Iterator[None]:
    """A killed program's statement may still be at work in this database: it is waited for."""
    copy.execute("SELECT pg_advisory_lock(hashtext('viis feed'))")
    try:
        yield
    finally:
        copy.execute("SELECT pg_advisory_unlock(hashtext('viis feed'))")


def tell_the_address(place: Place) -> None:
    """Copies of a register that is elsewhere by now follow it there: an embedded server whose port was taken chooses another one."""
    try:
        with place.on_server() as server:
            known = server.execute(ADDRESSES).fetchall()
    except OperationalError:
        return  # It may be away; the other servers need not wait for it.
    for name, connection in known:
        if _moved(connection, place.reached_by):
            with place.on_server(name) as copy:
                _follow(copy, subscriptions(copy, name)[0], place.reached_by)


def _moved(connection: str, reached_by: str) -> str | None:
    """Where the register is now, for who knows it by this address; None when that is still right."""
    parts: dict[str, Any] = conninfo_to_dict(connection)
    now = connection_string(reached_by, parts["user"], parts["password"])
    return None if conninfo_to_dict(now) == parts else now


def _follow(copy: Connection, found: Subscription, reached_by: str) -> None:
    """The register may be elsewhere by now, and whoever made or stopped the subscription may have ended before it was on its way."""
    subscription = SQL("SUBSCRIPTION {}").format(Identifier(found.name))
    if now := _moved(found.connection, reached_by):
        copy.execute(SQL("ALTER {} CONNECTION {}").format(subscription, Literal(now)))
    if not found.enabled:
        ensure_apply_role(copy)
        copy.execute(SQL("ALTER {} OWNER TO {}").format(subscription, Identifier(APPLY)))
        copy.execute(SQL("ALTER {} ENABLE").format(subscription))


def _drop(copy: Connection, subscription: Composed) -> None:
    copy.execute(SQL("ALTER {} DISABLE").format(subscription))
    try:
        # In this way the register loses the slots of copies that are under way, too.
        copy.execute(SQL("DROP {}").format(subscription))
    except (errors.ConnectionFailure, errors.UndefinedObject, errors.ObjectInUse):
        # The slot is gone, or the register's address is an old one: the subscription goes alone, and its slot after it.
        copy.execute(SQL("ALTER {} SET (slot_name = NONE)").format(subscription))
        copy.execute(SQL("DROP {}").format(subscription))
