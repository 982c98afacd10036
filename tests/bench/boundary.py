"""The boundary without SQL: a person and a page of 1 000 learners through the floor, ours, and stock spyne, one process, one thread.

`python -m tests.bench.boundary` prints the table. The three take turns, so that what else the machine does meets all of them alike.
"""

import contextlib
import io
import random
import statistics
import time
import types
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from adapters.allow_list import published
from adapters.inquiry import Answer
from adapters.operations import module_of
from adapters.wsgi import create_app
from adapters.xroad import Identifier
from adapters.xroad_request import build_request, new_header
from core import codes
from core.access import Grant, Scope, ScopeKind
from tests.bench.floor import NAMESPACE, Floor
from tests.bench.stock import stock_app

ADDRESS = "/soap/education-process"
INSTITUTION = "4312000001"
GIVEN = ("Anna", "Jānis", "Līga", "Mārtiņš", "Zane", "Anna Marija", "Kārlis", "Elīna", "Ģirts", "Žanete", "Ance", "Oskars", "Rūta", "Ēriks")
SURNAMES = ("Bērziņa", "Kalniņš", "Ozola", "Liepiņš-Krūmiņš", "Zariņa", "Šķēle", "Ķirsis", "Žagata", "Vītola", "Eglītis", "Āboliņa-Zīle")
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Figure(NamedTuple):
    """What was measured of one message, in seconds for one answer."""

    name: str
    size: int
    floor: float
    ours: float
    stock: float


def _day(chance: random.Random, since: date, days: int) -> str:
    return (since + timedelta(days=chance.randrange(days))).isoformat()


def _code(chance: random.Random, born: str) -> str:
    # The old format with a birth date after 30.06.2017: a code that was never issued.
    return f"{born[8:]}{born[5:7]}{born[2:4]}2{chance.randrange(10000):04}"


def person_row(seed: int = 1) -> tuple[Any, ...]:
    """A person whose answer has about 13 KiB."""
    chance = random.Random(seed)
    affiliations = [
        [
            f"43{chance.randrange(10**8):08}", f"Rīgas {chance.randrange(100)}. vidusskola \"Ābele & dēli\"", "21011111",
            "Vispārējās pamatizglītības programma", chance.random() < 0.8, str(chance.randrange(1, 13)), f"{chance.randrange(1, 13)}.a",
            "1", "1", "active", _day(chance, date(2014, 9, 1), 4000), _day(chance, date(2015, 5, 31), 4000),
            f"{chance.randrange(100)}-v/{n}", f"{chance.randrange(100)}-i/{n}", "graduated", True, n % 4 > 0,
        ]
        for n in range(16)
    ]  # fmt: skip
    posts = [[INSTITUTION, "Rīgas 49. vidusskola", "skolotājs", "0.500", _day(chance, date(2020, 1, 1), 900), None] for _ in range(4)]
    born = _day(chance, date(2018, 1, 1), 900)
    former = [_code(chance, born)]
    person = (
        _code(chance, born),
        former,
        [[INSTITUTION, "A-17"]],
        "Anna Marija",
        "Liepiņa-Kalniņa",
        born,
        "resident",
        "0001000",
        affiliations,
        posts,
    )
    return "2026-09-01T08:15:30.123456Z", True, person


def page_row(rows: int = 1000, seed: int = 2) -> tuple[Any, ...]:
    """A page of learners."""
    chance = random.Random(seed)
    learners = []
    for number in range(rows):
        born = _day(chance, date(2017, 7, 1), 1500)
        code, identifier = (_code(chance, born), None) if number % 50 else (None, [INSTITUTION, f"A-{number}"])
        learners.append(
            [
                code, identifier, chance.choice(GIVEN), chance.choice(SURNAMES), born, INSTITUTION, "21011111", True,
                str(chance.randrange(1, 13)), f"{chance.randrange(1, 13)}.{chance.choice('abc')}", "1", "1", "active",
                _day(chance, date(2023, 9, 1), 700), None,
            ]
        )  # fmt: skip
    return "2026-09-01T08:15:30.123456Z", learners, "b3BhcXVl"


class _NoDatabase:
    """Sessions that lead nowhere: what is measured here asks no database."""

    def begin(self) -> contextlib.nullcontext[None]:
        return contextlib.nullcontext()

    __call__ = begin


class _NoDatabases:
    register = replica = reading = journal = _NoDatabase()


class _Everything:
    """A grant of everything for everybody."""

    def __init__(self) -> None:
        self.grants = {
            name: Grant(
                "", name, Scope(ScopeKind.EVERYTHING), frozenset(), frozenset(published().of(name, None)), "measuring", "none", None
            )  # type: ignore[arg-type]
            for name in published().operations
        }

    def names(self, client: str) -> bool:
        """Everybody."""
        return True

    def find(self, client: str, operation: str, on: date, *, writes: bool = False) -> Grant:
        return self.grants[operation]


def our_app(read: Callable[[str, str], Sequence[Any]]) -> App:
    """The whole boundary; the operations' reads are replaced by `read`, and nothing is disclosed because nobody exists."""

    def find(service: Any, operation: Any) -> Any:
        module = types.SimpleNamespace(**vars(module_of(service, operation)))
        real = module.handle

        def handle(session: Any, inquiry: Any, request: Any) -> Answer:
            asked = request.personal_code if operation.code == "getPersonEducation" else request.institution
            return Answer(read(operation.code, asked))  # type: ignore[arg-type]

        handle.__annotations__ = {**handle.__annotations__, "request": real.__annotations__["request"]}
        if operation.code in ("getPersonEducation", "listAffiliations"):
            module.handle, module.PERSONAL = handle, False
        return module

    return create_app("http://127.0.0.1:8080", _NoDatabases(), _Everything(), codes.versions(), provider="LV-DEV/GOV/IZM/viis", find=find)  # type: ignore[arg-type]


def request(code: str) -> bytes:
    """A request as a client sends it."""
    me = Identifier.from_path("LV-DEV/GOV/IZM/allservices")
    header = new_header(me, Identifier.from_path("LV-DEV/GOV/IZM/viis").service(code, "v1"), user_id="LV01011812345", issue="")
    asked = (
        "<e:personalCode>01011812345</e:personalCode>" if code == "getPersonEducation" else f"<e:institution>{INSTITUTION}</e:institution>"
    )
    return build_request(header, f'<e:{code} xmlns:e="{NAMESPACE}">{asked}</e:{code}>')


def post(app: App, body: bytes) -> bytes:
    """One POST, in process."""
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": ADDRESS, "SCRIPT_NAME": "", "QUERY_STRING": "", "CONTENT_TYPE": "text/xml; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body), "wsgi.url_scheme": "http", "HTTP_HOST": "127.0.0.1:8080",
        "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8080", "HTTP_SOAPACTION": '""', "HTTP_ACCEPT_ENCODING": "",
    }  # fmt: skip
    return b"".join(app(environ, lambda status, headers, exc_info=None: None))


def _timed(app: App, body: bytes, times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        post(app, body)
    return (time.process_time() - begun) / times


def measure(rounds: int = 15) -> list[Figure]:
    """Both messages through all three, in turns; the median of the rounds."""
    rows = {"getPersonEducation": person_row(), "listAffiliations": page_row()}

    def read(operation: str, asked: str) -> Sequence[Any]:
        return rows[operation]

    floor, ours, stock = Floor(read, codes.versions()), our_app(read), stock_app(read)
    figures = []
    for name, times in (("getPersonEducation", 200), ("listAffiliations", 8)):
        body = request(name)
        answer = post(ours, body)
        assert answer == post(floor, body), "The floor answers something else."
        seconds: dict[str, list[float]] = {"floor": [], "ours": [], "stock": []}
        for _ in range(rounds):
            seconds["floor"].append(_timed(floor, body, times))
            seconds["ours"].append(_timed(ours, body, times))
            seconds["stock"].append(_timed(stock, body, max(1, times // 25)))
        figures.append(Figure(name, len(answer), *(statistics.median(seconds[key]) for key in ("floor", "ours", "stock"))))
    return figures


if __name__ == "__main__":
    for figure in measure():
        print(
            f"{figure.name:20} {figure.size / 1024:6.1f} KiB  floor {figure.floor * 1e3:7.3f} ms  ours {figure.ours * 1e3:7.3f} ms"
            f" = {figure.ours / figure.floor:4.2f}  stock {figure.stock * 1e3:8.2f} ms = {figure.stock / figure.ours:5.1f} of ours"
        )
