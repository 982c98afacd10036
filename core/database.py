"""Two databases: the register (reģistrs) takes every write, the replica (replikācijas datubāze) serves the readers.

Until replication is configured both names lead to the same server. The reader's connection is read-only and runs each statement as a
transaction of its own: a hot read is one statement, so nothing is gained by BEGIN and COMMIT around it but two more round trips.
"""

import select
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

from core.errors import Unavailable

READ_ONLY = {"options": "-c default_transaction_read_only=on -c jit=off"}
WRITING = {"options": "-c jit=off"}


class Databases:
    """The two engines and their sessions; made once per process, after fork."""

    def __init__(self, register_url: str, replica_url: str | None = None, *, connections: int = 8) -> None:
        pool: dict[str, Any] = {"pool_size": connections, "max_overflow": 4, "pool_timeout": 10, "pool_recycle": 1800}
        # An error of the database may reach a log; what was asked for may not.
        pool["hide_parameters"] = True
        self.register_engine: Engine = create_engine(psycopg_url(register_url), connect_args={**WRITING, "connect_timeout": 5}, **pool)
        self.replica_engine: Engine = create_engine(
            psycopg_url(replica_url or register_url),
            connect_args={**READ_ONLY, "connect_timeout": 5},
            isolation_level="AUTOCOMMIT",
            **pool,
        )
        # One INSERT is a transaction of its own: BEGIN and COMMIT around it would be two more round trips before an answer leaves.
        self.journal: Engine = create_engine(
            psycopg_url(register_url), connect_args={**WRITING, "connect_timeout": 5}, isolation_level="AUTOCOMMIT", **pool
        )
        for engine in self._engines:
            event.listen(engine, "checkout", _refuse_closed)
        self.register: sessionmaker[Session] = sessionmaker(self.register_engine, expire_on_commit=False)
        self.replica: sessionmaker[Session] = sessionmaker(self.replica_engine, expire_on_commit=False)

    def close(self) -> None:
        """Gives back every connection."""
        for engine in self._engines:
            engine.dispose()

    @property
    def _engines(self) -> tuple[Engine, ...]:
        return self.register_engine, self.replica_engine, self.journal


def fetch_all(session: Session, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement, by the driver itself: what SQLAlchemy does around a statement costs more than a hot read's own work."""
    try:
        connection: psycopg.Connection[tuple[Any, ...]] = session.connection().connection.driver_connection  # type: ignore[assignment]
        return connection.execute(statement, parameters).fetchall()
    except psycopg.OperationalError as error:
        raise Unavailable from error


def fetch_one(session: Session, statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of one statement, or None."""
    rows = fetch_all(session, statement, parameters)
    return rows[0] if rows else None


def _refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """An idle connection that has something to say was closed by the server: looking costs no round trip, and a restart no request."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError("The server has closed the connection.")


def psycopg_url(url: str) -> str:
    """Any PostgreSQL address (`postgresql://…`) as SQLAlchemy with psycopg 3 wants it."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgresql", "postgres") else url


def migration_config(url: str) -> Config:
    """Alembic's configuration for one database; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(files("core") / "migrations"))
    config.attributes["url"] = psycopg_url(url)
    return config


def migrate(url: str) -> None:
    """Brings a database to the newest schema (datubāzes migrācija); does nothing when it is there already."""
    command.upgrade(migration_config(url), "head")
