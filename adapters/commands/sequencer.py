"""viis sequencer: gives committed changes their positions in the feed, and disclosures their places in the chain; `viis serve` runs one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date

import psycopg
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.children import end_with_parent
from adapters.disclosures.sealer import sealing
from adapters.settings import Settings
from adapters.stop import read_settings
from adapters.storage import Storage, storage
from core.database import Databases
from core.sequencer import beat, give_lead, lead, take_lead

# Seconds between two beats, and between two attempts when another one leads or the register is away.
BEAT, ATTEMPT = 1.0, 1.0
log = structlog.get_logger("viis.sequencer")


def sequencer() -> None:
    """Numbers the changes of the register for those who follow, and seals the journal; a second one waits until the first has ended."""
    end_with_parent()
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda _signal, _frame: stopped.set())
    settings = read_settings()
    with storage(settings) as place:
        run(settings, place, stopped)


def run(settings: Settings, place: Storage, stopped: threading.Event) -> None:
    """Leads whenever nobody else does, until it is stopped; a register that is away is waited for."""
    databases = place.open(connections=4)
    try:
        with sealing(settings, databases):
            while not stopped.is_set():
                try:
                    _lead(databases, settings.feed_days, stopped)
                except (SQLAlchemyError, psycopg.Error) as error:
                    # Never the text of it: the database's errors quote what was written.
                    log.error("positions are not given now", error=type(getattr(error, "orig", error)).__qualname__)
                stopped.wait(ATTEMPT)
    finally:
        databases.close()


def _lead(databases: Databases, feed_days: int, stopped: threading.Event) -> None:
    with databases.register_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not take_lead(connection):
            return
        try:
            with _beating(databases.register_engine):
                lead(connection, databases.register, feed_days, stopped, _went_back)
        finally:
            give_lead(connection)


def _went_back(before: date, now: date) -> None:
    log.warning("the register's clock went back, the days between were looked at again", before=before.isoformat(), now=now.isoformat())


@contextmanager
def _beating(register: Engine) -> Iterator[None]:
    """The heartbeat on a connection of its own: a sweep of many people must not make a replica look late."""
    ended = threading.Event()

    def beating() -> None:
        while not ended.is_set():
            with suppress(SQLAlchemyError), register.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                while not ended.is_set():
                    beat(connection)
                    ended.wait(BEAT)
            ended.wait(BEAT)

    thread = threading.Thread(target=beating, name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
