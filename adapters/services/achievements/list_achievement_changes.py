"""listAchievementChanges: the change feed of achievements, and corrections of what was told (sasniegumu izmaiņas)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.achievements.changes import AchievementEvent, changes_page

PERSONAL = True


@dataclass(frozen=True, slots=True)
class ListAchievementChanges:
    """The request: from a cursor, or from nothing."""

    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListAchievementChangesResponse(NamedTuple):
    """The answer: events, and where to go on."""

    data_as_of: str
    events: Sequence[AchievementEvent]
    more: bool
    next_cursor: str


def handle(session: Session, inquiry: Inquiry, request: ListAchievementChanges) -> Answer:
    page = changes_page(session, inquiry.scope, inquiry.grant.rights, inquiry.client, request.cursor, request.page_size)
    response = ListAchievementChangesResponse(page.data_as_of, page.events, page.more, page.next_cursor)
    return Answer(response, page.persons, page.data_as_of)
