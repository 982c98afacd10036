"""getInstitution: an institution with its programmes on a day (izglītības iestāde)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from core.institutions import Institution, institution

PERSONAL = False


@dataclass(frozen=True, slots=True)
class GetInstitution:
    """The request."""

    registration_number: str
    on_date: date | None = None
    as_of: datetime | None = None


class GetInstitutionResponse(NamedTuple):
    """The answer: an institution, or found=false."""

    data_as_of: str
    found: bool
    institution: Institution | None


def handle(session: Session, inquiry: Inquiry, request: GetInstitution) -> Answer:
    on = request.on_date or inquiry.today
    data_as_of, found = institution(session, request.registration_number, on, request.as_of, inquiry.now)
    return Answer(GetInstitutionResponse(data_as_of, found is not None, found), data_as_of=data_as_of)
