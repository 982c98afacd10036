"""Connections that a thread keeps (savienojumi): taking one from a pool and giving it back costs more than a hot read's own work.

Only for connections on which each statement is a transaction of its own, so that nothing of one request can remain for the next.
"""

import select
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any

import orjson
import psycopg
from psycopg.types.json import set_json_loads
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, SQLAlchemyError
from sqlalchemy.orm import Session

from core.errors import Unavailable

CURSOR, UNTIL, REPEAT = "cursor", "until", "repeat"
# Answers come as nested arrays; reading them was a fifth of a batch's time with the standard library.
set_json_loads(orjson.loads)
# A connection made anew may lead to the server that is just ending, and one at rest in the pool may not know yet that it is lost.
REPETITIONS = 3


class KeptSessions:
    """One session a thread on an engine in autocommit, opened when first needed and again when the server has closed it.

    A thread keeps its connection for good, so the engine's pool must be as large as there are threads. With `repeat` a read whose server
    is lost is done again on another connection; after `renewed_after` seconds a connection is chosen anew.
    """

    def __init__(self, engine: Engine, *, repeat: bool = False, renewed_after: float = float("inf")) -> None:
        self._engine, self._repeat, self._renewed_after = engine, repeat, renewed_after
        self._of_thread = threading.local()
        self._all: set[Session] = set()

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        """This thread's session; one in which something went wrong is not used again."""
        session = self._session()
        try:
            yield session
        except BaseException:
            self._drop(session)
            raise

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> None:
        """One statement that gives no rows."""
        with self() as session:
            cursor(session).execute(statement, parameters)

    def close(self) -> None:
        """Gives back the connections of all threads; they must be at rest."""
        for session in list(self._all):
            self._drop(session)

    def _session(self) -> Session:
        session: Session | None = getattr(self._of_thread, "session", None)
        if session is not None and session in self._all:
            if monotonic() < session.info[UNTIL] and not is_lost(session) and not closed_by_server(session.info[CURSOR].connection):
                return session
            self._drop(session)
        session = Session(self._engine, expire_on_commit=False)
        session.info[CURSOR] = self._opened(session)
        session.info[UNTIL], session.info[REPEAT] = monotonic() + self._renewed_after, self._repeat
        self._of_thread.session = session
        self._all.add(session)
        return session

    def _opened(self, session: Session) -> "psycopg.Cursor[tuple[Any, ...]]":
        """The session's cursor; where reads are repeated, a connection that was made and lost before its first use is made anew."""
        for left in range(REPETITIONS if self._repeat else 0, -1, -1):
            try:
                return cursor(session)
            except DBAPIError as error:
                # `pgconn` tells that no connection was made: libpq has tried every host then.
                if left == 0 or getattr(error.orig, "pgconn", None) is not None:
                    raise
                session.close()
        raise AssertionError("the last attempt returns or raises")

    def _drop(self, session: Session) -> None:
        self._all.discard(session)
        give_back(session)


def cursor(session: Session) -> "psycopg.Cursor[tuple[Any, ...]]":
    """The driver's cursor of a session: the one it keeps, or a new one."""
    kept: psycopg.Cursor[tuple[Any, ...]] | None = session.info.get(CURSOR)
    if kept is None:
        connection: Any = session.connection().connection.driver_connection
        kept = connection.cursor()
    return kept


def fetch_all(session: Session, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of one statement, by the driver itself: what SQLAlchemy does around a statement costs more than a hot read's own work."""
    try:
        return cursor(session).execute(statement, parameters).fetchall()
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        if not (session.info.get(REPEAT) and is_lost(session)):
            raise Unavailable from error
    return _asked_again(session, statement, parameters)


def _asked_again(session: Session, statement: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """A read whose server was lost, on whatever host libpq finds now: a read may be repeated."""
    failure: Exception | None = None
    for _ in range(REPETITIONS):
        try:
            return _replaced_cursor(session).execute(statement, parameters).fetchall()
        except (psycopg.Error, SQLAlchemyError) as error:
            failure = error
            if isinstance(error, SQLAlchemyError) or not is_lost(session):  # no host takes a connection, or the read itself fails
                break
    raise Unavailable from failure


def _replaced_cursor(session: Session) -> "psycopg.Cursor[tuple[Any, ...]]":
    session.invalidate()
    session.info.pop(CURSOR, None)
    session.info[CURSOR] = cursor(session)
    return cursor(session)


def give_back(session: Session) -> None:
    """Ends a kept session; a connection whose server is lost does not go back to the pool, which would ask it once more."""
    session.invalidate() if is_lost(session) else session.close()


def is_lost(session: Session) -> bool:
    """Whether a kept session has no connection any more, and none could be had in its place."""
    kept: psycopg.Cursor[tuple[Any, ...]] | None = session.info.get(CURSOR)
    return kept is None or kept.connection.closed


def fetch_one(session: Session, statement: str, parameters: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """The first row of one statement, or None."""
    rows = fetch_all(session, statement, parameters)
    return rows[0] if rows else None


def closed_by_server(connection: Any) -> bool:
    """An idle connection that has something to say was closed by the server: looking costs no round trip, and a restart no request."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def refuse_closed(connection: Any, _record: object, _proxy: object) -> None:
    """For a pool's checkout: every idle connection goes when one was closed."""
    if closed_by_server(connection):
        raise InvalidatePoolError("The server has closed the connection.")
