"""Achievements beside their floors: one person over HTTP in turns, a batch beside single calls, and results day.

On results day requests come at a steady rate, whatever the answers take, while results are sent and published; a request's time begins
when it was due.
"""

import statistics
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from adapters.web.example import envelope
from core.access import Scope, ScopeKind
from core.examinations.candidates import submit_candidates
from core.examinations.items import CandidateItem, ExaminationItem, ResultItem
from core.examinations.publishing import publish_next
from core.examinations.results import submit_results
from core.submissions import Sender
from tests.bench import place
from tests.bench.load import Load, drive, post
from tests.bench.over_http import Server, serving
from tests.bench.paced import Paced, pace
from tests.bench.results import Result, judged, result

TO_FLOOR, BATCH, DAY_FACTOR, RATE = 0.75, 10.0, 10.0, 300
PERSONS, CONNECTIONS, ROUNDS, AT_ONCE = 2_000, 4, 5, 1000
ADDRESS, SENDER = "/soap/achievements", "LV-DEV/GOV/VISC/vpis"
SOME = """
SELECT i.value, p.given_name, p.surname, (
    SELECT a.institution FROM affiliation a JOIN identity ai ON ai.id = a.identity_id WHERE ai.person_id = i.person_id LIMIT 1)
FROM identity i JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded) AND NOT p.restricted
WHERE i.scheme = 'personal_code' AND i.current AND EXISTS (
    SELECT FROM identity xi JOIN exam_result x ON x.identity_id = xi.id WHERE xi.person_id = i.person_id)
AND EXISTS (SELECT FROM affiliation a JOIN identity ai ON ai.id = a.identity_id WHERE ai.person_id = i.person_id)
ORDER BY md5(i.value) LIMIT %s"""


def run(scale: str) -> list[Result]:
    """All three for the nation of that scale."""
    with place.cluster() as running:
        url = place.nation(running, place.NATION if scale == "nation" else place.SMALL)
        place.settle(url)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            people = connection.execute(SOME, [60_000]).fetchall()
        single = _single(url, people[:PERSONS], 0.5 if scale == "small" else 4)
        batch = _batch(url, people[: min(AT_ONCE, len(people))], *((0.5, 3) if scale == "small" else (8, ROUNDS)))
        # On a copy: what results day adds would make everybody's answer longer the next time.
        busy = place.copied(running, url.rpartition("/")[2], "results_day")
        place.settle(busy)
        place.warm(busy)
        day = _day(busy, people, *((1_000, 5) if scale == "small" else (60_000, 600)))
        place.dropped(running, busy)
        return [single, batch, *day]


def _single(url: str, people: Sequence[Any], seconds: float) -> Result:
    requests = [_request("getPersonAchievements", f"<e:personalCode>{code}</e:personalCode>") for code, *_ in people]
    loads: dict[str, list[Load]] = {"ours": [], "achievements": []}
    with ExitStack() as stack:
        ports = {kind: stack.enter_context(serving(kind, url)).port for kind in loads}
        for number in range(ROUNDS + 1):
            for kind, port in ports.items():
                load = drive(port, requests, seconds if number else seconds / 2, CONNECTIONS)
                if number:  # the first round warms connections, statements and memory
                    loads[kind].append(load)
    if len({load.bytes for several in loads.values() for load in several}) > 1:
        print("  the answers' sizes differ between the rounds", flush=True)
    ratio = statistics.median(one.per_second / two.per_second for one, two in zip(*loads.values(), strict=True))
    medians = [statistics.median(load.per_second for load in several) for several in loads.values()]
    print(f"  getPersonAchievements: {medians[0]:,.0f} a second, the floor {medians[1]:,.0f}", flush=True)
    return judged("getPersonAchievements, HTTP: to the floor", *medians, ratio, "a second", "higher", TO_FLOOR)


def _batch(url: str, people: Sequence[Any], seconds: float, rounds: int) -> Result:
    """Persons a second, asked one by one and all at once, over one connection."""
    ones = [_request("getPersonAchievements", f"<e:personalCode>{code}</e:personalCode>") for code, *_ in people]
    named = "".join(f"<e:applicant><e:personalCode>{code}</e:personalCode></e:applicant>" for code, *_ in people)
    all_at_once = [_request("getAchievementsBatch", f"<e:applicants>{named}</e:applicants>")]
    rates: list[tuple[float, float]] = []
    with serving("ours", url) as ours:
        for turn in range(rounds + 1):
            single = drive(ours.port, ones, seconds, 1).per_second
            batch = drive(ours.port, all_at_once, seconds, 1).per_second * len(people)
            if turn:
                rates.append((batch, single))
    ratio = statistics.median(batch / single for batch, single in rates)
    batch, single = (statistics.median(side) for side in zip(*rates, strict=True))
    print(f"  a batch of {len(people):,}: {batch:,.0f} persons a second, one by one {single:,.0f}", flush=True)
    return judged(
        f"getAchievementsBatch of {len(people):,}, per person: to single calls", batch, single, ratio, "a second", "higher", BATCH
    )


def _day(url: str, people: Sequence[Any], results: int, seconds: float) -> list[Result]:
    requests = [_request("getPersonAchievements", f"<e:personalCode>{code}</e:personalCode>") for code, *_ in people[:PERSONS]]
    failures: list[BaseException] = []
    loaded: list[float] = []

    def load() -> None:
        try:
            loaded.append(_results_day(url, people, results, seconds))
        except BaseException as error:
            failures.append(error)

    with serving("ours", url) as ours:
        drive(ours.port, requests, 2, CONNECTIONS)
        calm: Paced = pace(ours.port, requests, RATE, seconds / 10)  # what the machine's own pauses amount to, with nothing loaded
        loading = threading.Thread(target=load)
        loading.start()
        answered: Paced = pace(ours.port, requests, RATE, seconds)
        loading.join()
        memory = _memory(ours)
    if failures:
        raise failures[0]
    print(f"  before results day, nothing loaded: median {calm.median * 1000:.1f} ms, p99 {calm.p99 * 1000:.1f} ms", flush=True)
    print(
        f"  results day: {answered.sent:,} requests at {RATE} a second, {answered.failed} failed, median {answered.median * 1000:.1f} ms,"
        f" p99 {answered.p99 * 1000:.1f} ms; {results:,} results loaded and published in {loaded[0]:.0f} s; workers {memory:.0f} MiB",
        flush=True,
    )
    name = f"results day, {results:,} results in {seconds:.0f} s of {RATE} requests a second"
    return [
        result(f"{name}: p99 to p50", answered.p99 * 1000, answered.median * 1000, "ms", "lower", DAY_FACTOR),
        result(f"{name}: answers to requests", answered.sent - answered.failed, answered.sent, "answers", "higher", 1.0),
    ]


def _results_day(url: str, people: Sequence[Any], results: int, seconds: float) -> float:
    """Candidates and results in messages of a thousand, over most of the time, then the publication; seconds of work."""
    databases = place.Storage(url, url).open(connections=1)
    exam, begun, worked = f"BENCH-{time.time_ns()}", time.monotonic(), 0.0
    described = ExaminationItem(
        code=exam, kind="CE", subject="MAT", level="O", school_year="2025/26", session="main",
        publish_at=datetime.now(UTC) - timedelta(seconds=1),
    )  # fmt: skip
    held = ExaminationItem(**{**{name: getattr(described, name) for name in described.__slots__}, "publish_at": None})
    portions = [[people[(start + n) % len(people)] for n in range(min(AT_ONCE, results - start))] for start in range(0, results, AT_ONCE)]
    for number, portion in enumerate(portions):
        # Spread over four fifths of the time, as schools and the examinations system send them.
        time.sleep(max(0.0, begun + 0.8 * seconds * number / len(portions) - time.monotonic()))
        start = time.monotonic()
        key = f"{exam}-{number}"
        with databases.register.begin() as session:
            candidates = [CandidateItem(sender_key=f"{key}-C{n}", examination=exam, **_who(one)) for n, one in enumerate(portion)]
            submit_candidates(session, _sender(), f"{key}-C", [held] if number == 0 else [], candidates)
        with databases.register.begin() as session:
            items = [
                ResultItem(
                    sender_key=f"{key}-R{n}", candidate=f"{key}-C{n}", examination=exam, **_who(one), outcome="result", scale="PCT",
                    value=str(n % 101),
                )
                for n, one in enumerate(portion)
            ]  # fmt: skip
            submit_results(session, _sender(), f"{key}-R", [], items)
        worked += time.monotonic() - start
    start = time.monotonic()
    with databases.register.begin() as session:
        submit_candidates(session, _sender(), f"{exam}-P", [described], [])
    with databases.register.begin() as session:
        published = publish_next(session, datetime.now(UTC))
    assert published is not None, "its instant has come"
    assert published.results == results, published
    databases.close()
    return worked + time.monotonic() - start


def _who(one: Any) -> dict[str, str]:
    code, given_name, surname, institution = one
    return {"personal_code": code, "given_name": given_name, "surname": surname, "institution": institution}


def _sender() -> Sender:
    return Sender(SENDER, "LV-bench", "bench", Scope(ScopeKind.EVERYTHING), datetime.now(UTC))


def _request(operation: str, content: str) -> bytes:
    return post(ADDRESS, envelope("achievements", operation, content).encode())


def _memory(server: Server) -> float:
    return server.memory()
