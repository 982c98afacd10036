"""getProceeding: one proceeding with what is awaited, its commission, decisions and history (lieta ar vēsturi)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_word
from adapters.inquiry import Answer, Inquiry
from adapters.licensing import clerk_of, wire_proceeding
from core.accreditation.proceeding import AwaitedLine, DecisionLine, EventLine, ExpertLine, get_proceeding
from core.accreditation.proceedings import ProceedingLine

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetProceeding:
    """The request: a proceeding, as it is or as it was known."""

    proceeding_id: int
    as_of: datetime | None = None


class GetProceedingResponse(NamedTuple):
    """The answer: the proceeding, or found=false."""

    data_as_of: str
    found: bool
    proceeding: ProceedingLine | None
    starts_on: str | None
    remark: str | None
    awaited: Sequence[AwaitedLine]
    experts: Sequence[ExpertLine]
    decisions: Sequence[DecisionLine]
    events: Sequence[EventLine]


def handle(session: Session, inquiry: Inquiry, request: GetProceeding) -> Answer:
    data_as_of, found = get_proceeding(session, clerk_of(inquiry), request.proceeding_id, request.as_of, inquiry.now)
    if found is None:
        return Answer(GetProceedingResponse(data_as_of, False, None, None, None, [], [], [], []), data_as_of=data_as_of)
    line, starts_on, remark, awaited, experts, decisions, events = found
    told = [event._replace(stage=wire_word(event.stage)) for event in events]
    response = GetProceedingResponse(data_as_of, True, wire_proceeding(line), starts_on, remark, awaited, experts, decisions, told)
    return Answer(response, data_as_of=data_as_of)
