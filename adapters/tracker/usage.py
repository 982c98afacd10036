"""findUsage, usagePeriod, heartbeat: what a portal that reads Estonia's data trackers gets from this journal (kasutusteave).

The same function of core as listPersonDisclosures answers, the same grant is needed, and the look-up is recorded before it is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import perf_counter_ns, time
from typing import Any, NamedTuple

import orjson
import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from adapters.calls import ANSWERED, FAILED, REFUSED, REST, CallLog, Noted
from adapters.discretion import HIDDEN, client_of, kind_of, message_id_of, place_of
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
SERVICE, FIND_USAGE = "disclosures", "findUsage"
GRANT, OPERATION = "disclosures.listPersonDisclosures", f"{SERVICE}.{FIND_USAGE}"
ENTRY = "entries/entry"  # where the list of the grant has what a usage is made of
OK, WRONG, BROKEN = "200 OK", "400 Bad Request", "500 Internal Server Error"
READY, NOT_READY = {"status": "OK", "message": "The journal can be read."}, {"status": "FAIL", "message": "The register does not answer."}
log = structlog.get_logger("viis.tracker")


class Said(NamedTuple):
    """What is answered: its HTTP status, its JSON, how many people it is about, the code of a refusal or of what failed."""

    status: str
    told: object
    persons: int = 0
    code: str | None = None


class Tracker:
    """The three resources below /rest/disclosures/; each is a GET, and answers 200, 400 or 500, as the specification knows no others."""

    def __init__(self, databases: Sessions, grants: Granting, calls: CallLog | None = None) -> None:
        self._databases, self._grants, self._calls = databases, grants, calls
        self._resources: dict[str, Callable[[dict[str, Any], datetime], tuple[object, int]]] = {
            FIND_USAGE: self.find_usage,
            "usagePeriod": self.usage_period,
            "heartbeat": self.heartbeat,
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """WSGI."""
        started_at, begun = time(), perf_counter_ns()
        name = environ.get("PATH_INFO", "").removeprefix(PATH)
        resource = self._resources.get(name)
        extra: list[tuple[str, str]] = []
        if resource is None:
            said = _error("404 Not Found", "F-0309", "There is no such resource: findUsage, usagePeriod, heartbeat are.")
        elif environ["REQUEST_METHOD"] != "GET":
            said = _error("405 Method Not Allowed", "F-0309", "GET it.")
            extra = [("Allow", "GET")]
        else:
            said = self._answer(resource, environ)
        body = orjson.dumps(said.told)
        if self._calls is not None:
            took = perf_counter_ns() - begun
            self._calls.add(_noted(started_at, took, "" if resource is None else name, environ, said, len(body)))
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Cache-Control", "no-store"), *extra]
        start_response(said.status, headers)
        return [body]

    def _answer(self, resource: Callable[[dict[str, Any], datetime], tuple[object, int]], environ: dict[str, Any]) -> Said:
        try:
            told, persons = resource(environ, datetime.now(UTC))
            return Said(OK, told, persons)
        except (NotUnderstood, Refusal) as error:
            return _error(WRONG, error.code, str(error))
        except Unavailable as error:
            _log(error.__cause__ or error, error.code, environ)
            return _error(BROKEN, error.code, str(error))
        except Exception as error:
            _log(error, code_of(error), environ)
            return _error(BROKEN, code_of(error), FALLEN_TEXT)

    def find_usage(self, environ: dict[str, Any], now: datetime) -> tuple[object, int]:
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
                whose = subject(session, scope, grant.rights, code, today)
                total, found = 0, list[Entry]()
                if whose is not None and ENTRY in grant.fields:
                    period = Asked(asked.since, asked.until)
                    total, found = counted(session, whose, period, asked.offset, asked.limit, now)
        except Refusal as refusal:
            self._record(asker, grant, [], refusal.code, now)
            raise
        except Unavailable:
            raise
        except Exception as error:
            # Something may have been read; that nothing was told is worth a row, too, if it can be had.
            with suppress(RegisterUnavailable):
                self._record(asker, grant, [], code_of(error), now)
            raise
        self._record(asker, grant, [whose.person_id] if whose else [], "ok", now)
        return {"totalUsages": total, "usages": [_usage(_shown(entry, grant.fields)) for entry in found]}, int(whose is not None)

    def usage_period(self, _environ: dict[str, Any], now: datetime) -> tuple[object, int]:
        """Since when the journal has entries; that is about nobody."""
        with _register(self._databases) as session:
            return {"periodStart": instant(period_start(session) or now)}, 0

    def heartbeat(self, _environ: dict[str, Any], now: datetime) -> tuple[object, int]:
        """Whether the journal can be read."""
        try:
            self.usage_period({}, now)
        except Unavailable:
            return NOT_READY, 0
        return READY, 0

    def _record(self, asker: Caller, grant: Grant | None, persons: list[int], outcome: str, now: datetime) -> None:
        why = ("", "") if grant is None else (grant.purpose, grant.legal_basis)
        told = (asker.client, asker.user, asker.represented, asker.issue, OPERATION, *why, instant(now), outcome, persons)
        hidden_until = None if grant is None else grant.hidden_until(now)
        record(self._databases.journal, Disclosure(now, asker.message_id, *told, hidden_until))


@contextmanager
def _register(databases: Sessions) -> Iterator[Session]:
    """A session on the register; RegisterUnavailable when it is away."""
    try:
        with databases.register.begin() as session:
            yield session
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        raise RegisterUnavailable from error


def _shown(entry: Entry, fields: frozenset[str]) -> Entry:
    """What the list of the grant lets be seen of an entry: it counts here as in listPersonDisclosures."""
    client = entry.client if f"{ENTRY}/client" in fields else ""
    purpose = entry.purpose if f"{ENTRY}/purpose" in fields else ""
    return entry._replace(client=client, purpose=purpose)


def _usage(entry: Entry) -> dict[str, object]:
    """An entry as the tracker writes it: the member's code, and its system."""
    parts = entry.client.split("/")
    code, system = (parts[2], "/".join(parts[3:]) or parts[2]) if len(parts) > 2 else ("", entry.client)
    action = f"{entry.action} ({entry.purpose})" if entry.purpose else entry.action
    return {"logtime": entry.disclosed_at, "action": action, "receiverCode": code, "receiverSystem": system}


def _error(status: str, code: str, message: str) -> Said:
    return Said(status, {"code": code, "message": message}, 0, code)


def _log(error: BaseException, code: str, environ: Mapping[str, Any]) -> None:
    """What is ours to mend, as of a SOAP message; never an error's text: the database's and the driver's quote parameters."""
    client, message_id = None, None
    with suppress(NotUnderstood):
        asker = caller(environ)
        client, message_id = client_of(asker.client) or HIDDEN, message_id_of(asker.message_id) or HIDDEN
    seen = {"code": code, "operation": OPERATION, "client": client, "message_id": message_id}
    log.error("service failed", error=kind_of(error), where=place_of(error), **seen)


def _noted(started_at: float, nanoseconds: int, name: str, environ: Mapping[str, Any], said: Said, sent: int) -> Noted:
    """What the operational log keeps; a GET has no body."""
    client, message_id = None, None
    with suppress(NotUnderstood):
        asker = caller(environ)
        client, message_id = asker.client, asker.message_id
    outcome = ANSWERED if said.code is None else FAILED if said.status == BROKEN else REFUSED
    # Only findUsage asks for a grant.
    is_known = outcome == ANSWERED and name == FIND_USAGE
    whose = (client, is_known, outcome, said.code)
    return Noted(started_at, nanoseconds, REST, SERVICE, name, "v1" if name else "", *whose, 0, sent, said.persons, message_id)
