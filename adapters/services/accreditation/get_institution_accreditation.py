"""getInstitutionAccreditation: whether an institution is accredited on a day, and its programmes licensed (iestādes akreditācija)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import wire_decisions
from core.accreditation.status import AccreditationState, DecisionEntry, HeirState, ProgrammeLine, Succession, institution_accreditation

PERSONAL = False


@dataclass(frozen=True, slots=True)
class GetInstitutionAccreditation:
    """The request: an institution, on a day, as it is or as it was known."""

    institution: str
    on_date: date | None = None
    as_of: datetime | None = None


class GetInstitutionAccreditationResponse(NamedTuple):
    """The answer: what holds on the day and by which decisions, or found=false."""

    data_as_of: str
    found: bool
    institution: str | None
    name: str | None
    open: bool | None
    on_date: str | None
    accredited: bool | None
    accreditation: AccreditationState | None
    examination_centre: AccreditationState | None
    programmes: Sequence[ProgrammeLine]
    predecessors: Sequence[Succession]
    successors: Sequence[HeirState]
    decisions: Sequence[DecisionEntry]


def handle(session: Session, inquiry: Inquiry, request: GetInstitutionAccreditation) -> Answer:
    on = request.on_date or inquiry.today
    found = institution_accreditation(session, request.institution, on, request.as_of, inquiry.now, inquiry.today)
    response = GetInstitutionAccreditationResponse(*found[:-1], wire_decisions(found.decisions))
    return Answer(response, data_as_of=found.data_as_of)
