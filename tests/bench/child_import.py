"""The import of children against a bare floor: the same pages, from the same stand-in, over HTTP.

python -m tests.bench.child_import --children 280000 --register postgresql://…/empty_database
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import requests
from lxml import etree

from adapters.population_register import NAMESPACE, PROVIDER
from adapters.population_register.client import PopulationRegister
from adapters.stop import free_port
from adapters.xroad import Identifier
from adapters.xroad_request import build_request, new_header
from core import codes
from core.child_import import import_children
from core.database import Databases, migrate
from tests.bench import nation

BORN = date(2008, 1, 1), date(2021, 12, 31)
PAGE = 5000
US = "LV-DEV/GOV/IZM/viis"
FLAT = """CREATE TABLE flat_child (code text, former text, given_name text, surname text, born_on text, died_on text, status text,
    restricted text, municipality text, address text, since text, guardians text)"""
_Q = f"{{{NAMESPACE}}}"
COLUMNS = {
    f"{_Q}{name}": place
    for name, place in (
        ("personalCode", 0), ("givenName", 2), ("surname", 3), ("birthDate", 4), ("deathDate", 5), ("status", 6), ("restricted", 7)
    )
}  # fmt: skip
RESIDENCE = {f"{_Q}{name}": place for name, place in (("municipality", 8), ("address", 9), ("from", 10))}


class Measured(NamedTuple):
    """One run: seconds, children, and by how many MiB the process grew."""

    seconds: float
    children: int
    grown_mib: float


@contextmanager
def stand_in(world: Path) -> Iterator[str]:
    """The stand-in for the population register in a process of its own; gives its address when it answers."""
    port = free_port()
    program = f"from pathlib import Path; from adapters.population_register.stand_in import serve; serve({port}, Path({str(world)!r}))"
    process = subprocess.Popen([sys.executable, "-c", program])
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(100):
            try:
                # It listens at once and answers when the nation is read.
                urllib.request.urlopen(f"{url}health", timeout=120).read()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait()


def floor(url: str, register_url: str) -> Measured:
    """The same pages with nothing around them: an envelope by hand, bare iterparse, COPY into one flat table."""
    with psycopg.connect(register_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS flat_child")
        connection.execute(FLAT)
    before = _rss()
    started = time.perf_counter()
    count, cursor = 0, None
    service = Identifier.from_path(PROVIDER).service("listChildren", "v1")
    with requests.Session() as session, psycopg.connect(register_url.replace("+psycopg", "")) as connection:
        while True:
            place = f"<cursor>{cursor}</cursor>" if cursor else ""
            question = f"<bornFrom>{BORN[0]}</bornFrom><bornTo>{BORN[1]}</bornTo>{place}<pageSize>{PAGE}</pageSize>"
            body = f'<listChildren xmlns="{NAMESPACE}">{question}</listChildren>'
            message = build_request(new_header(Identifier.from_path(US), service), body)
            answer = session.post(url, message, headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}).content
            cursor = None
            with connection.cursor().copy("COPY flat_child FROM STDIN") as copy:
                for _, element in etree.iterparse(BytesIO(answer), tag=(f"{_Q}child", f"{_Q}nextCursor")):
                    if element.tag.endswith("nextCursor"):
                        cursor = element.text
                        continue
                    copy.write_row(_flat(element))
                    element.clear()
                    count += 1
            connection.commit()
            if cursor is None:
                break
    return Measured(time.perf_counter() - started, count, _peak() - before)


def _flat(element: Any) -> list[str | None]:
    row: list[str | None] = [None] * 12
    for field in element:
        tag = field.tag
        if tag in COLUMNS:
            row[COLUMNS[tag]] = field.text
        elif tag == f"{_Q}residence":
            for part in field:
                row[RESIDENCE[part.tag]] = part.text
        elif tag == f"{_Q}guardians":
            row[11] = ";".join(" ".join(part.text for part in guardian) for guardian in field)
        else:
            row[1] = " ".join(code.text for code in field)
    return row


def ours(url: str, register_url: str) -> Measured:
    """The import as the command does it."""
    databases = Databases(register_url)
    source = PopulationRegister(url, US, page_size=PAGE)
    before = _rss()
    started = time.perf_counter()
    summary = import_children(databases.register, source, *BORN, datetime.now(UTC))
    measured = Measured(time.perf_counter() - started, summary.received, _peak() - before)
    source.close()
    databases.close()
    return measured


def _rss() -> float:
    """What this process holds now, in MiB; the peak is counted anew from here on."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _peak() -> float:
    """The most that it held since then. What getrusage calls the peak may be that of the program that started this one."""
    return _memory("VmHWM")


def _memory(line: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) / 1024


def apart(what: str, url: str, register_url: str) -> Measured:
    """One measurement in a fresh process."""
    run = [sys.executable, "-m", "tests.bench.child_import", "--only", what, "--url", url, "--register", register_url]
    return Measured(*json.loads(subprocess.run(run, check=True, capture_output=True, text=True).stdout))


def main() -> None:
    """Floor, first import, second import, side by side."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--children", type=int, default=280_000)
    parser.add_argument("--register", required=True, help="address of an empty database")
    parser.add_argument("--url")
    parser.add_argument("--only", choices=("floor", "ours"))
    wish = parser.parse_args()
    if wish.only:
        measured = {"floor": floor, "ours": ours}[wish.only](wish.url, wish.register)
        print(json.dumps(measured))
        return
    migrate(wish.register)
    databases = Databases(wish.register)
    with databases.register.begin() as session:
        codes.load(session)
    databases.close()
    with tempfile.TemporaryDirectory() as folder:
        nation.write(Path(folder), wish.children)
        with stand_in(Path(folder)) as url:
            bare = apart("floor", url, wish.register)
            for name in ("floor", "first import", "second import"):
                measured = bare if name == "floor" else apart("ours", url, wish.register)
                rate = f"{measured.seconds:7.1f} s  {measured.children:7d} children  +{measured.grown_mib:5.1f} MiB"
                print(f"{name:14} {rate}  {measured.seconds / bare.seconds:5.2f} x the floor", flush=True)


if __name__ == "__main__":
    main()
