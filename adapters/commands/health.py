"""viis health: answers /live, /ready and /metrics on a port of its own; `viis serve` runs one beside itself."""

import json
import os
import re
import signal
import socket
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingTCPServer
from threading import Lock, Thread
from typing import Any

from adapters.calls import METRICS_FOLDER
from adapters.children import PARENT, end_with_parent
from adapters.health import Health
from adapters.stop import Stop, read_settings
from adapters.storage import storage

JSON, TEXT = "application/json; charset=utf-8", "text/plain; charset=utf-8"
LIVE_FILE = re.compile(r"gauge_live[a-z]*_([0-9]+)\.db")
Answer = tuple[int, str, bytes]


def health() -> None:
    """Answers on VIIS_HEALTH_PORT whether the service lives and is ready, and what is measured, until it is told to end."""
    service = int(os.environ.get(PARENT, "0"))
    end_with_parent()
    settings = read_settings()
    if not settings.health_port:
        raise Stop(
            "VIIS_HEALTH_PORT is 0, so nothing is to be answered. Set it to a port, for example: VIIS_HEALTH_PORT=9080 viis health", 2
        )
    with storage(settings) as place:
        asked = Asked(Health(place), service, os.environ.get(METRICS_FOLDER))
        try:
            server = Server((settings.health_host, settings.health_port), asked)
        except OSError as error:
            raise Stop(f"Port {settings.health_port} cannot be used: {error.strerror}. Set VIIS_HEALTH_PORT to a free one.") from None
        for ending in (signal.SIGTERM, signal.SIGINT):
            # From another thread: it waits until the server has stopped.
            signal.signal(ending, lambda _signal, _frame: Thread(target=server.shutdown).start())
        with server:
            server.serve_forever(0.1)


class Asked:
    """What is answered to whom."""

    def __init__(self, health: Health, service: int, folder: str | None) -> None:
        self._health, self._service, self._folder = health, service, folder
        self._lock = Lock()

    def __call__(self, path: str) -> Answer:
        """The answer for a path."""
        match path.partition("?")[0]:
            case "/live":
                return self._live()
            case "/ready":
                return self._ready()
            case "/metrics":
                return self._metrics()
            case _:
                return 404, TEXT, b"/live, /ready or /metrics.\n"

    def _live(self) -> Answer:
        workers = _workers(self._service)
        if workers == 0:
            return 503, TEXT, b"No worker process of the service lives.\n"
        return 200, TEXT, b"The service lives.\n" if workers is None else f"The service lives, with {workers} worker processes.\n".encode()

    def _ready(self) -> Answer:
        found = self._health.look()
        replicas = [{"place": name, "seconds_behind": lag} for name, lag in found.replicas.items()]
        said = {"ready": not found.why, "why": found.why, "warnings": found.warnings, "register": found.register, "replicas": replicas}
        return 503 if found.why else 200, JSON, json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n"

    def _metrics(self) -> Answer:
        from prometheus_client import CONTENT_TYPE_LATEST

        from adapters.exposition import exposed

        found = self._health.look()
        with self._lock:
            if self._folder is not None:
                forget_the_dead(Path(self._folder))
            return 200, CONTENT_TYPE_LATEST, exposed(self._folder, found)


def forget_the_dead(folder: Path) -> None:
    """Takes away what processes that are no more said of themselves, however they ended; what they have counted stays."""
    for path in folder.glob("gauge_live*.db"):
        found = LIVE_FILE.fullmatch(path.name)
        if found is not None and not Path(f"/proc/{found[1]}").exists() and Path("/proc/self").exists():
            path.unlink(missing_ok=True)


def _workers(service: int) -> int | None:
    """How many worker processes the service has; None where that cannot be seen."""
    try:
        command = Path(f"/proc/{service}/cmdline").read_bytes()
        children = Path(f"/proc/{service}/task/{service}/children").read_text().split()
    except OSError:
        return None
    if b"serve" not in command.split(b"\0"):  # Named anew, where setproctitle is installed: forks are not told from others.
        return None
    # Workers are forks of it; other programs beside it are not.
    number = 0
    for child in children:
        with suppress(OSError):
            number += Path(f"/proc/{child}/cmdline").read_bytes() == command
    return number


class Server(ThreadingTCPServer):
    """The port of its own; not the standard library's HTTPServer, which asks for the machine's name, and that may take long."""

    daemon_threads = allow_reuse_address = True

    def __init__(self, address: tuple[str, int], asked: Asked) -> None:
        self.asked = asked
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that goes away is nothing to tell of."""


class Handler(BaseHTTPRequestHandler):
    """One question."""

    server: Server
    timeout = 5
    server_version, sys_version = "viis", ""

    def do_GET(self) -> None:
        """Answers."""
        status, kind, body = self.server.asked(self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 - the standard library's name

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Nothing: an address may hold anything."""
