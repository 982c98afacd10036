"""What the program holds of its database server, and the thread that keeps the server up."""

import atexit
import contextlib
import logging
import os
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import psycopg
from psycopg import errors, sql

from adapters.embedded.account import Account
from adapters.embedded.binaries import Binaries, binaries
from adapters.embedded.creation import ROLE
from adapters.embedded.errors import EmbeddedError
from adapters.embedded.home import Home, home_of
from adapters.embedded.options import LOOPBACK
from adapters.embedded.server import Server, take

WATCH = 0.25
LONGEST_PAUSE = 30.0

log = logging.getLogger(__name__)


def start(data: Path, *, bindir: Path | None = None, settings: Mapping[str, str] | None = None) -> "Cluster":
    """The database server of a data folder, running: adopted from another program, or started and owned by this one."""
    if not sys.platform.startswith("linux"):
        raise EmbeddedError("The embedded database runs on Linux only. Set VIIS_REGISTER_URL to a PostgreSQL server of your own.")
    try:
        home, who = home_of(data)
        with home.alone():
            programs = binaries(bindir, who, home.folder)
        return Cluster(home, programs, who, settings or {})
    except OSError as failure:
        place = f": {failure.filename}" if failure.filename else ""
        raise EmbeddedError(
            f"The embedded database in {data} could not be started: {failure.strerror}{place}. "
            "Mend that and start again, or set VIIS_DATA to another folder."
        ) from failure


class Cluster:
    """A PostgreSQL server on loopback (iebūvētā datubāze); made by `start`.

    One thread launches the server and lives as long as it is wanted: the kernel stops the server when that thread
    ends, even by kill -9. The thread starts the server again when it dies, and takes over when the program that
    owned it has ended while this one still uses it.
    """

    def __init__(self, home: Home, programs: Binaries, who: Account, settings: Mapping[str, str]) -> None:
        self._home, self._programs, self._who, self._settings = home, programs, who, settings
        self._process_id = os.getpid()
        self._unwanted = threading.Event()
        self._server: Server | None = None
        ready: Future[None] = Future()
        self._keeper = threading.Thread(target=self._keep, args=(ready,), name="embedded-postgresql", daemon=True)
        self._keeper.start()
        ready.result()
        self._password = home.read_password()
        atexit.register(self.stop)

    @property
    def port(self) -> int:
        """The port on loopback, the same at every start."""
        return self._running.port

    @property
    def pid(self) -> int:
        """The process number of the server."""
        return self._running.pid

    @property
    def owned(self) -> bool:
        """Whether this process started the server, so that it ends with this process."""
        server = self._server
        return server is not None and server.process is not None and os.getpid() == self._process_id

    @property
    def folder(self) -> Path:
        """Where the data are: the folder asked for, or the one outside."""
        return self._home.folder

    def dsn(self, database: str) -> str:
        """The address of a database as libpq and psycopg take it."""
        return f"postgresql://{ROLE}:{self._password}@{LOOPBACK}:{self.port}/{database}"

    def url(self, database: str) -> str:
        """The address of a database as SQLAlchemy takes it."""
        return self.dsn(database).replace("postgresql://", "postgresql+psycopg://", 1)

    def ensure_database(self, name: str) -> None:
        """Make a database unless there is one of this name."""
        # The server of a replica makes transactions read-only unless they say otherwise.
        with psycopg.connect(self.dsn("postgres"), autocommit=True, options="-c default_transaction_read_only=off") as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount == 0:
                # Two programs may find it missing at the same moment.
                with contextlib.suppress(errors.DuplicateDatabase, errors.UniqueViolation):
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Let go of the server; it is stopped, fast, only by the process that started it."""
        if os.getpid() != self._process_id:
            return
        self._unwanted.set()
        self._keeper.join()
        self._server = None
        atexit.unregister(self.stop)

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise EmbeddedError("The embedded database was stopped by this program. Start it again to use it.")
        return self._server

    def _keep(self, ready: "Future[None]") -> None:
        try:
            server = self._server = self._take(new=True)
        except BaseException as failure:  # whatever it is, the thread that waits must hear of it
            ready.set_exception(failure)
            return
        ready.set_result(None)
        while not self._unwanted.wait(WATCH):
            if not server.is_alive():
                server = self._server = self._again() or server
        server.stop()

    def _again(self) -> Server | None:
        """Start or adopt the server once more, as often as it takes; None when it is no longer wanted."""
        log.warning("The embedded database has ended; it is started again.")
        pause = WATCH
        while not self._unwanted.is_set():
            try:
                return self._take(new=False)
            except (EmbeddedError, OSError) as failure:
                log.error("%s It is tried again in %.0f seconds.", failure, pause)
                self._unwanted.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        return None

    def _take(self, *, new: bool) -> Server:
        return take(self._home, self._programs, self._who, self._settings, new=new)
