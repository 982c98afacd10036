"""An admission system for tests: the stand-in in a process of its own, what it took, and how it misbehaves; and messages for it."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from adapters.avus.client import Avus
from adapters.avus.delivery import Dispatcher
from adapters.avus.messages import Writer
from adapters.pair_making import make_pair
from adapters.signatures import Signer
from adapters.stop import free_port
from adapters.xroad_answer import HashPolicy
from tests.register import Register

US, AVUS = "LV-DEV/GOV/IZM/viis", "LV-DEV/EDU/LU/avus"
AT = "2026-06-20T09:00:00.000000Z"


class StandIn:
    """The stand-in's process, which can be killed and started again on the same folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.signing = folder / "taken", folder / "signing"
        make_pair(self.signing, "tests", datetime.now(UTC) - timedelta(days=1))
        self.signer = Signer(self.signing)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self) -> None:
        """The process, when it answers."""
        call = f"serve({self.port}, Path({str(self.folder)!r}), Path({str(self.signing)!r}))"
        self.process = subprocess.Popen(
            [sys.executable, "-c", f"from pathlib import Path; from adapters.avus.stand_in import serve; {call}"]
        )
        for _ in range(400):
            try:
                urllib.request.urlopen(f"{self.url}health", timeout=5).read()
                return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the stand-in does not answer")

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def misbehaves(self, how: str, **wish: Any) -> None:
        """One piece of misbehaviour, done once unless `times` says more."""
        self._call("POST", json.dumps({"how": how, **wish}).encode())

    def behaves(self) -> None:
        """No misbehaviour is left over."""
        self._call("DELETE", None)

    def _call(self, method: str, body: bytes | None) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}misbehave", body, method=method), timeout=5).read()

    @property
    def taken(self) -> list[dict[str, Any]]:
        """What it took, in order."""
        path = self.folder / "received.jsonl"
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []

    def client(self, timeout: float = 5.0) -> Avus:
        return Avus(self.url, US, timeout, HashPolicy.REQUIRE)


@contextmanager
def standing_in(folder: Path) -> Iterator[StandIn]:
    """A stand-in until the block ends."""
    running = StandIn(folder)
    try:
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="module")
def avus_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One stand-in for the tests of a module."""
    with standing_in(tmp_path_factory.mktemp("avus")) as running:
        yield running


@pytest.fixture
def avus(avus_process: StandIn) -> StandIn:
    """The stand-in, well-behaved; what it took before stays."""
    avus_process.behaves()
    return avus_process


@pytest.fixture(scope="module")
def writer(avus_process: StandIn) -> Writer:
    return Writer(avus_process.signer)


class Delivering:
    """A dispatcher in this process, and the messages that it delivers."""

    def __init__(self, register: Register, stand_in: StandIn, writer: Writer, **more: Any) -> None:
        self.register, self.stand_in, self.stopped = register, stand_in, Event()
        self.client = stand_in.client(more.pop("timeout", 5.0))
        self.dispatcher = Dispatcher(register.databases.register, writer, self.client, **{"pause": 0.0, "rest": 0.0, **more})

    def step(self) -> int:
        return self.dispatcher.step(self.stopped)

    def run(self) -> None:
        """Until nothing is due any more."""
        while self.step():
            pass

    def states(self) -> list[str]:
        return [state for (state,) in self.register.execute("SELECT state FROM outbox_message ORDER BY id")]


def person_content(surname: str = "Bērziņa", code: str = "04051820219") -> list[Any]:
    """Achievements of a person with one result."""
    result = [1, 1, "2026-CE-MAT-O", "CE", "MAT", "O", "2025/26", "main", "2026-05-20", "4113100001", "Skola", "result", "PCT", "78.5"]
    result += [None, [], None, 15, True, None, AT]
    return [AT, [code, [], [], "Anna", surname, "2008-05-04", [], [result]]]


def write(register: Register, person: int | None, content: Any = None, kind: str = "personAchievements", client: str = AVUS) -> str:
    """A message that waits; returns its message id."""
    insert = """INSERT INTO outbox_message (kind, client, person_id, content)
        VALUES (:kind, :client, :person, CAST(:content AS json)) RETURNING message_id"""
    register.may_receive(client)
    said = json.dumps(person_content() if content is None else content)
    return str(register.execute(insert, kind=kind, client=client, person=person, content=said)[0][0])
