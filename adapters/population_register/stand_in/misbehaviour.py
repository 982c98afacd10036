"""What the stand-in does wrong when it is told to: `POST /misbehave {"how": "drop", "on_page": 3, "times": 1}`.

| how | what happens |
|---|---|
| slow | the answer waits `seconds` |
| fault | a SOAP Fault with `code` and HTTP `status` |
| refusal | a normal answer with a fault element |
| html, empty | a page of HTML, or nothing, with HTTP `status` |
| truncate, drop | half of the answer: as if whole, or with a connection that breaks |
| header | the header `field` has another value; `what` = missing: is not there |
| hash | requestHash is another digest; `what` = missing: is not there |
| wrapper, charset, dtd, content_type | another body element, bytes of another encoding, a DOCTYPE, a type that is not XML |
| child | the first child of the page is bad: `what` = code, municipality, born_on, future, name, status, residence, guardian |
| duplicate, moved | a child twice on the page; a child of the page before again, changed |
| same_cursor | nextCursor is the cursor that was asked for |
| change | the first change of the page is bad: `what` = position, person, status; or `what` = list: there is no list of changes |
"""

import re
import threading
from dataclasses import dataclass
from typing import Any

WITH_THE_ANSWER = frozenset(
    ("slow", "fault", "refusal", "html", "empty", "truncate", "drop", "header", "hash", "wrapper", "charset", "dtd", "content_type")
)
WITH_THE_CHILDREN = frozenset(("child", "duplicate", "moved", "same_cursor"))
HOWS = WITH_THE_ANSWER | WITH_THE_CHILDREN | {"change"}
BAD_CHILD = {
    "code": (rb"<personalCode>\d{6}", b"<personalCode>12AB"),
    "municipality": (rb"<municipality>\d+", b"<municipality>9999999"),
    "born_on": (rb"<birthDate>[^<]*", b"<birthDate>2015-02-30"),
    "future": (rb"<birthDate>[^<]*", b"<birthDate>2199-01-01"),
    "name": (rb"<surname>[^<]*</surname>", b""),
    "status": (rb"<status>[^<]*", b"<status>vanished"),
    "residence": (rb"(<residence>.*?)<from>[^<]*</from>", rb"\1"),
    "guardian": (rb"(<guardian>.*?<personalCode>)[^<]*", rb"\g<1>123"),
}

BAD_CHANGE = {
    "position": (rb"<position>[^<]*", b"<position>first"),
    "person": (rb"<person>.*?</person>", b""),
    "status": (rb"<status>[^<]*", b"<status>vanished"),
    "list": (rb"<changes>.*</changes>", b""),
}


@dataclass
class Order:
    """One piece of misbehaviour that was asked for: how, on which page of a list (None: any request), how often."""

    how: str
    on_page: int | None = None
    times: int = 1
    seconds: float = 1.0
    code: str = "Server.ServerProxy.NetworkError"
    status: int = 200
    field: str = "id"
    what: str = ""


class Misbehaviour:
    """What is still to be done wrong; shared by the server's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[Order] = []

    def add(self, wish: dict[str, Any]) -> None:
        """One more order; a ValueError when there is no such misbehaviour."""
        if wish.get("how") not in HOWS:
            raise ValueError(f"how is one of {', '.join(sorted(HOWS))}")
        order = Order(**wish)
        with self._lock:
            self._orders.append(order)

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._orders.clear()

    def take(self, page: int | None) -> Order | None:
        """What to do wrong with this request, if anything; counts it as done."""
        with self._lock:
            for order in self._orders:
                if order.on_page in (None, page):
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None


def spoil_children(order: Order, entries: bytes, first: bytes, before: bytes) -> bytes:
    """The page's entries with what was ordered done to them; `first` is its first entry, `before` the one before the page."""
    if order.how == "child":
        pattern, replacement = BAD_CHILD[order.what]
        return re.sub(pattern, replacement, first, count=1) + entries[len(first) :]
    if order.how == "duplicate":
        return entries + first
    if order.how == "moved":
        return re.sub(rb"<address>[^<]*", b"<address>Jauna iela 1", before, count=1) + entries
    return entries


def spoil_changes(order: Order, inside: bytes) -> bytes:
    """The list of changes with what was ordered done to it."""
    pattern, replacement = BAD_CHANGE[order.what]
    return re.sub(pattern, replacement, inside, count=1, flags=re.DOTALL)
