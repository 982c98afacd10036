"""recordVisit: the commission was at the institution (vizīte iestādē)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.licensing import Acted, act_once
from core.accreditation.evaluating import record_visit
from core.accreditation.working import Clerk

PERSONAL = False
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class RecordVisit:
    """The request: which proceeding, as it was seen, and when."""

    batch_key: str
    proceeding_id: int
    visited_on: date
    version: int | None = None
    note: str | None = None
    dry_run: bool = False


class RecordVisitResponse(Acted):
    """The answer: where the proceeding stands afterwards."""


def handle(session: Session, inquiry: Inquiry, request: RecordVisit) -> Answer:
    def work(by: Clerk) -> int:
        return record_visit(session, by, request.proceeding_id, request.version, request.visited_on, request.note)

    return act_once(session, inquiry, "recordVisit", request, RecordVisitResponse, work)
