"""recordMeasure: a municipality records what it did to find a child (veikts pasākums)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.casework import Worked, work_once
from adapters.inquiry import Answer, Inquiry
from core.cases.working import HeldCase, Officer, record_measure

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class RecordMeasure:
    """The request: which case, what was done, when."""

    batch_key: str
    case_id: int
    measure: str
    taken_on: date
    note: str | None = None
    dry_run: bool = False


class RecordMeasureResponse(Worked):
    """The answer: the case afterwards."""


def handle(session: Session, inquiry: Inquiry, request: RecordMeasure) -> Answer:
    def work(by: Officer) -> HeldCase:
        return record_measure(session, by, request.case_id, request.measure, request.taken_on, request.note)

    return work_once(session, inquiry, "recordMeasure", request, RecordMeasureResponse, work)
