"""The service as others meet it: `viis serve` in a process of its own, spoken to over HTTP."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from adapters.stop import free_port
from adapters.web.example import envelope
from tests.register import Register

READY_WITHIN = 30.0
TEXT_XML = "text/xml; charset=utf-8"
Connect = Callable[..., http.client.HTTPConnection]


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)

    def text(self, name: str) -> str | None:
        """The text of the first element of this name, whatever its namespace."""
        found = self.root.find(f".//{{*}}{name}")
        return None if found is None else found.text


@dataclass
class Served:
    """A running service; `register` builds what it reads."""

    port: int
    public_url: str
    register: Register
    log: Path
    path: str = "/soap/education-process"
    pid: int = 0
    connect: Connect = http.client.HTTPConnection

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        connection = self.connect("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, body: str | bytes, path: str | None = None, **headers: str) -> Reply:
        content = body.encode() if isinstance(body, str) else body
        return self.request("POST", path or self.path, content, **{"Content_Type": TEXT_XML, **headers})

    def call(self, operation: str, content: str = "") -> Reply:
        """An operation of education-process; `content` is XML with the prefix `e`."""
        return self.post(envelope("education-process", operation, content))

    def chunked(self, body: str | bytes, size: int = 100) -> Reply:
        """A message as a security server sends it: in chunks, its length unknown, SOAPAction empty."""
        content = body.encode() if isinstance(body, str) else body
        head = f"POST {self.path} HTTP/1.1\r\nHost: viis\r\nContent-Type: {TEXT_XML}\r\nSOAPAction:\r\nTransfer-Encoding: chunked\r\n\r\n"
        parts = [content[start : start + size] for start in range(0, len(content), size)]
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in [*parts, b""])
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as line:
            line.sendall(head.encode() + chunks)
            answer = http.client.HTTPResponse(line)
            answer.begin()
            reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
            answer.close()
        return reply


@contextmanager
def serving(
    register: Register,
    url: str,
    folder: Path,
    public_url: str = "",
    workers: int = 1,
    jobs: bool = False,
    settings: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    connect: Connect = http.client.HTTPConnection,
) -> Iterator[Served]:
    """`viis serve` on a free port and on this database, until the block ends; without jobs, which would refresh what a test builds.

    It publishes and delivers nothing, unless `settings` say so.
    """
    port = free_port()
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "service.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    environment |= {"VIIS_PORT": str(port), "VIIS_REGISTER_URL": url, "VIIS_DATA": str(folder), "VIIS_WORKERS": str(workers)}
    environment |= {"VIIS_DEMO": "true", "VIIS_PUBLIC_URL": public_url, "VIIS_JOBS": str(jobs), "VIIS_DELIVER": "0"}
    environment |= {"VIIS_HEALTH_PORT": "0", **(settings or {})}
    with log.open("wb") as output:
        service = subprocess.Popen([sys.executable, "-m", "adapters.cli", "serve", *options], env=environment, stdout=output, stderr=output)
        try:
            _wait_until_ready(service, port, log, connect)
            yield Served(port, public_url or f"http://127.0.0.1:{port}", register, log, pid=service.pid, connect=connect)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(30)


def _wait_until_ready(service: "subprocess.Popen[bytes]", port: int, log: Path, connect: Connect) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        assert service.poll() is None, log.read_text()
        try:
            # A listening socket is not a service yet: only an answer counts.
            connection = connect("127.0.0.1", port, timeout=READY_WITHIN)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"not ready within {READY_WITHIN:.0f} s: {log.read_text()}")
