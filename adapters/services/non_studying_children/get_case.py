"""getCase: one case with its history (lieta ar vēsturi)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from adapters.casework import wire_event, wire_line
from adapters.inquiry import Answer, Inquiry
from core.cases.finding import get_case
from core.cases.shown import Absence, CaseEvent, CaseLine

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class GetCase:
    """The request: a case, as it is or as it was known."""

    case_id: int
    as_of: datetime | None = None


class GetCaseResponse(NamedTuple):
    """The answer: the case, or found=false."""

    data_as_of: str
    found: bool
    case: CaseLine | None
    evidence: str | None
    address: str | None
    merged_into: int | None
    events: Sequence[CaseEvent]
    absences: Sequence[Absence]


def handle(session: Session, inquiry: Inquiry, request: GetCase) -> Answer:
    found = get_case(
        session, inquiry.scope, inquiry.grant.rights, inquiry.client, request.case_id, request.as_of, inquiry.today, inquiry.now
    )
    if found.case is None:
        return Answer(GetCaseResponse(found.data_as_of, False, None, None, None, None, [], []), [], found.data_as_of)
    line, evidence, address, merged_into, events, absences = found.case
    told = [wire_event(event) for event in events]
    response = GetCaseResponse(found.data_as_of, True, wire_line(line), evidence, address, merged_into, told, absences)
    return Answer(response, found.persons, found.data_as_of)
