"""Where the register lives: the PostgreSQL that comes with the program, or a server of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy.exc import OperationalError

from adapters.embedded import EmbeddedError, start
from adapters.progress import reporting
from adapters.settings import Settings
from adapters.stop import Stop, prepare_folder
from core import changes, codes
from core.database import Databases, migrate

DATABASE = "register"


class Storage(NamedTuple):
    """The addresses of the two databases (reģistrs un replikācijas datubāze)."""

    register_url: str
    replica_url: str

    def open(self, connections: int = 8) -> Databases:
        """Engines for this process; not to be carried over a fork."""
        return Databases(self.register_url, self.replica_url, connections=connections)


@contextmanager
def storage(settings: Settings) -> Iterator[Storage]:
    """The databases, running; an embedded server that this program started stops at the end."""
    if settings.register_url:
        yield Storage(settings.register_url, settings.replica_url or settings.register_url)
        return
    prepare_folder(settings.data)
    try:
        cluster = start(settings.data / "postgresql", bindir=settings.pg_bindir)
    except EmbeddedError as error:
        raise Stop(str(error)) from None
    try:
        cluster.ensure_database(DATABASE)
        url = cluster.url(DATABASE)
        yield Storage(url, settings.replica_url or url)
    finally:
        cluster.stop()


def bring_up_to_date(place: Storage) -> None:
    """Migrates the register, loads code lists, municipalities and territories, makes copies; nothing happens the second time."""
    try:
        migrate(place.register_url)
    except OperationalError as error:
        raise Stop(
            f"The register's database cannot be used: {first_line(error)} Check VIIS_REGISTER_URL and that the server runs."
        ) from None
    databases = place.open(connections=1)
    try:
        with databases.register.begin() as session:
            codes.load(session)
        with databases.register.begin() as session:
            entries = changes.untold(session)
            if entries is not None:
                with reporting("Making copies of what the register holds", entries, "entries") as progress:
                    changes.rebuild(session, progress)
    finally:
        databases.close()


def first_line(error: OperationalError) -> str:
    """What the driver says first, as a sentence."""
    text = str(error.orig).strip().splitlines() or ["no reason given"]
    return text[0].rstrip(".") + "."
