"""getCompleteness: how many results are expected, published and missing (rezultātu pilnība)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.achievements.completeness import Completeness, completeness_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class GetCompleteness:
    """The request: a school year, an examination, an institution."""

    school_year: str | None = None
    examination: str | None = None
    institution: str | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class GetCompletenessResponse(NamedTuple):
    """The answer: a page by examination and institution."""

    data_as_of: str
    lines: Sequence[Completeness]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: GetCompleteness) -> Answer:
    asked = (request.school_year, request.examination, request.institution, request.cursor, request.page_size)
    page = completeness_page(session, inquiry.scope, *asked, inquiry.today)
    return Answer(GetCompletenessResponse(*page), data_as_of=page.data_as_of)
