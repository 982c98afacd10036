"""The change feed read from nothing over HTTP, page by page: the service beside a hand-written server, and beside COPY TO.

Both are asked for the same pages in turns, each by its own cursors. Then a page far down beside the first one, and the memory of the service
before and after.
"""

import os
import re
import socket
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import psycopg

from adapters.web.example import envelope
from tests.bench import feed_world, place
from tests.bench.load import answer, post
from tests.bench.over_http import ADDRESS, Server, serving
from tests.bench.results import Result, judged, result

PAGE, SHORT_PAGE = 1_000, 100
AGAIN = 60
CURSOR, EVENT = re.compile(rb"<nextCursor>([^<]+)<"), b"<event>"
ALL, MUNICIPAL = "everything", "municipality"
CLIENTS = {ALL: "allservices", MUNICIPAL: "schools"}
COPY = {
    ALL: "COPY (SELECT * FROM feed_event WHERE foremost ORDER BY position) TO STDOUT",
    MUNICIPAL: f"COPY (SELECT * FROM feed_event WHERE audience = '{feed_world.MUNICIPALITY}' ORDER BY position) TO STDOUT",
}


class Turn(NamedTuple):
    """Events a second of both for the same pages."""

    ours: float
    floor: float


class Reader:
    """A reader of the feed: one connection, and the cursor of the next page."""

    def __init__(self, port: int, scope: str) -> None:
        self._scope, self.cursor, self.events = scope, b"", 0
        self._line = socket.create_connection(("127.0.0.1", port))
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def page(self, size: int = PAGE) -> bytes:
        """The answer to the next page, which is not yet turned."""
        self._line.sendall(request(self._scope, self.cursor, size))
        return answer(self._line)

    def read(self, pages: int) -> float:
        """Turns this many pages, or fewer at the end, and gives events a second."""
        begun, events = time.perf_counter(), 0
        for _ in range(pages):
            page = self.page()
            count = page.count(EVENT)
            found = CURSOR.search(page)
            if found is None:
                raise RuntimeError(f"no page: {page[:1000]!r}")
            self.cursor = found[1]
            events += count
            if count < PAGE:
                break
        self.events += events
        return events / (time.perf_counter() - begun)

    def close(self) -> None:
        self._line.close()
