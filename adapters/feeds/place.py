"""Where copies are kept: the register that they come from, the server that holds them, and how that server lets people in."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import NamedTuple

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.feeds.errors import FeedError
from adapters.replication.servers import Connection, administrator
from core.database import libpq_address

ALONE = "SELECT pg_try_advisory_lock(hashtext('viis feed'))"
PATIENCE = 5.0
OF_THE_SERVER = ("host", "hostaddr", "port", "sslmode", "sslrootcert")


class Place(NamedTuple):
    """Addresses: of administrators on both sides, and how the server of copies reaches the register; `ours`: a server that comes along."""

    register: str
    server: str
    reached_by: str
    ours: bool

    def on_register(self) -> AbstractContextManager[Connection]:
        """A connection to the register."""
        return administrator(self.register)

    def on_server(self, database: str | None = None) -> AbstractContextManager[Connection]:
        """A connection to the server of copies, or to one copy."""
        return administrator(self.server, database)

    def for_login(self, role: str, password: str, database: str | None = None) -> str:
        """The address as the municipality's system uses it."""
        kept = {name: value for name, value in conninfo_to_dict(libpq_address(self.server)).items() if name in OF_THE_SERVER}
        return make_conninfo("", **kept, user=role, password=password, dbname=database or role)

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """The register, while nobody else adds or removes a copy."""
        with self.on_register() as register:
            until = time.monotonic() + PATIENCE
            # The server notices a moment later that a program was killed.
            while register.execute(ALONE).fetchall() != [(True,)]:
                if time.monotonic() > until:
                    raise FeedError(
                        "Another program adds or removes a feed at this moment. Wait until it has ended, then do the same again."
                    )
                time.sleep(0.05)
            yield register
