"""What happens at its instant (publicēšana laikā): results are published, and whoever was told an old value is found.

A thread of its own: neither a slow receiver nor a missing key may delay a publication.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Event
from time import monotonic
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from core.achievements.recalling import catch_up
from core.examinations.publishing import look_again, publish_next

# Seconds between two looks: at instants, at disclosures, at results that nobody was found for.
TICK, CATCH_UP, LOOK_AGAIN = 1.0, 10.0, 60.0
# One program at a time; another one that finds it held has nothing to do.
FREE = text("SELECT pg_try_advisory_xact_lock(hashtext('viis publishing'))")
Outcome = TypeVar("Outcome")
log = structlog.get_logger("viis.deliver")


class Publisher:
    """Does what its time has come for."""

    def __init__(self, register: sessionmaker[Session]) -> None:
        self._register = register
        self._next = {catch_up: 0.0, look_again: 0.0}

    def run(self, stopped: Event) -> None:
        """Until it is stopped; a register that is away is waited for."""
        while not stopped.is_set():
            # An examination that cannot be published keeps nobody from being told of a correction.
            for do, failing in ((self.publish, "nothing is published now"), (self.look, "recalls and results are not looked at now")):
                try:
                    do(stopped)
                except Exception as error:
                    # Whatever it is: a thread that ended would be missed by nobody. Never the text of it: the database's errors quote
                    # what was written.
                    log.error(failing, error=type(getattr(error, "orig", error)).__qualname__)
            stopped.wait(TICK)

    def publish(self, stopped: Event) -> None:
        """Publishes every examination whose instant has come, each in a transaction of its own."""
        while not stopped.is_set() and self._publish():
            pass

    def look(self, stopped: Event) -> None:
        """Looks again when it is time to."""
        for look, every in ((catch_up, CATCH_UP), (look_again, LOOK_AGAIN)):
            if not stopped.is_set() and monotonic() >= self._next[look] and self._alone(look) is not None:
                self._next[look] = monotonic() + every

    def _publish(self) -> bool:
        published = self._alone(lambda session: publish_next(session, datetime.now(UTC)))
        if published is not None:
            log.info("results are published", examination=published.code, results=published.results)
        return published is not None

    def _alone(self, do: Callable[[Session], Outcome]) -> Outcome | None:
        with self._register.begin() as session:
            return do(session) if session.scalar(FREE) else None
