"""listPersonDisclosures: to whom a person's data was disclosed, the newest first (kam izsniegti personas dati)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from adapters.naming import OnBehalfOf, behalf_of
from core.disclosures.copies import Copy
from core.disclosures.listing import Asked, Entry, entries, subject
from core.personal_code import normalise
from core.reading import instant

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListPersonDisclosures:
    """The request: a person, a period, a page."""

    personal_code: str
    on_behalf_of: OnBehalfOf | None = None
    disclosed_from: datetime | None = None
    disclosed_to: datetime | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListPersonDisclosuresResponse(NamedTuple):
    """The answer: entries, the newest first, and who keeps a copy."""

    data_as_of: str
    found: bool
    entries: Sequence[Entry] | None
    copies: Sequence[Copy] | None
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListPersonDisclosures) -> Answer:
    now = instant(inquiry.now)
    whose = subject(session, inquiry.scope, inquiry.grant.rights, normalise(request.personal_code), inquiry.today)
    behalf = behalf_of(session, inquiry, request.on_behalf_of, [whose.person_id] if whose else [])
    if whose is None:
        return Answer(ListPersonDisclosuresResponse(now, False, None, None, None), [], now, behalf)
    asked = Asked(request.disclosed_from, request.disclosed_to)
    page = entries(session, whose, asked, request.cursor, request.page_size, inquiry.now)
    response = ListPersonDisclosuresResponse(now, True, page.entries, page.copies, page.next_cursor)
    return Answer(response, [whose.person_id], now, behalf)
