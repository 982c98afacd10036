"""The copy's side: its subscription, made, mended by making it anew, taken away with all its slots.

A copy that is lost is made anew as a whole: it is a municipality's part of one table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import errors
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.feeds.source import slot_is_good
from adapters.replication.publication import Columns, drop_slot, give_role
from adapters.replication.servers import Connection
from adapters.replication.subscription import APPLY, Subscription, connection_string, create, empty, ensure_apply_role, subscriptions


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


def _follow(copy: Connection, found: Subscription, reached_by: str) -> None:
    """The register may be elsewhere by now, and whoever made or stopped the subscription may have ended before it was on its way."""
    subscription = SQL("SUBSCRIPTION {}").format(Identifier(found.name))
    parts: dict[str, Any] = conninfo_to_dict(found.connection)
    wanted = connection_string(reached_by, parts["user"], parts["password"])
    if conninfo_to_dict(wanted) != parts:
        copy.execute(SQL("ALTER {} CONNECTION {}").format(subscription, Literal(wanted)))
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
