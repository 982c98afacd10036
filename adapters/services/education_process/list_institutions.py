"""listInstitutions: the institutions open on a day (izglītības iestāžu saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.institutions import Asked, Institution, institutions_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class ListInstitutions:
    """The request; conditions that are absent do not narrow the list."""

    municipality: str | None = None
    type: str | None = None
    name_part: str | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListInstitutionsResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    institutions: Sequence[Institution]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListInstitutions) -> Answer:
    asked = Asked(request.municipality, request.type, request.name_part, request.on_date or inquiry.today, request.as_of)
    page = institutions_page(session, asked, request.cursor, request.page_size, inquiry.now)
    return Answer(ListInstitutionsResponse(*page), data_as_of=page.data_as_of)
