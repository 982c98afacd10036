"""A copy is added step by step; each step looks first at what is there, so that all can be done again after any of them was cut off."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import psycopg
from psycopg import errors
from psycopg.sql import SQL, Identifier

from adapters.feeds import admission, rights, room, source, subscription, tables
from adapters.feeds.errors import FeedError
from adapters.feeds.place import Place
from adapters.replication.servers import Connection
from adapters.replication.subscription import NotCopied, wait_until_copied

ONE_SERVER = (
    "The register and the replica are one PostgreSQL server, and a copy needs two: a municipality's login must not be on the register's "
    "server. Set VIIS_REPLICA_URL or VIIS_FEEDS_URL to another server, or leave out VIIS_REGISTER_URL to use those that come along."
)


class Feed(NamedTuple):
    """A copy to be kept (pašvaldības datubāze)."""

    name: str
    municipality: str
    health: bool

    @property
    def known_as(self) -> str:
        """The name of its database, its login, its subscription, its publication and its slot."""
        return f"feed_{self.name}"


def check(place: Place, feed: Feed) -> None:
    """Says why a copy cannot be made here, before anything of it is."""
    with place.on_register() as register, place.on_server() as server:
        _check_servers(register, server)
        if not source.slot_is_good(register, feed.known_as):
            _check_room(register, server)


def adding(place: Place, feed: Feed) -> Iterator[str]:
    """Makes what of the copy is not there yet, and says after each step what was done."""
    name, wanted = feed.known_as, source.columns(health=feed.health)
    with place.alone() as register, place.on_server() as server:
        source.ensure_publication(register, name, feed.municipality, health=feed.health)
        yield f"The register offers what municipality {feed.municipality} may hold."
        rights.ensure_group(server)
        if place.ours:
            admission.admit(place.on_server)
            yield "The server lets these logins into their own databases only."
        _ensure_database(server, name)
        rights.ensure_role(server, name)
        left_open = rights.keep_to_one_database(server, name, name)
        if left_open:
            yield f"Everybody may still CONNECT to {', '.join(left_open)} on that server. Its administrator should revoke that from PUBLIC."
        yield f"The database {name} is there, closed to everybody else."
        with place.on_server(name) as copy:
            with copy.transaction():
                tables.make(copy, health=feed.health)
                rights.close_the_database(copy)
                rights.grant(copy, name)
            yield "Its tables and views are there."
            subscription.ensure(copy, register, name, place.reached_by, wanted)
            yield "It follows the register; its first copy is being made."
            try:
                wait_until_copied(copy, name)
            except NotCopied:
                subscription.drop(copy, register, name)
                subscription.ensure(copy, register, name, place.reached_by, wanted)
                yield "The first copy did not come to its end and is being made anew."
                _wait(copy, name)
            [(rows,)] = copy.execute("SELECT count(*) FROM holding").fetchall()
            yield f"The copy is complete: {rows:,} rows."


def _wait(copy: Connection, name: str) -> None:
    try:
        wait_until_copied(copy, name)
    except NotCopied:
        raise FeedError(
            f"The copy {name} cannot be made: the log of the replica's server says why. Mend that, then do the same again."
        ) from None


def login_is_open(place: Place, feed: Feed) -> bool:
    """Whether the login has its password already."""
    with place.on_server() as server:
        return rights.may_log_in(server, feed.known_as)


def open_login(place: Place, feed: Feed) -> str:
    """Gives the login a new password and tries the fence from inside; the password is kept nowhere."""
    password = secrets.token_urlsafe(24)
    with place.on_server() as server:
        rights.open_login(server, feed.known_as, password)
        entered = _enters(place, server, feed.known_as, password)
        if entered != [feed.known_as]:
            rights.close_login(server, feed.known_as)
            raise FeedError(_fence(feed.known_as, entered))
    return password


def _fence(role: str, entered: list[str]) -> str:
    if others := [name for name in entered if name != role]:
        return f"The login {role} got into {', '.join(others)}, so it was closed again. Revoke CONNECT there from PUBLIC first."
    return f"The login {role} does not get into its own database, so it was closed again. Look at the lines of pg_hba.conf."


def _enters(place: Place, server: Connection, role: str, password: str) -> list[str]:
    entered = []
    for (database,) in server.execute("SELECT datname FROM pg_database WHERE datallowconn ORDER BY datname").fetchall():
        try:
            psycopg.connect(place.for_login(role, password, database), connect_timeout=10).close()
        except psycopg.OperationalError:
            continue
        entered.append(database)
    return entered


def _check_servers(register: Connection, server: Connection) -> None:
    same = "SELECT system_identifier FROM pg_control_system()"
    if register.execute(same).fetchall() == server.execute(same).fetchall():
        raise FeedError(ONE_SERVER)
    if register.execute("SHOW wal_level").fetchall() != [("logical",)]:
        raise FeedError("The register's server does not write what copies are made from. Set wal_level = logical there and start it again.")


def _check_room(register: Connection, server: Connection) -> None:
    tightest = room.limits(register, server)[0]
    if tightest.left == 0:
        raise FeedError(
            f"There is no room for one more feed: {tightest.taken} of {tightest.allowed} of {tightest.setting} on the {tightest.server}'s "
            "server are taken, and the first copy needs one more for its moment. Raise that setting and start that server again."
        )


def _ensure_database(server: Connection, name: str) -> None:
    if server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 0:
        # A killed program's statement may still be making it: then this one waits for it, and finds it made.
        with suppress(errors.DuplicateDatabase, errors.UniqueViolation):
            server.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
