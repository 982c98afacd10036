"""Two databases: the register (reģistrs) takes every write, the replica (replikācijas datubāze) serves the readers.

Until replication is configured both names lead to the same server. The reader's connection is read-only and runs each statement as a
transaction of its own: a hot read is one statement, so nothing is gained by BEGIN and COMMIT around it but two more round trips.
"""

from importlib.resources import files
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from core.connections import KeptSessions, refuse_closed

READER = "viis_reader"  # who reads on a replica, and what its connections are called there
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
        self._journal_engine: Engine = create_engine(
            psycopg_url(register_url), connect_args={**WRITING, "connect_timeout": 5}, isolation_level="AUTOCOMMIT", **pool
        )
        for engine in self._engines:
            event.listen(engine, "checkout", refuse_closed)
        # A hot read is one statement, and so is a disclosure: BEGIN and COMMIT around them would be round trips for nothing.
        self.reading, self.journal = KeptSessions(self.replica_engine), KeptSessions(self._journal_engine)
        self.register: sessionmaker[Session] = sessionmaker(self.register_engine, expire_on_commit=False)
        self.replica: sessionmaker[Session] = sessionmaker(self.replica_engine, expire_on_commit=False)

    def close(self) -> None:
        """Gives back every connection."""
        self.reading.close()
        self.journal.close()
        for engine in self._engines:
            engine.dispose()

    @property
    def _engines(self) -> tuple[Engine, ...]:
        return self.register_engine, self.replica_engine, self._journal_engine


def psycopg_url(url: str) -> str:
    """Any PostgreSQL address (`postgresql://…`) as SQLAlchemy with psycopg 3 wants it."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgresql", "postgres") else url


def libpq_address(url: str) -> str:
    """Any PostgreSQL address as libpq takes it: several hosts, and all that libpq knows, included."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql{separator}{rest}" if scheme in ("postgresql+psycopg", "postgres") else url


def migration_config(url: str) -> Config:
    """Alembic's configuration for one database; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(files("core") / "migrations"))
    config.attributes["url"] = psycopg_url(url)
    return config


def migrate(url: str) -> None:
    """Brings a database to the newest schema (datubāzes migrācija); does nothing when it is there already."""
    command.upgrade(migration_config(url), "head")
