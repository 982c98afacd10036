"""The jobs as programs: beside the service, killed with -9 in the middle, beside a replica."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import psycopg

from adapters import job_queue
from adapters.inquiry import RIGA
from core.cases import latest_register_day
from tests.population_register import StandIn, children, process, stand_in  # noqa: F401 - fixtures
from tests.register import Register
from tests.replicated import Pair, until
from tests.serving import Served, serving
from tests.viis import start_viis

DONE = "SELECT on_day, quarter_on FROM refresh_run"
WAITS = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'exemption'::regclass"
ASKS_FOR_THE_LEAD = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND query LIKE '%try_advisory%viis jobs%'"
)


def today_and_statutory_day() -> list[tuple[object, object]]:
    today = datetime.now(UTC).astimezone(RIGA).date()
    return [(today, latest_register_day(today))]


def beside(served: Served) -> list[psutil.Process]:
    """The jobs that a service runs beside itself."""
    return [child for child in psutil.Process(served.pid).children() if child.cmdline()[-1:] == ["jobs"]]


def test_a_service_has_the_jobs_beside_it_and_they_are_started_again_when_they_end(
    register: Register, database_url: str, tmp_path: Path
) -> None:
    def are_done() -> bool:
        return [tuple(row) for row in register.execute(DONE)] == today_and_statutory_day()

    with serving(register, database_url, tmp_path / "served", jobs=True) as served:
        until(are_done)
        [first] = beside(served)
        register.execute("DELETE FROM refresh_run")
        first.kill()
        until(are_done)
        [another] = beside(served)
        assert another != first


def test_a_service_whose_jobs_run_elsewhere_has_none_beside_it(served: Served) -> None:
    assert served.call("listCodes", "<e:list>class_levels</e:list>").status == 200
    assert beside(served) == []


@contextmanager
def jobs(url: str, folder: Path, population_register: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`viis jobs` until the block ends, killed there if it was not ended in order."""
    program = start_viis("jobs", VIIS_REGISTER_URL=url, VIIS_DATA=str(folder), VIIS_POPULATION_REGISTER_URL=population_register)
    try:
        yield program
    finally:
        program.kill()
        program.wait()


def test_killed_in_the_middle_of_the_list_and_of_the_refresh_each_is_done_once(
    register: Register,
    database_url: str,
    tmp_path: Path,
    stand_in: StandIn,  # noqa: F811
) -> None:
    stand_in.tells(*children(3))
    stand_in.misbehaves("slow", on_page=1, seconds=2)

    def holds(statement: str, count: int = 1) -> Callable[[], bool]:
        return lambda: register.execute(statement) == [(count,)]

    with jobs(database_url, tmp_path, stand_in.url):
        until(holds("SELECT count(*) FROM import_run WHERE state = 'running'"))
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection, jobs(database_url, tmp_path, stand_in.url):
        connection.execute("LOCK TABLE exemption")
        until(holds(WAITS))
    assert register.execute(DONE) == []
    with jobs(database_url, tmp_path, stand_in.url) as program:
        until(holds("SELECT count(*) FROM refresh_run"))
        until(holds("SELECT count(*) FROM jobs.procrastinate_jobs", 0))
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
    assert [tuple(row) for row in register.execute(DONE)] == today_and_statutory_day()
    assert register.execute("SELECT state, received FROM import_run") == [("complete", 3)]
    assert register.execute("SELECT count(*) FROM child_case") == [(3,)]


def test_a_second_program_waits_and_takes_over_when_the_first_one_is_killed(register: Register, database_url: str, tmp_path: Path) -> None:
    with jobs(database_url, tmp_path, "") as first:
        until(lambda: bool(register.execute(DONE)))
        with jobs(database_url, tmp_path, ""):
            register.execute("DELETE FROM refresh_run")
            until(lambda: register.execute(ASKS_FOR_THE_LEAD) == [(1,)])
            assert register.execute("SELECT count(*) FROM jobs.procrastinate_workers") == [(1,)]
            assert register.execute(DONE) == []
            first.kill()
            until(lambda: bool(register.execute(DONE)))
    assert [tuple(row) for row in register.execute(DONE)] == today_and_statutory_day()


def test_the_queue_stays_on_the_register_and_is_in_nobodys_way(pair: Pair) -> None:
    job_queue.prepare(pair.who.register)
    pair.set_up()
    child = pair.register.person("04051820219")
    assert pair.applied()
    assert pair.in_replica("SELECT id FROM person") == [(child,)]
    assert pair.differences() == []
    assert pair.in_replica("SELECT FROM pg_namespace WHERE nspname = 'jobs'") == []
    assert pair.in_register("SELECT FROM pg_publication_tables WHERE schemaname = 'jobs'") == []
    [(may,)] = pair.in_register("SELECT bool_or(has_schema_privilege(oid, 'jobs', 'USAGE')) FROM pg_roles WHERE rolname ~ '^viis_replica'")
    assert may is False
