"""A year of calls becomes a workbook by `viis indicators`, beside a bare SELECT with the same GROUP BY and no durations' histogram.

The year before is small and frozen, as it would be. Memory is that of the command's process; the database's is its own.
"""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from adapters.demo.calls import fill
from adapters.embedded import Cluster
from adapters.storage import Storage, bring_up_to_date
from core.indicators.months import begin
from tests.bench import place
from tests.bench.results import Result, result

YEAR = 2025
BARE = """
SELECT service, operation, channel, client, date_trunc('month', started_at, 'Europe/Riga'), outcome, code, count(*), sum(duration_us),
    sum(request_bytes), sum(answer_bytes), sum(persons)
FROM service_call WHERE started_at >= %s AND started_at < %s GROUP BY 1, 2, 3, 4, 5, 6, 7"""
SECONDS, MEMORY_MIB = 120, 500


def run(scale: str) -> list[Result]:
    """200 000 calls or 20 million."""
    calls = 200_000 if scale == "small" else 20_000_000
    out = place.folder() / "indicators.xlsx"
    with place.cluster() as running:
        url = logged(running, calls)
        bare = measure_bare(running.dsn(url.rpartition("/")[2]))
        seconds, memory = measure(url, out)
    size = out.stat().st_size / 2**20
    print(f"  {calls:,} calls: {seconds:.1f} s, {memory:.0f} MiB, a workbook of {size:.1f} MiB; bare SELECT {bare:.1f} s")
    name = f"workbook of {calls:,} calls"
    return [
        result(f"{name}: to {SECONDS} s", seconds, SECONDS, "s", "lower", 1),
        result(f"{name}: to a bare SELECT", seconds, bare, "s", "lower", None),
        result(f"{name}: memory, to {MEMORY_MIB} MiB", memory, MEMORY_MIB, "MiB", "lower", 1),
    ]


def logged(running: Cluster, calls: int) -> str:
    """The address of a register whose log holds the year, filled now or before."""
    name = f"calls_{calls}"
    running.ensure_database(name)
    url = running.url(name)
    bring_up_to_date(Storage(url, url))
    with psycopg.connect(running.dsn(name)) as connection:
        if connection.execute("SELECT FROM call_writer LIMIT 1").rowcount == 0:
            print(f"Filling the log with {calls:,} calls (kept for the next time).", flush=True)
            fill(connection, {YEAR - 1: calls // 10, YEAR: calls}, 1, datetime.now(UTC), lambda _: None)
    with psycopg.connect(running.dsn(name), autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) service_call")
    command(url, "--freeze", str(YEAR - 1))
    return url


def measure_bare(dsn: str) -> float:
    """Seconds of the bare statement, the second time it is asked."""
    with psycopg.connect(dsn) as connection:
        for _ in range(2):
            began = time.monotonic()
            connection.execute(BARE, [begin(YEAR), begin(YEAR + 1)]).fetchall()
            seconds = time.monotonic() - began
    return seconds


def measure(url: str, out: Path) -> tuple[float, float]:
    """Seconds and peak memory in MiB of the command, for a year that was not counted before."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("DELETE FROM indicator_year WHERE revision = 0")
    began = time.monotonic()
    program = subprocess.Popen([sys.executable, "-m", "adapters.cli", "indicators", "--year", str(YEAR), "--out", str(out)], env=env(url))
    _, status, usage = os.wait4(program.pid, 0)
    program.returncode = os.waitstatus_to_exitcode(status)
    assert program.returncode == 0
    return time.monotonic() - began, usage.ru_maxrss / 1024


def command(url: str, *arguments: str) -> None:
    """A command of the program; a year that is frozen already stays so."""
    subprocess.run([sys.executable, "-m", "adapters.cli", "indicators", *arguments], env=env(url), check=False, capture_output=True)


def env(url: str) -> dict[str, str]:
    """The environment of the command."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIIS_")}
    return {**kept, "VIIS_REGISTER_URL": url, "VIIS_DATA": str(place.folder())}
