"""findUsage, usagePeriod, heartbeat: what a portal that reads Estonia's data trackers gets from this journal (kasutusteave).

The same function of core as listPersonDisclosures answers, the same grant is needed, and the look-up is recorded before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from adapters.faults import FALLEN_TEXT, code_of
from adapters.inquiry import RIGA
from adapters.operations import Granting, Sessions
from adapters.tracker.request import Caller, NotUnderstood, caller, find_usage
from core.access import Grant
from core.disclosure import Disclosure, record
from core.disclosures.listing import Asked, Entry, counted, period_start, subject
from core.errors import Refusal, RegisterUnavailable, Unavailable
from core.personal_code import normalise
from core.reading import instant

PATH = "/rest/disclosures/"
GRANT, OPERATION = "disclosures.listPersonDisclosures", "disclosures.findUsage"
OK, WRONG, BROKEN = "200 OK", "400 Bad Request", "500 Internal Server Error"
READY, NOT_READY = {"status": "OK", "message": "The journal can be read."}, {"status": "FAIL", "message": "The register does not answer."}
log = structlog.get_logger("viis.tracker")
Said = tuple[str, object]


class Tracker:
    """The three resources below /rest/disclosures/; each is a GET, and answers 200, 400 or 500, as the specification knows no others."""

    def __init__(self, databases: Sessions, grants: Granting) -> None:
        self._databases, self._grants = databases, grants
        self._resources: dict[str, Callable[[dict[str, Any], datetime], object]] = {
            "findUsage": self.find_usage,
            "usagePeriod": self.usage_period,
            "heartbeat": self.heartbeat,
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        resource = self._resources.get(environ.get("PATH_INFO", "").removeprefix(PATH))
        said: object
        extra: list[tuple[str, str]] = []
        if resource is None:
            status, said = "404 Not Found", _error("F-0309", "There is no such resource: findUsage, usagePeriod, heartbeat are.")
        elif environ["REQUEST_METHOD"] != "GET":
            status, said = "405 Method Not Allowed", _error("F-0309", "GET it.")
            extra = [("Allow", "GET")]
        else:
            status, said = self._answer(resource, environ)
        body = orjson.dumps(said)
        start_response(
            status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *extra]
        )
        return [body]

    def _answer(self, resource: Callable[[dict[str, Any], datetime], object], environ: dict[str, Any]) -> Said:
        try:
            return OK, resource(environ, datetime.now(UTC))
        except (NotUnderstood, Refusal) as error:
            return WRONG, _error(error.code, str(error))
        except Unavailable as error:
            return BROKEN, _error(error.code, str(error))
        except Exception as error:
            # Never its text: the database's and the driver's errors quote parameters.
            log.error("service failed", operation=OPERATION, error=type(getattr(error, "orig", error)).__qualname__)
            return BROKEN, _error(code_of(error), FALLEN_TEXT)

    def find_usage(self, environ: dict[str, Any], now: datetime) -> object:
        """The entries about a person, the newest first, recorded as a disclosure of their own."""
        asker, asked = caller(environ), find_usage(environ.get("QUERY_STRING", ""))
        if not asker.user:
            raise NotUnderstood("The header X-Road-UserId is needed: who asks, LV and the personal code.")
        today = now.astimezone(RIGA).date()
        grant: Grant | None = None
        try:
            grant = self._grants.find(asker.client, GRANT, today)
            with _register(self._databases) as session:
                scope, code = grant.scope.of_user(asker.user), normalise(asked.personal_code)
                whose = subject(session, scope, grant.rights, code, asker.user[2:], today)
                total, found = 0, list[Entry]()
                if whose is not None:
                    period = Asked(asked.since, asked.until)
                    total, found = counted(session, whose, period, asked.offset, asked.limit, now)
        except Refusal as refusal:
            self._record(asker, grant, [], refusal.code, now)
            raise
        self._record(asker, grant, [whose.person_id] if whose else [], "ok", now)
        return {"totalUsages": total, "usages": [_usage(entry) for entry in found]}

    def usage_period(self, _environ: dict[str, Any], now: datetime) -> object:
        """Since when the journal has entries; that is about nobody."""
        with _register(self._databases) as session:
            return {"periodStart": instant(period_start(session) or now)}

    def heartbeat(self, _environ: dict[str, Any], now: datetime) -> object:
        """Whether the journal can be read."""
        try:
            self.usage_period({}, now)
        except Unavailable:
            return NOT_READY
        return READY

    def _record(self, asker: Caller, grant: Grant | None, persons: list[int], outcome: str, now: datetime) -> None:
        why = ("", "") if grant is None else (grant.purpose, grant.legal_basis)
        told = (asker.client, asker.user, asker.represented, asker.issue, OPERATION, *why, instant(now), outcome, persons)
        record(self._databases.journal, Disclosure(now, asker.message_id, *told))


@contextmanager
def _register(databases: Sessions) -> Iterator[Session]:
    """A session on the register; RegisterUnavailable when it is away."""
    try:
        with databases.register.begin() as session:
            yield session
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise RegisterUnavailable from error


def _usage(entry: Entry) -> dict[str, object]:
    """An entry as the tracker writes it: the member's code, and its system."""
    parts = (entry.client or "").split("/")
    code, system = (parts[2], "/".join(parts[3:]) or parts[2]) if len(parts) > 2 else ("", entry.client or "")
    action = f"{entry.action} ({entry.purpose})" if entry.purpose else entry.action
    return {"logtime": entry.disclosed_at, "action": action, "receiverCode": code, "receiverSystem": system}


def _error(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message}
