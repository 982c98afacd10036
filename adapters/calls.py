"""Calls on their way into the operational log (darbības žurnāls): never slowing an answer, never making one fail.

    a request's thread ── a tuple into the queue ──→ one thread of the process ──→ metrics, spans; the register, in bulk

The queue is bounded. While the register is away calls wait in it; what finds it full is counted as lost, in its hour. At an orderly end
what is left is written and the writer is marked as ended; one that was killed stays unmarked, and its hours count as not whole.
"""

import os
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from threading import Event, Lock, Thread
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.discretion import client_of, kind_of, message_id_of, place_of
from adapters.settings import Settings
from core.calls import Call, Writer, hour_of, tally, write
from core.database import WATCHFUL, libpq_address

SOAP, MESSAGE, REST = "soap", "message", "rest"
ANSWERED, REFUSED, FAILED = "answered", "refused", "failed"
# How many calls wait at most, how many are written at once, how many are not left waiting for the second to end.
MOST, PORTION, MANY = 20_000, 5_000, 2_000
# Seconds between two writes, and between two signs of life at rest; how long an orderly end may take.
PAUSE, BEAT, PATIENCE = 1.0, 5.0, 3.0
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_LARGEST = 2**31 - 1
log = structlog.get_logger("viis.calls")


class Noted(NamedTuple):
    """A call as its request's thread leaves it: everything that takes time is left to the other thread."""

    started_at: float
    nanoseconds: int
    channel: str
    service: str
    operation: str
    version: str
    client: Any  # an Identifier or its path
    known: bool  # whether a grant names the client
    outcome: str
    code: str | None
    request_bytes: int
    answer_bytes: int
    persons: int
    message_id: str | None

    @property
    def path(self) -> str | None:
        """The client in one line."""
        return self.client if self.client is None or isinstance(self.client, str) else str(self.client.path)

    def call(self, client: str | None) -> Call:
        """As the log keeps it."""
        return Call(
            datetime.fromtimestamp(self.started_at, UTC),
            *self[2:6],
            client,
            self.outcome,
            self.code,
            min(self.nanoseconds // 1000, _LARGEST),
            *self[10:13],
            message_id_of(self.message_id),
        )


# Who is told of calls besides: calls, how many wait, how many were lost since the last time.
Watching = Callable[[Sequence[Call], int, int], None]


class CallLog:
    """One process's queue and the thread that empties it; made after the fork."""

    def __init__(self, register_url: str, watching: Sequence[Watching] = (), *, most: int = MOST, pause: float = PAUSE) -> None:
        parts: dict[str, Any] = {**WATCHFUL, **conninfo_to_dict(libpq_address(register_url))}
        options = f"{parts.get('options', '')} -c jit=off -c statement_timeout=10s".strip()
        self._address = make_conninfo(**{**parts, "options": options, "application_name": "viis calls"})
        self._watching, self._most, self._pause = watching, most, pause
        self.writer = Writer(uuid4(), datetime.now(UTC))
        self._queue: deque[Noted] = deque()
        # What watchers were told of and the register was not yet.
        self._waiting: deque[Call] = deque()
        # Clients that a grant named once: such a client's failed call is known to be its own.
        self._known: set[str | None] = set()
        self._lost: dict[datetime, int] = {}
        self._lost_in_all = self._told_of_lost = 0
        self._lock = Lock()
        self._wake, self._ended = Event(), Event()
        # What is being written; when the answer to a write is lost, the register's own count tells whether it was committed.
        self._calls: list[Call] = []
        self._missing: dict[datetime, int] = {}
        self._written, self._counted, self._in_doubt = 0, 0, False
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._is_away, self._seen = False, float("-inf")
        self._thread = Thread(target=self._run, name="calls", daemon=True)
        self._thread.start()

    def add(self, noted: Noted) -> None:
        """Takes a call, in a microsecond; when there is no room it is counted instead."""
        waiting = len(self._queue)
        if waiting + len(self._waiting) + len(self._calls) >= self._most:
            hour = hour_of(datetime.fromtimestamp(noted.started_at, UTC))
            with self._lock:
                self._lost[hour] = self._lost.get(hour, 0) + 1
                self._lost_in_all += 1
            return
        self._queue.append(noted)
        if waiting == MANY:
            self._wake.set()

    def close(self, within: float = PATIENCE) -> None:
        """Writes what is left and marks the end, if the register takes it in time."""
        self._ended.set()
        self._wake.set()
        self._thread.join(within)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._try_to_empty()
            self._wake.wait(self._pause)
            self._wake.clear()
        self._try_to_empty(ended=True)
        if self._connection is not None:
            self._connection.close()

    def _try_to_empty(self, *, ended: bool = False) -> None:
        try:
            self._empty(ended=ended)
        except Exception as error:
            # Whatever it is, the next calls may be better.
            log.error("calls were not taken", error=kind_of(error), where=place_of(error))

    def _empty(self, *, ended: bool) -> None:
        """Writes portion after portion until nothing waits or the register does not take it."""
        while True:
            self._take()
            self._choose()
            is_last = not (self._queue or self._waiting)
            if not (self._calls or self._missing or ended or monotonic() - self._seen > BEAT):
                return
            if not self._has_written(ended=ended and is_last) or is_last:
                return

    def _take(self) -> None:
        """Takes what the requests' threads left, and tells of it whether the register is there or not."""
        taken: list[Call] = []
        while self._queue:
            noted = self._queue.popleft()
            path = noted.path
            if noted.known:
                self._known.add(path)
            taken.append(noted.call(client_of(path, known=path in self._known)))
            self._waiting.append(taken[-1])
        lost = self._lost_in_all - self._told_of_lost
        self._told_of_lost += lost
        for watching in self._watching:
            try:
                watching(taken, len(self._waiting) + len(self._calls), lost)
            except Exception as error:
                log.error("calls were not told of", error=kind_of(error), where=place_of(error))

    def _choose(self) -> None:
        """The next portion; while the fate of one is in doubt it stays as it was."""
        if self._in_doubt:
            return
        while self._waiting and len(self._calls) < PORTION:
            self._calls.append(self._waiting.popleft())
        with self._lock:
            found, self._lost = self._lost, {}
        for hour, number in found.items():
            self._missing[hour] = self._missing.get(hour, 0) + number

    def _has_written(self, *, ended: bool) -> bool:
        try:
            connection = self._connected()
            if self._in_doubt and self._is_there(connection):
                self._settle()
            write(connection, self.writer, self._calls, self._missing, datetime.now(UTC), ended=ended)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            # Such calls would be in the way of all that follow.
            log.error("calls cannot be written and are lost", error=kind_of(error), calls=len(self._calls))
            for call in self._calls:
                hour = hour_of(call.started_at)
                self._missing[hour] = self._missing.get(hour, 0) + 1
            self._calls = []
            return True
        except Exception as error:
            self._went_away(error)
            return False
        self._settle()
        if self._is_away:
            log.warning("calls are written again")
            self._is_away = False
        return True

    def _settle(self) -> None:
        self._written, self._counted = self._written + len(self._calls), self._counted + sum(self._missing.values())
        self._calls, self._missing, self._in_doubt, self._seen = [], {}, False, monotonic()

    def _is_there(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> bool:
        written = (self._written + len(self._calls), self._counted + sum(self._missing.values()))
        return tally(connection, self.writer) == written

    def _connected(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._address, autocommit=True)
        return self._connection

    def _went_away(self, error: Exception) -> None:
        if not self._is_away:
            log.error("calls are not written now; they wait", error=kind_of(error))
        self._is_away, self._in_doubt = True, bool(self._calls or self._missing)
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None


def call_log(settings: Settings, register_url: str) -> CallLog:
    """The log of this process, with metrics when they are collected and spans when they are wanted."""
    watching: list[Watching] = []
    if METRICS_FOLDER in os.environ:
        # Only then: it decides at its import where it keeps its values.
        from adapters.metrics import tell

        watching.append(tell)
    if settings.otel:
        from adapters.tracing import spans

        watching.append(spans())
    return CallLog(register_url, watching)
