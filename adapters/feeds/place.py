"""Where copies are kept: the register that they come from, the server that holds them, and how that server lets people in."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.feeds.errors import FeedError

ALONE = "SELECT pg_try_advisory_lock(hashtext('viis feed'))"


class Place(NamedTuple):
    """Addresses as libpq takes them: both by administrators, `origin` as the apply logs in to the register; `hba` on a server of ours."""

    register: str
    server: str
    origin: str
    hba: Path | None

    def on_register(self) -> Connection[Any]:
        """A connection to the register, each statement its own transaction."""
        return _connect(self.register)

    def on_server(self, database: str | None = None) -> Connection[Any]:
        """A connection to the server of copies, each statement its own transaction, allowed to write where all others only read."""
        return _connect(self.server, database)

    def for_login(self, role: str, password: str, database: str | None = None) -> str:
        """The address as the municipality's system uses it."""
        kept = {name: value for name, value in conninfo_to_dict(self.server).items() if name in ("host", "port", "sslmode", "sslrootcert")}
        return make_conninfo("", **kept, user=role, password=password, dbname=database or role)

    @contextmanager
    def alone(self) -> Iterator[Connection[Any]]:
        """The register, while nobody else adds or removes a copy."""
        with self.on_register() as register:
            if register.execute(ALONE).fetchall() != [(True,)]:
                raise FeedError("Another program adds or removes a feed at this moment. Wait until it has ended, then do the same again.")
            yield register


def _connect(address: str, database: str | None = None) -> Connection[Any]:
    more = {"dbname": database} if database else {}
    options = "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=0 -c search_path=public"
    return psycopg.connect(
        make_conninfo(address, **more, options=options, connect_timeout=10, application_name="viis feed"), autocommit=True
    )
