"""listAffiliations: the learners of an institution or a municipality on a day (izglītojamo saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.learners import Asked, Learner, learners_page

PERSONAL = True


@dataclass(frozen=True, slots=True)
class ListAffiliations:
    """The request: exactly one of institution and municipality."""

    institution: str | None = None
    municipality: str | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListAffiliationsResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    affiliations: Sequence[Learner]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListAffiliations) -> Answer:
    asked = Asked(request.institution, request.municipality, request.on_date or inquiry.today, request.as_of)
    page = learners_page(session, inquiry.scope, inquiry.grant.rights, asked, request.cursor, request.page_size, inquiry.now)
    response = ListAffiliationsResponse(page.data_as_of, page.learners, page.next_cursor)
    return Answer(response, page.persons, page.data_as_of)
