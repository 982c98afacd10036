"""getPersonEducation and a page of 1 000 affiliations over HTTP, SQL and disclosure included: the floor, ours, stock spyne, in turns."""

import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from adapters.stop import free_port
from adapters.web.example import envelope
from tests.bench import place
from tests.bench.load import Load, drive, post
from tests.bench.results import Result, judged, result

ADDRESS = "/soap/education-process"
PERSONS, CONNECTIONS, ROUNDS = 2000, 4, 5


class Server(NamedTuple):
    """A server that runs: its port, and the process that its workers come from."""

    port: int
    pid: int

    def memory(self) -> float:
        """What its workers hold, in MiB."""
        command = Path(f"/proc/{self.pid}/cmdline").read_bytes()
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        # Workers are forks; other programs that it looks after are not.
        workers = [child for child in children if Path(f"/proc/{child}/cmdline").read_bytes() == command]
        return sum(int(Path(f"/proc/{worker}/statm").read_text().split()[1]) for worker in workers) * os.sysconf("SC_PAGE_SIZE") / 2**20


class Case(NamedTuple):
    """One message to measure: requests for the service and the floor, and for stock spyne, with targets of the ratios."""

    name: str
    requests: list[bytes]
    of_stock: list[bytes]
    to_floor: float
    to_stock: float


def run(scale: str, seconds: float) -> list[Result]:
    """Both messages, at 4 000 people and, at the scale of the nation, at 400 000 too."""
    results: list[Result] = []
    with place.cluster() as running:
        medians: dict[tuple[str, int], float] = {}
        # The same number of lines on the page at both sizes, so that only the size of the register differs.
        sizes = (place.SMALL, place.NATION) if scale == "nation" else (place.SMALL,)
        for people in sizes:
            url = place.nation(running, people)
            place.settle(url)
            for case, loads in _measured(url, seconds):
                medians[case.name, people] = statistics.median(load.per_second for load in loads["ours"])
                label = f"{case.name}, HTTP, {people:,} people"
                results.append(_beside(f"{label}: to the floor", loads["ours"], loads["floor"], case.to_floor))
                results.append(_beside(f"{label}: to stock spyne", loads["ours"], loads["stock"], case.to_stock))
        if scale == "nation":
            for name in {name for name, _ in medians}:
                small, nation = 1000 / medians[name, place.SMALL], 1000 / medians[name, place.NATION]
                results.append(result(f"{name}, HTTP: 400,000 people to 4,000", nation, small, "ms", "lower", 1.25))
    return results


def _measured(url: str, seconds: float) -> Iterator[tuple[Case, dict[str, list[Load]]]]:
    municipality, cases = _cases(url)
    with ExitStack() as stack:
        ports = {kind: stack.enter_context(serving(kind, url, municipality)).port for kind in ("floor", "ours", "stock")}
        for case in cases:
            loads: dict[str, list[Load]] = {kind: [] for kind in ports}
            for number in range(ROUNDS + 1):
                for kind, port in ports.items():
                    requests = case.of_stock if kind == "stock" else case.requests
                    load = drive(port, requests, seconds if number else seconds / 2, CONNECTIONS)
                    if number:  # the first round warms connections, statements and memory
                        loads[kind].append(load)
            for kind, several in loads.items():
                middle = sorted(several, key=lambda load: load.per_second)[len(several) // 2]
                print(
                    f"  {case.name}, {kind}: {middle.per_second:,.0f} a second, median {middle.median * 1000:.2f} ms,"
                    f" p99 {middle.p99 * 1000:.2f} ms, {middle.bytes / 1024:.1f} KiB",
                    flush=True,
                )
            yield case, loads


def _beside(name: str, ours: list[Load], other: list[Load], target: float) -> Result:
    """The ratio is the median over the rounds, so that what else the machine did in a round meets both."""
    ratio = statistics.median(one.per_second / two.per_second for one, two in zip(ours, other, strict=True))
    middle, beside = (statistics.median(load.per_second for load in loads) for loads in (ours, other))
    return judged(name, middle, beside, ratio, "a second", "higher", target)


def _cases(url: str) -> tuple[str, list[Case]]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        codes = [row[0] for row in connection.execute(
            "SELECT i.value FROM identity i JOIN affiliation a ON a.identity_id = i.id WHERE i.scheme = 'personal_code' AND i.current"
            " GROUP BY i.id HAVING count(*) >= 3 ORDER BY md5(i.value) LIMIT %s", [PERSONS])]  # fmt: skip
        municipality = connection.execute(
            "SELECT ip.municipality FROM institution_profile ip JOIN affiliation a ON a.institution = ip.institution"
            " WHERE upper_inf(a.recorded) AND a.valid @> current_date GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
        ).fetchone()
    assert municipality is not None
    page = f"<e:municipality>{municipality[0]}</e:municipality><e:pageSize>1000</e:pageSize>"
    persons = [f"<e:personalCode>{code}</e:personalCode>" for code in codes]
    return municipality[0], [
        Case("getPersonEducation", _ours("getPersonEducation", persons), _stock("getPersonEducation", persons), 0.75, 4),
        Case(
            "page of 1 000", _ours("listAffiliations", [page]), _stock("listAffiliations", ["<e:institution>1</e:institution>"]), 0.85, 12
        ),
    ]


def _ours(operation: str, contents: list[str]) -> list[bytes]:
    return [post(ADDRESS, envelope("education-process", operation, content).encode()) for content in contents]


def _stock(operation: str, contents: list[str]) -> list[bytes]:
    """The same without the X-Road header, which stock spyne cannot give back."""
    return [
        post(
            ADDRESS,
            f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:e="http://viis.gov.lv/xroad/education-process/v1">'
            f"<s:Body><e:{operation}>{content}</e:{operation}></s:Body></s:Envelope>".encode(),
        )
        for content in contents
    ]


@contextmanager
def serving(kind: str, url: str, municipality: str = "", **settings: str) -> Iterator[Server]:
    """One of the servers, in processes of its own, answering."""
    port = free_port()
    command = ["adapters.cli", "serve"] if kind == "ours" else ["tests.bench.server", kind, str(port), url, municipality]
    environment = {**os.environ, "VIIS_PORT": str(port), "VIIS_REGISTER_URL": url, "VIIS_DATA": str(place.folder()), "VIIS_JOBS": "false"}
    environment |= {"VIIS_DELIVER": "0", "VIIS_DEMO": "true", "VIIS_HEALTH_PORT": "0", **settings}
    process = subprocess.Popen([sys.executable, "-m", *command], env=environment)
    try:
        _wait(port, process)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{ADDRESS}?wsdl", timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("a server did not start")
