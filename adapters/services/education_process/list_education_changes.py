"""listEducationChanges: what changed in the register, in the order of commits (izmaiņu plūsma), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.feed import events_page, followed
from core.feed_events import ChangeEvent

PERSONAL = True


@dataclass(frozen=True, slots=True)
class ListEducationChanges:
    """The request; without a cursor it begins with nothing."""

    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE
    entity: str | None = None
    municipality: str | None = None


class ListEducationChangesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    events: Sequence[ChangeEvent]
    more: bool
    next_cursor: str


def handle(session: Session, inquiry: Inquiry, request: ListEducationChanges) -> Answer:
    asked = followed(inquiry.grant.scope, inquiry.grant.rights, request.entity, request.municipality)
    page = events_page(session, asked, request.cursor, request.page_size)
    response = ListEducationChangesResponse(page.data_as_of, page.events, page.more, page.next_cursor)
    return Answer(response, page.persons, page.data_as_of)
