"""Which figures a revision changed (mainītie rādītāji), beside the revision before it."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from core.connections import fetch_all
from core.indicators.keeping import FIRST
from core.indicators.shown import Revision

KEY = "service, operation, channel, client, month"
COUNTS = ("calls", "answered", "refused", "failed", "persons", "duration_us", "request_bytes", "answer_bytes")
CHANGED = f"""
SELECT {KEY}, {", ".join(f"coalesce(b.{name}, 0), coalesce(n.{name}, 0)" for name in COUNTS[:5])}
FROM (SELECT * FROM indicator_figure WHERE year = %(year)s AND revision = %(before)s) b
FULL JOIN (SELECT * FROM indicator_figure WHERE year = %(year)s AND revision = %(revision)s) n USING ({KEY})
WHERE ({", ".join(f"b.{name}" for name in COUNTS)}, b.counts, b.buckets) IS DISTINCT FROM
    ({", ".join(f"n.{name}" for name in COUNTS)}, n.counts, n.buckets)
ORDER BY service COLLATE "C", operation COLLATE "C", channel COLLATE "C", client COLLATE "C", month"""


class Change(NamedTuple):
    """The figures of one row before and now (mainīts rādītājs)."""

    service: str
    operation: str
    channel: str
    consumer: str
    month: int
    calls_before: int
    calls: int
    answered_before: int
    answered: int
    refused_before: int
    refused: int
    failed_before: int
    failed: int
    persons_before: int
    persons: int


def changes(session: Session, of: Revision) -> list[Change]:
    """What a revision changed; nothing for the first one and for a provisional count."""
    if of.revision <= FIRST:
        return []
    return [Change(*row) for row in fetch_all(session, CHANGED, {"year": of.year, "revision": of.revision, "before": of.revision - 1})]
