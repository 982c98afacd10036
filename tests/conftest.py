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

# Whole servers and programs, started, killed and replicated: what they find differs with PostgreSQL and the system, not with Python.
ONCE = (
    *("test_replication", "test_replication_command", "test_replication_faults", "test_replication_migrations", "test_replication_reading"),
    *(
        "test_reading_from_a_replica",
        "test_feeds",
        "test_feed_attack",
        "test_feed_faults",
        "test_feed_race",
        "test_feed_steps",
        "test_embedded_crashes",
        "test_embedded_root",
        "test_child_import_kill",
    ),
    *("test_sequencer", "test_child_import_command", "test_case_deadlines_command", "test_demo_command", "test_refresh_command"),
    *("test_outbox_commands", "test_elmo_command", "test_access_command", "test_listening", "test_disclosures_command"),
    *("test_calls_process", "test_health", "test_privacy"),
    *(
        "test_person_changes_kill",
        "test_jobs_process",
        "test_avus_kill",
        "test_run",
        "test_upgrade",
        "test_feed_command",
        "test_person_changes_command",
    ),
    # Rules that are kept in SQL, and what is written down by them: each has a file beside it that runs everywhere.
    *("test_identities", "test_identities_at_once", "test_identities_random", "test_history", "test_learners", "test_changes"),
    *("test_submissions_posts_documents", "test_submissions_licences", "test_submissions_reports", "test_submissions_at_once"),
    *("test_submit_institutions", "test_child_import_codes", "test_child_import_references", "test_reconciliation"),
    *("test_person_changes", "test_cases_worked", "test_cases_handed_over", "test_case_rules_told", "test_refresh", "test_jobs"),
    *("test_demo_data", "test_demo_cases", "test_licensing", "test_lapses", "test_load_decisions", "test_decisions_judged"),
    *("test_accreditation_horizon", "test_recognition_lists", "test_recognition_status", "test_recognition_agrees"),
    *("test_education_recognised", "test_proceedings_random", "test_examinations", "test_outbox", "test_confirming", "test_feed_random"),
    *("test_disclosure_chain", "test_indicators", "test_indicator_workbook", "test_demo_calls", "test_model", "test_reader_role"),
    *("test_embedded", "test_embedded_refusals", "test_institution_import", "test_institutions", "test_changes_told", "test_avus_delivery"),
    *("test_submissions_trials", "test_submissions_affiliations", "test_child_import", "test_population_register_changes"),
    *(
        "test_accreditation_proceedings",
        "test_decisions",
        "test_zeep_cases",
        "test_zeep_licences",
        "test_zeep_submissions",
        "test_zeep_campaign",
    ),
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
        if item.path.stem in ONCE:
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
