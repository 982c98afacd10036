"""The operational log and the port for monitoring on a whole service: its register stopped, its workers killed."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import psutil
import pytest

from adapters.embedded import Cluster, start
from adapters.stop import free_port
from adapters.web.example import envelope
from core.calls import hour_of
from tests.calls import incomplete
from tests.conftest import QUICK
from tests.contract.asking import PERSONAL_CODE
from tests.register import Register
from tests.replicated import Pair, kill, pair_of, until
from tests.serving import Served, serving

WRITERS = "SELECT count(DISTINCT writer) FROM call_hour WHERE written > 0"
CALLS = "SELECT count(*) FROM service_call WHERE operation = 'listCodes' AND outcome = 'answered'"
TOLD = re.compile(
    r'viis_calls_total\{channel="soap",code="",operation="listCodes",outcome="answered",service="education-process"\} ([0-9.]+)'
)


def told(port: int, path: str) -> tuple[int, str]:
    """What the port for monitoring answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def is_up(port: int) -> bool:
    try:
        return told(port, "/live")[0] == 200
    except OSError:
        return False


def workers(served: Served) -> list[psutil.Process]:
    """Forks of the service; other programs beside it are none."""
    service, found = psutil.Process(served.pid), []
    for child in service.children():
        with suppress(psutil.Error):
            if child.cmdline() == service.cmdline():
                found.append(child)
    return found


def ask_until_written(served: Served, register: Register, writers: int) -> int:
    """Calls at the same time, until so many workers have written some; returns how many calls."""
    asked = 0
    with ThreadPoolExecutor(8) as pool:

        def have_all() -> bool:
            nonlocal asked
            asked += len(list(pool.map(lambda _: served.call("listCodes", "<e:list>class_levels</e:list>"), range(16))))
            return bool(register.execute(WRITERS) == [(writers,)])

        until(have_all)
    return asked


def counted(port: int) -> float:
    found = TOLD.search(told(port, "/metrics")[1])
    return float(found[1]) if found else 0


def test_metrics_are_those_of_all_workers_and_one_that_is_killed_leaves_an_hour_that_is_not_whole(
    register: Register, database_url: str, tmp_path: Path
) -> None:
    register.grant()
    port = free_port()
    with serving(register, database_url, tmp_path, workers=2, settings={"VIIS_HEALTH_PORT": str(port)}) as served:
        asked = ask_until_written(served, register, writers=2)
        until(lambda: is_up(port))
        assert "2 worker processes" in told(port, "/live")[1]
        until(lambda: counted(port) == register.execute(CALLS)[0][0] == asked)
        gauges = {path.name for path in tmp_path.glob("metrics/*/gauge_live*.db")}
        killed, ended = workers(served)
        kill(killed.pid)
        until(lambda: len(workers(served)) == 2)
        asked += ask_until_written(served, register, writers=3)
        ended.terminate()
        until(lambda: ended not in workers(served) and len(workers(served)) == 2)
        until(lambda: counted(port) == register.execute(CALLS)[0][0] == asked)
        of_killed = {name for name in gauges if str(killed.pid) in name}
        assert of_killed
        assert not of_killed & {path.name for path in tmp_path.glob("metrics/*/gauge_live*.db")}
        assert told(port, "/soap")[0] == 404
    assert not list(tmp_path.glob("metrics/*/*"))
    assert register.execute("SELECT count(*) FILTER (WHERE ended_at IS NULL), count(*) FROM call_writer") == [(1, 4)]
    register.execute("UPDATE call_writer SET started_at = started_at - interval '3 hours', seen_at = seen_at - interval '3 hours'")
    [(seen,)] = register.execute("SELECT date_trunc('hour', seen_at) FROM call_writer WHERE ended_at IS NULL")
    assert (seen, "silent") in incomplete(register, hour_of(datetime.now(UTC)) + timedelta(hours=1))


@pytest.fixture
def own_server(folder: Path) -> Iterator[list[Cluster]]:
    """The register's server of this test alone, in a list, because it is another one after it was stopped."""
    running = [start(folder, settings=QUICK)]
    yield running
    running[0].stop()


def test_while_the_register_is_stopped_public_answers_go_on_it_is_not_ready_and_calls_are_written_afterwards(
    own_server: list[Cluster], folder: Path, replica_server: Cluster, numbers: Iterator[int], tmp_path: Path
) -> None:
    own_server[0].ensure_database("register")
    url = own_server[0].url("register")
    with pair_of(url, [replica_server], f"away_{next(numbers)}") as pair:
        pair.set_up()
        try:
            _stopped_and_started(pair, own_server, folder, tmp_path)
        finally:
            # The replica lets go of its register, which must be there for that.
            if not own_server[0].owned:
                own_server[0] = start(folder, settings=QUICK)


def _stopped_and_started(pair: Pair, own_server: list[Cluster], folder: Path, tmp_path: Path) -> None:
    register, port = pair.register, free_port()
    register.grant()
    register.person(PERSONAL_CODE)
    settings = {"VIIS_HEALTH_PORT": str(port), "VIIS_REPLICA_URL": pair.who.replicas[0]}
    with serving(register, own_server[0].url("register"), tmp_path, workers=2, settings=settings) as served:
        ask_until_written(served, register, writers=2)
        until(lambda: is_up(port) and told(port, "/ready")[0] == 200)
        ready = json.loads(told(port, "/ready")[1])
        assert ready["why"] == []
        assert ready["replicas"][0]["seconds_behind"] < 60
        [(before,)] = register.execute(CALLS)
        own_server[0].stop()
        for _ in range(5):
            assert served.call("listCodes", "<e:list>class_levels</e:list>").status == 200
        person = envelope("education-process", "getPersonEducation", f"<e:personalCode>{PERSONAL_CODE}</e:personalCode>")
        assert served.post(person).text("code") == "U-0101"
        began = monotonic()
        status, said = told(port, "/ready")
        assert monotonic() - began < 4  # promised: 2 seconds; this machine may be busy
        assert status == 503
        assert json.loads(said)["why"] == ["The register does not answer; only answers without people are given."]
        assert told(port, "/live")[0] == 200
        assert "viis_register_up 0.0" in told(port, "/metrics")[1]
        own_server[0] = start(folder, settings=QUICK)
        until(lambda: bool(register.execute("SELECT FROM service_call WHERE code = 'U-0101'")))
        until(lambda: register.execute(CALLS)[0][0] >= before + 5)
        until(lambda: told(port, "/ready")[0] == 200)
    assert register.execute("SELECT sum(written) - (SELECT count(*) FROM service_call), sum(lost) FROM call_hour") == [(0, 0)]
