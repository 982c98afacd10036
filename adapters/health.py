"""How the service stands (veselības stāvoklis): whether it can answer, what keeps it from that, and what somebody should look at.

Not ready is what keeps questions from being answered: the register away, or no replica that takes readers. Anything else that is not as it
should be is a warning: to send the callers elsewhere would not mend it. Each database is looked at by a thread of its own, so that one
that hangs is told of in time.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Lock, Thread
from time import monotonic
from typing import Any, NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.replication.health import HEART_STOPS_AFTER, LATE_AFTER
from adapters.replication.servers import each_host, place_of
from adapters.storage import Storage
from core import standing
from core.database import READER, READING, libpq_address
from core.disclosures.sealing import PATIENCE

# Seconds: the longest look, and when a message has waited for long; milliseconds of a statement, so that a slow one is told in time.
WITHIN, WAITED_LONG = 1.5, 900.0
STATEMENT_WITHIN = 1000


class Standing(NamedTuple):
    """How everything stands: what is known, why it is not ready, what somebody should look at."""

    register: Mapping[str, Any] | None  # empty when it answers, but does not say in time how it stands
    replicas: Mapping[str, float | None]  # place → seconds behind; nothing when it does not answer
    why: list[str]
    warnings: list[str]


class Probe:
    """Looks at one database, one look at a time: who asks while one is under way waits for that one."""

    def __init__(self, look: Callable[[], Any]) -> None:
        self._look, self._lock = look, Lock()
        self._under_way: Future[Any] | None = None

    def begin(self) -> "Future[Any]":
        """Begins a look unless one is under way."""
        with self._lock:
            if self._under_way is None or self._under_way.done():
                self._under_way = Future()
                # A daemon: a look that hangs must not keep the program from ending.
                Thread(target=self._run, args=(self._under_way,), daemon=True).start()
            return self._under_way

    def _run(self, found: "Future[Any]") -> None:
        try:
            found.set_result(self._look())
        except psycopg.Error:
            found.set_result(None)
        except BaseException as error:
            found.set_exception(error)
            raise


def _found(look: "Future[Any]", until: float) -> Any:
    """What was found, or None when there was no answer in time."""
    try:
        return look.result(max(0.0, until - monotonic()))
    except TimeoutError:
        return None


class Health:
    """Looks at the register and at every replica."""

    def __init__(self, place: Storage) -> None:
        self._register = Probe(lambda: _register(place.register_url))
        hosts = [] if place.replication is None else each_host(place.replica_url)
        self._replicas = {place_of(host): Probe(lambda host=host: _replica(host)) for host in hosts}  # type: ignore[misc]

    def look(self) -> Standing:
        """How it stands now, in less than two seconds."""
        until = monotonic() + WITHIN
        about_register = self._register.begin()
        about_replicas = {name: probe.begin() for name, probe in self._replicas.items()}
        register = _found(about_register, until)
        replicas = {name: _found(look, until) for name, look in about_replicas.items()}
        why, warnings = [], []
        if register is None:
            why.append("The register does not answer; only answers without people are given.")
        elif not register:
            warnings.append("The register answers, but does not say in time how it stands: it has much to do, or a table is locked.")
        else:
            warnings += list(_about_register(register))
        if replicas and all(lag is None for lag in replicas.values()):
            why.append("No replica takes readers; `viis replication status` says more.")
        warnings += [f"The replica {name} takes no readers." for name, lag in replicas.items() if lag is None]
        warnings += [f"The replica {name} is {lag:.0f} seconds behind." for name, lag in replicas.items() if (lag or 0) > LATE_AFTER]
        return Standing(register, replicas, why, warnings)


def _about_register(found: Mapping[str, Any]) -> list[str]:
    """What is not as it should be, though questions are answered; whatever else the register knows of itself is added here."""
    age, beat, unsealed = found["outbox_age"], found["heartbeat_age"], found["unsealed_age"]
    said = {
        f"The register's heart has not beaten for {beat or 0:.0f} seconds; viis sequencer does that.": (beat or 0) > HEART_STOPS_AFTER,
        "Nobody gives changes their positions; viis sequencer does.": not found["changes_led"],
        f"Disclosures wait for {unsealed:.0f} seconds to be sealed; viis sequencer does that.": unsealed > PATIENCE,
        "Nobody does the jobs of statutory days; viis jobs does.": not found["jobs_led"],
        f"A message to an admission system has waited for {age or 0:.0f} seconds; viis outbox says why.": (age or 0) > WAITED_LONG,
        f"{found['outbox_dead']} messages are not sent any more; viis outbox --dead lists them.": found["outbox_dead"] > 0,
        f"The operational log lost {found['calls_lost']} calls in this hour and the one before.": found["calls_lost"] > 0,
        f"{found['writers_silent']} processes ended within a day without having written all calls.": found["writers_silent"] > 0,
    }
    return [sentence for sentence, holds in said.items() if holds]


def _register(address: str) -> dict[str, Any]:
    with _connected(address, "") as connection:
        try:
            return standing.of_register(connection)
        except psycopg.errors.QueryCanceled:
            return {}


def _replica(address: str) -> float | None:
    with _connected(address, READING, target_session_attrs="read-only", application_name=READER) as connection:
        return standing.seconds_behind(connection)


def _connected(address: str, options: str, **more: str) -> "psycopg.Connection[tuple[Any, ...]]":
    parts: dict[str, Any] = conninfo_to_dict(libpq_address(address))
    options = f"{parts.get('options', '')} {options} -c statement_timeout={STATEMENT_WITHIN}".strip()
    return psycopg.connect(make_conninfo(**{**parts, **more, "options": options, "connect_timeout": 2}), autocommit=True)
