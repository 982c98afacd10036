"""listExaminations: examinations and how far each one is (pārbaudījumu saraksts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.examinations.listing import Progress, list_examinations

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListExaminations:
    """The request: a school year, a kind."""

    school_year: str | None = None
    kind: str | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListExaminationsResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    examinations: Sequence[Progress]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListExaminations) -> Answer:
    page = list_examinations(session, inquiry.grant.rights, request.school_year, request.kind, request.cursor, request.page_size)
    return Answer(ListExaminationsResponse(*page), data_as_of=page.data_as_of)
