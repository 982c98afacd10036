"""Where the register and its replicas live: the PostgreSQL that comes with the program, or servers of one's own."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from adapters.embedded import REPLICA, EmbeddedError, start
from adapters.feeds.place import Place
from adapters.feeds.subscription import tell_the_address
from adapters.progress import reporting
from adapters.replication.setup import NotAReplica, NotLogical, Replication, follow, migrate_both, replication
from adapters.replication.subscription import NotCopied
from adapters.settings import Settings
from adapters.stop import Stop, prepare_folder
from core import changes, codes, granting
from core.database import JOURNAL, Databases, migrate

REGISTER, REPLICA_DATABASE = "register", "replica"
# The replica that stops when we do: an embedded register has no other.
ONLY_REPLICA = "viis_replica"

NO_JOURNAL = (
    f"The user of VIIS_REGISTER_URL may not make the role {JOURNAL}, as which disclosures are written and nothing else can be. An "
    f"administrator of the register's server does this once: CREATE ROLE {JOURNAL} NOLOGIN; GRANT {JOURNAL} TO <that user>;"
)


class Storage(NamedTuple):
    """The addresses of the two databases (reģistrs un replikācijas datubāze); both are one where nothing is replicated."""

    register_url: str
    replica_url: str
    reached_by: str = ""
    replica_name: str = ""
    feeds_url: str = ""

    @property
    def replication(self) -> Replication | None:
        """Who replicates to whom; None when there is one database."""
        if self.replica_url == self.register_url:
            return None
        return replication(self.register_url, self.replica_url, self.reached_by, self.replica_name)

    @property
    def feeds(self) -> Place | None:
        """Where municipalities' databases are kept; None when there is one database."""
        if (who := self.replication) is None:
            return None
        ours = self.replica_name == ONLY_REPLICA and not self.feeds_url
        return Place(who.register, self.feeds_url or who.replicas[0], who.reached_by, ours)

    def open(self, connections: int = 8) -> Databases:
        """Engines for this process; not to be carried over a fork."""
        return Databases(self.register_url, self.replica_url, connections=connections)


@contextmanager
def storage(settings: Settings) -> Iterator[Storage]:
    """The databases, running; an embedded server that this program started stops at the end."""
    if settings.register_url:
        yield Storage(
            settings.register_url, settings.replica_url or settings.register_url, settings.replication_url, "", settings.feeds_url
        )
        return
    prepare_folder(settings.data)
    with embedded(settings, "postgresql", REGISTER, {}) as register:
        if settings.replica_url:
            yield Storage(register, settings.replica_url, settings.replication_url, "", settings.feeds_url)
            return
        # Left first, so that the replica stops before the register that it follows.
        with embedded(settings, "replica", REPLICA_DATABASE, REPLICA) as replica:
            yield Storage(register, replica, replica_name=ONLY_REPLICA, feeds_url=settings.feeds_url)


@contextmanager
def embedded(settings: Settings, folder: str, database: str, options: Mapping[str, str]) -> Iterator[str]:
    """The address of a database of an embedded server, while it runs."""
    try:
        cluster = start(settings.data / folder, bindir=settings.pg_bindir, settings=options)
    except EmbeddedError as error:
        raise Stop(str(error)) from None
    try:
        cluster.ensure_database(database)
        yield cluster.url(database)
    finally:
        cluster.stop()


def bring_up_to_date(place: Storage) -> None:
    """Migrates both sides, loads code lists, makes copies, has the replicas follow; nothing happens the second time."""
    with reaching():
        _migrate(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                if not session.scalar(text("SELECT ensure_journal_role()")):
                    raise Stop(NO_JOURNAL)
                codes.load(session)
                if granting.lack_lists(session):
                    # Contracts are read for nothing but this; most programs never need them.
                    from adapters.allow_list import write_missing

                    write_missing(session)
            with databases.register.begin() as session:
                entries = changes.untold(session)
                if entries is not None:
                    with reporting("Making copies of what the register holds", entries, "entries") as progress:
                        changes.rebuild(session, progress)
        finally:
            databases.close()
        if place.replication is not None:
            follow(place.replication, _tell)
        if place.feeds is not None:
            tell_the_address(place.feeds)


@contextmanager
def opened(settings: Settings) -> Iterator[Databases]:
    """The databases, brought up to date, for a command that asks one thing after the other."""
    with storage(settings) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            yield databases
        finally:
            databases.close()


@contextmanager
def reaching() -> Iterator[None]:
    """What keeps the databases from being used becomes a sentence."""
    try:
        yield
    except (OperationalError, psycopg.OperationalError) as error:
        if "publisher" in (said := first_line(error)):
            raise Stop(
                f"A replica does not reach the register: {said} Set VIIS_REPLICATION_URL to an address that it does reach."
            ) from None
        raise Stop(f"The register's database cannot be used: {said} Check VIIS_REGISTER_URL and that the server runs.") from None
    except NotCopied as error:
        raise Stop(f"The copy of {error} to a replica does not come to its end; `viis replication status` says how it stands.") from None
    except psycopg.errors.InsufficientPrivilege as error:
        raise Stop(f"The database refuses: {first_line(error)} Name administrators in VIIS_REGISTER_URL and VIIS_REPLICA_URL.") from None
    except psycopg.errors.UndefinedTable:
        raise Stop("The register has not been set up yet. Do that first: viis replication setup") from None
    except NotLogical as error:
        raise Stop(str(error)) from None
    except NotAReplica as error:
        raise Stop(f"VIIS_REPLICA_URL must name databases for replicas alone: {error} Name an empty database.") from None


def _migrate(place: Storage) -> None:
    if place.replication is None:
        migrate(place.register_url)
    else:
        migrate_both(place.replication, _tell)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def first_line(error: OperationalError | psycopg.Error) -> str:
    """What the driver says first, as a sentence."""
    text = str(getattr(error, "orig", error)).strip().splitlines() or ["no reason given"]
    return text[0].rstrip(".") + "."
