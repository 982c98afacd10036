"""What the stand-in does wrong when it is told to: `POST /misbehave {"how": "drop", "times": 1, "matching": ""}`.

| how | what happens |
|---|---|
| slow | the answer waits `seconds` |
| refuse | a SOAP Fault with `code` and HTTP `status`; nothing is taken |
| reject | a receipt that says `rejected`; nothing is taken |
| drop | the connection breaks before the message is taken |
| lost | the message is taken, and the connection breaks in the middle of the receipt |
| twice | the receipt comes twice |
| html | a page of HTML with HTTP `status`; nothing is taken |
| other | a receipt of another message |

`matching` is a text that stands in the messages that are meant; empty: all.
"""

import threading
from dataclasses import dataclass
from typing import Any

HOWS = frozenset(("slow", "refuse", "reject", "drop", "lost", "twice", "html", "other"))


@dataclass
class Order:
    """One piece of misbehaviour that was asked for."""

    how: str
    times: int = 1
    matching: str = ""
    seconds: float = 1.0
    code: str = "Server.ServerProxy.ServiceFailed.InternalError"
    status: int = 200


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

    def take(self, request: bytes) -> Order | None:
        """What to do wrong with this request, if anything; counts it as done."""
        with self._lock:
            for order in self._orders:
                if order.matching.encode() in request:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None
