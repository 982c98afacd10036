"""setSearchStatus: a municipality records what it found out about a child (bērna meklēšanas statuss)."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from adapters.casework import Worked, work_once
from adapters.inquiry import Answer, Inquiry
from core.cases.working import Evidence, HeldCase, Officer, set_search_status

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SetSearchStatus:
    """The request: which case, as it was seen, which status, what it rests on."""

    batch_key: str
    case_id: int
    status: str
    version: int | None = None
    evidence: str | None = None
    expires_on: date | None = None
    note: str | None = None
    dry_run: bool = False


class SetSearchStatusResponse(Worked):
    """The answer: the case afterwards."""


def handle(session: Session, inquiry: Inquiry, request: SetSearchStatus) -> Answer:
    evidence = Evidence(request.evidence, request.expires_on, request.note)

    def work(by: Officer) -> HeldCase:
        return set_search_status(session, by, request.case_id, request.version, request.status, evidence)

    return work_once(session, inquiry, "setSearchStatus", request, SetSearchStatusResponse, work)
