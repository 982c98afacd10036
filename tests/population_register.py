"""A population register for tests: made-up people in a file, and the stand-in in a process of its own that reads it."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.population_register.client import Patience, PopulationRegister
from adapters.stop import free_port
from adapters.xroad_answer import HashPolicy
from tests.bench.nation import personal_code

US = "LV-DEV/GOV/IZM/viis"
BORN = date(2016, 1, 1), date(2022, 12, 31)
# Long enough for two retries, short enough for a test.
HASTY = Patience(connect=2.0, read=5.0, attempts=3, first_pause=0.01, longest_pause=0.02, jitter=0.01)


def child(born_on: str = "2019-05-14", number: int = 1, **changes: Any) -> dict[str, Any]:
    """A child as `people.jsonl` has it: lives in Riga with one parent, unless said otherwise."""
    day = date.fromisoformat(born_on)
    person: dict[str, Any] = {
        "code": personal_code(day, number),
        "former_codes": [],
        "given_name": "Ance",
        "surname": "Bērziņa",
        "born_on": born_on,
        "died_on": None,
        "status": "resident",
        "restricted": False,
        "residence": {"municipality": "0001000", "address": "Brīvības iela 1 - 2", "from": born_on},
        "guardians": [
            {"kind": "parent", "code": personal_code(date(1990, 3, 2), number), "given_name": "Zane", "surname": "Bērziņa", "from": born_on}
        ],
    }
    return person | changes


def children(count: int, born_on: str = "2019-05-14") -> list[dict[str, Any]]:
    """As many children of one day as asked for."""
    return [child(born_on, number) for number in range(1, count + 1)]


class StandIn:
    """The stand-in's process: what it tells, how it misbehaves."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder

    def tells(self, *people: dict[str, Any]) -> None:
        """From now on these are all people there are."""
        ordered = sorted(people, key=lambda person: (person["born_on"], person["code"]))
        fresh = self._folder / "fresh"
        fresh.write_text("".join(json.dumps(person, ensure_ascii=False) + "\n" for person in ordered), encoding="utf-8")
        fresh.replace(self._folder / "people.jsonl")

    def tells_changes(self, *changes: dict[str, Any]) -> None:
        """The feed of changes from now on."""
        text = "".join(json.dumps(change, ensure_ascii=False) + "\n" for change in changes)
        (self._folder / "changes.jsonl").write_text(text, encoding="utf-8")

    def misbehaves(self, how: str, **wish: Any) -> None:
        """One piece of misbehaviour, done once unless `times` says more."""
        self._call("POST", json.dumps({"how": how, **wish}).encode())

    def behaves(self) -> None:
        """No misbehaviour is left over."""
        self._call("DELETE", None)

    def _call(self, method: str, body: bytes | None) -> None:
        urllib.request.urlopen(urllib.request.Request(f"{self.url}misbehave", body, method=method), timeout=5).read()

    def client(
        self, *, page_size: int = 10, patience: Patience = HASTY, request_hash: HashPolicy = HashPolicy.REQUIRE
    ) -> PopulationRegister:
        """A client of it."""
        return PopulationRegister(self.url, US, page_size=page_size, patience=patience, request_hash=request_hash)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One stand-in for the tests of a module; each tells its own people."""
    folder = tmp_path_factory.mktemp("population-register")
    port = free_port()
    program = f"from pathlib import Path; from adapters.population_register.stand_in import serve; serve({port}, Path({str(folder)!r}))"
    running = subprocess.Popen([sys.executable, "-c", program])
    try:
        yield _answering(f"http://127.0.0.1:{port}/", folder)
    finally:
        running.terminate()
        running.wait(10)


def _answering(url: str, folder: Path) -> StandIn:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"{url}health", timeout=5).read()
            return StandIn(url, folder)
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the stand-in does not answer")


@pytest.fixture
def stand_in(process: StandIn) -> StandIn:
    """The stand-in, well-behaved and empty."""
    process.behaves()
    process.tells()
    return process
