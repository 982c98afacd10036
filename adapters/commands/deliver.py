"""viis deliver: publishes results at their instants and delivers messages to admission systems; `viis serve` runs one beside itself."""

import signal
import threading

import psycopg
import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.avus.client import Avus
from adapters.avus.delivery import SHORTEST_LEASE, Dispatcher
from adapters.avus.messages import Writer
from adapters.avus.publishing import Publisher
from adapters.calls import call_log
from adapters.children import end_with_parent
from adapters.key_pairs import NoPair, UnreadablePair
from adapters.settings import Settings
from adapters.signatures import Signer
from adapters.stop import Stop, read_settings
from adapters.storage import storage
from adapters.xroad_answer import HashPolicy
from core.database import Databases

# Seconds at rest when nothing waits, and when nothing can be done.
AT_REST, HINDERED = 0.5, 10.0
log = structlog.get_logger("viis.deliver")


def deliver() -> None:
    """Publishes results whose instant has come and delivers messages; several may run side by side, each signs on one core."""
    end_with_parent()
    stopped = threading.Event()
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda _signal, _frame: stopped.set())
    settings = read_settings()
    with storage(settings) as place:
        databases = place.open(connections=2)
        publishing = threading.Thread(target=Publisher(databases.register).run, args=(stopped,), name="publishing")
        publishing.start()
        try:
            if settings.avus_url:
                _deliver(settings, place.register_url, databases, stopped)
            else:
                # With a limit, so that a signal is looked at.
                while not stopped.wait(3600):
                    pass
        finally:
            stopped.set()
            publishing.join()
            databases.close()


def _deliver(settings: Settings, register_url: str, databases: Databases, stopped: threading.Event) -> None:
    try:
        avus = Avus(settings.avus_url, settings.xroad_client, settings.avus_timeout, HashPolicy(settings.request_hash))
    except ValueError as error:
        raise Stop(f"VIIS_XROAD_CLIENT is not right: {error}", 2) from None
    writer = Writer(Signer(settings.signing))
    calls = call_log(settings, register_url)
    dispatcher = Dispatcher(databases.register, writer, avus, lease=max(SHORTEST_LEASE, 3 * settings.avus_timeout), calls=calls)
    try:
        while not stopped.is_set():
            wait = 0.0
            try:
                if not dispatcher.step(stopped):
                    wait = AT_REST
            except (NoPair, UnreadablePair) as error:
                log.error("messages cannot be signed", why=str(error))
                wait = HINDERED
            except (SQLAlchemyError, psycopg.Error) as error:
                # Never the text of it: the database's errors quote what was written.
                log.error("messages are not delivered now", error=type(getattr(error, "orig", error)).__qualname__)
                wait = HINDERED
            stopped.wait(wait)
    finally:
        calls.close()
        avus.close()
