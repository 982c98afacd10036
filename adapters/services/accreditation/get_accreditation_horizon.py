"""getAccreditationHorizon: what lapses within some months, who must act, how many learners it affects (kas drīz zaudēs spēku)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_word
from adapters.inquiry import DEFAULT_PAGE_SIZE, Answer, Inquiry
from core.accreditation.horizon import AskedHorizon, HorizonLine, horizon

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetAccreditationHorizon:
    """The request: how many months ahead, from which day, of whom."""

    months: int
    on_date: date | None = None
    municipality: str | None = None
    institution: str | None = None
    cursor: str | None = None
    page_size: int = DEFAULT_PAGE_SIZE


class GetAccreditationHorizonResponse(NamedTuple):
    """The answer: a page."""

    data_as_of: str
    lapses: Sequence[HorizonLine]
    next_cursor: str | None


def handle(session: Session, inquiry: Inquiry, request: GetAccreditationHorizon) -> Answer:
    asked = AskedHorizon(request.months, request.on_date or inquiry.today, request.municipality, request.institution)
    page = horizon(session, inquiry.scope, asked, request.cursor, request.page_size, inquiry.today, inquiry.now)
    lapses = [line._replace(stage=line.stage and wire_word(line.stage)) for line in page.lines]
    return Answer(GetAccreditationHorizonResponse(page.data_as_of, lapses, page.next_cursor), data_as_of=page.data_as_of)
