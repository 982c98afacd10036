"""The journal sealed and verified: rows like those of a day, some about one person, some pages of a thousand, beside bare hashing.

The floor reads the same rows in one piece and hashes them with nothing around it. Then twenty write at once, without a sealer and with one:
how many rows they write, and how long the last of them waited for its place.
"""

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg

from core.database import Databases
from core.disclosure import Disclosure, record
from core.disclosures.sealing import PAUSE, seal
from core.disclosures.verifying import verify
from tests.bench import place
from tests.bench.results import Result, result

SECONDS, SEALED_WITHIN = 10.0, 2.0
WRITERS, WRITING = 20, 5.0
# One row in a hundred is a page of a thousand people.
ROWS = """
INSERT INTO disclosure (message_id, client, user_id, operation, purpose, legal_basis, data_as_of, outcome, persons, row_hash)
SELECT 'message-' || n, 'LV-DEV/GOV/IZM/allservices', 'LV-officer-1', 'education-process.getPersonEducation', 'trying every service',
    'MK 276/2019', now(), 'ok', CASE WHEN n %% 100 = 0 THEN ARRAY(SELECT generate_series(n, n + 999)) ELSE ARRAY[n] END, ''
FROM generate_series(1, %s) n"""
# What a writer says of its row, by the same rule in SQL; a verification makes it anew in Python.
HASHED = """
UPDATE disclosure SET row_hash = sha256(convert_to(concat_ws('|', length(message_id) || ':' || message_id, length(client) || ':' || client,
    length(user_id) || ':' || user_id, '-', '-', length(operation) || ':' || operation, length(purpose) || ':' || purpose,
    length(legal_basis) || ':' || legal_basis,
    '27:' || to_char(data_as_of AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), length(outcome) || ':' || outcome,
    to_char(disclosed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), array_to_string(persons, ',')), 'UTF8'))"""
OLDEST = """
SELECT max(s.place), min(d.disclosed_at) FROM disclosure_seal s JOIN disclosure d ON d.id = s.disclosure_id WHERE s.place > %s"""
READ = "SELECT d::text, s.chain_hash FROM disclosure_seal s JOIN disclosure d ON d.id = s.disclosure_id ORDER BY s.place"


def run(scale: str) -> list[Result]:
    """100 000 rows, or a million; the target is for 100 000."""
    rows = 100_000 if scale == "small" else 1_000_000
    with place.cluster() as running:
        url = place.empty(running, "disclosures")
        with psycopg.connect(running.dsn("disclosures"), autocommit=True) as connection:
            connection.execute("ALTER TABLE disclosure DISABLE TRIGGER USER")
            connection.execute(ROWS, [rows])
            connection.execute(HASHED)
            connection.execute("ALTER TABLE disclosure ENABLE TRIGGER USER")
            connection.execute("VACUUM ANALYZE disclosure")
        databases = Databases(url)
        try:
            began = time.perf_counter()
            sealed = seal(databases.register)
            sealing = time.perf_counter() - began
            began = time.perf_counter()
            with databases.register.begin() as session:
                found = verify(session)
            verifying = time.perf_counter() - began
        finally:
            databases.close()
        floor = _floor(running.dsn("disclosures"))
        alone, beside, waited = _together(place.empty(running, "disclosures_written"))
    assert sealed == rows
    assert found.wrong is None, found
    print(f"  {rows:,} rows sealed in {sealing:.1f} s, verified in {verifying:.1f} s; read and hashed bare in {floor:.1f} s")
    print(f"  {WRITERS} writers: {alone:,.0f} rows/s alone, {beside:,.0f} rows/s beside the sealer; the longest wait for it {waited:.2f} s")
    target = SECONDS * rows / 100_000
    return [
        result(f"{rows:,} disclosures verified: to {target:.0f} s", verifying, target, "s", "lower", 1),
        result(f"{rows:,} disclosures verified: to bare hashing", verifying, floor, "s", "lower", None),
        result(f"{rows:,} disclosures sealed: rows a second, to 2 000", rows / sealing, 2_000, "a second", "higher", 1),
        result(
            f"{WRITERS} writers writing: the longest wait for a place, to {SEALED_WITHIN:.0f} s", waited, SEALED_WITHIN, "s", "lower", 1
        ),
        result(f"{WRITERS} writers writing: rows a second beside the sealer, to without it", beside, alone, "a second", "higher", None),
    ]


def _floor(dsn: str) -> float:
    began = time.perf_counter()
    with psycopg.connect(dsn) as connection, connection.cursor(name="bare") as rows:
        rows.itersize = 2_000
        rows.execute(READ)
        previous = b""
        for text, chain_hash in rows:
            previous = hashlib.sha256(previous + hashlib.sha256(text.encode()).digest() + chain_hash).digest()
    return time.perf_counter() - began


def _together(url: str) -> tuple[float, float, float]:
    """Rows a second that twenty write without a sealer and with one, and the longest that a row waited for its place."""
    databases = Databases(url, connections=WRITERS + 4)
    try:
        ended = threading.Event()
        with ThreadPoolExecutor(WRITERS) as writers, ThreadPoolExecutor(1) as sealer:
            alone = _written(databases, writers)
            seal(databases.register)
            sealing = sealer.submit(_sealing, databases, ended)
            try:
                beside = _written(databases, writers)
            finally:
                ended.set()
            return alone, beside, sealing.result()
    finally:
        databases.close()


def _written(databases: Databases, writers: ThreadPoolExecutor) -> float:
    until = time.monotonic() + WRITING

    def write(writer: int) -> int:
        rows = 0
        while time.monotonic() < until:
            said = ("LV-DEV/GOV/IZM/allservices", "LV-officer-1", None, None, "education-process.getPersonEducation", "trying", "MK 276")
            record(databases.journal, Disclosure(datetime.now(UTC), f"{writer}-{rows}", *said, None, "ok", [writer]))
            rows += 1
        return rows

    return sum(writers.map(write, range(WRITERS))) / WRITING


def _sealing(databases: Databases, ended: threading.Event) -> float:
    """Seals as the program does; the longest time from what a row tells of to the commit of its place."""
    longest = 0.0
    with databases.register.begin() as session:
        place = session.connection().exec_driver_sql("SELECT place FROM disclosure_chain").scalar_one()
    while not ended.wait(PAUSE):
        if seal(databases.register):
            now = datetime.now(UTC)
            with databases.register.begin() as session:
                place, oldest = session.connection().exec_driver_sql(OLDEST, (place,)).one()
            longest = max(longest, (now - oldest).total_seconds())
    return longest
