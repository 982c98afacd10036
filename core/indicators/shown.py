"""The figures as they are shown (rādītāji): by service, operation, channel, consumer and month, or by some of these, or of the whole year.

Every table of the workbook and every answer comes from here, so that they agree. Only what is kept is read. A median over several rows
comes from their histograms put together.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.connections import fetch_all
from core.errors import InvalidCursor, UnknownIndicators
from core.indicators import statements
from core.indicators.coverage import Gap, MonthCoverage
from core.indicators.durations import middle_us, milliseconds
from core.indicators.keeping import PROVISIONAL
from core.indicators.statements import DIMENSIONS

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
    dimensions = _in_order(by)
    asked = {"year": of.year, "revision": of.revision, **only._asdict(), "limit": None}
    rows = fetch_all(session, statements.sums(dimensions, following=False), asked)
    return _figures(session, dimensions, rows, asked, within=False)


def figures_page(session: Session, of: Revision, by: Sequence[str], only: Filter, cursor: str | None, size: int) -> FigurePage:
    """One page of them; a provisional count that was made anew meanwhile is begun again."""
    dimensions = _in_order(by)
    question = ("getServiceIndicators", of.year, of.revision, of.counted_at.astimezone(UTC).isoformat(), dimensions, only)
    asked = {"year": of.year, "revision": of.revision, **only._asdict(), "limit": size + 1}
    if cursor is not None:
        asked |= _named("after", _place(paging.take(question, cursor), dimensions))
    rows = fetch_all(session, statements.sums(dimensions, following=cursor is not None), asked)
    more = paging.give(question, [_ascii(value) for value in rows[size - 1][: len(dimensions)]]) if len(rows) > size else None
    page = rows[:size]
    if page:
        asked |= _named("first", page[0][: len(dimensions)]) | _named("last", page[-1][: len(dimensions)])
    return FigurePage(list(_figures(session, dimensions, page, asked, within=bool(page))), more)


def _in_order(by: Sequence[str]) -> tuple[str, ...]:
    return tuple(dimension for dimension in DIMENSIONS if dimension in by)


def _named(name: str, values: Sequence[Any]) -> dict[str, Any]:
    return {f"{name}_{number}": value for number, value in enumerate(values)}


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


def _figures(
    session: Session, dimensions: tuple[str, ...], rows: Sequence[tuple[Any, ...]], asked: Mapping[str, Any], *, within: bool
) -> Iterator[Figure]:
    """The sums with their durations and reasons: three statements without a join, which no plan can make slow."""
    size = len(dimensions)
    spread = {row[:size]: row[size:] for row in fetch_all(session, statements.quantiles(dimensions, within=within), asked)}
    reasons: dict[tuple[Any, ...], list[Reason]] = {}
    for row in fetch_all(session, statements.reasons(dimensions, within=within), asked):
        reasons.setdefault(row[:size], []).append(Reason(*row[size:]))
    for row in rows:
        key = row[:size]
        calls, answered, refused, failed, duration_us, request_bytes, answer_bytes, persons = row[size:]
        mean = milliseconds((2 * duration_us + calls) // (2 * calls))
        times = (mean, *(milliseconds(middle_us(bucket)) for bucket in spread[key]))
        named = dict(zip(dimensions, key, strict=True))
        values: list[Any] = [named.get(dimension) for dimension in DIMENSIONS]
        values += [calls, answered, refused, failed, *times, request_bytes, answer_bytes, persons, reasons.get(key, ())]
        yield Figure(*values)
