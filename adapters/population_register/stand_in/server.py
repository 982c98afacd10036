"""The stand-in's HTTP server: threads, HTTP/1.1 with connections that stay open, misbehaviour by order on /misbehave."""

import json
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from adapters.population_register.stand_in.misbehaviour import Misbehaviour
from adapters.population_register.stand_in.replies import Reply, fault, reply_to
from adapters.population_register.stand_in.world import World

LARGEST_REQUEST = 1 << 20


class Nation:
    """The world, read again when its file has changed: a new day in the population register."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._version, self._world = self._stamp(), World(folder)

    def today(self) -> World:
        """The world as the file has it now."""
        with self._lock:
            stamp = self._stamp()
            if stamp != self._version:
                self._version, self._world = stamp, World(self._folder)
            return self._world

    def _stamp(self) -> tuple[int, int]:
        path = self._folder / "people.jsonl"
        if not path.exists():
            return (0, 0)
        stat = path.stat()
        return (stat.st_mtime_ns, stat.st_size)


class Server(ThreadingHTTPServer):
    """One stand-in: a nation and its misbehaviour."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path) -> None:
        # Listening comes first: who calls while the nation is being read waits instead of being turned away.
        super().__init__(address, Handler)
        self.nation = Nation(folder)
        self.misbehaviour = Misbehaviour()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    # Header and body leave in two writes; without this each answer waits for the other side's delayed acknowledgement.
    disable_nagle_algorithm = True
    server: Server

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST_REQUEST:
            self.close_connection = True
            return self._send(fault("Client.InvalidSoap", "The request is too long."))
        body = self.rfile.read(length)
        if self.path == "/misbehave":
            return self._misbehave(body)
        return self._send(reply_to(body, self.server.nation.today(), self.server.misbehaviour))

    def do_GET(self) -> None:
        if self.path == "/health":
            return self._send(Reply([f"{len(self.server.nation.today())} people\n".encode()], content_type="text/plain; charset=UTF-8"))
        return self._send(fault("Client.InvalidHttpMethod", "Must use POST request method instead of GET."))

    def do_DELETE(self) -> None:
        self.server.misbehaviour.clear()
        self._send(Reply([b"{}"], content_type="application/json"))

    def _misbehave(self, body: bytes) -> None:
        try:
            self.server.misbehaviour.add(json.loads(body))
        except (ValueError, TypeError) as error:
            return self._send(Reply([f"{error}\n".encode()], 400, "text/plain; charset=UTF-8"))
        return self._send(Reply([b"{}"], content_type="application/json"))

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(reply.length))
        self.end_headers()
        if reply.break_after is None:
            for part in reply.parts:
                self.wfile.write(part)
            return
        self.wfile.write(b"".join(reply.parts)[: reply.break_after])
        self.close_connection = True

    def handle(self) -> None:
        """Answers until the other side hangs up, which it may do at any moment."""
        with suppress(ConnectionError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name http.server gives it
        """Nothing: a line for each request says nothing that the caller does not know."""


def serve(port: int, folder: Path, host: str = "127.0.0.1") -> None:
    """Runs the stand-in until it is interrupted."""
    with Server((host, port), folder) as server:
        server.serve_forever(poll_interval=0.1)
