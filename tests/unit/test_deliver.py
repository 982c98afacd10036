"""What must not stop `viis deliver`: a receipt that comes drop by drop, an error that nobody thought of."""

import socket
import threading
import time
from typing import Any

import pytest
from lxml import etree

from adapters.avus.client import Avus
from adapters.avus.publishing import Publisher
from adapters.commands.deliver import _deliver
from adapters.population_register.errors import TooSlow
from adapters.settings import Settings
from adapters.stop import Stop, read_settings

AVUS = "LV-DEV/EDU/LU/avus"


def test_a_receipt_that_comes_drop_by_drop_is_waited_for_no_longer_than_any_other() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server,), daemon=True).start()
        client, started = Avus(f"http://127.0.0.1:{server.getsockname()[1]}/", "LV-DEV/GOV/IZM/viis", timeout=0.3), time.monotonic()
        with pytest.raises(TooSlow):
            client.deliver(AVUS, "m1", etree.fromstring('<m xmlns="urn:m"/>'))
        assert time.monotonic() - started < 1.5
        client.close()


def _drip(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n<\r\n1\r\na\r\n1\r\n>\r\n")
        for _ in range(40):
            try:
                connection.sendall(b"1\r\n \r\n")
            except OSError:
                return
            time.sleep(0.05)


def test_publishing_and_recalls_go_on_after_an_error_that_nobody_thought_of(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stopped, publisher, looks = threading.Event(), Publisher(Any), []  # type: ignore[arg-type]

    def publish(_stopped: threading.Event) -> None:
        raise RuntimeError("04051820219")

    def look(_stopped: threading.Event) -> None:
        looks.append(1)
        if len(looks) == 2:
            stopped.set()

    monkeypatch.setattr("adapters.avus.publishing.TICK", 0.0)
    monkeypatch.setattr(publisher, "publish", publish)
    monkeypatch.setattr(publisher, "look", look)
    publisher.run(stopped)
    said = "".join(capsys.readouterr())
    assert said.count("RuntimeError") == 2
    assert "04051820219" not in said


def test_a_wrong_address_or_client_is_said_before_anything_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(avus_url="http://127.0.0.1:1/", xroad_client="viis")
    with pytest.raises(Stop, match="VIIS_XROAD_CLIENT is not right: An X-Road client is written as"):
        _deliver(settings, "", Any, threading.Event())  # type: ignore[arg-type]
    monkeypatch.setenv("VIIS_AVUS_URL", "avus:80")
    with pytest.raises(Stop, match="VIIS_AVUS_URL is not right"):
        read_settings()
