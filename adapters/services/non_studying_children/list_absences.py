"""listAbsences: what schools told a municipality of unexcused absence (ziņojumi par neattaisnotiem kavējumiem), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.cases.absence import AbsenceLine, list_absences

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListAbsences:
    """The request: a page."""

    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListAbsencesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    absences: Sequence[AbsenceLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListAbsences) -> Answer:
    page = list_absences(session, inquiry.scope, inquiry.grant.rights, request.cursor, request.page_size, inquiry.now)
    return Answer(ListAbsencesResponse(page.data_as_of, page.absences, page.next_cursor), page.persons, page.data_as_of)
