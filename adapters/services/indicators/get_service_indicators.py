"""getServiceIndicators: how often each service was used in a year (pakalpojumu izmantošanas rādītāji); the figures of the workbook."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.indicators.coverage import MonthCoverage
from core.indicators.shown import Figure, Filter, covered, figures_page, revisions, steady, the_revision
from core.indicators.statements import DIMENSIONS
from core.reading import instant

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetServiceIndicators:
    """The request: a year or one of its revisions, by which dimensions, of which calls."""

    year: int
    revision: int | None = None
    group_by: list[str] | None = None
    service: str | None = None
    operation: str | None = None
    channel: str | None = None
    consumer: str | None = None
    month: int | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class Told(NamedTuple):
    """One count of the year (redakcija)."""

    revision: int
    counted_at: str
    until: str
    reason: str
    definitions: str
    program: str


class GetServiceIndicatorsResponse(NamedTuple):
    """The answer: which count it is, all counts of the year, how complete the log was, a page of figures."""

    data_as_of: str
    year: int
    revision: int
    provisional: bool
    until: str
    definitions: str
    revisions: Sequence[Told]
    coverage: Sequence[MonthCoverage]
    figures: Sequence[Figure]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: GetServiceIndicators) -> Answer:
    steady(session)
    kept = revisions(session, request.year)
    of = the_revision(kept, request.revision)
    only = Filter(request.service, request.operation, request.channel, request.consumer, request.month)
    by = DIMENSIONS if request.group_by is None else request.group_by
    page = figures_page(session, of, by, only, request.cursor, request.page_size)
    told = [Told(one.revision, instant(one.counted_at), instant(one.until), *one[4:]) for one in kept]
    counted_at = instant(of.counted_at)
    head = (counted_at, of.year, of.revision, of.provisional, instant(of.until), of.definitions)
    return Answer(GetServiceIndicatorsResponse(*head, told, covered(session, of), *page), data_as_of=counted_at)
