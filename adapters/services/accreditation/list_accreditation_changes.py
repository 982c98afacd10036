"""listAccreditationChanges: what changed of licences and accreditations, in the order of commits (izmaiņu plūsma), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_word
from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.accreditation.changes import RecognitionEvent, changes_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class ListAccreditationChanges:
    """The request; without a cursor it begins with nothing."""

    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListAccreditationChangesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    events: Sequence[RecognitionEvent]
    more: bool
    next_cursor: str


def handle(session: Session, inquiry: Inquiry, request: ListAccreditationChanges) -> Answer:
    page = changes_page(session, request.cursor, request.page_size)
    events = [event._replace(subject=wire_word(event.subject)) for event in page.events]
    return Answer(ListAccreditationChangesResponse(page.data_as_of, events, page.more, page.next_cursor), data_as_of=page.data_as_of)
