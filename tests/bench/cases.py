"""The register of non-studying children beside bare SQL, in turns: the refresh of everybody, many personal codes at a time, a far page.

The refresh is set beside a hand-written anti-join of the same tables, which writes what it finds into a temporary table, as the refresh
must. Meanwhile somebody reads single persons, and the longest that one of these reads took is told.
"""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import psycopg
from sqlalchemy import text

from adapters.embedded import Cluster
from adapters.inquiry import RIGA
from core.access import Scope, ScopeKind
from core.cases import Refreshed, check, refresh
from core.cases.listing import AskedCases, list_cases
from core.compulsory_age import born_between, rules_on
from core.database import Databases
from core.education import Named, person_education
from tests.bench import child_import, place
from tests.bench.results import Result, judged, result
from tests.register import RIGA as RIGA_CITY

EVERYTHING = Scope(ScopeKind.EVERYTHING)
REFRESH, CHECK, FAR = 2.5, 3.0, 1.2
FAR_PAGE, PAGES = 200, 100
CODES, WARM, TURNS = 3_000, 3, 15
REFRESHES = 7
WHOSE = (("everybody's", EVERYTHING), ("a municipality's", Scope(ScopeKind.MUNICIPALITIES, (RIGA_CITY,))))
ANTI_JOIN = """
CREATE TEMPORARY TABLE found ON COMMIT DROP AS
SELECT p.person_id, r.municipality FROM person_profile p
JOIN residence r ON r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date
WHERE upper_inf(p.recorded) AND p.born_on BETWEEN %(born_from)s AND %(born_to)s AND NOT EXISTS (
    SELECT FROM identity i JOIN affiliation a ON a.identity_id = i.id
    WHERE i.person_id = p.person_id AND upper_inf(a.recorded) AND a.valid @> %(on)s::date AND a.status = 'AKT')"""
# Each municipality has somebody who works on its cases; otherwise every case would be marked for IKVD as soon as it is opened.
RESPONSIBLE = """
WITH made AS (
    INSERT INTO access_grant (client, operation, scope, scope_values, rights, purpose, legal_basis, valid, allowed)
    SELECT 'LV-DEV/MUN/ALL/viis', 'non-studying-children.**', 'municipalities', array_agg(code), '{}', 'measuring', 'MK 871/2009',
        '[2020-01-01,)', '{}'
    FROM municipality RETURNING id)
INSERT INTO access_change (grant_id, kind, proposed_by, proposed_login, outcome, decided_at, decided_by, decided_login)
SELECT id, 'grant', 'maker', '', 'confirmed', now(), 'checker', '' FROM made"""
BY_CODE = """
SELECT i.value, p.person_id, p.born_on, r.municipality, EXISTS (
    SELECT FROM identity other JOIN affiliation a ON a.identity_id = other.id
    WHERE other.person_id = i.person_id AND upper_inf(a.recorded) AND a.valid @> %(on)s::date AND a.status = 'AKT')
FROM identity i
JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
LEFT JOIN residence r ON r.person_id = i.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date
WHERE i.value = ANY(%(codes)s) AND i.scheme = 'personal_code' AND i.issuer = ''"""


def run(scale: str) -> list[Result]:
    """All of it for the nation of that scale."""
    with place.cluster() as running:
        url = place.copied(running, _children(running, place.NATION if scale == "nation" else place.SMALL), "cases")
        try:
            databases = place.Storage(url, url).open(connections=REFRESHES + 2)
            with databases.register.begin() as session:
                session.execute(text(RESPONSIBLE))
            place.settle(url)
            today = datetime.now(RIGA).date()
            results = [*_refreshes(databases, url, today), _checks(databases, url, today)]
            place.settle(url)
            results += [_pages(databases, today, *whose) for whose in WHOSE]
            databases.close()
        finally:
            place.dropped(running, url)
    return results


def _children(running: Cluster, people: int) -> str:
    """The name of a database with a nation in it, and with its children's list taken over; it is kept."""
    name = f"children_{people}"
    nation = place.nation(running, people).rpartition("/")[2]
    with psycopg.connect(running.dsn("postgres")) as connection:
        known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount
    url = running.url(name) if known else place.copied(running, nation, name)
    with psycopg.connect(running.dsn(name)) as connection:
        whole = connection.execute("SELECT FROM import_run WHERE finished_at IS NOT NULL").rowcount
    if not whole:
        print(f"Taking over the children of {people:,} people (kept for the next time).", flush=True)
        with child_import.stand_in(place.folder() / nation / "population-register") as address:
            child_import.apart("ours", address, url)
    place.bring_up_to_date(place.Storage(url, url))
    return name


class Reads:
    """Somebody who reads one person after another: how long the reads took."""

    def __init__(self, databases: Databases, codes: list[str], today: date) -> None:
        self._databases, self._codes, self._today = databases, codes, today
        self.seconds: list[float] = []

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Reads until the block ends."""
        ended = threading.Event()
        thread = threading.Thread(target=self._read, args=[ended])
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _read(self, ended: threading.Event) -> None:
        place_ = 0
        with self._databases.reading() as session:
            while not ended.is_set():
                named = Named("personal_code", "", self._codes[place_ % len(self._codes)])
                begun = time.perf_counter()
                person_education(session, EVERYTHING, frozenset(), named, None, None, datetime.now(UTC), self._today)
                self.seconds.append(time.perf_counter() - begun)
                place_ += 1
                ended.wait(0.002)


def _refreshes(databases: Databases, url: str, today: date) -> list[Result]:
    """Each turn: nothing is there yet, then nothing has changed; the anti-join goes before each."""
    codes = _codes(url, "true", 2_000)
    busy, idle = Reads(databases, codes, today), Reads(databases, codes, today)
    first: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    children = cases = 0
    with idle.going_on():
        time.sleep(1.0)
    for _ in range(REFRESHES):
        _forget(databases)
        bare, children = _anti_join(url, today)
        with busy.going_on():
            whole, done = _refresh(databases, today)
        cases = done.active
        bare_again, _ = _anti_join(url, today)
        repeated, unchanged = _refresh(databases, today)
        if done.opened != cases or unchanged.opened or unchanged.closed or unchanged.active != cases:
            raise RuntimeError(f"{done} and then {unchanged}: the second run should have found nothing to do.")
        first.append((whole, bare))
        again.append((repeated, bare_again))
    for name, pairs in (("first", first), ("nothing changed", again)):
        print(f"  refresh, {name}: {', '.join(f'{ours:.2f}/{bare:.2f}' for ours, bare in pairs)} s", flush=True)
    print(f"  {cases:,} cases; {len(busy.seconds):,} reads meanwhile, median {statistics.median(busy.seconds) * 1e3:.1f} ms", flush=True)
    name = f"refresh of {children:,} children"
    return [
        _beside(f"{name}: to the anti-join", first, REFRESH),
        _beside(f"{name}, nothing changed: to the anti-join", again, REFRESH),
        result(f"{name}: the worst read meanwhile, to at rest", max(busy.seconds) * 1e3, max(idle.seconds) * 1e3, "ms", "lower", None),
    ]


def _refresh(databases: Databases, today: date) -> tuple[float, Refreshed]:
    begun = time.perf_counter()
    done = refresh(databases.register, today)
    return time.perf_counter() - begun, done


def _anti_join(url: str, today: date) -> tuple[float, int]:
    """How long the bare statement took, and how many children it looked at."""
    born_from, born_to = born_between(today, rules_on(today))
    asked = {"on": today, "born_from": born_from, "born_to": born_to}
    with psycopg.connect(url.replace("+psycopg", ""), options="-c jit=off") as connection:
        begun = time.perf_counter()
        connection.execute(ANTI_JOIN, asked)
        connection.commit()
        seconds = time.perf_counter() - begun
        row = connection.execute(
            "SELECT count(*) FROM person_profile WHERE upper_inf(recorded) AND born_on BETWEEN %(born_from)s AND %(born_to)s", asked
        ).fetchone()
    return seconds, row[0] if row else 0


def _forget(databases: Databases) -> None:
    with databases.register.begin() as session:
        session.execute(text("TRUNCATE child_case, case_version, case_event, refresh_run RESTART IDENTITY CASCADE"))


def _checks(databases: Databases, url: str, today: date) -> Result:
    """As many codes of children as may be asked for, beside one statement that looks them up."""
    codes = _codes(url, "p.born_on >= '2009-01-01'", CODES)
    born_from, born_to = born_between(today, rules_on(today))
    asked = {"on": today, "born_from": born_from, "born_to": born_to, "codes": codes}
    pairs = []
    with psycopg.connect(url.replace("+psycopg", ""), options="-c jit=off", autocommit=True) as connection, databases.reading() as session:

        def ours() -> int:
            return len(check(session, EVERYTHING, frozenset(), codes, today, today).persons)

        def bare() -> int:
            return len(connection.execute(BY_CODE, asked).fetchall())

        for turn in range(WARM + TURNS):
            pair = _timed(ours, len(codes)), _timed(bare, len(codes))
            if turn >= WARM:
                pairs.append(pair)
    return _beside(f"check of {len(codes):,} codes: to one statement", pairs, CHECK, "ms")


def _pages(databases: Databases, today: date, whose: str, scope: Scope) -> Result:
    """The first page of a work list and page 200, or one near the end of a short list, asked for in turns."""
    with databases.reading() as session:

        def page(cursor: str | None, size: int) -> tuple[int, str | None]:
            found = list_cases(session, scope, frozenset(), AskedCases(), cursor, size, today, datetime.now(UTC))
            return len(found.cases), found.next_cursor

        size = max(1, min(50, page(None, 100_000)[0] // (FAR_PAGE + 1)))
        number, cursor = 1, page(None, size)[1]
        far: str | None = None
        while number < FAR_PAGE and cursor is not None:
            number, far = number + 1, cursor
            cursor = page(cursor, size)[1]
        pairs = [(_timed(lambda: page(far, size)[0], size), _timed(lambda: page(None, size)[0], size)) for _ in range(PAGES)]
    return _beside(f"{whose} work list, page {number} of {size} to the first", pairs, FAR, "ms")


def _timed(work: Callable[[], int], expected: int) -> float:
    begun = time.perf_counter()
    found = work()
    if found != expected:
        raise RuntimeError(f"{found} found, {expected} expected")
    return time.perf_counter() - begun


def _codes(url: str, which: str, most: int) -> list[str]:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows: list[Any] = connection.execute(
            "SELECT i.value FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded) "
            f"WHERE i.scheme = 'personal_code' AND i.current AND NOT p.restricted AND {which} ORDER BY md5(i.value) LIMIT {most}"
        ).fetchall()
    return [code for (code,) in rows]


def _beside(name: str, pairs: list[tuple[float, float]], target: float, unit: str = "s") -> Result:
    """The ratio is the median over the turns; what else the machine did in a turn meets both."""
    ours, bare = (statistics.median(values) * (1e3 if unit == "ms" else 1) for values in zip(*pairs, strict=True))
    return judged(name, ours, bare, statistics.median(one / two for one, two in pairs), unit, "lower", target)
