"""getProgrammeStatus: whether a programme is licensed, accredited and recognised on a day (izglītības programmas statuss)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import wire_decisions
from core.accreditation.status import AccreditationState, DecisionEntry, LicenceState, Succession, programme_status

PERSONAL = False


@dataclass(frozen=True, slots=True)
class GetProgrammeStatus:
    """The request: a programme of an institution, on a day, as it is or as it was known."""

    institution: str
    programme: str
    on_date: date | None = None
    as_of: datetime | None = None


class GetProgrammeStatusResponse(NamedTuple):
    """The answer: what holds on the day and by which decisions, or found=false."""

    data_as_of: str
    found: bool
    institution: str | None
    institution_name: str | None
    programme: str | None
    programme_name: str | None
    on_date: str | None
    licensed: bool | None
    licence: LicenceState | None
    accredited: bool | None
    programme_accreditation: AccreditationState | None
    institution_accreditation: AccreditationState | None
    recognised: bool | None
    successors: Sequence[Succession]
    decisions: Sequence[DecisionEntry]


def handle(session: Session, inquiry: Inquiry, request: GetProgrammeStatus) -> Answer:
    on = request.on_date or inquiry.today
    status = programme_status(session, request.institution, request.programme, on, request.as_of, inquiry.now, inquiry.today)
    response = GetProgrammeStatusResponse(*status[:-1], wire_decisions(status.decisions))
    return Answer(response, data_as_of=status.data_as_of)
