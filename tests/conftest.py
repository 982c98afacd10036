"""Real PostgreSQL for every test that asks: one server a test process, one database a test."""

import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from adapters.embedded import Cluster, start
from core import codes
from core.database import Databases, migrate
from tests.municipal import feed, municipal  # noqa: F401 - fixtures
from tests.register import Register
from tests.replicated import pair, replica_server, second_replica_server, shared, threesome, unprepared  # noqa: F401 - fixtures
from tests.serving import Served, serving

# What a crash of the machine would cost is nothing that a test looks at.
QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}

# What is about Python itself (types, text, XML, threads, whole requests) runs on each version: the unit tests, and these. What PostgreSQL,
# the system and the contracts decide is the same on all of them, and runs on the first.
EVERYWHERE = (
    *("test_samples", "test_zeep", "test_operations", "test_access", "test_education", "test_submissions", "test_case_operations"),
    *("test_accreditation_operations", "test_achievements", "test_two_clients", "test_tracker", "test_calls", "test_population_register"),
)

# Databases of tests that have ended. Each is dropped before the next one is made: at once, its connections would still be ending, and the
# server waits a tenth of a second for that.
left_behind: list[str] = []

HOLDER = """
import sys, pathlib
from adapters.embedded import start
cluster = start(pathlib.Path(sys.argv[1]), settings={"fsync": "off", "shared_buffers": "16MB"})
print(cluster.pid, cluster.port, cluster.owned, flush=True)
sys.stdin.read()
cluster.stop()
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name != "unit" and item.path.stem not in EVERYWHERE:
            item.add_marker(pytest.mark.once)


def in_memory() -> Path | None:
    """The system's folder in memory when it has room and lets programs run there: several times faster than a disk."""
    folder = Path("/dev/shm")
    if not os.access(folder, os.W_OK | os.X_OK):
        return None
    found = os.statvfs(folder)
    roomy = found.f_bavail * found.f_frsize > 4 * 2**30
    return folder if roomy and not found.f_flag & os.ST_NOEXEC else None


@pytest.fixture(scope="session")
def reachable() -> Iterator[Path]:
    """A folder for this run that the database's user can enter too; pytest's own is closed to it."""
    folder = Path(tempfile.mkdtemp(prefix="viis-test-", dir=in_memory()))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(reachable: Path) -> Iterator[Cluster]:
    """The server of this test process: each xdist worker has its own, so none ends under another."""
    running = start(reachable / "shared", settings=QUICK)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> str:
    """A database migrated once, of which every test gets a copy."""
    cluster.ensure_database("template")
    migrate(cluster.url("template"))
    both = Databases(cluster.url("template"))
    with both.register.begin() as session:
        codes.load(session)
    both.close()
    return "template"


@pytest.fixture
def database_url(cluster: Cluster, template: str, numbers: Iterator[int]) -> Iterator[str]:
    """The address of a migrated, empty database that this test alone has."""
    with _copy(cluster, template, numbers) as url:
        yield url


@contextmanager
def _copy(cluster: Cluster, template: str, numbers: Iterator[int]) -> Iterator[str]:
    name = f"test_{next(numbers)}"
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as admin:
        while left_behind:
            admin.execute(f"DROP DATABASE {left_behind.pop()} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield cluster.url(name)
    left_behind.append(name)


@pytest.fixture(scope="session")
def numbers() -> Iterator[int]:
    """Numbers for names that must differ within this test process."""
    return itertools.count(1)


@pytest.fixture
def databases(database_url: str) -> Iterator[Databases]:
    """Register and replica of this test, on one database."""
    both = Databases(database_url, database_url)
    yield both
    both.close()


@pytest.fixture
def register(databases: Databases) -> Register:
    """Builds what this test needs."""
    return Register(databases)


@pytest.fixture(scope="module")
def served(cluster: Cluster, template: str, numbers: Iterator[int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The service over HTTP, on a database that the tests of one file share; each builds what it asks for."""
    with _copy(cluster, template, numbers) as url:
        both = Databases(url, url)
        register = Register(both)
        register.grant(rights=["restricted", "health"])
        register.grant(operation="non-studying-children.**", rights=["restricted", "small_numbers"])
        register.grant(operation="accreditation.**", rights=["authority", "ministry"])
        register.grant(operation="examinations.**", rights=["embargo"])
        register.grant(operation="achievements.**", rights=["health"])
        register.grant(operation="disclosures.**", rights=["restricted"])
        register.grant(operation="indicators.*")
        with serving(register, url, tmp_path_factory.mktemp("served"), public_url="https://viis.example/xroad") as running:
            yield running
        both.close()


@pytest.fixture(scope="session")
def stopped(reachable: Path) -> Path:
    """A complete data folder whose server does not run, to be copied."""
    folder = reachable / "stopped"
    start(folder, settings=QUICK).stop()
    return folder


@pytest.fixture
def empty_folder(reachable: Path, numbers: Iterator[int]) -> Iterator[Path]:
    """The place of a data folder that is not there yet."""
    folder = reachable / f"folder-{next(numbers)}"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def folder(stopped: Path, empty_folder: Path) -> Path:
    """A data folder of this test alone, with a cluster that was stopped."""
    subprocess.run(["cp", "-a", stopped, empty_folder], check=True)
    (empty_folder / "port").unlink()
    return empty_folder


@pytest.fixture
def program() -> Iterator[Callable[[Path], "subprocess.Popen[str]"]]:
    """Run other programs that hold the server of a folder until their input ends."""
    programs: list[subprocess.Popen[str]] = []

    def run(folder: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", HOLDER, str(folder)]
        programs.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return programs[-1]

    yield run
    for other in programs:
        other.communicate()
