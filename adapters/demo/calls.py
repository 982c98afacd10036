"""Made-up calls (izdomāti izsaukumi): two years of the operational log, the same for the same seed, as a country would make them.

School systems work from September to May and on weekdays, municipalities by day, admission in June and July; results day is the busiest of
all; at night only copies are followed. In one hour of each year the log was not complete, and once a process fell silent.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from adapters.demo.chance import around
from core.indicators.months import HOUR, begin
from core.reading import RIGA

COPY_CALLS = (
    "COPY service_call (started_at, channel, service, operation, version, client, outcome, code, duration_us, request_bytes, answer_bytes, "
    "persons, message_id) FROM STDIN"
)
COPY_WRITERS = "COPY call_writer (id, started_at, seen_at, ended_at) FROM STDIN"
COPY_HOURS = "COPY call_hour (hour, writer, written, lost) FROM STDIN"
# So many durations are made up for each operation; calls take them in turn by chance.
POOL = 997
LOST_IN_THE_OUTAGE = 214


class Use(NamedTuple):
    """Who uses what (lietojums): how often beside others, when, milliseconds, people in an answer, what goes wrong."""

    service: str
    operation: str
    clients: tuple[str, ...]
    weight: float
    rhythm: str
    milliseconds: float
    persons: int
    refusals: tuple[str, ...]
    channel: str = "soap"


SCHOOLS = ("LV-DEV/EDU/SCHOOL/system", "LV-DEV/COM/EKLASE/journal", "LV-DEV/COM/MYKOOB/journal")
MUNICIPAL = tuple(f"LV-DEV/MUN/{name}/schools" for name in ("RIGA", "MADONA", "LIEPAJA", "JELGAVA", "VALMIERA", "CESIS", "OGRE", "TALSI"))
AVUS, OTHER_ADMISSION = "LV-DEV/EDU/LU/avus", "LV-DEV/EDU/COLLEGE/admission"
IKVD, MINISTRY, VPIS = "LV-DEV/GOV/IKVD/quality", "LV-DEV/GOV/IZM/ministry", "LV-DEV/GOV/VISC/vpis"
PORTAL, WELFARE = "LV-DEV/GOV/VRAA/portal", "LV-DEV/GOV/VSAA/benefits"
EDUCATION, CASES, RECOGNITION = "education-process", "non-studying-children", "accreditation"
USES = (
    Use(EDUCATION, "getPersonEducation", (PORTAL, WELFARE, *MUNICIPAL), 30, "day", 9, 1, ("R-0101", "R-0102", "R-0301")),
    Use(EDUCATION, "listAffiliations", MUNICIPAL, 12, "school", 24, 100, ("R-0202", "R-0401")),
    Use(EDUCATION, "listEducationChanges", (*MUNICIPAL, *SCHOOLS), 22, "always", 14, 40, ("R-0404",)),
    Use(EDUCATION, "submitAffiliations", SCHOOLS, 10, "september", 180, 0, ("R-0501",)),
    Use(EDUCATION, "submitTeachingPosts", SCHOOLS, 2, "september", 120, 0, ("R-0501",)),
    Use(EDUCATION, "submitEducationDocuments", SCHOOLS, 3, "june", 150, 0, ("R-0501",)),
    Use(EDUCATION, "getInstitution", (PORTAL, *MUNICIPAL), 9, "day", 5, 0, ("R-0201",)),
    Use(EDUCATION, "listInstitutions", (PORTAL, WELFARE), 4, "day", 17, 0, ("R-0202",)),
    Use(EDUCATION, "listCodes", (*SCHOOLS, AVUS), 2, "always", 6, 0, ("R-0204",)),
    Use(EDUCATION, "reportAbsence", SCHOOLS, 1.5, "school", 30, 1, ("R-0608", "R-0103")),
    Use(RECOGNITION, "getProgrammeStatus", (PORTAL, IKVD, AVUS), 8, "day", 6, 0, ("R-0201",)),
    Use(RECOGNITION, "listLicences", (PORTAL, IKVD), 2, "day", 21, 0, ("R-0401",)),
    Use(RECOGNITION, "submitLicenceApplication", SCHOOLS, 0.3, "school", 60, 0, ("R-0703", "R-0708")),
    Use(RECOGNITION, "proposeDecision", (IKVD,), 0.3, "day", 45, 0, ("R-0702", "R-0706")),
    Use(CASES, "listCases", MUNICIPAL, 3, "day", 28, 100, ("R-0202",)),
    Use(CASES, "getCase", MUNICIPAL, 4, "day", 11, 1, ("R-0601",)),
    Use(CASES, "setSearchStatus", MUNICIPAL, 2, "day", 26, 1, ("R-0602", "R-0603", "R-0604")),
    Use(CASES, "checkPersons", (*MUNICIPAL, WELFARE), 1, "day", 420, 900, ("R-0101",)),
    Use(CASES, "getCaseStatistics", (IKVD, MINISTRY), 0.2, "day", 240, 0, ("R-0403",)),
    Use("examinations", "submitExamResults", (VPIS,), 0.6, "june", 310, 0, ("R-0501",)),
    Use("examinations", "submitCorrections", (VPIS,), 0.2, "july", 90, 0, ("R-0501",)),
    Use("achievements", "getPersonAchievements", (AVUS, OTHER_ADMISSION, PORTAL), 9, "results", 12, 1, ("R-0101", "R-0807")),
    Use("achievements", "getAchievementsBatch", (AVUS, OTHER_ADMISSION), 1, "results", 640, 900, ("R-0101",)),
    Use("achievements", "registerApplicants", (AVUS, OTHER_ADMISSION), 1, "july", 75, 0, ("R-0501",)),
    Use("avus-intake", "deliverMessage", (AVUS, OTHER_ADMISSION), 6, "results", 130, 1, (), "message"),
    # What was too broken to tell: the address names the service, if anything does.
    Use(EDUCATION, "", ("",), 0.2, "always", 2, 0, ()),
    Use("", "", ("",), 0.1, "always", 2, 0, ()),
)
# How often nothing could be answered or sent, a request was wrong, a rule said no.
FALLEN, WRONG, REFUSED = 0.002, 0.005, 0.025
FAULTS, NOT_SENT = ("U-0101", "U-0101", "F-0901"), ("S-0101", "S-0102", "S-0105")
MISTAKES, BROKEN = ("F-0401", "F-0401", "F-0401", "F-0308", "F-0304"), ("F-0205", "F-0206", "F-0301", "F-0309")


def _hours(first: int, last: int, level: float) -> tuple[float, ...]:
    """A weight for each hour of a day: busy from `first` to `last`, little before and after."""
    return tuple(1.0 if first <= hour < last else level for hour in range(24))


DAYTIME, ALWAYS = _hours(8, 18, 0.04), _hours(7, 19, 0.45)
# Rhythm → a weight for each month from January on, on a working day; on others it is less.
SEASONS: dict[str, tuple[float, ...]] = {
    "day": (1.0, 1.0, 1.0, 0.9, 1.0, 0.8, 0.5, 0.8, 1.4, 1.1, 1.0, 0.8),
    "school": (1.0, 1.0, 1.0, 0.9, 1.0, 0.3, 0.05, 0.4, 1.8, 1.2, 1.1, 0.8),
    "always": (1.0,) * 12,
    "september": (0.4, 0.3, 0.3, 0.3, 0.3, 0.3, 0.1, 1.0, 6.0, 1.2, 0.5, 0.4),
    "june": (0.05, 0.05, 0.05, 0.1, 0.6, 6.0, 1.0, 0.3, 0.1, 0.05, 0.05, 0.05),
    "july": (0.02, 0.02, 0.02, 0.05, 0.1, 2.0, 6.0, 1.0, 0.1, 0.05, 0.05, 0.05),
    "results": (0.2, 0.1, 0.1, 0.1, 0.3, 1.5, 5.0, 1.0, 0.3, 0.1, 0.1, 0.1),
}
RESULTS_DAY, RESULTS_TIMES = (7, 1), 25.0


def fill(connection: "Connection[Any]", years: Mapping[int, int], seed: int, until: datetime, progress: Callable[[int], None]) -> int:
    """Each year with about so many calls, up to `until`; returns how many there are."""
    made = 0
    for year, calls in years.items():
        log = _Log(year, calls, seed, min(until, begin(year + 1)))
        with connection.cursor() as cursor:
            with cursor.copy(COPY_CALLS) as copy:
                for lines, number in log.calls():
                    copy.write(lines)
                    made += number
                    progress(number)
            for statement, rows in ((COPY_WRITERS, log.writers()), (COPY_HOURS, log.hours())):
                with cursor.copy(statement) as copy:
                    for row in rows:
                        copy.write_row(row)
    connection.execute("SELECT brin_summarize_new_values('ix_service_call_started_at')")
    connection.execute("ANALYZE service_call")
    return made


class _Log:
    """One year's log."""

    def __init__(self, year: int, calls: int, seed: int, until: datetime) -> None:
        self._year, self._until = year, until
        self._rng = Random(f"{seed} calls {year}")  # noqa: S311 - no secret
        self._pools = [self._pool(use) for use in USES]
        weights = self._weights()
        whole = sum(sum(use) for _, _, use in weights)
        self._plan = [(hour, start, [calls * weight / whole for weight in use]) for hour, start, use in weights]
        self._written: dict[datetime, int] = {}
        # The morning after the autumn holidays, when the register was away.
        self._outage = begin(year, 11) + timedelta(days=3, hours=9)
        self._silence = begin(year, 3) + timedelta(days=11, hours=14, minutes=20)

    def _weights(self) -> list[tuple[datetime, datetime, list[float]]]:
        found = []
        hour = begin(self._year)
        while hour < begin(self._year + 1):
            local = hour.astimezone(RIGA)
            found.append((hour, local, [use.weight * _weight(use.rhythm, local) for use in USES]))
            hour += HOUR
        return found

    def _pool(self, use: Use) -> list[tuple[int, int, int, int]]:
        """Durations in microseconds, request and answer bytes, persons, that belong together."""
        made = []
        for _ in range(POOL):
            slow = 1 + 30 * self._rng.random() ** 40
            time = max(300.0, around(self._rng, use.milliseconds, use.milliseconds / 3) * 1000 * slow)
            persons = use.persons if use.persons <= 1 else int(use.persons * self._rng.random()) + 1
            made.append((int(time), 1500 + int(self._rng.random() * 900), 1200 + persons * 640 + int(self._rng.random() * 4000), persons))
        return made

    def calls(self) -> Iterator[tuple[str, int]]:
        """The calls of each hour, in their order, as lines of COPY."""
        rng = self._rng
        for hour, _, expected in self._plan:
            if hour >= self._until:
                return
            counts = [int(number) + (rng.random() < number % 1) for number in expected]
            if not any(counts):
                continue
            uses = [number for number, count in enumerate(counts) for _ in range(count)]
            offsets = sorted(int(rng.random() * 3_600_000) for _ in uses)
            rng.shuffle(uses)
            prefix = hour.strftime("%Y-%m-%d %H:")
            lines = [self._line(prefix, offset, use) for offset, use in zip(offsets, uses, strict=True)]
            self._written[hour] = len(lines)
            yield "".join(lines), len(lines)

    def _line(self, prefix: str, offset: int, number: int) -> str:
        rng, use = self._rng, USES[number]
        duration, asked, told, persons = self._pools[number][int(rng.random() * POOL)]
        client = use.clients[int(rng.random() ** 1.7 * len(use.clients))] or "\\N"
        outcome, code = self._outcome(use)
        if outcome != "answered":
            told, persons = 900, 0
        minutes, left = divmod(offset, 60_000)
        duration += int(rng.random() * 500)
        started_at = f"{prefix}{minutes:02d}:{left // 1000:02d}.{left % 1000:03d}+00"
        what = f"{use.channel}\t{use.service}\t{use.operation}\t{'v1' if use.operation else ''}\t{client}"
        return f"{started_at}\t{what}\t{outcome}\t{code}\t{duration}\t{asked}\t{told}\t{persons}\t\\N\n"

    def _outcome(self, use: Use) -> tuple[str, str]:
        chance, sent = self._rng.random(), use.channel == "message"
        if not use.operation:
            return "refused", self._one_of(BROKEN)
        if chance >= REFUSED:
            return "answered", "\\N"
        if chance < FALLEN:
            return "failed", self._one_of(NOT_SENT if sent else FAULTS)
        if sent:
            return "refused", "rejected"
        return "refused", self._one_of(MISTAKES if chance < WRONG or not use.refusals else use.refusals)

    def _one_of(self, codes: tuple[str, ...]) -> str:
        return codes[int(self._rng.random() * len(codes))]

    def writers(self) -> Iterator[tuple[object, ...]]:
        """A process that fell silent in March, and the one that took its place; both were seen to the last."""
        first, end = begin(self._year), self._until
        if end <= self._silence:
            yield self._writer(1), first, end, end
            return
        yield self._writer(1), first, self._silence, None
        yield self._writer(2), self._silence + timedelta(minutes=3), end, end

    def hours(self) -> Iterator[tuple[object, ...]]:
        """What was written in each hour; in one of them calls were lost."""
        for hour, written in self._written.items():
            yield hour, self._writer(1 if hour < self._silence else 2), written, LOST_IN_THE_OUTAGE if hour == self._outage else 0

    def _writer(self, number: int) -> UUID:
        return UUID(int=self._year * 1000 + number)


def _weight(rhythm: str, local: datetime) -> float:
    """How busy an hour of Latvia is."""
    of_day = (ALWAYS if rhythm == "always" else DAYTIME)[local.hour]
    weight = SEASONS[rhythm][local.month - 1] * of_day
    if local.weekday() >= 5 and rhythm != "always":
        weight *= 0.15
    if rhythm == "results" and (local.month, local.day) == RESULTS_DAY:
        weight *= RESULTS_TIMES
    return weight
