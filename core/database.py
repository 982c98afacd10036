"""Two databases: the register (reģistrs) takes every write, the replica (replikācijas datubāze) serves the readers.

Both names may lead to one database. The reader's connection is read-only and runs each statement as a transaction of its own: a hot read
is one statement, so nothing is gained by BEGIN and COMMIT around it but two more round trips. The replica's address may name several
hosts; libpq chooses one that answers and takes readers.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.orm import Session, sessionmaker

from core.connections import KeptSessions, refuse_closed

if TYPE_CHECKING:
    from alembic.config import Config

READER = "viis_reader"  # who reads on a replica, and what its connections are called there
READ_ONLY, WRITING = "-c default_transaction_read_only=on -c jit=off", "-c jit=off"
# A replica says itself whether it takes readers: by its default for transactions, which must not be overridden here.
READING = f"-c role={READER} -c jit=off"
# Who writes disclosures may do nothing else.
JOURNAL = "viis_journal"
JOURNALLING = f"-c role={JOURNAL} -c jit=off"
# Readers of several replicas are spread anew after so many seconds, so that one that was away gets its share again.
SPREAD_AFTER = 300
# A host that vanished says nothing: how soon that is noticed. Whatever the address itself says counts more.
WATCHFUL = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 10_000, "connect_timeout": 5}


class Databases:
    """The two engines and their sessions; made once per process, after fork."""

    def __init__(self, register_url: str, replica_url: str | None = None, *, connections: int = 8) -> None:
        pool: dict[str, Any] = {"pool_size": connections, "max_overflow": 4, "pool_timeout": 10, "pool_recycle": 1800}
        # An error of the database may reach a log; what was asked for may not.
        pool["hide_parameters"] = True
        self.register_engine = connecting(register_url, WRITING, **pool)
        self._journal_engine = connecting(register_url, JOURNALLING, isolation_level="AUTOCOMMIT", **pool)
        pool |= {"isolation_level": "AUTOCOMMIT"}
        if replica_url in (None, register_url):
            self.replica_engine = connecting(register_url, READ_ONLY, **pool)
        else:
            pool |= {"pool_recycle": SPREAD_AFTER}
            choice = {"target_session_attrs": "read-only", "load_balance_hosts": "random", "application_name": READER, **WATCHFUL}
            self.replica_engine = connecting(replica_url, READING, choice, **pool)
        for engine in self._engines:
            event.listen(engine, "checkout", refuse_closed)
        # A hot read is one statement, and so is a disclosure: BEGIN and COMMIT around them would be round trips for nothing.
        self.reading = KeptSessions(self.replica_engine, repeat=True, renewed_after=SPREAD_AFTER)
        self.journal = KeptSessions(self._journal_engine)
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


def connecting(address: str, options: str, defaults: Mapping[str, Any] | None = None, **pool: Any) -> Engine:
    """An engine whose connections psycopg makes from the address as it stands, so that everything that libpq knows may be in it."""
    given = conninfo_to_dict(libpq_address(address))
    values = {"connect_timeout": 5, **(defaults or {}), **given, "options": f"{given.get('options', '')} {options}".strip()}
    conninfo = make_conninfo(**values)
    engine = create_engine("postgresql+psycopg://", **pool)

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, _arguments: Any, parameters: dict[str, Any]) -> Any:
        return psycopg.connect(conninfo, **parameters)

    return engine


def libpq_address(url: str) -> str:
    """Any PostgreSQL address as libpq takes it: several hosts, and all that libpq knows, included."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql{separator}{rest}" if scheme in ("postgresql+psycopg", "postgres") else url


def migration_config(url: str) -> "Config":
    """Alembic's configuration for one database; there is no alembic.ini."""
    # Loaded by those who migrate: it takes a tenth of a second, and most programs never do.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("core") / "migrations"))
    config.attributes["url"] = url
    return config


def migrate(url: str, to: str = "head", *, replica: bool = False) -> None:
    """Brings a database to the newest schema (datubāzes migrācija); does nothing when it is there already."""
    from alembic import command

    config = migration_config(url)
    config.attributes["replica"] = replica
    command.upgrade(config, to)
