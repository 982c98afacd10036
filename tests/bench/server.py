"""`python -m tests.bench.server floor|stock|bare|feed|status|achievements PORT URL MUNICIPALITY`: other servers, under gunicorn as ours is.

The floor does the service's own SQL over one connection and the same disclosure over a second one, per thread; stock spyne reads mapped
objects. The bare one is the service itself with one constant grant for everything and without an operational log.
"""

import gc
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy.dialects.postgresql import Range

from adapters.allow_list import published
from adapters.commands.serve import Service
from adapters.contracts import Contracts
from adapters.listening import Listener
from adapters.settings import Settings
from adapters.storage import Storage
from adapters.wsgi import create_app
from core import codes, education, feed, learners, paging
from core.access import Grant, Right, Scope, ScopeKind, one_of_equal
from core.disclosure import INSERT, Disclosure, parameters
from tests.bench.achievements_floor import STATEMENT, AchievementsFloor, asking
from tests.bench.feed_floor import FeedFloor, Page
from tests.bench.floor import Floor
from tests.bench.mapped import MappedReader
from tests.bench.status_floor import StatusFloor, StatusReader
from tests.bench.stock import stock_app

PAGE = 1000


class Reader:
    """The same statements and the same disclosure row as the service, with nothing around them."""

    def __init__(self, url: str, municipality: str) -> None:
        self._url = url.replace("+psycopg", "")
        self._municipality = municipality
        self._local = threading.local()
        self._person = education._statement(ScopeKind.EVERYTHING, False, False)
        self._page = learners._statement(ScopeKind.EVERYTHING, True, False, False)

    def __call__(self, operation: str, asked: str) -> Sequence[Any]:
        self._connect()
        now = datetime.now(UTC)
        rights = {"restricted": True, "health": True}
        if operation == "getPersonEducation":
            asking = {"scope": [], "scheme": "personal_code", "issuer": "", "value": asked, "as_of": None, **rights}
            asking |= {"on": now.date(), "today": now.date()}
            row = self._local.replica.execute(self._person, asking).fetchone()
            persons, answer = [row[1]], (row[0], True, row[2:])
        else:
            asking = {"scope": [], "institution": None, "municipality": self._municipality, "on": now.date(), "as_of": None}
            rows = self._local.replica.execute(self._page, {**asking, **rights, "after": 0, "limit": PAGE + 1}).fetchall()
            lines, persons = rows[:PAGE], [line[1] for line in rows[:PAGE]]
            more = paging.give(("listAffiliations",), [rows[0][0], lines[-1][2]]) if len(rows) > PAGE else None
            answer = (rows[0][0], [line[4:] for line in lines], more)
        self._disclose(f"education-process.{operation}", now, answer[0], persons)
        return answer

    def _connect(self) -> None:
        if not hasattr(self._local, "replica"):
            options = "-c default_transaction_read_only=on -c jit=off"
            self._local.replica = psycopg.connect(self._url, autocommit=True, options=options).cursor()
            self._local.register = psycopg.connect(self._url, autocommit=True, options="-c jit=off").cursor()

    def _disclose(self, operation: str, now: datetime, data_as_of: str, persons: list[int]) -> None:
        said = Disclosure(
            now,
            "bench",
            "LV-DEV/GOV/IZM/allservices",
            "LV-bench",
            None,
            None,
            operation,
            "p",
            "l",
            data_as_of,
            "ok",
            persons,
        )
        self._local.register.execute(INSERT, parameters(said))


class AchievementsReader(Reader):
    """One person's achievements, and the same disclosure."""

    def person(self, code: str) -> Sequence[Any]:
        """What the service's own statement gives."""
        self._connect()
        now = datetime.now(UTC)
        row: Sequence[Any] = self._local.replica.execute(STATEMENT, asking(code)).fetchone()
        self._disclose("achievements.getPersonAchievements", now, row[0], [row[1]])
        return row


class FeedReader(Reader):
    """The feed's statement for everybody's events, or for a municipality's, and the same disclosure."""

    def __init__(self, url: str, municipality: str) -> None:
        super().__init__(url, municipality)
        scope = Scope(ScopeKind.MUNICIPALITIES, (municipality,)) if municipality else Scope(ScopeKind.EVERYTHING)
        self._asked = feed.followed(scope, frozenset((Right.HEALTH,)), None, None)
        self._statement = feed._statement(scope.kind, len(scope.values), False)
        self._parameters = {"scope": list(scope.values), "entity": None, "health": True, "municipality": None, "window": feed.WINDOW}
        self._parameters |= {"one0": municipality}

    def page(self, cursor: str | None, size: int) -> Page:
        """What is behind a cursor."""
        self._connect()
        now = datetime.now(UTC)
        after = paging.take(self._asked.question, cursor)[0] if cursor else 0
        rows = self._local.replica.execute(self._statement, {**self._parameters, "after": after, "limit": size + 1}).fetchall()
        instant, head, _, generation = rows[0][:4]
        lines = rows[:size] if rows[0][feed.STATE] is not None else []
        more = len(rows) > size
        following = paging.give(self._asked.question, [lines[-1][feed.STATE] if more else head, generation])
        self._disclose("education-process.listEducationChanges", now, instant, list({line[feed.PERSON]: None for line in lines}))
        return instant, [(*line[feed.STATE : feed.PERSON], line[feed.CONTENT_AT]) for line in lines], more, following


class Other(Service):  # type: ignore[misc]
    """gunicorn with the same options as the service."""

    def __init__(self, make: Callable[[], Any], settings: Settings) -> None:
        self._make = make
        super().__init__(settings, Storage("", ""), Listener(f"{settings.host}:{settings.port}"))

    def load(self) -> Any:
        application = self._make()

        def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            if environ["REQUEST_METHOD"] == "GET":  # whether the server is up
                start_response("200 OK", [("Content-Length", "0")])
                return []
            return application(environ, start_response)

        return answering


class OneGrant:
    """Permission that costs nothing: everybody may ask everything, and is shown all of it."""

    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}

    def names(self, client: str) -> bool:
        """Everybody."""
        return True

    def find(self, client: str, operation: str, on: date, *, writes: bool = False) -> Grant:
        """Always the same for an operation."""
        grant = self._grants.get(operation)
        if grant is None:
            scope, rights = Scope(ScopeKind.EVERYTHING), frozenset((Right.RESTRICTED, Right.HEALTH))
            fields = one_of_equal(frozenset(published().of(operation, None)))
            grant = self._grants[operation] = Grant("*", "*", scope, rights, fields, "p", "l", Range())
        return grant


class Bare(Service):  # type: ignore[misc]
    """The service with its disclosure row, without permission, field list, chaining and operational log."""

    def load(self) -> Any:
        databases = self.place.open(connections=self.settings.threads)
        contracts = Contracts.load()
        application = create_app(
            self.settings.public_url,
            databases,
            OneGrant(),
            codes.versions(),
            provider=self.settings.xroad_client,
            threads=self.settings.threads,
            contracts=contracts,
        )
        gc.collect()
        gc.freeze()
        return application


def bare(port: str, url: str) -> None:
    """As `viis serve` does it, without the sequencer, which seals."""
    settings = Settings(port=int(port))
    Bare(settings, Storage(url, url), Listener(f"{settings.host}:{settings.port}")).run()


def main(kind: str, port: str, url: str, municipality: str) -> None:
    """Runs one of them."""
    if kind == "bare":
        bare(port, url)
        return

    def make() -> Any:
        match kind:
            case "floor":
                return Floor(Reader(url, municipality), codes.versions())
            case "feed":
                return FeedFloor(FeedReader(url, municipality).page)
            case "achievements":
                return AchievementsFloor(AchievementsReader(url, municipality).person, codes.versions())
            case "status":
                return StatusFloor(StatusReader(url), codes.versions())
            case _:
                return stock_app(MappedReader(url, municipality))

    Other(make, Settings(port=int(port))).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
