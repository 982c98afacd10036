"""The figures as they are shown (rādītāji): by service, operation, channel, consumer and month, or by some of these, or of the whole year.

Every table of the workbook and every answer comes from here, so that they agree. Only what is kept is read. A median over several rows
comes from their histograms put together.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.connections import fetch_all
from core.errors import InvalidCursor, UnknownIndicators
from core.indicators.coverage import Gap, MonthCoverage
from core.indicators.durations import middle_us, milliseconds
from core.indicators.keeping import PROVISIONAL

DIMENSIONS = ("service", "operation", "channel", "consumer", "month")
COLUMNS = {"consumer": "client"}
QUANTILES = {"median": 50, "p95": 95, "p99": 99}
SUMS = ("calls", "answered", "refused", "failed", "duration_us", "request_bytes", "answer_bytes", "persons")
REVISIONS = "SELECT revision, counted_at, until, reason, definitions, program FROM indicator_year WHERE year = %(year)s ORDER BY revision"
MONTHS = (
    "SELECT month, hours, complete, idle, lost, gaps FROM indicator_month WHERE year = %(year)s AND revision = %(revision)s ORDER BY month"
)


class Revision(NamedTuple):
    """One count of a year (rādītāju redakcija)."""

    year: int
    revision: int
    counted_at: datetime
    until: datetime
    reason: str
    definitions: str
    program: str

    @property
    def provisional(self) -> bool:
        """Whether it may still change."""
        return self.revision == PROVISIONAL


class Reason(NamedTuple):
    """Why calls were refused or failed (iemesls)."""

    outcome: str
    code: str
    calls: int


class Figure(NamedTuple):
    """The figures of what they were asked by (rādītāji); what they were not asked by is None. Durations are in milliseconds."""

    service: str | None
    operation: str | None
    channel: str | None
    consumer: str | None
    month: int | None
    calls: int
    answered: int
    refused: int
    failed: int
    duration_mean: str
    duration_median: str
    duration_p95: str
    duration_p99: str
    request_bytes: int
    answer_bytes: int
    persons: int
    reasons: Sequence[Reason]


class Filter(NamedTuple):
    """Only these calls (atlase); None does not narrow."""

    service: str | None = None
    operation: str | None = None
    channel: str | None = None
    consumer: str | None = None
    month: int | None = None


EVERYTHING = Filter()


class FigurePage(NamedTuple):
    """One page (lapa), and the cursor of the next one."""

    figures: Sequence[Figure]
    next_cursor: str | None


def revisions(session: Session, year: int) -> list[Revision]:
    """Every count of a year that is kept, in their order."""
    return [Revision(year, *row) for row in fetch_all(session, REVISIONS, {"year": year})]


def the_revision(kept: Sequence[Revision], number: int | None = None) -> Revision:
    """The revision of that number, or the newest; UnknownIndicators when there is none."""
    found = [one for one in kept if number in (None, one.revision)]
    if not found:
        raise UnknownIndicators
    return found[-1]


def steady(session: Session) -> None:
    """For a session that has not begun: all its statements see the same counts."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def covered(session: Session, of: Revision) -> list[MonthCoverage]:
    """How complete the log was, month by month."""
    rows = fetch_all(session, MONTHS, {"year": of.year, "revision": of.revision})
    return [MonthCoverage(*row)._replace(gaps=[Gap(*gap) for gap in row[-1]]) for row in rows]


def figures(session: Session, of: Revision, by: Sequence[str], only: Filter = EVERYTHING) -> Iterator[Figure]:
    """All figures by these dimensions, in their order."""
    rows = fetch_all(session, _statement(_in_order(by)), _asked(of, only, (), None))
    return (_figure(_in_order(by), row) for row in rows)


def figures_page(session: Session, of: Revision, by: Sequence[str], only: Filter, cursor: str | None, size: int) -> FigurePage:
    """One page of them; a provisional count that was made anew meanwhile is begun again."""
    dimensions = _in_order(by)
    question = ("getServiceIndicators", of.year, of.revision, of.counted_at.astimezone(UTC).isoformat(), dimensions, only)
    after = _place(paging.take(question, cursor), dimensions) if cursor is not None else ()
    rows = fetch_all(session, _statement(dimensions, following=cursor is not None), _asked(of, only, after, size + 1))
    page = [_figure(dimensions, row) for row in rows[:size]]
    more = paging.give(question, [_ascii(value) for value in rows[size - 1][: len(dimensions)]]) if len(rows) > size else None
    return FigurePage(page, more)


def _in_order(by: Sequence[str]) -> tuple[str, ...]:
    return tuple(dimension for dimension in DIMENSIONS if dimension in by)


def _asked(of: Revision, only: Filter, after: Sequence[str | int], size: int | None) -> dict[str, Any]:
    places = {f"after_{number}": value for number, value in enumerate(after)}
    return {"year": of.year, "revision": of.revision, **only._asdict(), **places, "limit": size}


def _ascii(value: str | int) -> str | int:
    """A cursor holds plain letters; a consumer's name may hold others."""
    return value if isinstance(value, int) else value.encode().hex()


def _place(position: list[str | int], dimensions: tuple[str, ...]) -> list[str | int]:
    if [type(value) for value in position] != [int if dimension == "month" else str for dimension in dimensions]:
        raise InvalidCursor
    try:
        place = [value if isinstance(value, int) else bytes.fromhex(value).decode() for value in position]
    except ValueError:
        raise InvalidCursor from None
    if any(isinstance(value, str) and "\0" in value for value in place):
        raise InvalidCursor
    return place


def _figure(dimensions: tuple[str, ...], row: tuple[Any, ...]) -> Figure:
    named: dict[str, Any] = dict(zip(dimensions, row, strict=False))
    calls, answered, refused, failed, duration_us, request_bytes, answer_bytes, persons, *quantiles, reasons = row[len(dimensions) :]
    mean = milliseconds((2 * duration_us + calls) // (2 * calls))
    times = (mean, *(milliseconds(middle_us(bucket)) for bucket in quantiles))
    values: list[Any] = [named.get(dimension) for dimension in DIMENSIONS]
    values += [calls, answered, refused, failed, *times, request_bytes, answer_bytes, persons]
    values.append([Reason(*reason) for reason in reasons or ()])
    return Figure(*values)


@cache
def _statement(dimensions: tuple[str, ...], following: bool = False) -> str:
    """SQL: the groups of a page with their sums, then only their histograms and reasons."""
    columns = [COLUMNS.get(dimension, dimension) for dimension in dimensions]
    # Ordered by the letters' codes, on every server alike.
    named = [column if column == "month" else f'{column} COLLATE "C" AS {column}' for column in columns]
    keys = ", ".join(["1 AS every", *named])
    group = ", ".join(["every", *columns])
    places = ", ".join(f"%(after_{number})s" for number in range(len(columns)))
    after = f"WHERE ({', '.join(columns)}) > ({places})" if following and columns else "WHERE false" if following else ""
    chosen = " AND ".join(
        f"(%({dimension})s::{kind} IS NULL OR {COLUMNS.get(dimension, dimension)} = %({dimension})s)"
        for dimension, kind in zip(DIMENSIONS, ("text", "text", "text", "text", "smallint"), strict=True)
    )
    within = f"year = %(year)s AND revision = %(revision)s AND {chosen}"
    same = " AND ".join([f"p.{column} = c.{column}" for column in columns] or ["true"])
    of_page = ", ".join(f"p.{column}" for column in ["every", *columns])
    quantiles = ", ".join(f"min(bucket) FILTER (WHERE upto * 100 >= calls * {percent}) AS {name}" for name, percent in QUANTILES.items())
    return f"""
WITH chosen AS MATERIALIZED (SELECT {keys}, {", ".join(SUMS)}, buckets, counts FROM indicator_figure WHERE {within}),
page AS MATERIALIZED (
    SELECT {group}, {", ".join(f"sum({name})::bigint AS {name}" for name in SUMS)}
    FROM chosen {after} GROUP BY {group} ORDER BY {group} LIMIT %(limit)s::bigint),
spread AS (
    SELECT {of_page}, p.calls, h.bucket, sum(sum(h.number)) OVER (PARTITION BY {of_page} ORDER BY h.bucket) AS upto
    FROM page p JOIN chosen c ON {same} CROSS JOIN LATERAL unnest(c.buckets, c.counts) h(bucket, number)
    GROUP BY {of_page}, p.calls, h.bucket),
quantile AS (SELECT {group}, {quantiles} FROM spread GROUP BY {group}),
why AS (
    SELECT {group}, json_agg(json_build_array(outcome, code, number) ORDER BY outcome COLLATE "C", code COLLATE "C") AS reasons FROM (
        SELECT {of_page}, c.outcome, c.code, sum(c.calls) AS number
        FROM page p JOIN (SELECT {keys}, outcome, code, calls FROM indicator_reason WHERE {within}) c ON {same}
        GROUP BY {of_page}, c.outcome, c.code) r GROUP BY {group})
SELECT {"".join(f"{column}, " for column in columns)}{", ".join(SUMS)}, {", ".join(QUANTILES)}, reasons
FROM page JOIN quantile USING ({group}) LEFT JOIN why USING ({group}) ORDER BY {group}"""
