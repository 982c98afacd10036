"""listCandidates: candidates of an examination, those whom nobody found above all (kārtotāju saraksts)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.examinations.listing import CandidateLine, list_candidates

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class ListCandidates:
    """The request: an examination, and what there is of a result."""

    examination: str
    state: str | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListCandidatesResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    candidates: Sequence[CandidateLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListCandidates) -> Answer:
    asked = (request.examination, request.state, request.cursor, request.page_size)
    page = list_candidates(session, inquiry.scope, inquiry.grant.rights, *asked, inquiry.today)
    return Answer(ListCandidatesResponse(page.data_as_of, page.candidates, page.next_cursor), page.persons, page.data_as_of)
