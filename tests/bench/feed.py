"""The change feed read from nothing over HTTP, page by page: the service beside a hand-written server, and beside COPY TO.

Both are asked for the same pages in turns. Then a page far down is asked for in turns with the first one; and what the service's workers
hold of memory is looked at when reading begins and when it ends.
"""

import re
import socket
import statistics
import time
from typing import NamedTuple

import psycopg

from adapters.web.example import HEADER
from tests.bench import feed_world, place
from tests.bench.load import answer, post
from tests.bench.over_http import ADDRESS, Server, serving
from tests.bench.results import Result, judged, result

PAGE, SHORT_PAGE = 1_000, 100
WARM, AGAIN = 5, 200
TARGET, DEEP, FLAT = 0.8, 1.2, 1.1
CURSOR, EVENT, INSTANT = re.compile(rb"<nextCursor>([^<]+)<"), b"<event>", re.compile(rb"<dataAsOf>[^<]+<")
ENVELOPE = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xrd="http://x-road.eu/xsd/xroad.xsd" \
xmlns:id="http://x-road.eu/xsd/identifiers" xmlns:e="http://viis.gov.lv/xroad/education-process/v1">\
<s:Header>{header}</s:Header><s:Body><e:listEducationChanges>{asked}</e:listEducationChanges></s:Body></s:Envelope>"""
RIGA = "0001000"


class Following(NamedTuple):
    """Who follows what: the name of the scope, its municipality, the client as its header says, the same rows for COPY."""

    name: str
    municipality: str
    header: str
    rows: str


_HEADER = HEADER.format(operation="listEducationChanges")
SCOPES = (
    Following("everything", "", _HEADER, "foremost"),
    Following(
        "a municipality",
        RIGA,
        _HEADER.replace("GOV", "MUN", 1).replace("IZM", "RIGA", 1).replace("allservices", "schools", 1),
        f"audience = '{RIGA}'",
    ),
)


class Reader:
    """A reader of the feed: one connection, and the cursor of the page that it did not turn yet."""

    def __init__(self, port: int, scope: Following) -> None:
        self._header, self.cursor, self.events = scope.header, "", 0
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def page(self, cursor: str, size: int = PAGE) -> bytes:
        """The page behind a cursor."""
        asked = (f"<e:cursor>{cursor}</e:cursor>" if cursor else "") + f"<e:pageSize>{size}</e:pageSize>"
        self._line.sendall(post(ADDRESS, ENVELOPE.format(header=self._header, asked=asked).encode()))
        return answer(self._line)

    def read(self, pages: int) -> float:
        """Turns this many pages, or fewer at the end; gives events a second."""
        begun, events = time.perf_counter(), 0
        for _ in range(pages):
            page = self.page(self.cursor)
            count = page.count(EVENT)
            found = CURSOR.search(page)
            if found is None:
                raise RuntimeError(f"This is no page: {page[:1000]!r}")
            self.cursor = found[1].decode()
            events += count
            if count < PAGE:
                break
        self.events += events
        return events / (time.perf_counter() - begun)

    def close(self) -> None:
        """Ends its connection."""
        self._line.close()


def run(scale: str) -> list[Result]:
    """Both scopes of a feed of 60 000 events, or of three million."""
    return measure(*((60_000, 3) if scale == "small" else (3_000_000, 100)))


def measure(events: int, turn: int) -> list[Result]:
    """Everything that is measured of a feed with so many events, in turns of so many pages."""
    results: list[Result] = []
    with place.cluster() as running:
        url = feed_world.database(running, events)
        place.settle(url)
        for scope in SCOPES:
            with serving("ours", url) as ours, serving("feed", url, scope.municipality) as floor:
                results += _followed(f"feed of {events:,} events, {scope.name}", scope, url, ours, floor, turn)
    return results


def _followed(name: str, scope: Following, url: str, ours: Server, floor: Server, turn: int) -> list[Result]:
    mine, other = Reader(ours.port, scope), Reader(floor.port, scope)
    first = [INSTANT.sub(b"", reader.page("")) for reader in (mine, other)]
    if first[0] != first[1]:
        raise RuntimeError("The service and the floor answer differently.")
    for reader in (mine, other):
        reader.read(WARM)
    before, deep = ours.memory(), mine.cursor
    pairs = []
    while True:
        # The place of page 10 000 of short pages; in a short feed, where the last turn begins.
        begins, far = mine.cursor, mine.events <= 10_000 * SHORT_PAGE
        pair = mine.read(turn), other.read(turn)
        if not all(pair):
            break
        pairs.append(pair)
        deep = begins if far else deep
    if mine.cursor != other.cursor:
        raise RuntimeError("The service and the floor ended at different places.")
    after = ours.memory()
    speeds, floors = (statistics.median(values) for values in zip(*pairs, strict=True))
    one, far = _pages(mine, deep)
    rows = _copied(url, scope)
    print(f"  {name}: {mine.events:,} events, {speeds:,.0f} a second, the floor {floors:,.0f}, COPY {rows:,.0f}", flush=True)
    mine.close()
    other.close()
    ratio = statistics.median(fast / bare for fast, bare in pairs)
    return [
        judged(f"{name}: to the floor", speeds, floors, ratio, "a second", "higher", TARGET),
        result(f"{name}: to COPY TO", speeds, rows, "a second", "higher", None),
        result(f"{name}: a far page of 100 to the first", far * 1e3, one * 1e3, "ms", "lower", DEEP),
        result(f"{name}: memory at the end to the beginning", after, before, "MiB", "lower", FLAT),
    ]


def _pages(reader: Reader, deep: str) -> tuple[float, float]:
    """The median times of the first page and of one far down, asked for in turns."""
    times: dict[str, list[float]] = {"": [], deep: []}
    for _ in range(AGAIN):
        for cursor, kept in times.items():
            begun = time.perf_counter()
            if reader.page(cursor, SHORT_PAGE).count(EVENT) != SHORT_PAGE:
                raise RuntimeError("A page that should be full is not.")
            kept.append(time.perf_counter() - begun)
    return statistics.median(times[""]), statistics.median(times[deep])


def _copied(url: str, scope: Following) -> float:
    """The same rows by COPY TO, a second."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        begun, rows = time.perf_counter(), 0
        with connection.cursor().copy(f"COPY (SELECT * FROM feed_event WHERE {scope.rows} ORDER BY position) TO STDOUT") as copy:
            for _ in copy:
                rows += 1
        return rows / (time.perf_counter() - begun)
