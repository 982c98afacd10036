"""listCodes: code lists with versions and validity (klasifikatori), in pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.code_lists import CodeList, CodeValue, codes_page

PERSONAL = False


@dataclass(frozen=True, slots=True)
class ListCodes:
    """The request; without a name, all lists."""

    list: str | None = None
    on_date: date | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class ListCodesResponse(NamedTuple):
    """The answer: the lists, and a page of values."""

    data_as_of: str
    lists: Sequence[CodeList]
    values: Sequence[CodeValue]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: ListCodes) -> Answer:
    page = codes_page(session, request.list, request.on_date or inquiry.today, request.cursor, request.page_size)
    return Answer(ListCodesResponse(*page), data_as_of=page.data_as_of)
