"""Messages signed and delivered by `viis deliver`, beside a bare loop with as many processes: sign, post to the same stand-in, mark a row.

The bare loop has its messages written as XML beforehand and in hand; it knows no order, no claim, no schema, and believes every answer.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from adapters.embedded import Cluster
from adapters.pair_making import make_pair
from adapters.stop import free_port
from tests.bench import place
from tests.bench.results import Result, result

PROCESSES = 2
CLIENT = "LV-DEV/EDU/LU/avus"
AT = "2026-06-20T09:00:00.000000Z"
INSERT = """
INSERT INTO outbox_message (kind, client, campaign, person_id, content)
SELECT 'personAchievements', %(client)s, '2026', n, %(content)s::json FROM generate_series(1, %(messages)s) n"""


def run(scale: str) -> list[Result]:
    """400 messages or 20 000."""
    messages = 400 if scale == "small" else 20_000
    with place.cluster() as running:
        floor = measure(running, messages, "bare")
        ours = measure(running, messages, "ours")
    print(f"  {messages / ours:,.0f} messages a second, the bare loop {messages / floor:,.0f}")
    name = f"{messages:,} messages signed and delivered by {PROCESSES} processes: to a bare loop"
    return [result(name, messages / ours, messages / floor, "a second", "higher", 0.7)]


def measure(running: Cluster, messages: int, which: str) -> float:
    """Seconds until all are delivered, from a register and a receiver that were empty."""
    url = place.empty(running, "outbox")
    folder = place.folder() / "outbox" / f"{which}-{time.time_ns()}"
    make_pair(folder / "signing", "bench", datetime.now(UTC) - timedelta(days=1))
    with _stand_in(folder) as address, psycopg.connect(running.dsn("outbox"), autocommit=True) as connection:
        connection.execute(GRANT, {"client": CLIENT})
        if which == "ours":
            seconds = _ours(connection, url, address, folder, messages)
        else:
            _write(connection, messages)
            seconds = _bare(running.dsn("outbox"), address, folder)
        [(done,)] = connection.execute("SELECT count(*) FROM outbox_message WHERE state = 'done'").fetchall()
        received = json.loads(urllib.request.urlopen(f"{address}health", timeout=5).read())["received"]
    assert done == received == messages, (which, done, received)
    return seconds


def content() -> str:
    """Achievements as they are at the end of secondary school: two documents with marks, six results."""
    marks = [[f"Priekšmets {number}", "10", str(4 + number % 7)] for number in range(15)]
    document = [1, 1, "ATE", "AB", "123456", "2026-06-12", "valid", "4113100001", "Rīgas 1. vidusskola", None, marks, None, None, True]
    scored = [
        1,
        1,
        "2026-CE-MAT-O",
        "CE",
        "MAT",
        "O",
        "2025/26",
        "main",
        "2026-05-20",
        "4113100001",
        "Rīgas 1. vidusskola",
        "result",
        "PCT",
    ]
    scored += ["78.5", None, [["1. daļa", "80"], ["2. daļa", "77"]], None, 15, True, None, AT]
    person = ["04051820219", [], [], "Anna", "Bērziņa", "2008-05-04", [[*document, None, None]] * 2, [scored] * 6]
    return json.dumps([AT, person], ensure_ascii=False)


# Who receives may register applicants.
GRANT = """
WITH made AS (
    INSERT INTO access_grant (client, operation, scope, rights, purpose, legal_basis, valid, allowed)
    VALUES (%(client)s, 'achievements.**', 'everything', '{}', 'measuring', 'MK 276/2019', '[2020-01-01,)', '{}') RETURNING id)
INSERT INTO access_change (grant_id, kind, proposed_by, proposed_login, outcome, decided_at, decided_by, decided_login)
SELECT id, 'grant', 'maker', '', 'confirmed', now(), 'checker', '' FROM made"""


def _write(connection: "psycopg.Connection[tuple[object, ...]]", messages: int) -> None:
    connection.execute(INSERT, {"client": CLIENT, "content": content(), "messages": messages})
    connection.execute("ANALYZE outbox_message")


def _ours(connection: "psycopg.Connection[tuple[object, ...]]", url: str, address: str, folder: Path, messages: int) -> float:
    settings = {"VIIS_REGISTER_URL": url, "VIIS_DATA": str(folder), "VIIS_AVUS_URL": address, "VIIS_SIGNING": str(folder / "signing")}
    with ExitStack() as stack:
        for _ in range(PROCESSES):
            stack.enter_context(_program(["-m", "adapters.cli", "deliver"], settings))
        _until(connection, "SELECT count(*) >= %s FROM pg_stat_activity WHERE query LIKE '%%outbox_message m%%SKIP LOCKED%%'", PROCESSES)
        began = time.monotonic()
        _write(connection, messages)
        _until(connection, "SELECT count(*) = 0 FROM outbox_message WHERE state = 'waiting' AND %s > 0", messages)
        return time.monotonic() - began


def _bare(dsn: str, address: str, folder: Path) -> float:
    programs = []
    for part in range(PROCESSES):
        command = [sys.executable, "-m", "tests.bench.outbox_floor", dsn, address, str(folder / "signing"), str(part), str(PROCESSES)]
        programs.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for program in programs:
        assert program.stdout is not None
        program.stdout.readline()
    began = time.monotonic()
    for program in programs:
        assert program.stdin is not None
        program.stdin.close()
    assert [program.wait() for program in programs] == [0] * PROCESSES
    return time.monotonic() - began


def _until(connection: "psycopg.Connection[tuple[object, ...]]", question: str, value: int) -> None:
    while connection.execute(question, [value]).fetchall() != [(True,)]:
        time.sleep(0.05)


@contextmanager
def _program(command: list[str], settings: dict[str, str]) -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    program = subprocess.Popen([sys.executable, *command], env={**kept, **settings})
    try:
        yield
    finally:
        program.terminate()
        program.wait(30)


@contextmanager
def _stand_in(folder: Path) -> Iterator[str]:
    port = free_port()
    with _program(["-m", "adapters.cli", "avus", "--port", str(port)], {"VIIS_DATA": str(folder), "VIIS_SIGNING": str(folder / "signing")}):
        for _ in range(400):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).read()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/"
