"""The stand-in's HTTP server: threads, HTTP/1.1 with connections that stay open, misbehaviour by order on /misbehave."""

import json
from http.server import ThreadingHTTPServer
from pathlib import Path

from adapters.avus.stand_in.intake import Intake
from adapters.avus.stand_in.misbehaviour import Misbehaviour
from adapters.avus.stand_in.replies import reply_to
from adapters.population_register.stand_in.replies import Reply, fault
from adapters.population_register.stand_in.server import Handler as Connection

LARGEST_REQUEST = 16 << 20


class Server(ThreadingHTTPServer):
    """One stand-in: what it took, and its misbehaviour."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], folder: Path, signing: Path) -> None:
        super().__init__(address, Handler)
        self.intake, self.misbehaviour = Intake(folder, signing), Misbehaviour()


class Handler(Connection):
    """One connection."""

    server: Server  # type: ignore[assignment]

    def do_POST(self) -> None:  # noqa: N802 - the name http.server gives it
        length = int(self.headers.get("Content-Length", "0"))
        if length > LARGEST_REQUEST:
            self.close_connection = True
            return self._send(fault("Client.InvalidSoap", "The request is too long."))
        body = self.rfile.read(length)
        if self.path == "/misbehave":
            return self._misbehave(body)
        return self._send(reply_to(body, self.server.intake, self.server.misbehaviour))

    def do_GET(self) -> None:  # noqa: N802 - the name http.server gives it
        if self.path == "/health":
            said = json.dumps({"received": self.server.intake.count()}).encode()
            return self._send(Reply([said], content_type="application/json"))
        return self._send(fault("Client.InvalidHttpMethod", "Must use POST request method instead of GET."))


def serve(port: int, folder: Path, signing: Path, host: str = "127.0.0.1") -> None:
    """Runs the stand-in until it is interrupted."""
    with Server((host, port), folder, signing) as server:
        server.serve_forever(poll_interval=0.1)
