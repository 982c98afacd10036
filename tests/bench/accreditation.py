"""Licences and accreditations beside their floors, in turns: getProgrammeStatus over HTTP, and the horizon of the nation in one statement.

The floor of the first is a hand-written dispatcher with the same SQL. That of the second is bare SQL that finds what lapses, whose
proceeding is open and how many learners it cuts off, with no names, no scope, no cursor and no rows of messages.
"""

import statistics
import time
from datetime import UTC, datetime

import psycopg

from adapters.inquiry import RIGA
from adapters.web.example import envelope
from core.access import Scope, ScopeKind
from core.accreditation.clocks import months_after
from core.accreditation.horizon import AskedHorizon, horizon
from core.accreditation.learners import learner_rules
from tests.bench import place
from tests.bench.load import Load, drive, post
from tests.bench.over_http import serving
from tests.bench.results import Result, judged

STATUS, HORIZON = 0.75, 3.0
PROGRAMMES, CONNECTIONS, ROUNDS = 2_000, 4, 5
MONTHS, TURNS, WARM, MOST = 24, 15, 3, 1_000_000
ADDRESS = "/soap/accreditation"
BARE = """
WITH last AS (
    SELECT DISTINCT ON (q.recognition_id) r.id, r.kind, r.institution, r.programme, upper(q.valid) - 1 AS day
    FROM recognition_period q JOIN recognition r ON r.id = q.recognition_id WHERE upper_inf(q.recorded)
    AND q.status IN ('LIC', '6Y', '2Y', 'EXT') ORDER BY q.recognition_id, q.valid DESC),
open AS (
    SELECT institution, opened_on FROM institution_profile
    WHERE upper_inf(recorded) AND valid @> %(on)s::date AND coalesce(opened_on <= %(on)s::date, true)
    AND coalesce(closed_on >= %(on)s::date, true)),
lapsing AS (
    SELECT l.kind, l.id, l.institution, l.programme, l.day FROM last l JOIN open USING (institution)
    WHERE l.day BETWEEN %(on)s::date AND %(until)s::date
    UNION ALL
    SELECT 'start', r.id, r.institution, r.programme, q.start_by
    FROM recognition_period q JOIN recognition r ON r.id = q.recognition_id JOIN open USING (institution)
    WHERE upper_inf(q.recorded) AND q.status = 'LIC' AND NOT q.started AND q.start_by BETWEEN %(on)s::date AND %(until)s::date
    AND NOT EXISTS (
        SELECT FROM affiliation a WHERE a.institution = r.institution AND a.programme = r.programme AND upper_inf(a.recorded)
        AND a.status <> 'DUB' AND a.valid && daterange(lower(q.valid), q.start_by, '[]'))
    UNION ALL
    SELECT 'first', r.id, o.institution, NULL, (o.opened_on + interval '60 months')::date
    FROM open o LEFT JOIN recognition r ON r.institution = o.institution AND r.kind = 'institution'
    WHERE o.opened_on + interval '60 months' BETWEEN %(on)s::date AND %(until)s::date
    AND NOT EXISTS (
        SELECT FROM recognition_period q WHERE q.recognition_id = r.id AND upper_inf(q.recorded) AND q.status IN ('6Y', '2Y', 'EXT'))
    AND EXISTS (
        SELECT FROM programme_profile p WHERE p.institution = o.institution AND upper_inf(p.recorded) AND p.valid @> %(on)s::date
        AND left(p.code, 2) = ANY(%(kinds)s)))
SELECT l.kind, l.institution, l.programme, l.day, l.day - interval '4 months', v.stage, v.must_act,
    CASE WHEN l.kind IN ('institution', 'programme', 'licence', 'first') THEN (
        SELECT count(*) FROM affiliation a
        JOIN unnest(%(kinds)s::text[], %(last_classes)s::int[]) AS k (kind, last) ON k.kind = left(a.programme, 2)
        WHERE a.institution = l.institution AND coalesce(upper(a.valid), 'infinity') > %(on)s::date AND lower(a.valid) <= %(on)s::date
        AND upper_inf(a.recorded) AND a.main AND a.status IN ('AKT', 'APT') AND coalesce(a.programme = l.programme, true)
        AND coalesce(make_date(extract(year FROM %(on)s::date + interval '4 months')::int
            + greatest(k.last - CASE WHEN a.class_level ~ '^[0-9]+$' THEN a.class_level::int END, 0), 6, 30) > l.day, true)) END
FROM lapsing l
LEFT JOIN proceeding p ON p.recognition_id = l.id
LEFT JOIN proceeding_version v ON v.proceeding_id = p.id AND upper_inf(v.recorded)
    AND (v.stage <> 'decided' OR v.must_act <> 'nobody')"""


def run(scale: str) -> list[Result]:
    """Both for the nation of that scale."""
    with place.cluster() as running:
        url = place.nation(running, place.NATION if scale == "nation" else place.SMALL)
        place.settle(url)
        return [_statuses(url, 0.8 if scale == "small" else 4), _horizon(url)]


def _statuses(url: str, seconds: float) -> Result:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute(
            "SELECT institution, programme FROM recognition WHERE kind = 'licence' ORDER BY md5(institution || programme) LIMIT %s",
            [PROGRAMMES],
        ).fetchall()
    asked = [f"<e:institution>{number}</e:institution><e:programme>{code}</e:programme>" for number, code in found]
    requests = [post(ADDRESS, envelope("accreditation", "getProgrammeStatus", content).encode()) for content in asked]
    loads: dict[str, list[Load]] = {"ours": [], "status": []}
    with serving("ours", url) as ours, serving("status", url) as floor:
        ports = {"ours": ours.port, "status": floor.port}
        for number in range(ROUNDS + 1):
            for kind, port in ports.items():
                load = drive(port, requests, seconds if number else seconds / 2, CONNECTIONS)
                if number:  # the first round warms connections, statements and memory
                    loads[kind].append(load)
    for kind, several in loads.items():
        middle = sorted(several, key=lambda load: load.per_second)[len(several) // 2]
        print(f"  getProgrammeStatus, {kind}: {middle.per_second:,.0f} a second, {middle.bytes / 1024:.1f} KiB", flush=True)
    if len({load.bytes for several in loads.values() for load in several}) > 2:
        print("  the answers' sizes differ between the rounds", flush=True)
    ratio = statistics.median(one.per_second / two.per_second for one, two in zip(loads["ours"], loads["status"], strict=True))
    medians = [statistics.median(load.per_second for load in several) for several in loads.values()]
    return judged(f"getProgrammeStatus, {len(found):,} licences, HTTP: to the floor", *medians, ratio, "a second", "higher", STATUS)


def _horizon(url: str) -> Result:
    """Everything that lapses within two years as one page, beside the bare statement; both find the same rows."""
    databases = place.Storage(url, url).open(connections=1)
    today = datetime.now(RIGA).date()
    asked = AskedHorizon(MONTHS, today, None, None)
    bare = {"on": today, "until": months_after(today, MONTHS), **learner_rules()}
    pairs: list[tuple[float, float]] = []
    with psycopg.connect(url.replace("+psycopg", ""), options="-c jit=off", autocommit=True) as connection, databases.reading() as session:
        for turn in range(WARM + TURNS):
            begun = time.perf_counter()
            page = horizon(session, Scope(ScopeKind.EVERYTHING), asked, None, MOST, today, datetime.now(UTC))
            between = time.perf_counter()
            rows = connection.execute(BARE, bare).fetchall()
            ended = time.perf_counter()
            if len(page.lines) != len(rows):
                raise RuntimeError(f"{len(page.lines)} found, {len(rows)} by the bare statement")
            if turn >= WARM:
                pairs.append((between - begun, ended - between))
    learners = sum(line.learners for line in page.lines)
    databases.close()
    print(f"  horizon of {MONTHS} months: {len(rows):,} lapses, {learners:,} learners", flush=True)
    ours, floor = (statistics.median(values) * 1e3 for values in zip(*pairs, strict=True))
    ratio = statistics.median(one / two for one, two in pairs)
    return judged(f"horizon, {len(rows):,} lapses: to bare SQL", ours, floor, ratio, "ms", "lower", HORIZON)
