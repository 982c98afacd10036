"""listProceedings: the work list (lietu saraksts), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import register_word
from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from adapters.licensing import clerk_of, wire_proceeding
from core.accreditation.proceedings import AskedProceedings, ProceedingLine, list_proceedings

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListProceedings:
    """The request: conditions that hold together."""

    stage: str | None = None
    must_act: str | None = None
    application_kind: str | None = None
    institution: str | None = None
    open: bool | None = None
    overdue: bool | None = None
    as_of: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListProceedingsResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    proceedings: Sequence[ProceedingLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListProceedings) -> Answer:
    asked = AskedProceedings(
        register_word(request.stage),
        request.must_act,
        request.application_kind,
        request.institution,
        request.open,
        request.overdue,
        request.as_of,
    )
    page = list_proceedings(session, clerk_of(inquiry), asked, request.cursor, request.page_size, inquiry.now)
    lines = [wire_proceeding(line) for line in page.proceedings]
    return Answer(ListProceedingsResponse(page.data_as_of, lines, page.next_cursor), data_as_of=page.data_as_of)
