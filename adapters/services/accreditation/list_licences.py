"""listLicences: licences on a day (licenču saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.accreditation.listing import AskedRecognitions, LicenceLine, licences_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class ListLicences:
    """The request: conditions that hold together."""

    institution: str | None = None
    municipality: str | None = None
    status: str | None = None
    name_part: str | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListLicencesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    licences: Sequence[LicenceLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListLicences) -> Answer:
    on = request.on_date or inquiry.today
    asked = AskedRecognitions(None, request.institution, request.municipality, request.status, request.name_part, on, request.as_of)
    page = licences_page(session, asked, request.cursor, request.page_size, inquiry.now, inquiry.today)
    return Answer(ListLicencesResponse(page.data_as_of, page.lines, page.next_cursor), data_as_of=page.data_as_of)
