"""Two senders' systems: processes of their own that send ready-made messages one after another and wait for each answer."""

import multiprocessing
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from tests.bench.load import answer

SENDERS = 2


class Senders:
    """What the bench holds of them."""

    def __init__(self, pipes: Sequence[Connection]) -> None:
        self._pipes = pipes

    def send(self, requests: Sequence[bytes]) -> tuple[float, list[bytes]]:
        """The seconds from the first byte sent to the last answer read, and the answers; the messages are shared out beforehand."""
        for number, pipe in enumerate(self._pipes):
            pipe.send(list(requests[number :: len(self._pipes)]))
        for pipe in self._pipes:
            pipe.recv()  # it has its messages
        begun = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(None)
        ended = [pipe.recv() for pipe in self._pipes]
        seconds = time.perf_counter() - begun
        for end in ended:
            if isinstance(end, Exception):
                raise end
        return seconds, [one for pipe in self._pipes for one in pipe.recv()]


@contextmanager
def senders(port: int) -> Iterator[Senders]:
    """They keep their connections open until the block ends."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(SENDERS)]
    processes = [context.Process(target=_send, args=(there, port), daemon=True) for _, there in pairs]
    for process in processes:
        process.start()
    for _, there in pairs:
        there.close()
    try:
        yield Senders([here for here, _ in pairs])
    finally:
        for here, _ in pairs:
            here.close()
        for process in processes:
            process.join(10)


def _send(pipe: Connection, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                requests = pipe.recv()
            except EOFError:
                return
            pipe.send("ready")
            pipe.recv()
            answers = []
            try:
                for request in requests:
                    line.sendall(request)
                    answers.append(answer(line))
            except Exception as error:
                pipe.send(RuntimeError(f"{type(error).__name__}: {error}"))
                return
            pipe.send("done")
            pipe.send(answers)
