"""A log of calls for tests: made by hand or by chance, and counted once more, slowly, in plain Python."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text

from core.indicators.coverage import coverage
from core.indicators.durations import bucket_of, middle_us
from core.indicators.months import HOUR, year_of
from core.indicators.statements import DIMENSIONS
from tests.register import Register

LATVIA = ZoneInfo("Europe/Riga")
AVUS, SCHOOLS = "LV-DEV/EDU/LU/avus", "LV-DEV/MUN/RIGA/schools"
INSERT = """
INSERT INTO service_call (started_at, channel, service, operation, version, client, outcome, code, duration_us, request_bytes, answer_bytes,
    persons) VALUES (:started_at, :channel, :service, :operation, 'v1', :client, :outcome, :code, :duration_us, :request_bytes,
    :answer_bytes, :persons)"""


class Call(NamedTuple):
    """A call as the log holds it."""

    started_at: datetime
    service: str = "education-process"
    operation: str = "getPersonEducation"
    channel: str = "soap"
    client: str | None = SCHOOLS
    outcome: str = "answered"
    code: str | None = None
    duration_us: int = 5000
    request_bytes: int = 1000
    answer_bytes: int = 2000
    persons: int = 1


def at(text: str) -> datetime:
    """An instant as a clock in Latvia shows it: 2025-03-01 00:00."""
    return datetime.fromisoformat(text).replace(tzinfo=LATVIA).astimezone(UTC)


def log(register: Register, calls: Iterable[Call]) -> None:
    with register.databases.register.begin() as session:
        session.execute(text(INSERT), [call._asdict() for call in calls])


def writer(register: Register, number: int, started_at: datetime, seen_at: datetime, ended_at: datetime | None = None) -> None:
    statement = "INSERT INTO call_writer (id, started_at, seen_at, ended_at) VALUES (:id, :started_at, :seen_at, :ended_at)"
    register.execute(statement, id=UUID(int=number), started_at=started_at, seen_at=seen_at, ended_at=ended_at)


def always_there(register: Register, since: str = "2020-01-01 00:00", to: str = "2026-12-31 00:00") -> None:
    """One process that wrote the log all the time, and ended in order."""
    writer(register, 1, at(since), at(to), at(to))


def lost(register: Register, hour: datetime, calls: int, number: int = 1) -> None:
    statement = "INSERT INTO call_hour (hour, writer, written, lost) VALUES (:hour, :writer, 0, :lost)"
    register.execute(statement, hour=hour, writer=UUID(int=number), lost=calls)


def slowly(calls: Sequence[Call], year: int, by: Sequence[str], until: datetime | None = None) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The figures by their key, as somebody would count them with a pencil."""
    groups: dict[tuple[Any, ...], list[Call]] = defaultdict(list)
    for call in calls:
        local = call.started_at.astimezone(LATVIA)
        named = {
            "service": call.service,
            "operation": call.operation,
            "channel": call.channel,
            "consumer": call.client or "",
            "month": local.month,
        }
        if local.year == year and (until is None or call.started_at < until):
            groups[tuple(named[dimension] for dimension in DIMENSIONS if dimension in by)].append(call)
    return {key: _figures(group) for key, group in groups.items()}


def _figures(group: list[Call]) -> dict[str, Any]:
    outcomes = Counter(call.outcome for call in group)
    times = sorted(call.duration_us for call in group)
    reasons = Counter((call.outcome, call.code or "") for call in group if call.outcome != "answered")
    return {
        "calls": len(group),
        **{outcome: outcomes[outcome] for outcome in ("answered", "refused", "failed")},
        "duration_mean": (2 * sum(times) + len(times)) // (2 * len(times)),
        **{f"duration_{name}": _quantile(times, percent) for name, percent in (("median", 50), ("p95", 95), ("p99", 99))},
        **{name: sum(getattr(call, name) for call in group) for name in ("request_bytes", "answer_bytes", "persons")},
        "reasons": sorted((*key, number) for key, number in reasons.items()),
    }


def _quantile(times: list[int], percent: int) -> int:
    """The middle of the bucket of the value at that rank."""
    return middle_us(bucket_of(times[-(-len(times) * percent // 100) - 1]))


def incomplete(register: Register, until: datetime) -> list[tuple[datetime, str]]:
    """The hours of a year before an instant in which the log had begun and is not complete, and why."""
    with register.databases.register.begin() as session:
        gaps = [gap for month in coverage(session, year_of(until), until, datetime.now(UTC)) for gap in month.gaps if gap.why != "before"]
    hours = [(datetime.fromisoformat(gap.from_at), datetime.fromisoformat(gap.to_at), gap.why) for gap in gaps]
    return [(first + HOUR * number, why) for first, last, why in hours for number in range((last - first) // HOUR)]
