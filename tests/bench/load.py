"""A client that costs little: keep-alive sockets, ready-made requests, answers read by their length."""

import multiprocessing
import socket
import statistics
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple


class Load(NamedTuple):
    """What came back: answers a second, and the median and the 99th percentile of an answer's time."""

    per_second: float
    median: float
    p99: float
    bytes: int


def post(path: str, body: bytes) -> bytes:
    """A whole HTTP request."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )


def drive(port: int, requests: Sequence[bytes], seconds: float, connections: int) -> Load:
    """Sends the requests in turn over some connections for a while, from a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_drive, args=(there, port, list(requests), seconds, connections))
    process.start()
    there.close()
    load: Load = here.recv()
    process.join()
    if isinstance(load, BaseException):
        raise load
    return load


def _drive(pipe: object, port: int, requests: Sequence[bytes], seconds: float, connections: int) -> None:
    times: list[float] = []
    ends: list[float] = []
    sizes: list[int] = []
    failures: list[BaseException] = []
    begin = time.perf_counter()

    def one(number: int) -> None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                index = number
                while (start := time.perf_counter()) < begin + seconds:
                    connection.sendall(requests[index % len(requests)])
                    sizes.append(_read(connection))
                    times.append(time.perf_counter() - start)
                    ends.append(start + times[-1])
                    index += connections
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        pipe.send(RuntimeError(f"{type(failures[0]).__name__}: {failures[0]}"))  # type: ignore[attr-defined]
        return
    times.sort()
    # An answer that took longer than the measurement counts by the time it took.
    pipe.send(Load(len(times) / (max(ends) - begin), statistics.median(times), times[int(len(times) * 0.99)], max(sizes)))  # type: ignore[attr-defined]


def answer(connection: socket.socket) -> bytes:
    """The body of an answer."""
    length, begun = _head(connection)
    parts = [begun]
    missing = length - len(begun)
    while missing > 0:
        parts.append(_more(connection))
        missing -= len(parts[-1])
    return b"".join(parts)


def _read(connection: socket.socket) -> int:
    length, begun = _head(connection)
    missing = length - len(begun)
    while missing > 0:
        missing -= len(_more(connection))
    return length


def _head(connection: socket.socket) -> tuple[int, bytes]:
    """How long the body is, and what of it came with the head."""
    data = connection.recv(65536)
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += _more(connection)
    head = data[:end].lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(f"an answer that is none: {head[:40]!r}")
    mark = head.index(b"content-length:") + 15
    return int(head[mark : (head + b"\r\n").index(b"\r\n", mark)]), data[end + 4 :]


def _more(connection: socket.socket) -> bytes:
    part = connection.recv(262144)
    if not part:
        raise ConnectionError("the server closed the connection in the middle of an answer")
    return part
