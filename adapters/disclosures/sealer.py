"""What seals the journal of disclosures, beside the sequencer (žurnāla noslēdzējs): it leads when nobody else does; all watch.

Sealing has a thread and connections of its own, so that long work on the change feed does not hold it back, and so has the alarm.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import structlog

from adapters.disclosures.heads import UnusableHeads, export, latest
from adapters.discretion import kind_of, place_of
from adapters.settings import Settings
from adapters.signatures import Signer
from core.database import Databases
from core.disclosures.chain import Head
from core.disclosures.sealing import PATIENCE, give_lead, head, lead, take_lead, unsealed

# Seconds between two attempts, two looks for what is not sealed, two heads.
ATTEMPT, LOOK, HEAD_EVERY = 1.0, 2.5, 3600.0
log = structlog.get_logger("viis.disclosures")


@contextmanager
def sealing(settings: Settings, databases: Databases) -> Iterator[None]:
    """Seals, exports heads and watches until the block ends; then seals and exports once more."""
    stopped = threading.Event()
    sealer = threading.Thread(target=_keep_on, args=(_Sealer(settings, databases).lead, stopped), name="sealer", daemon=True)
    watcher = threading.Thread(target=_keep_on, args=(_Watcher(databases).watch, stopped), name="sealing alarm", daemon=True)
    for thread in (sealer, watcher):
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in (sealer, watcher):
            thread.join()


class _Sealer:
    def __init__(self, settings: Settings, databases: Databases) -> None:
        self._folder, self._signer, self._databases = settings.disclosure_heads, Signer(settings.signing), databases
        self._exported_at = float("-inf")

    def lead(self, stopped: threading.Event) -> None:
        """Leads whenever nobody else does."""
        while not stopped.is_set():
            with self._databases.register_engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if take_lead(connection):
                    try:
                        lead(connection, self._databases.register, stopped, self._export_hourly)
                        self._export()
                    finally:
                        give_lead(connection)
            stopped.wait(ATTEMPT)

    def _export_hourly(self) -> None:
        if monotonic() - self._exported_at >= HEAD_EVERY:
            self._export()

    def _export(self) -> None:
        """A head that was exported already says nothing new."""
        with self._databases.register.begin() as session:
            now = head(session)
        self._exported_at = monotonic()
        try:
            if now.place and not self._is_there(now):
                export(self._folder, self._signer, now)
        except OSError as error:
            log.error("the head of the disclosures is not exported", folder=str(self._folder), error=type(error).__qualname__)

    def _is_there(self, now: Head) -> bool:
        try:
            before = latest(self._folder)
        except (UnusableHeads, ValueError):
            log.error("the last head of the disclosures proves nothing", folder=str(self._folder))
            return False
        return before is not None and before.head == now


class _Watcher:
    def __init__(self, databases: Databases) -> None:
        self._databases = databases
        self._first: int | None = None
        self._since = 0.0

    def watch(self, stopped: threading.Event) -> None:
        """Says so when one row waits longer than it may, whoever should seal it."""
        while not stopped.wait(LOOK):
            with self._databases.register.begin() as session:
                waiting = unsealed(session)
            if waiting.first != self._first:
                # What a row tells of may lie long before its commit; it waits since it was seen.
                self._first, self._since = waiting.first, monotonic()
            elif waiting.first is not None and monotonic() - self._since + LOOK > PATIENCE:
                log.error("disclosures are not sealed", count=waiting.rows, oldest_seconds=round(waiting.oldest.total_seconds()))


def _keep_on(work: Callable[[threading.Event], None], stopped: threading.Event) -> None:
    """Does it again when it failed, until it is stopped; a register that is away is waited for."""
    while not stopped.is_set():
        try:
            work(stopped)
        except Exception as error:
            # A thread that ended would be missed by nobody. Never the text of it: the database's errors quote what was written.
            log.error("disclosures are not sealed now", error=kind_of(error), where=place_of(error))
            stopped.wait(ATTEMPT)
