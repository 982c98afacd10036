"""listAccreditations: accreditations on a day (akreditāciju saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import register_word, wire_word
from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.accreditation.listing import AccreditationLine, AskedRecognitions, accreditations_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class ListAccreditations:
    """The request: conditions that hold together."""

    subject: str | None = None
    institution: str | None = None
    municipality: str | None = None
    status: str | None = None
    name_part: str | None = None
    on_date: date | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListAccreditationsResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    accreditations: Sequence[AccreditationLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListAccreditations) -> Answer:
    asked = AskedRecognitions(
        register_word(request.subject),
        request.institution,
        request.municipality,
        request.status,
        request.name_part,
        request.on_date or inquiry.today,
        request.as_of,
    )
    page = accreditations_page(session, asked, request.cursor, request.page_size, inquiry.now, inquiry.today)
    lines = [line._replace(subject=wire_word(line.subject)) for line in page.lines]
    return Answer(ListAccreditationsResponse(page.data_as_of, lines, page.next_cursor), data_as_of=page.data_as_of)
