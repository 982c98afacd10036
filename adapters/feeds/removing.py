"""A copy is removed step by step, the login first and the register's memory of it last; what is gone already is no obstacle."""

from collections.abc import Iterator

from psycopg.sql import SQL, Identifier

from adapters.feeds import rights, subscription
from adapters.feeds.place import Place
from adapters.replication.publication import take_away


def removing(place: Place, name: str) -> Iterator[str]:
    """Takes away everything of the copy `name`, as its database is called, and says after each step what was done."""
    with place.alone() as register, place.on_server() as server:
        rights.close_login(server, name)
        yield "Nobody enters with its login any more."
        if server.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            with place.on_server(name) as copy:
                subscription.drop(copy, register, name)
        yield "It no longer follows the register."
        take_away(register, name)
        yield "The register no longer offers it anything, nor keeps WAL for it."
        server.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
        yield "Its database is gone."
        if server.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).rowcount:
            # Whatever else somebody gave to it goes first.
            server.execute(SQL("DROP OWNED BY {0}; DROP ROLE {0}").format(Identifier(name)))
        yield "Its login is gone."
