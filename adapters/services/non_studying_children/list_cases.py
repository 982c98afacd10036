"""listCases: a municipality's work list (nemācošo bērnu lietu saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import register_word, wire_line
from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.cases.listing import AskedCases, list_cases
from core.cases.shown import CaseLine

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListCases:
    """The request: conditions that hold together."""

    municipality: str | None = None
    state: str = "active"
    reason: str | None = None
    status: str | None = None
    status_class: str | None = None
    honesty: str | None = None
    escalated: bool | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListCasesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    cases: Sequence[CaseLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListCases) -> Answer:
    asked = AskedCases(
        request.municipality,
        request.state,
        register_word(request.reason),
        request.status,
        request.status_class,
        request.honesty,
        request.escalated,
        request.as_of,
    )
    page = list_cases(session, inquiry.scope, inquiry.grant.rights, asked, request.cursor, request.page_size, inquiry.today, inquiry.now)
    response = ListCasesResponse(page.data_as_of, [wire_line(line) for line in page.cases], page.next_cursor)
    return Answer(response, page.persons, page.data_as_of)
