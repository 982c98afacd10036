"""Coverage (žurnāla pilnība): in which hours of a year the log holds every call.

An hour is not complete
- lost     when a process lost a call in it: its queue was full, or the register was away for too long;
- silent   when a process fell silent without ending in order: from its last sign until another one shows that the register could be
           written to, because the silent one may have answered calls that it never wrote;
- before   when the log had not begun.
An hour in which no process ran is complete, since nothing could be called, and is counted as idle.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from core.calls import SILENT_AFTER
from core.connections import fetch_all
from core.indicators.months import HOUR, Month, months

# A process gives a sign every few seconds: so long after its last one calls may have gone unwritten.
UNWRITTEN = timedelta(seconds=10)
LOST, SILENT, BEFORE = "lost", "silent", "before"
# `back` is when a silent process's gap ends: another one wrote, or began to.
WRITERS = """
SELECT w.started_at, coalesce(w.ended_at, w.seen_at), CASE WHEN w.ended_at IS NULL AND w.seen_at < %(alive_at)s THEN coalesce(
    (SELECT w.seen_at + %(unwritten)s FROM call_writer o
     WHERE o.id <> w.id AND o.started_at <= w.seen_at + %(unwritten)s AND coalesce(o.ended_at, o.seen_at) >= w.seen_at + %(unwritten)s
     LIMIT 1),
    (SELECT min(o.started_at) FROM call_writer o WHERE o.id <> w.id AND o.started_at > w.seen_at),
    %(now)s) END
FROM call_writer w WHERE w.started_at < %(until)s ORDER BY w.started_at, w.id"""
LOSSES = "SELECT hour, sum(lost)::bigint FROM call_hour WHERE lost > 0 AND hour >= %(begins_at)s AND hour < %(until)s GROUP BY hour"


class Gap(NamedTuple):
    """Hours on end that are not complete (žurnāla pārrāvums), and why."""

    from_at: str
    to_at: str
    why: str


class MonthCoverage(NamedTuple):
    """A month's hours that have passed, those that are complete and those in which nothing ran; how many calls are known to be lost."""

    month: int
    hours: int
    complete: int
    idle: int
    lost: int
    gaps: Sequence[Gap]


def coverage(session: Session, year: int, until: datetime, now: datetime) -> list[MonthCoverage]:
    """Month by month up to `until`, which is a full hour."""
    whole = months(year)
    asked = {"begins_at": whole[0].begins_at, "until": until, "now": now, "alive_at": now - SILENT_AFTER, "unwritten": UNWRITTEN}
    writers = fetch_all(session, WRITERS, asked)
    lost = dict(fetch_all(session, LOSSES, asked))
    ran = _hours((started, last) for started, last, _ in writers)
    silent = _hours((last, back) for _, last, back in writers if back is not None)
    began = min((started for started, _, _ in writers), default=until)

    def why(hour: datetime) -> str:
        return LOST if hour in lost else SILENT if hour in silent else BEFORE if hour < began else ""

    return [_month(month, until, why, ran, lost) for month in whole if month.begins_at < until]


def _hours(times: Iterable[tuple[datetime, datetime]]) -> set[datetime]:
    """Every hour that one of these times touches."""
    touched: set[datetime] = set()
    for first, last in times:
        hour = first.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        while hour <= last:
            touched.add(hour)
            hour += HOUR
    return touched


def _month(month: Month, until: datetime, why: Callable[[datetime], str], ran: set[datetime], lost: dict[datetime, int]) -> MonthCoverage:
    end = min(month.ends_at, until)
    hours = [month.begins_at + HOUR * number for number in range(int((end - month.begins_at) / HOUR))]
    gaps = []
    for reason, group in groupby(hours, why):
        together = list(group)
        if reason:
            gaps.append(Gap(_text(together[0]), _text(together[-1] + HOUR), reason))
    complete = [hour for hour in hours if not why(hour)]
    return MonthCoverage(
        month.number, len(hours), len(complete), sum(hour not in ran for hour in complete), sum(lost.get(hour, 0) for hour in hours), gaps
    )


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
