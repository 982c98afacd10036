"""Requests at a steady rate, whatever the answers take: each has an instant at which it is due, and its time begins then."""

import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from tests.bench.load import _read

CONNECTIONS = 16


class Paced(NamedTuple):
    """How many were sent and failed, and the median and the 99th percentile of the time until an answer."""

    sent: int
    failed: int
    median: float
    p99: float


def pace(port: int, requests: Sequence[bytes], rate: float, seconds: float) -> Paced:
    """Sends the requests in turn at so many a second, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_pace, args=(there, port, list(requests), rate, seconds))
    process.start()
    there.close()
    paced: Paced = here.recv()
    process.join()
    return paced


def _pace(pipe: object, port: int, requests: Sequence[bytes], rate: float, seconds: float) -> None:
    total = int(rate * seconds)
    times: list[float] = []
    failed: list[int] = []
    lock, following = threading.Lock(), iter(range(total))
    begin = time.perf_counter() + 0.5

    def one() -> None:
        connection = None
        while True:
            with lock:
                number = next(following, None)
            if number is None:
                break
            due = begin + number / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            try:
                if connection is None:
                    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.sendall(requests[number % len(requests)])
                _read(connection)
                times.append(time.perf_counter() - due)
            except (OSError, RuntimeError, ValueError):
                failed.append(number)
                connection = None
        if connection is not None:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    times.sort()
    done = Paced(total, len(failed), statistics.median(times or [0.0]), times[int(len(times) * 0.99)] if times else 0.0)
    pipe.send(done)  # type: ignore[attr-defined]
