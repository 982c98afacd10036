"""listUnacknowledged: corrections that somebody has not acknowledged yet (neapliecinātie labojumi)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.access import Right
from core.achievements.unacknowledged import Unacknowledged, unacknowledged_page

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListUnacknowledged:
    """The request: a page."""

    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListUnacknowledgedResponse(NamedTuple):
    """The answer: those that wait, the oldest first."""

    data_as_of: str
    messages: Sequence[Unacknowledged]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListUnacknowledged) -> Answer:
    whose = None if Right.MINISTRY in inquiry.grant.rights else inquiry.client
    page = unacknowledged_page(session, inquiry.scope, whose, request.cursor, request.page_size)
    response = ListUnacknowledgedResponse(page.data_as_of, page.messages, page.next_cursor)
    return Answer(response, page.persons, page.data_as_of)
